"""Decides how sure a search result is (features of a match → probability); not which entry comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "phrase",
    "phrase_lead",
    "score",
    "margin",
    "coverage_lead",
    "unknown",
    "length",
    "rival",
)
_ROUNDS: Final = 50
_RIDGE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFeatures:
    """What is known about the best hit of a search, all roughly 0..1."""

    #: Shares of the query's weight that the best hit holds.
    word_coverage: float
    gram_coverage: float
    pair_coverage: float
    #: Likeness to the closest single phrasing of the hit, and how far that is ahead of the next hit's.
    phrase: float
    phrase_lead: float
    #: Blended score of the hit, and its distance from the next one.
    score: float
    margin: float
    coverage_lead: float
    #: Share of the query's words that no entry knows.
    unknown: float
    #: Logarithm of the number of query words.
    length: float
    #: Score of the best entry of other policies relative to the hit.
    rival: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedThresholds:
    """The two thresholds and what they did to the queries that they were chosen on."""

    answer_at: float
    suggest_at: float
    wrong_among_answers: float
    answered: float
    silent_unanswerable: float


def feature_row(features: MatchFeatures) -> Floats:
    """The features as a vector in the order of `FEATURES`."""
    return np.array([getattr(features, name) for name in FEATURES], dtype=np.float64)


def confidence_of(features: MatchFeatures, settings: ConfidenceSettings) -> float:
    """Probability 0..1 that the best hit answers the query."""
    total = settings.intercept
    for name, weight in settings.weights.items():
        total += weight * float(getattr(features, name))
    return float(_sigmoid(np.array(total)))


def outcome_of(confidence: float, settings: ConfidenceSettings) -> FaqOutcome:
    """Answer, suggest or stay silent."""
    if confidence >= settings.answer_at:
        return FaqOutcome.ANSWER
    return FaqOutcome.SUGGEST if confidence >= settings.suggest_at else FaqOutcome.SILENT


def fit_logistic(rows: Floats, right: NDArray[np.bool_]) -> tuple[float, Mapping[str, float]]:
    """Intercept and weight per feature by ridge-penalised Newton steps.

    In: one feature row per query, and whether the best hit was right. Out: weights for the raw features.
    """
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(rows)), (rows - centre) / spread])
    target = right.astype(np.float64)
    penalty = np.diag([0.0] + [_RIDGE] * rows.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        chance = _sigmoid(design @ weights)
        gradient = design.T @ (chance - target) + penalty @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
        # A touch on the diagonal keeps perfectly separated data solvable.
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), gradient)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    raw = weights[1:] / spread
    intercept = float(weights[0] - raw @ centre)
    return intercept, dict(zip(FEATURES, (float(weight) for weight in raw), strict=True))


def held_out_confidence(rows: Floats, right: NDArray[np.bool_], folds: Sequence[int]) -> Floats:
    """Confidence of every query from a model that did not see its fold."""
    result = np.zeros(len(rows))
    groups = np.asarray(folds)
    for fold in np.unique(groups):
        intercept, weights = fit_logistic(rows[groups != fold], right[groups != fold])
        vector = np.array([weights[name] for name in FEATURES])
        result[groups == fold] = _sigmoid(rows[groups == fold] @ vector + intercept)
    return result


def fit_thresholds(
    confidence: Floats,
    right: NDArray[np.bool_],
    answerable: NDArray[np.bool_],
    *,
    risk: float,
    silence: float,
) -> FittedThresholds:
    """Lowest thresholds that keep the stated risks on held-out confidences.

    In: `risk` bounds the share of wrong answers among answers; `silence` is the least share of unanswerable
    queries below the suggestion threshold. Out: the thresholds; 1.0 for answering
    where no threshold keeps the risk.
    """
    answer_at = 1.0
    for candidate in np.unique(confidence)[::-1]:
        answered = confidence >= candidate
        if float((~right[answered]).mean()) > risk:
            break
        answer_at = float(candidate)
    unanswerable = confidence[~answerable]
    suggest_at = float(np.quantile(unanswerable, silence)) if len(unanswerable) else 0.0
    suggest_at = min(suggest_at, answer_at)
    answered = confidence >= answer_at
    return FittedThresholds(
        answer_at=answer_at,
        suggest_at=suggest_at,
        wrong_among_answers=float((~right[answered]).mean()) if answered.any() else 0.0,
        answered=float(answered.mean()),
        silent_unanswerable=float((unanswerable < suggest_at).mean()) if len(unanswerable) else 1.0,
    )


def _sigmoid(total: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0))), dtype=np.float64)
