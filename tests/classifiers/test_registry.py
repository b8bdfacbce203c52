from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from classifiers.classify import Classifier
from classifiers.errors import ModelMissing, ModelOutdated, ModelRefused, ModelUnsaved, TrainingUnderWay
from classifiers.reading import Reader
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry
from classifiers.scorer import Model

NOW = datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=9)))


def test_versions_count_up_within_a_day(tmp_path: Path, model: Model) -> None:
    registry = Registry(tmp_path / "models")
    saved = [registry.save(model, trained_at=NOW) for _ in range(2)]
    saved.append(registry.save(model, trained_at=NOW + timedelta(days=1)))
    assert saved == ["2026-11-21.1", "2026-11-21.2", "2026-11-22.1"]
    assert [version.id for version in registry.versions()] == saved


def test_the_first_version_is_champion_and_later_ones_challenge(tmp_path: Path, model: Model) -> None:
    registry = Registry(tmp_path)
    first, second = (registry.save(model, trained_at=NOW) for _ in range(2))
    assert registry.aliases() == {CHAMPION: first, CHALLENGER: second}
    registry.promote(CHALLENGER)
    assert registry.aliases() == {CHAMPION: second, PREVIOUS: first}
    assert registry.rollback() == first
    assert registry.aliases() == {CHAMPION: first, PREVIOUS: second}


def test_a_stored_model_answers_as_before(tmp_path: Path, model: Model, reader: Reader) -> None:
    registry = Registry(tmp_path)
    version = registry.save(model, trained_at=NOW, metrics={"accuracy": 0.5})
    stored = registry.load()
    assert (stored.version, stored.thresholds) == (version, model.thresholds)
    text = "全員メールが送れません。今朝からです"
    before, after = (Classifier(each, reader=reader).classify(text) for each in (model, stored))
    assert after.severity.label is before.severity.label
    assert after.severity.confidence == pytest.approx(before.severity.confidence, abs=0.01)
    described = registry.describe(CHAMPION)
    assert (described.id, described.trained_at, described.metrics) == (version, NOW, {"accuracy": 0.5})
    assert described.aliases == (CHAMPION,)


def test_the_file_is_small_and_without_pickle(tmp_path: Path, model: Model) -> None:
    version = Registry(tmp_path).save(model, trained_at=NOW)
    with np.load(tmp_path / version / "arrays.npz", allow_pickle=False) as archive:
        assert {archive[key].dtype.kind for key in archive.files} <= {"f", "u"}
    assert not list(tmp_path.glob(".draft-*"))


@pytest.mark.parametrize("name", ["champion", "2026-11-21.9", "../etc"])
def test_a_model_that_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing):
        Registry(tmp_path / "models").load(name)


def _spoil_arrays(folder: Path) -> None:
    file = folder / "arrays.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def _truncate_facts(folder: Path) -> None:
    (folder / "model.json").write_text("{", encoding="utf-8")


def _raise_threshold(folder: Path) -> None:
    facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    facts["thresholds"]["critical"] = 0.99
    (folder / "model.json").write_text(json.dumps(facts), encoding="utf-8")


def _remove_arrays(folder: Path) -> None:
    (folder / "arrays.npz").unlink()


@pytest.mark.parametrize("spoil", [_spoil_arrays, _truncate_facts, _raise_threshold, _remove_arrays])
def test_a_spoilt_model_is_refused(tmp_path: Path, model: Model, spoil: object) -> None:
    registry = Registry(tmp_path)
    version = registry.save(model, trained_at=NOW)
    assert callable(spoil)
    spoil(tmp_path / version)
    with pytest.raises(ModelRefused) as refusal:
        registry.load()
    assert refusal.value.version == version


def _resign(folder: Path, change: dict[str, object]) -> None:
    from classifiers.registry import _facts_digest

    facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    facts.pop("facts_sha256")
    facts |= change
    facts["facts_sha256"] = _facts_digest(facts)
    (folder / "model.json").write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 99}, "format 99"),
        ({"features": "other"}, "other features than this program reads"),
        ({"labels": {}}, "labels"),
        ({"temperatures": {}}, "cannot be read"),
    ],
)
def test_a_model_of_another_make_is_refused(
    tmp_path: Path, model: Model, change: dict[str, object], reason: str
) -> None:
    registry = Registry(tmp_path)
    _resign(tmp_path / registry.save(model, trained_at=NOW), change)
    with pytest.raises(ModelRefused, match=reason):
        registry.load()


@pytest.mark.parametrize("desk_labels", [0, 7])
def test_an_outdated_model_tells_whether_the_shipped_corpus_gives_it_again(
    tmp_path: Path, model: Model, desk_labels: int
) -> None:
    registry = Registry(tmp_path)
    change = {"features": "other", "metadata": {"desk_labels": desk_labels}}
    _resign(tmp_path / registry.save(model, trained_at=NOW), change)
    with pytest.raises(ModelOutdated) as refusal:
        registry.load()
    assert refusal.value.desk_labels == desk_labels


def test_damaged_aliases_are_refused(tmp_path: Path, model: Model) -> None:
    registry = Registry(tmp_path)
    registry.save(model, trained_at=NOW)
    (tmp_path / "aliases.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(ModelRefused):
        registry.load()


def test_one_training_at_a_time(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    with registry.training(), pytest.raises(TrainingUnderWay), Registry(tmp_path / "models").training():
        pass
    with registry.training():
        pass
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelUnsaved), Registry(tmp_path / "file").training():
        pass
