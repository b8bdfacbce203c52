"""Decides whether the messages of a week are still like those before; not what is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from classifiers.classification import Classification
from classifiers.features import keys_of
from classifiers.labels import Category, Severity
from classifiers.reading import Reading
from classifiers.scorer import Model

#: A week with fewer messages, or with fewer before it, says nothing.
LEAST_WEEK: Final = 30
LEAST_BEFORE: Final = 60
#: A figure leaves its band where chance explains it this badly (standard errors) …
ERRORS: Final = 3.0
#: … and where it moved by this much at least.
LEAST_MOVE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One message as it was judged when it came in."""

    verdict: Classification
    #: Share of its words that the model does not know; None where that was not counted.
    unknown_words: float | None = None
    #: Staff corrected the verdict.
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a week beside its band."""

    name: str
    value: float
    #: Of the weeks before; None where there is too little to say.
    usual: float | None
    low: float | None
    high: float | None

    @property
    def outside(self) -> bool:
        """True where the week left the band."""
        return self.low is not None and self.high is not None and not self.low <= self.value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A week against the weeks before it."""

    messages: int
    messages_before: int
    figures: tuple[Figure, ...]

    @property
    def outside(self) -> tuple[Figure, ...]:
        """The figures that left their bands."""
        return tuple(figure for figure in self.figures if figure.outside)


def drift(week: Sequence[Observation], before: Sequence[Observation]) -> Drift:
    """Figures of a week with bands from the messages before it (both may be empty)."""
    now, then = figures(week), figures(before)
    enough = len(week) >= LEAST_WEEK and len(before) >= LEAST_BEFORE
    rows = []
    for name, values in now.items():
        value = _mean(values)
        usual = _mean(then[name]) if enough and then[name] else None
        reach = None if usual is None else _reach(values, then[name])
        rows.append(
            Figure(
                name=name,
                value=value,
                usual=usual,
                low=None if usual is None or reach is None else usual - reach,
                high=None if usual is None or reach is None else usual + reach,
            )
        )
    return Drift(messages=len(week), messages_before=len(before), figures=tuple(rows))


def figures(observations: Sequence[Observation]) -> dict[str, list[float]]:
    """Name of a figure → its value for every message (0 or 1 for shares)."""
    table: dict[str, list[float]] = {
        f"severity:{label}": [float(o.verdict.severity.label is label) for o in observations]
        for label in Severity
    }
    table |= {
        f"category:{label}": [float(o.verdict.category.label is label) for o in observations]
        for label in Category
    }
    table["severity confidence"] = [o.verdict.severity.confidence for o in observations]
    table["category confidence"] = [o.verdict.category.confidence for o in observations]
    table["abstained"] = [float(o.verdict.abstained) for o in observations]
    table["corrected"] = [float(o.corrected) for o in observations]
    table["unknown words"] = [o.unknown_words for o in observations if o.unknown_words is not None]
    return table


def unknown_words(model: Model, readings: Sequence[Reading]) -> float | None:
    """The share of words that the model has no weight for; None for a text without words."""
    words = [
        token.lemma
        for reading in readings
        for token in reading.tokens
        if token.surface.strip() and not token.surface[0].isnumeric()
    ]
    return 1.0 - len(model.vocabulary.find(keys_of("words", words))[0]) / len(words) if words else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _reach(week: Sequence[float], before: Sequence[float]) -> float:
    """How far the means of two samples of one population may lie apart."""
    pooled = [*week, *before]
    mean = _mean(pooled)
    variance = _mean([(value - mean) ** 2 for value in pooled])
    return max(LEAST_MOVE, ERRORS * sqrt(variance * (1 / max(1, len(week)) + 1 / max(1, len(before)))))
