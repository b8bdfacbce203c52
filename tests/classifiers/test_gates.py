from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import comb

import numpy as np
import pytest

from classifiers.classification import Classification
from classifiers.comparison import bootstrap, compare_verdicts, mcnemar
from classifiers.curves import lay_open
from classifiers.evaluation import compare
from classifiers.examples import Example, Labels
from classifiers.gates import Gate, objections
from classifiers.labels import Category, Severity
from tests.builders import classification

#: 40 messages of each severity.
TRUTH = [severity for severity in Severity for _ in range(40)]


def examples() -> list[Example]:
    return [
        Example(
            id=str(number),
            turns=(f"{number}",),
            labels=Labels(severity=severity, category=Category.CLOUD_INCIDENT),
            voice="v",
            noise=("typo",) if number % 2 else (),
        )
        for number, severity in enumerate(TRUTH)
    ]


def verdicts(said: Sequence[Severity], confidence: float = 0.9) -> list[Classification]:
    found = []
    for severity in said:
        made = classification(severity)
        found.append(replace(made, severity=replace(made.severity, confidence=confidence)))
    return found


def gates(before: list[Classification], after: list[Classification], overlap: int = 0) -> set[str]:
    rows = examples()
    comparison = compare_verdicts(rows, before, after)
    found = objections(compare(rows, before, {}), compare(rows, after, {}), comparison, overlap=overlap)
    return {f"{objection.gate} {objection.what}".strip() for objection in found}


def spoilt(severity: Severity, count: int, said: Severity) -> list[Severity]:
    """The truth but for so many of one severity."""
    at = TRUTH.index(severity)
    return [said if at <= place < at + count else label for place, label in enumerate(TRUTH)]


@pytest.mark.parametrize(
    ("said", "confidence", "overlap", "expected"),
    [
        (TRUTH, 0.95, 0, set()),
        (TRUTH, 0.95, 3, {"overlap"}),
        (TRUTH, 0.95, -1, {"overlap"}),
        (spoilt(Severity.A, 1, Severity.B), 0.95, 0, {"critical_recall"}),
        (spoilt(Severity.C, 3, Severity.B), 0.95, 0, set()),
        (spoilt(Severity.C, 5, Severity.B), 0.95, 0, {"class_recall severity:C", "accuracy severity"}),
        (
            spoilt(Severity.CRITICAL, 4, Severity.B),
            0.95,
            0,
            {"critical_recall", "under_triage", "accuracy severity"},
        ),
        (TRUTH, 0.7, 0, {"calibration severity"}),
    ],
)
def test_gates_refuse_what_is_worse(
    said: list[Severity], confidence: float, overlap: int, expected: set[str]
) -> None:
    assert gates(verdicts(TRUTH, 0.95), verdicts(said, confidence), overlap) == expected


def test_a_better_challenger_meets_no_objection() -> None:
    assert gates(verdicts(spoilt(Severity.A, 6, Severity.C)), verdicts(TRUTH, 0.97)) == set()


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (1, 0), (5, 5), (10, 2), (3, 30), (400, 380)])
def test_mcnemar_is_the_exact_binomial_test(better: int, worse: int) -> None:
    total = better + worse
    tail = sum(comb(total, k) for k in range(min(better, worse) + 1)) / 2**total
    assert mcnemar(better, worse) == pytest.approx(min(1.0, 2 * tail), rel=1e-6)
    assert mcnemar(better, worse) == mcnemar(worse, better)


def test_mcnemar_takes_thousands() -> None:
    assert mcnemar(3_000, 1_000) == 0.0


def test_the_bootstrap_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    differences = np.array([1.0] * 12 + [-1.0] * 8 + [0.0] * 80)
    low, high = bootstrap(differences, seed=1)
    assert low < differences.mean() < high
    assert bootstrap(differences, seed=1) == (low, high)


def test_comparison_lists_what_changed_and_puts_the_worse_first() -> None:
    before = verdicts(spoilt(Severity.C, 1, Severity.B))
    after = verdicts(spoilt(Severity.A, 1, Severity.B))
    found = compare_verdicts(examples(), before, after)
    assert (found.severity.better, found.severity.worse, found.severity.p_value) == (1, 1, 1.0)
    assert [(change.truth, change.before, change.after) for change in found.changed] == [
        ("A", "A", "B"),
        ("C", "B", "C"),
    ]


def test_curves_count_every_example_once() -> None:
    curves = lay_open(examples(), verdicts(spoilt(Severity.C, 4, Severity.B)))
    assert curves.severity.confusion == ((40, 0, 0, 0), (0, 40, 0, 0), (0, 0, 40, 0), (0, 0, 4, 36))
    assert sum(row.count for row in curves.severity.reliability) == len(TRUTH)
    assert curves.severity.risk_coverage[-1].risk == pytest.approx(4 / 160)
    assert [(part.noise, part.examples) for part in curves.parts] == [("clean", 80), ("typo", 80)]
    assert {mistake.said for mistake in curves.worst} == {"B"}


def test_every_gate_is_tried() -> None:
    tried = {"overlap", "critical_recall", "class_recall", "accuracy", "under_triage", "calibration"}
    assert set(Gate) == tried
