"""Decides how sure a search result is (features of a match → probability); not which entry comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.faq.entry import FaqOutcome
from knowledge.faq.settings import ConfidenceSettings

Floats = NDArray[np.float64]

#: The order of the columns in `feature_row`.
FEATURES: Final = (
    "word_coverage",
    "gram_coverage",
    "phrase",
    "margin",
    "covered_margin",
    "covered_phrase",
    "missed_product",
    "missed_focus",
    "length",
    "rival",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFeatures:
    """What is known about the best hit of a search, all roughly 0..1."""

    #: Shares of the query's weight that the hit holds.
    word_coverage: float
    gram_coverage: float
    #: Likeness to the closest single phrasing of the hit.
    phrase: float
    #: Distance of its score from the next hit's, as a share of its own.
    margin: float
    #: 1 where the hit lacks a product that was named, or a word that the question turns on.
    missed_product: float
    missed_focus: float
    #: Logarithm of the number of query words.
    length: float
    #: By how much the best entry of other policies outdoes the hit, 0 where it does not.
    rival: float

    @property
    def covered_margin(self) -> float:
        """The margin, as far as the hit holds the query at all: anything leads where all else is nonsense."""
        return self.margin * self.word_coverage

    @property
    def covered_phrase(self) -> float:
        """The likeness, as far as the hit holds the query at all."""
        return self.phrase * self.word_coverage


def feature_row(features: MatchFeatures) -> Floats:
    """The features as a vector in the order of `FEATURES`."""
    return np.array([getattr(features, name) for name in FEATURES], dtype=np.float64)


def confidence_of(features: MatchFeatures, settings: ConfidenceSettings) -> float:
    """Probability 0..1 that the best hit answers the query."""
    total = settings.intercept
    for name, weight in settings.weights.items():
        total += weight * float(getattr(features, name))
    return float(sigmoid(np.array(total)))


def outcome_of(confidence: float, settings: ConfidenceSettings) -> FaqOutcome:
    """Answer, suggest or stay silent."""
    if confidence >= settings.answer_at:
        return FaqOutcome.ANSWER
    return FaqOutcome.SUGGEST if confidence >= settings.suggest_at else FaqOutcome.SILENT


def sigmoid(total: Floats) -> Floats:
    """Logistic function, element by element."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0))), dtype=np.float64)
