from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.corpus import check, leaks, stats
from classifiers.errors import ExampleError
from classifiers.examples import (
    EVALUATION_FILE,
    Example,
    Labels,
    example_from_dict,
    examples_digest,
    read_examples,
    write_examples,
)
from classifiers.labels import Category, Severity

LABELS = '"id": "a", "severity": "B", "category": "smalltalk"'
LINE = {"id": "a", "text": "メールが来ません", "severity": "B", "category": "cloud_incident"}


def made(example_id: str, *turns: str, severity: Severity = Severity.B) -> Example:
    return Example(
        id=example_id,
        turns=turns,
        labels=Labels(severity=severity, category=Category.CLOUD_INCIDENT),
        voice="v",
    )


def test_examples_written_are_read_back_equal(tmp_path: Path) -> None:
    examples = read_examples()[:200]
    write_examples(tmp_path / "x.jsonl", examples)
    assert read_examples(tmp_path / "x.jsonl") == examples


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"id": "a", "severity": "B", "category": "smalltalk"}', "'text' is missing"),
        (f'{{"text": " ", {LABELS}}}', "every turn must be a text that is not blank"),
        ('{"id": "a", "text": "x", "severity": "B"}', "'category' is missing"),
        (
            f'{{"text": "x", {LABELS}, "extent": "huge"}}',
            "unknown extent 'huge'; known: single, few, many, all, unknown",
        ),
        (f'{{"text": "x", {LABELS}, "outage": 1}}', "outage must be true or false"),
        (f'{{"text": "x", {LABELS}, "colour": 1}}', "unknown field 'colour'"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ExampleError) as error:
        read_examples(file)
    assert (error.value.file, error.value.line, error.value.reason) == (str(file), 2, reason)


def test_first_labels_need_a_conversation() -> None:
    with pytest.raises(ValueError, match="two turns"):
        example_from_dict(LINE | {"first": {"severity": "C", "category": "smalltalk"}})


def test_the_digest_follows_labels_and_order() -> None:
    one, other = made("a", "x"), made("b", "y")
    digests = {examples_digest([one, other]), examples_digest([other, one]), examples_digest([one])}
    assert len(digests) == 3


def test_check_finds_duplicates_and_contradictions() -> None:
    examples = [
        made("a", "メールが来ません"),
        made("a", "別の文"),
        made("b", "ﾒｰﾙが 来ません"),
        made("c", "メールが来ません", severity=Severity.C),
    ]
    assert [(problem.kind, problem.first, problem.second) for problem in check(examples)] == [
        ("duplicate_id", "a", None),
        ("duplicate_text", "a", "b"),
        ("contradiction", "a", "c"),
    ]


@pytest.mark.parametrize(
    ("held_out", "kinds"),
    [
        ("今朝から本社の全員がメールを送れず困っています", ["shared_runs"]),
        ("今朝から本社の全員がメ一ルを送れず困っています", ["alike"]),
        ("エクセルの罫線を消す方法を教えてください", []),
        ("", []),
    ],
)
def test_leaks_finds_near_copies(held_out: str, kinds: list[str]) -> None:
    train = [made("a", "今朝から本社の全員がメールを送れず困っています")]
    assert [problem.kind for problem in leaks(train, [made("b", held_out)])] == kinds


def test_stats_count_labels_by_voice_and_category() -> None:
    counted = stats([made("a", "x"), made("b", "y", "z", severity=Severity.A)])
    assert (counted.examples, counted.conversations) == (2, 1)
    assert counted.voices == {"v": {"A": 1, "B": 1}}
    assert counted.severity_by_category == {"cloud_incident": {"A": 1, "B": 1}}


def test_the_shipped_corpus_is_sound() -> None:
    train, held_out = read_examples(), read_examples(EVALUATION_FILE)
    assert (*check(train), *check(held_out)) == ()
    assert {example.voice for example in train} & {example.voice for example in held_out} == set()
