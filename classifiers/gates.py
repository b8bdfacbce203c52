"""Decides whether a challenger may become champion, from figures alone; not who may insist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # words for gates are said where scikit-learn must not be loaded
    from classifiers.comparison import Comparison, Difference
    from classifiers.evaluation import Evaluation, TargetReport

#: One of some hundred critical examples turns over between any two trainings; more than that is a fall.
CRITICAL_BOUND: Final = 0.005
#: A class with so many examples may lose this much recall at most.
LEAST_SUPPORT: Final = 20
CLASS_BOUND: Final = 0.10
#: By how much the calibration error may grow.
CALIBRATION_BOUND: Final = 0.02


class Gate(StrEnum):
    """What a challenger is held against."""

    #: Examples of the evaluation stand in the training, or nobody knows whether they do.
    OVERLAP = "overlap"
    CRITICAL_RECALL = "critical_recall"
    #: Severities judged two levels too mild.
    UNDER_TRIAGE = "under_triage"
    CLASS_RECALL = "class_recall"
    CALIBRATION = "calibration"
    #: Accuracy fell by more than chance explains.
    ACCURACY = "accuracy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a challenger should not be promoted."""

    gate: Gate
    #: `severity:A`, `category`, or empty where it is about the whole.
    what: str = ""
    before: float = 0.0
    after: float = 0.0
    #: How much worse it may have been.
    bound: float = 0.0


def objections(
    champion: Evaluation, challenger: Evaluation, comparison: Comparison, *, overlap: int
) -> tuple[Objection, ...]:
    """Everything against promoting; none means that it may.

    In: both evaluated on the same examples, and how many of those are near-copies of training examples (-1:
    unknown).
    """
    found = []
    if overlap:
        found.append(Objection(gate=Gate.OVERLAP, after=float(overlap)))
    if challenger.critical_recall < champion.critical_recall - CRITICAL_BOUND:
        found.append(
            Objection(
                gate=Gate.CRITICAL_RECALL,
                before=champion.critical_recall,
                after=challenger.critical_recall,
                bound=CRITICAL_BOUND,
            )
        )
    if challenger.under_triage > champion.under_triage + _ONE_IN / challenger.examples:
        found.append(
            Objection(
                gate=Gate.UNDER_TRIAGE,
                before=champion.under_triage,
                after=challenger.under_triage,
                bound=_ONE_IN / challenger.examples,
            )
        )
    for target in ("severity", "category"):
        before, after = getattr(champion, target), getattr(challenger, target)
        found += _classes(target, before, after)
        found += _whole(target, before, after, getattr(comparison, target))
    return tuple(found)


#: So many more examples judged two levels too mild are still chance.
_ONE_IN: Final = 2.5


def _classes(target: str, before: TargetReport, after: TargetReport) -> list[Objection]:
    found = []
    for label, row in before.labels.items():
        now = after.labels.get(label)
        if row.support < LEAST_SUPPORT or row.recall is None or now is None or now.recall is None:
            continue
        if now.recall < row.recall - CLASS_BOUND:
            found.append(
                Objection(
                    gate=Gate.CLASS_RECALL,
                    what=f"{target}:{label}",
                    before=row.recall,
                    after=now.recall,
                    bound=CLASS_BOUND,
                )
            )
    return found


def _whole(target: str, before: TargetReport, after: TargetReport, difference: Difference) -> list[Objection]:
    found = []
    if after.calibration_error > before.calibration_error + CALIBRATION_BOUND:
        found.append(
            Objection(
                gate=Gate.CALIBRATION,
                what=target,
                before=before.calibration_error,
                after=after.calibration_error,
                bound=CALIBRATION_BOUND,
            )
        )
    if difference.high < 0:
        found.append(
            Objection(gate=Gate.ACCURACY, what=target, before=difference.before, after=difference.after)
        )
    return found
