"""Decides how one classifier differs from another on the same examples, and by how much; promotes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.classification import Classification
from classifiers.examples import Example

#: Resamples of the bootstrap, and the share of them inside the interval.
RESAMPLES: Final = 2_000
INSIDE: Final = 0.95
_TARGETS: Final = ("severity", "category")
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Severity or category: the newer verdicts against the older ones."""

    before: float
    after: float
    #: Examples that only the newer, or only the older verdicts have right.
    better: int
    worse: int
    #: Exact McNemar test of `better` against `worse`, two-sided.
    p_value: float
    #: Paired bootstrap interval (95 %) of the difference in accuracy.
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One example whose label changed."""

    id: str
    target: str
    truth: str
    before: str
    after: str
    #: The start of its text.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The newer classifier against the older one."""

    before: str
    after: str
    examples: int
    severity: Difference
    category: Difference
    changed: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def compare_verdicts(
    examples: Sequence[Example],
    before: Sequence[Classification],
    after: Sequence[Classification],
    *,
    seed: int = 0,
) -> Comparison:
    """Compare verdicts given in the order of the examples (at least one); worsened examples come first."""
    changed = [
        Change(
            id=example.id,
            target=target,
            truth=getattr(example.labels, target).value,
            before=getattr(old, target).label.value,
            after=getattr(new, target).label.value,
            text=" / ".join(example.turns)[:_SHOWN],
        )
        for target in _TARGETS
        for example, old, new in zip(examples, before, after, strict=True)
        if getattr(old, target).label is not getattr(new, target).label
    ]
    return Comparison(
        before=before[0].model_version,
        after=after[0].model_version,
        examples=len(examples),
        severity=_difference(examples, before, after, "severity", seed),
        category=_difference(examples, before, after, "category", seed),
        changed=tuple(sorted(changed, key=lambda change: change.before != change.truth)),
    )


def _difference(
    examples: Sequence[Example],
    before: Sequence[Classification],
    after: Sequence[Classification],
    target: str,
    seed: int,
) -> Difference:
    old, new = (_right(examples, verdicts, target) for verdicts in (before, after))
    better, worse = int((new & ~old).sum()), int((old & ~new).sum())
    low, high = bootstrap(new.astype(float) - old.astype(float), seed)
    return Difference(
        before=float(old.mean()),
        after=float(new.mean()),
        better=better,
        worse=worse,
        p_value=mcnemar(better, worse),
        low=low,
        high=high,
    )


def _right(examples: Sequence[Example], verdicts: Sequence[Classification], target: str) -> NDArray[np.bool_]:
    return np.array(
        [
            getattr(e.labels, target) is getattr(v, target).label
            for e, v in zip(examples, verdicts, strict=True)
        ]
    )


def mcnemar(better: int, worse: int) -> float:
    """The chance of a split at least as uneven if both were equally good (exact, two-sided)."""
    total = better + worse
    tail = sum(comb(total, count) for count in range(min(better, worse) + 1))
    # Whole numbers throughout: two to the power of thousands is no float.
    return float(min(10**12, 2 * tail * 10**12 // 2**total) / 10**12)


def bootstrap(differences: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """The interval that holds INSIDE of the means of resampled differences."""
    chooser = np.random.default_rng(seed)
    count = len(differences)
    means = [float(differences[chooser.integers(0, count, count)].mean()) for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [(1 - INSIDE) / 2, (1 + INSIDE) / 2])
    return float(low), float(high)
