"""Whom a talk is about: what was chosen or put right counts more than what is read from the rest."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.compose import Parts
from bot.extents import STATED_EXTENT, classified, statement, with_extent
from bot.texts.labels import EXTENT_CHOICES, rule_reason
from classifiers.classification import Classification, Signals
from classifiers.labels import Category, Extent, Severity
from tests.builders import classification

FAULT = "Teamsの会議に部署の全員が入れません。今朝からです。Web版でも同じです。"
EXTENTS = (Extent.SINGLE, Extent.FEW, Extent.MANY, Extent.ALL)


@pytest.mark.parametrize(
    ("phrase", "extent"), [(p, e) for (_, p), e in zip(EXTENT_CHOICES, EXTENTS, strict=True)]
)
def test_every_choice_of_the_forms_is_understood_whatever_was_said_before(
    phrase: str, extent: Extent, parts: Parts
) -> None:
    brain = parts.brain
    found = statement(brain.read(phrase), phrase)
    assert found is not None
    assert (found.extent, found.bare) == (extent, True)
    for before in (FAULT, "私だけOutlookが開けません", "メールが送れません"):
        assert classified(brain.classify, brain.read, [before, phrase]).signals.extent is extent


@pytest.mark.parametrize(
    ("turn", "extent", "severity"),
    [
        ("すみません、自分だけでした", Extent.SINGLE, Severity.B),
        ("やっぱり私だけみたいです", Extent.SINGLE, Severity.B),
        ("すみません、勘違いで、影響は自分だけでした", Extent.SINGLE, Severity.B),
        ("全員ではなく私だけでした", Extent.SINGLE, Severity.B),
        ("全員ではなく2名でした", Extent.FEW, Severity.B),
        ("2人です", Extent.FEW, Severity.B),
        ("私だけではなく全員でした", Extent.ALL, Severity.A),
        ("実は全員でした", Extent.ALL, Severity.A),
    ],
)
def test_plain_words_put_the_extent_right(
    turn: str, extent: Extent, severity: Severity, parts: Parts
) -> None:
    brain = parts.brain
    for chosen in ((), ("社内の全員に影響しています",), ("影響しているのは自分だけです",)):
        found = classified(brain.classify, brain.read, [FAULT, *chosen, turn])
        assert (found.signals.extent, found.severity.label) == (extent, severity)
        assert not found.severity.abstained


@pytest.mark.parametrize(
    "turn",
    [
        "自分だけで対応しているので早めにお願いします",
        "田中さんだけは入れました",
        "今朝10時からです",
        "直りました。お騒がせしました",
        "バージョンは2016です",
    ],
)
def test_other_words_put_nothing_right(turn: str, parts: Parts) -> None:
    brain = parts.brain
    assert statement(brain.read(turn), turn) is None
    assert classified(brain.classify, brain.read, [FAULT, turn]) == brain.classify([FAULT, turn])


def test_the_first_turn_is_read_as_it_stands(parts: Parts) -> None:
    brain = parts.brain
    assert classified(brain.classify, brain.read, ["自分だけです"]) == brain.classify(["自分だけです"])


def test_what_a_form_said_beforehand_counts_until_words_say_otherwise() -> None:
    read = {"later": Signals(cues=("correction", "extent_all"))}

    def classify(turns: Sequence[str]) -> Classification:
        return classification(Severity.B, extent=Extent.UNKNOWN, outage=True)

    def signals(turn: str) -> Signals:
        return read.get(turn, Signals())

    assert classified(classify, signals, ["first"], Extent.FEW).signals.extent is Extent.FEW
    assert classified(classify, signals, ["first", "later"], Extent.FEW).signals.extent is Extent.ALL


@pytest.mark.parametrize(
    ("found", "extent", "severity"),
    [
        (classification(Severity.A, extent=Extent.ALL), Extent.SINGLE, Severity.B),
        (classification(Severity.CRITICAL, extent=Extent.ALL), Extent.FEW, Severity.B),
        (classification(Severity.A, extent=Extent.SINGLE), Extent.SINGLE, Severity.A),
        (classification(Severity.A, extent=Extent.ALL, security=True), Extent.SINGLE, Severity.A),
        (classification(Severity.A, Category.SECURITY_INCIDENT), Extent.SINGLE, Severity.A),
        (classification(Severity.A, deadline_at_risk=True), Extent.SINGLE, Severity.A),
        (classification(Severity.A, ongoing=False), Extent.SINGLE, Severity.A),
        (classification(Severity.C, severity_abstained=True), Extent.SINGLE, Severity.B),
        (classification(Severity.C), Extent.SINGLE, Severity.C),
        (classification(Severity.B, extent=Extent.SINGLE, outage=True), Extent.ALL, Severity.A),
        (classification(Severity.C, extent=Extent.SINGLE), Extent.MANY, Severity.B),
        (classification(Severity.B, extent=Extent.SINGLE), Extent.MANY, Severity.B),
        (
            classification(Severity.B, extent=Extent.SINGLE, outage=True, workaround=True),
            Extent.ALL,
            Severity.B,
        ),
    ],
)
def test_severity_follows_the_extent(found: Classification, extent: Extent, severity: Severity) -> None:
    after = with_extent(found, extent)
    assert (after.severity.label, after.signals.extent) == (severity, extent)
    assert sum(after.severity.probabilities.values()) == pytest.approx(1)
    changed = severity is not found.severity.label
    assert [hit.rule_id for hit in after.rule_hits] == ([STATED_EXTENT] if changed else [])
    assert all(rule_reason(hit) for hit in after.rule_hits)


def test_evidence_keeps_the_numbers_of_the_turns(parts: Parts) -> None:
    brain = parts.brain
    last = "昨日の夕方は入れていました"
    found = classified(brain.classify, brain.read, [FAULT, "すみません、自分だけでした", last])
    turns = {item.turn: item.span for item in found.evidence}
    assert set(turns) <= {0, 2}
    assert all(span in (FAULT, "", last)[turn] for turn, span in turns.items())
