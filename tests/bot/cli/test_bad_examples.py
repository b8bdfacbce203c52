"""Examples that cannot train, on the command line: one clear sentence each, and the champion stays."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from bot.cli.app import run
from bot.compose import Parts
from bot.services.apprentice import Failed, Step, Task, work
from bot.settings import load_settings
from classifiers.examples import EVALUATION_FILE, example_as_dict, read_examples
from classifiers.registry import CHAMPION, Registry
from tests.builders import NOW

#: The first that asks for the trained parts waits for them.
pytestmark = pytest.mark.timeout(600)

Row = dict[str, Any]
FEW = [example_as_dict(example) for example in read_examples()[::12]]


def one_class(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["severity"] == "B" and "first" not in row]


def empty_class(rows: list[Row]) -> list[Row]:
    taught = ((row, row.get("first", row)) for row in rows)
    return [row for row, first in taught if "presales" not in (row["category"], first["category"])]


def twice_the_same_id(rows: list[Row]) -> list[Row]:
    plain = next(row for row in rows if "text" in row)
    return [*rows, {**plain, "text": "まったく別の文章です"}]


def contradiction(rows: list[Row]) -> list[Row]:
    plain = next(row for row in rows if "text" in row)
    other = "C" if plain["severity"] != "C" else "B"
    return [*rows, {**plain, "id": "other", "severity": other}]


def unknown_label(rows: list[Row]) -> list[Row]:
    return [{**rows[0], "severity": "Z"}, *rows[1:]]


def too_few(rows: list[Row]) -> list[Row]:
    return [row for row in rows if "first" not in row][:20]


@pytest.fixture
def registry(parts: Parts) -> Registry:
    """A champion in the home of this test."""
    made = Registry(load_settings().models)
    made.save(parts.classifier.model, trained_at=NOW)
    return made


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (one_class, "ラベルが重大度「中程度」の1種類しかありません。"),
        (empty_class, "分類「ご購入前の相談」の例文が1件もありません。"),
        (twice_the_same_id, "例文に誤りが 1 件あります: idの重複("),
        (contradiction, "例文に誤りが 1 件あります: 同じ文章でラベルが矛盾("),
        (unknown_label, "bad.jsonl の 1 行目を直してください"),
        (too_few, "例文が 20 件しかありません(100 件以上必要です)。"),
    ],
)
def test_examples_that_cannot_train_are_refused_in_one_sentence(
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[list[Row]], Sequence[Row]],
    said: str,
) -> None:
    before = registry.aliases()
    lines = [json.dumps(row, ensure_ascii=False) for row in spoil(list(FEW))]
    Path("bad.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["madoguchi", "train", "--data", "bad.jsonl"])
    with pytest.raises(SystemExit) as stopped:
        run()
    told = capsys.readouterr().err.splitlines()[-1]
    assert (stopped.value.code, said in told) == (2, True), told
    assert registry.aliases() == before
    assert [version.id for version in registry.versions()] == [before[CHAMPION]]


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_training_on_a_full_disk_says_so_and_leaves_nothing(registry: Registry, tmp_path: Path) -> None:
    before = registry.aliases()
    rows = [json.dumps(row, ensure_ascii=False) for row in FEW]
    (tmp_path / "few.jsonl").write_text("\n".join(rows), encoding="utf-8")
    ours, theirs = Pipe(duplex=False)
    task = Task(models=registry.directory, corpus=tmp_path / "few.jsonl", held_out=EVALUATION_FILE, now=NOW)
    with full_disk(1_000):
        work(theirs, task)
    theirs.close()
    told = []
    while ours.poll():
        try:
            told.append(ours.recv())
        except EOFError:
            break
    assert all(isinstance(word, Step) for word in told[:-1])
    assert isinstance(told[-1], Failed)
    assert told[-1].reason.startswith("モデルを保存できません。ディスクの空きと権限を確認してください。")
    assert registry.aliases() == before
    assert registry.load().version == before[CHAMPION]
    assert [path.name for path in registry.directory.glob(".draft-*")] == []
    assert [path.name for path in registry.directory.rglob("*.draft")] == []
