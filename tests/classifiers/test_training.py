from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers.admission import admit
from classifiers.artefact import arrays_of
from classifiers.classify import Classifier
from classifiers.duplicates import clusters
from classifiers.errors import ModelUnsaved, TrainingError
from classifiers.examples import Example, Labels, read_examples
from classifiers.labels import Category, Severity
from classifiers.reading import Reader
from classifiers.registry import CHALLENGER, CHAMPION, Registry
from classifiers.rows import desk_rows, refuse_untrainable, training_rows
from classifiers.scorer import Model, columns
from classifiers.stages import Stages, digest_of
from classifiers.training import train, voice_folds
from tests.builders import NOW

ROOT = Path(__file__).parent.parent.parent
COPY = "いつもお世話になっております。今朝から本社の全員がメールを送れず困っています"


def made(name: str, text: str, severity: Severity = Severity.B, voice: str = "v") -> Example:
    labels = Labels(severity=severity, category=Category.CLOUD_INCIDENT)
    return Example(id=name, turns=(text,), labels=labels, voice=voice)


def same(one: Model, other: Model) -> bool:
    arrays = arrays_of(other)
    equal = all(np.array_equal(array, arrays[name]) for name, array in arrays_of(one).items())
    return equal and one.thresholds == other.thresholds


class Halt(Exception):
    """Somebody pressed Ctrl-C."""


def test_a_stopped_training_goes_on_where_it_was_and_gives_the_same_model(
    tmp_path: Path, model: Model, few_examples: tuple[Example, ...], reader: Reader
) -> None:
    def stop(step: str, share: float) -> None:
        if step == "judges" and share > 0.6:
            raise Halt

    with pytest.raises(Halt):
        train(few_examples, reader=reader, progress=stop, stages=Stages(tmp_path / "stages"))
    stages = Stages(tmp_path / "stages")
    assert same(train(few_examples, reader=reader, stages=stages), model)
    assert stages.resumed == 18  # strengths 3 x 3, folds 5, the linear models, judges of three targets
    stages.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_stage_of_other_things_or_a_torn_one_is_made_again(tmp_path: Path) -> None:
    stages = Stages(tmp_path)

    def kept(of: bytes, value: int) -> int:
        return int(stages.arrays("s", of, lambda: {"x": np.array(value)})["x"])

    assert (kept(b"one", 1), kept(b"one", 2), kept(b"other", 3)) == (1, 1, 3)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert kept(b"one", 4) == 4


def test_digests_tell_shapes_and_types_apart() -> None:
    values = [np.zeros(4), np.zeros((2, 2)), np.zeros(4, dtype=np.float32), [0, 0]]
    assert len({digest_of(value) for value in values}) == 4


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([COPY, "エクセルの罫線を消したい", COPY + "。至急"], [0, 1, 0]),
        (["はい", "はい", "いいえ"], [0, 0, 2]),
        (["", ""], [0, 0]),
        ([], []),
    ],
)
def test_clusters_hold_near_copies(texts: list[str], expected: list[int]) -> None:
    assert clusters(texts) == expected


