"""Decides at which probabilities a model is believed: temperatures, the critical guard and doubt.

Everything is fitted on predictions for voices that the models had not seen, never on what they learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from classifiers.abstention import judge_severity
from classifiers.labels import Severity
from classifiers.scorer import TARGETS, YES_NO, Floats, Thresholds, softmax

#: The critical guard looks for this recall first, as long as this precision holds.
CRITICAL_RECALL: Final = 0.96
CRITICAL_PRECISION: Final = 0.86
#: Abstention keeps the error of what is acted on below this.
ACCEPTED_ERROR: Final = 0.05
#: F1 values that are this near tell nothing of their thresholds.
_HAIR: Final = 0.002


def fit_temperature(logits: Floats, truth: NDArray[np.int64]) -> float:
    """The divisor of the logits with the least log loss."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(logits / np.exp(log_temperature))
        return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def fit_thresholds(probabilities: Mapping[str, Floats], labels: Mapping[str, Sequence[str]]) -> Thresholds:
    """Thresholds from probabilities for unseen voices: recall of critical first, then honest doubt."""
    severity = probabilities["severity"]
    guard = _critical_guard(severity, np.array([Severity(label).critical for label in labels["severity"]]))
    yes = {
        target: _best_f1(probabilities[target][:, 1], np.array(labels[target]) == YES_NO[1])
        for target, words in TARGETS.items()
        if words is YES_NO
    }
    draft = Thresholds(
        critical=guard,
        severity_confidence=0.0,
        severity_margin=-1.0,
        category_confidence=0.0,
        category_margin=-1.0,
        yes=yes,
    )
    chosen = np.array([_chosen(row, draft) for row in severity])
    severity_doubt = _doubt(severity, chosen, indices("severity", labels))
    category = probabilities["category"]
    category_doubt = _doubt(category, category.argmax(axis=1), indices("category", labels))
    return replace(
        draft,
        severity_confidence=severity_doubt[0],
        severity_margin=severity_doubt[1],
        category_confidence=category_doubt[0],
        category_margin=category_doubt[1],
    )


def indices(target: str, labels: Mapping[str, Sequence[str]]) -> NDArray[np.int64]:
    """The labels of a target as their places in TARGETS."""
    return np.array([TARGETS[target].index(label) for label in labels[target]])


def _chosen(row: Floats, thresholds: Thresholds) -> int:
    probabilities = dict(zip(Severity, row.tolist(), strict=True))
    return judge_severity(probabilities, thresholds).label.rank


def _critical_guard(severity: Floats, critical: NDArray[np.bool_]) -> float:
    joint = severity[:, :2].sum(axis=1)
    best = 0.5
    for threshold in np.arange(0.5, 0.05, -0.01):
        flagged = joint >= threshold
        hits = int((flagged & critical).sum())
        if hits < CRITICAL_PRECISION * flagged.sum():
            break
        best = float(threshold)
        if hits >= CRITICAL_RECALL * critical.sum():
            break
    return round(best, 2)


def _best_f1(probability: Floats, truth: NDArray[np.bool_]) -> float:
    """The middle of the thresholds with next to the best F1: which of them is best is chance."""
    thresholds = np.arange(0.2, 0.81, 0.02)
    said = probability[None, :] >= thresholds[:, None]
    f1 = 2 * (said & truth).sum(axis=1) / np.maximum(1, said.sum(axis=1) + truth.sum())
    return round(float(np.median(thresholds[f1 >= f1.max() - _HAIR])), 2)


def _doubt(probabilities: Floats, chosen: NDArray[np.int64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """The confidence and margin that leave most decided while the error stays acceptable."""
    places = np.arange(len(chosen))
    confidence = probabilities[places, chosen]
    others = probabilities.copy()
    others[places, chosen] = -1.0
    margin = confidence - others.max(axis=1)
    best, most = (0.99, 0.0), -1.0
    for least_confidence in np.arange(0.3, 0.96, 0.02):
        for least_margin in np.arange(0.0, 0.6, 0.1):
            decided = (confidence >= least_confidence) & (margin >= least_margin)
            wrong = (decided & (chosen != truth)).sum()
            if decided.mean() > most and wrong <= ACCEPTED_ERROR * max(1, decided.sum()):
                best, most = (
                    (round(float(least_confidence), 2), round(float(least_margin), 2)),
                    float(decided.mean()),
                )
    return best
