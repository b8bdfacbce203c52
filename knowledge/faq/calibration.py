"""Decides weights and thresholds of the confidence from held-out queries; never reads an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.faq.confidence import FEATURES, Floats, feature_row, sigmoid
from knowledge.faq.queries import FaqQuery
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import ConfidenceSettings

Flags = NDArray[np.bool_]

_ROUNDS: Final = 50
_RIDGE: Final = 1.0
_FOLDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedThresholds:
    """The two thresholds and what they did to the held-out confidences that they were chosen on."""

    answer_at: float
    suggest_at: float
    wrong_among_answers: float
    answered: float
    silent_unanswerable: float


def fit_confidence(
    index: FaqIndex, queries: Sequence[FaqQuery], *, risk: float = 0.045, silence: float = 0.93
) -> ConfidenceSettings:
    """Confidence fitted on queries that are not in the index.

    In: `risk` bounds the share of wrong answers among answers, `silence` is the least share of unanswerable
    queries that stay silent; both hold for confidences from models that did not see the query. Keep them
    stricter than what is promised: the next queries are not these. Out: weights from all queries, thresholds
    from the held-out ones.
    """
    rows, right, answerable = observations(index, queries)
    folds = [position % _FOLDS for position in range(len(rows))]
    chosen = fit_thresholds(
        held_out_confidence(rows, right, folds), right, answerable, risk=risk, silence=silence
    )
    intercept, weights = fit_logistic(rows, right)
    return ConfidenceSettings(
        intercept=round(intercept, 6),
        weights={name: round(weight, 6) for name, weight in weights.items()},
        answer_at=round(chosen.answer_at, 6),
        suggest_at=round(chosen.suggest_at, 6),
        fitted=(
            f"{len(rows)} held-out queries, {int((~answerable).sum())} of them unanswerable: "
            f"{chosen.wrong_among_answers:.3f} wrong among answers, {chosen.answered:.3f} answered, "
            f"{chosen.silent_unanswerable:.3f} of the unanswerable silent"
        ),
    )


def observations(index: FaqIndex, queries: Sequence[FaqQuery]) -> tuple[Floats, Flags, Flags]:
    """Feature rows, whether the best hit was right, and whether there was a right one.

    Queries without any hit drop out.
    """
    rows: list[Floats] = []
    right: list[bool] = []
    answerable: list[bool] = []
    for query in queries:
        ranked = index.rank(query.query, query.policy, 1)
        if ranked is None:
            continue
        rows.append(feature_row(ranked.features))
        right.append(bool(ranked.order) and index.entries[ranked.order[0]].id in query.relevant)
        answerable.append(bool(query.relevant))
    return np.array(rows), np.array(right, dtype=np.bool_), np.array(answerable, dtype=np.bool_)


def fit_logistic(rows: Floats, right: Flags) -> tuple[float, Mapping[str, float]]:
    """Intercept and weight per feature by ridge-penalised Newton steps.

    In: one feature row per query, and whether the best hit was right. Out: weights for the raw features.
    """
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(rows)), (rows - centre) / spread])
    target = right.astype(np.float64)
    penalty = np.diag([0.0] + [_RIDGE] * rows.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        chance = sigmoid(design @ weights)
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


def held_out_confidence(rows: Floats, right: Flags, folds: Sequence[int]) -> Floats:
    """Confidence of every query from a model that did not see its fold."""
    result = np.zeros(len(rows))
    groups = np.asarray(folds)
    for fold in np.unique(groups):
        intercept, weights = fit_logistic(rows[groups != fold], right[groups != fold])
        vector = np.array([weights[name] for name in FEATURES])
        result[groups == fold] = sigmoid(rows[groups == fold] @ vector + intercept)
    return result


def fit_thresholds(
    confidence: Floats, right: Flags, answerable: Flags, *, risk: float, silence: float
) -> FittedThresholds:
    """Lowest thresholds that keep the stated risks on held-out confidences.

    Out: the thresholds; `answer_at` is 1.0 where no threshold keeps the risk.
    """
    answer_at = 1.0
    for candidate in np.unique(confidence)[::-1]:
        if float((~right[confidence >= candidate]).mean()) <= risk:
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