def test_near_copies_never_stand_on_both_sides_of_a_fold() -> None:
    voices = [f"v{number % 6}" for number in range(60)]
    copies = [number // 2 for number in range(60)]
    for train_rows, test_rows in voice_folds(voices, copies):
        assert {voices[row] for row in train_rows} & {voices[row] for row in test_rows} == set()
        assert {copies[row] for row in train_rows} & {copies[row] for row in test_rows} == set()


def test_labels_of_the_desk_teach_severity_and_category_only(
    few_examples: tuple[Example, ...], reader: Reader, model: Model
) -> None:
    desk = [
        replace(example, id=f"desk-{number}", labels=Labels(severity=Severity.B, category=Category.OS_DEVICE))
        for number, example in enumerate(few_examples[:40])
    ]
    taught = train(few_examples, desk=desk, reader=reader)
    assert taught.metadata["desk_labels"] == 40
    sums = {
        target: [float(abs(each.weights[:, columns(target)]).sum()) for each in (model, taught)]
        for target in ("severity", "category")
    }
    assert all(before != after for before, after in sums.values())
    labels = [row.labels for row in desk_rows(desk)]
    assert {(each.outage, each.product) for each in labels} == {(False, None)}
    # All forty say that nothing is broken: had that been believed, outages would be heard less often.
    texts = [example.turns for example in few_examples if example.labels.outage][:100]
    heard = [
        sum(bool(v.signals.outage) for v in Classifier(each, reader=reader).classify_many(texts))
        for each in (model, taught)
    ]
    assert abs(heard[0] - heard[1]) <= 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows[:50], "50 examples are too few"),
        (lambda rows: [row for row in rows if row.labels.severity is Severity.B], "severity has only one"),
        (
            lambda rows: [row for row in rows if row.labels.category is not Category.PRESALES],
            "category presales: no example at all",
        ),
    ],
)
def test_what_cannot_train_is_refused(change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(TrainingError, match=reason):
        refuse_untrainable(change(training_rows(read_examples())))


def test_a_broken_corpus_is_refused_by_name() -> None:
    corpus = [made("a", "x"), made("a", "y"), made("b", "z"), made("c", "z", Severity.A)]
    with pytest.raises(
        TrainingError, match=r"2 examples are broken: duplicate_id \(a\); contradiction \(b, c\)"
    ):
        admit(corpus, [], [])


def test_doubtful_labels_of_the_desk_are_left_out() -> None:
    corpus = [made("a", "プリンターが動かない"), made("b", "別の話です")]
    desk = [
        made("desk-1", "同じ文", Severity.A),
        made("desk-2", "同じ文", Severity.C),
        made("desk-3", COPY),
        made("desk-4", COPY + "。"),
        made("desk-5", "プリンターが 動かない", Severity.C),
        made("desk-6", "良い例です"),
    ]
    found = admit(corpus, desk, [made("held", COPY)])
    assert [example.id for example in found.corpus] == ["b"]
    assert [example.id for example in found.desk] == ["desk-5", "desk-6"]
    assert (sorted(problem.kind for problem in found.left_out), found.overlap) == (
        ["contradiction", "leak", "leak", "superseded"],
        0,
    )


# --- the disk, and being killed --------------------------------------------------------------------


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_champion_and_no_half_version(tmp_path: Path, model: Model) -> None:
    registry = Registry(tmp_path)
    first = registry.save(model, trained_at=NOW)
    with full_disk(10_000), pytest.raises(ModelUnsaved, match="File too large"):
        registry.save(model, trained_at=NOW)
    with full_disk(10), pytest.raises(ModelUnsaved):
        Stages(tmp_path / "stages").arrays("s", b"", lambda: {"x": np.zeros(9)})
    assert (registry.aliases(), [version.id for version in registry.versions()]) == (
        {CHAMPION: first},
        [first],
    )
    assert registry.load().version == first
    assert [path.name for path in tmp_path.glob(".draft-*")] == []


WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from classifiers.registry import Registry
registry = Registry(Path(sys.argv[1]))
model = registry.load()
print("ready", flush=True)
while True:
    if sys.argv[2] == "save":
        registry.save(model, trained_at=datetime(2026, 11, 21, tzinfo=timezone.utc))
    else:
        registry.promote("previous")
    print(".", flush=True)
"""


@pytest.mark.parametrize("work", ["save", "promote"])
def test_being_killed_while_writing_leaves_a_whole_registry(tmp_path: Path, model: Model, work: str) -> None:
    registry = Registry(tmp_path)
    known = {registry.save(model, trained_at=NOW) for _ in range(2)}
    registry.promote(CHALLENGER)
    for round_ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), work],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            for _ in range(round_ % 3):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        aliases = registry.aliases()
        assert aliases[CHAMPION] in known | {version.id for version in registry.versions()}
        assert registry.load().version == aliases[CHAMPION]
    written = registry.save(model, trained_at=NOW)
    assert registry.load(written).version == written
    assert [path.name for path in tmp_path.glob(".draft-*")] == []
    for version in registry.versions():
        assert registry.load(version.id).version == version.id
