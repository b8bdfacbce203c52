"""Decides how an evaluation is laid open: confusion, reliability, risk and coverage, worst errors, parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from classifiers.classification import Classification
from classifiers.examples import Example
from classifiers.scorer import TARGETS

BINS: Final = 10
#: Points of the risk-coverage curve, and errors shown.
POINTS: Final = 20
WORST: Final = 20
_SHOWN: Final = 160
#: How a part of the examples is named where it has no noise or hardness.
CLEAN: Final = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Predictions of like confidence: how sure they were and how often right."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The error among the surest predictions that make up this share of all."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A prediction that was sure and wrong."""

    id: str
    target: str
    truth: str
    said: str
    confidence: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Accuracy on examples of one category, voice and kind of noise."""

    category: str
    voice: str
    noise: str
    examples: int
    severity: float
    right_category: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCurves:
    """Severity or category laid open."""

    labels: tuple[str, ...]
    #: Truth × said, in the order of `labels`.
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[Bin, ...]
    risk_coverage: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Everything of an evaluation that is more than a figure."""

    severity: TargetCurves
    category: TargetCurves
    worst: tuple[Mistake, ...]
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def lay_open(examples: Sequence[Example], verdicts: Sequence[Classification]) -> Curves:
    """The curves for verdicts in the order of the examples (at least one)."""
    return Curves(
        severity=_target(examples, verdicts, "severity"),
        category=_target(examples, verdicts, "category"),
        worst=_worst(examples, verdicts),
        parts=_parts(examples, verdicts),
    )


def _target(examples: Sequence[Example], verdicts: Sequence[Classification], target: str) -> TargetCurves:
    labels = TARGETS[target]
    pairs = Counter(
        (getattr(e.labels, target).value, getattr(v, target).label.value)
        for e, v in zip(examples, verdicts, strict=True)
    )
    sure = np.array([getattr(verdict, target).confidence for verdict in verdicts])
    right = np.array(
        [
            getattr(e.labels, target) is getattr(v, target).label
            for e, v in zip(examples, verdicts, strict=True)
        ],
        dtype=float,
    )
    return TargetCurves(
        labels=tuple(labels),
        confusion=tuple(tuple(pairs[true, said] for said in labels) for true in labels),
        reliability=tuple(_bins(sure, right)),
        risk_coverage=tuple(_points(sure, right)),
    )


def _bins(sure: Any, right: Any) -> list[Bin]:
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        Bin(
            confidence=float(sure[places == at].mean()),
            accuracy=float(right[places == at].mean()),
            count=int((places == at).sum()),
        )
        for at in sorted(set(places.tolist()))
    ]


def _points(sure: Any, right: Any) -> list[Point]:
    wrong = 1.0 - right[np.argsort(-sure, kind="stable")]
    risk = np.cumsum(wrong) / np.arange(1, len(wrong) + 1)
    steps = sorted({max(1, round(len(wrong) * step / POINTS)) for step in range(1, POINTS + 1)})
    return [Point(coverage=step / len(wrong), risk=float(risk[step - 1])) for step in steps]


def _worst(examples: Sequence[Example], verdicts: Sequence[Classification]) -> tuple[Mistake, ...]:
    found = [
        Mistake(
            id=example.id,
            target=target,
            truth=getattr(example.labels, target).value,
            said=prediction.label.value,
            confidence=prediction.confidence,
            text=" / ".join(example.turns)[:_SHOWN],
        )
        for example, verdict in zip(examples, verdicts, strict=True)
        for target, prediction in (("severity", verdict.severity), ("category", verdict.category))
        if getattr(example.labels, target) is not prediction.label
    ]
    return tuple(sorted(found, key=lambda mistake: -mistake.confidence)[:WORST])


def _parts(examples: Sequence[Example], verdicts: Sequence[Classification]) -> tuple[Part, ...]:
    groups: dict[tuple[str, str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for example, verdict in zip(examples, verdicts, strict=True):
        right = (
            example.labels.severity is verdict.severity.label,
            example.labels.category is verdict.category.label,
        )
        for noise in example.noise or (CLEAN,):
            groups[example.labels.category.value, example.voice, noise].append(right)
    return tuple(
        Part(
            category=category,
            voice=voice,
            noise=noise,
            examples=len(rows),
            severity=sum(severity for severity, _ in rows) / len(rows),
            right_category=sum(category for _, category in rows) / len(rows),
        )
        for (category, voice, noise), rows in sorted(groups.items())
    )
