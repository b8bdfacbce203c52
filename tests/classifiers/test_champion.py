from __future__ import annotations

import threading
from pathlib import Path

import pytest

from classifiers.champion import Champion
from classifiers.classify import Classifier
from classifiers.errors import ModelError, ModelMissing
from classifiers.reading import Reader
from classifiers.registry import CHALLENGER, Registry
from classifiers.rules import Rules
from classifiers.scorer import Model
from classifiers.shadow import BATCH, ShadowCounts, read_counts
from tests.builders import NOW


@pytest.fixture
def registry(tmp_path: Path, model: Model) -> Registry:
    made = Registry(tmp_path)
    for _ in range(2):
        made.save(model, trained_at=NOW)
    return made


def following(registry: Registry, reader: Reader, refused: list[ModelError] | None = None) -> Champion:
    rules = Rules.load(cues=reader.cues.names)
    hear = (refused if refused is not None else []).append
    return Champion(
        registry,
        lambda name: Classifier(registry.load(name), reader=reader, rules=rules),
        on_refusal=hear,
    )


def test_a_promotion_and_a_rollback_are_followed_at_once(registry: Registry, reader: Reader) -> None:
    champion = following(registry, reader)
    first = champion.current()
    assert (champion.current(), first.model.version) == (first, "2026-11-20.1")
    registry.promote(CHALLENGER)
    assert champion.current().classify("x").model_version == "2026-11-20.2"
    assert first.classify("x").model_version == "2026-11-20.1"
    registry.rollback()
    assert champion.current().model.version == "2026-11-20.1"


def test_a_spoilt_champion_leaves_the_one_that_answers(
    registry: Registry, reader: Reader, tmp_path: Path
) -> None:
    refused: list[ModelError] = []
    champion = following(registry, reader, refused)
    champion.current()
    registry.promote(CHALLENGER)
    (tmp_path / "2026-11-20.2" / "arrays.npz").write_bytes(b"torn")
    assert champion.current().model.version == "2026-11-20.1"
    assert champion.current().model.version == "2026-11-20.1"
    assert len(refused) == 1


def test_without_any_model_there_is_no_champion(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(ModelMissing):
        following(Registry(tmp_path), reader).current()


def test_verdicts_of_many_threads_never_mix_versions(registry: Registry, reader: Reader) -> None:
    champion, seen, over = following(registry, reader), list[tuple[str, str]](), threading.Event()

    def ask() -> None:
        while not over.is_set():
            classifier = champion.current()
            verdict = classifier.judge(classifier.read("メールが送れません"))
            seen.append((classifier.model.version, verdict.model_version))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        registry.promote("previous" if "previous" in registry.aliases() else CHALLENGER)
        champion.current()
    over.set()
    for thread in threads:
        thread.join()
    assert {asked == answered for asked, answered in seen} == {True}


def test_a_challenger_is_counted_beside_the_champion(registry: Registry, reader: Reader) -> None:
    classifier, shadow = following(registry, reader).pair()
    assert shadow is not None
    readings = classifier.read("全員メールが送れません")
    for _ in range(BATCH):
        shadow.compare(readings, classifier.judge(readings))
    counted = read_counts(registry.comparisons, "2026-11-20.1", "2026-11-20.2")
    assert counted == ShadowCounts(
        champion="2026-11-20.1", challenger="2026-11-20.2", compared=BATCH, different=0
    )


def test_differences_are_counted_by_label_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    pair = '[["B", "smalltalk"], ["A", "smalltalk"]]\n'
    (tmp_path / "a--b.jsonl").write_text(pair * 2 + '[["C", "presales"], ["C", "presales"]]\n[["B"')
    counted = read_counts(tmp_path, "a", "b")
    assert (counted.compared, counted.different, counted.changes) == (3, 2, ((("severity", "B", "A"), 2),))
