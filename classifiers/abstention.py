"""Decides which label a model's probabilities come to, and whether that is sure enough to act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from classifiers.classification import Prediction
from classifiers.labels import Category, Severity
from classifiers.scorer import Thresholds

L = TypeVar("L", Severity, Category)
_SEVERE: Final = tuple(label for label in Severity if label.critical)
_MILD: Final = tuple(label for label in Severity if not label.critical)


def judge_severity(probabilities: Mapping[Severity, float], thresholds: Thresholds) -> Prediction[Severity]:
    """The severity, guarded: a message that may well be critical is called critical.

    In: calibrated probabilities. Out: the better of `1` and `A` where their joint probability reaches the
    threshold, else the better of `B` and `C`; doubt is marked.
    """
    critical = sum(probabilities[label] for label in _SEVERE) >= thresholds.critical
    label = max(_SEVERE if critical else _MILD, key=probabilities.__getitem__)
    return predict(label, probabilities, thresholds.severity_confidence, thresholds.severity_margin)


def judge_category(probabilities: Mapping[Category, float], thresholds: Thresholds) -> Prediction[Category]:
    """The most probable category; doubt is marked."""
    label = max(probabilities, key=probabilities.__getitem__)
    return predict(label, probabilities, thresholds.category_confidence, thresholds.category_margin)


def predict(label: L, probabilities: Mapping[L, float], confidence: float, margin: float) -> Prediction[L]:
    """A prediction of `label`, abstained where its probability or its lead is below what is asked."""
    others = [other for other in probabilities if other is not label]
    runner_up = max(others, key=probabilities.__getitem__)
    lead = probabilities[label] - probabilities[runner_up]
    return Prediction(
        label=label,
        confidence=probabilities[label],
        runner_up=runner_up,
        margin=lead,
        probabilities=probabilities,
        abstained=probabilities[label] < confidence or lead < margin,
    )
