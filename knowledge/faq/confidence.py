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
    "pair_coverage",
    "phrase_words",
    "phrase_grams",
    "phrase_lead",
    "score",
    "margin",
    "coverage_lead",
    "missed_product",
    "unknown",
    "length",
    "rival",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFeatures:
    """What is known about the best hit of a search, all roughly 0..1."""

    #: Shares of the query's weight that the best hit holds.
    word_coverage: float
    gram_coverage: float
    pair_coverage: float
    #: Likeness to the closest single phrasing of the hit, and how far that is ahead of the next hit.
    phrase_words: float
    phrase_grams: float
    phrase_lead: float
    #: Blended score of the hit, and its distance from the next one.
    score: float
    margin: float
    coverage_lead: float
    #: 1 where the hit lacks a product that was named.
    missed_product: float
    #: Share of the query's words that no entry knows.
    unknown: float
    #: Logarithm of the number of query words.
    length: float
    #: Score of the best entry of other policies relative to the hit.
    rival: float


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
