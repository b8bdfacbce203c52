"""Decides how examples become a model: folds, calibration and thresholds; not which model is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GroupKFold

from classifiers.abstention import judge_severity
from classifiers.cues import Cues
from classifiers.errors import TrainingError
from classifiers.estimators import Features, LinearModels, Matrix, Vectoriser, fit_judge
from classifiers.examples import Example, Labels, examples_digest
from classifiers.features import SCALES, conversation_marks, count
from classifiers.labels import Severity
from classifiers.reading import Reader, Reading
from classifiers.scorer import (
    SCORE_COLUMNS,
    TARGETS,
    YES_NO,
    Floats,
    Judge,
    Model,
    Thresholds,
    block_ends,
    softmax,
)

Progress = Callable[[str, float], None]
FOLDS: Final = 5
#: The critical guard looks for this recall first, as long as this precision holds.
CRITICAL_RECALL: Final = 0.96
CRITICAL_PRECISION: Final = 0.86
#: Abstention keeps the error of what is acted on below this.
ACCEPTED_ERROR: Final = 0.05
LEAST_EXAMPLES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to learn from: a conversation up to some turn."""

    turns: tuple[str, ...]
    labels: Labels
    voice: str


def train(
    examples: Sequence[Example],
    *,
    reader: Reader | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Train on examples; the same examples and seed give the same model.

    `progress` is called with the name of a step and the share done, 0..1. Out: a model without a version (the
    registry gives one). Raises TrainingError where the examples are too few or of one kind.
    """
    tell = progress or (lambda _step, _share: None)
    rows = training_rows(examples)
    if len(rows) < LEAST_EXAMPLES:
        raise TrainingError(f"{len(rows)} examples are too few; at least {LEAST_EXAMPLES} are needed")
    tell("reading", 0.0)
    features = read_features(rows, reader or Reader.load())
    tell("features", 0.1)
    vectoriser = Vectoriser()
    matrix = vectoriser.fit_transform(features)
    labels = {target: [label_of(row.labels, target) for row in rows] for target in TARGETS}
    folds = voice_folds([row.voice for row in rows])
    tell("cross-validation", 0.2)
    unseen = out_of_fold_scores(matrix, labels, folds, seed)
    tell("linear models", 0.7)
    weights, bias = LinearModels(seed).fit(matrix, labels).arrays(matrix.shape[1])
    tell("judges", 0.85)
    centre, spread = unseen.mean(axis=0), unseen.std(axis=0) + np.float32(1e-6)
    judges, probabilities = calibrated_judges((unseen - centre) / spread, labels, folds, seed)
    vocabularies = vectoriser.vocabularies()
    tell("done", 1.0)
    return Model(
        vocabularies=vocabularies,
        ends=block_ends(vocabularies),
        idf=vectoriser.idf(),
        weights=weights,
        bias=bias,
        centre=centre,
        spread=spread,
        judges=judges,
        thresholds=fit_thresholds(probabilities, labels),
        metadata=_facts(examples, labels, probabilities, seed),
    )


def training_rows(examples: Sequence[Example]) -> list[Row]:
    """Every example, and of every conversation also its first turn with the labels of that moment."""
    rows = []
    for example in examples:
        rows.append(Row(turns=example.turns, labels=example.labels, voice=example.voice))
        if example.first is not None:
            rows.append(Row(turns=example.turns[:1], labels=example.first, voice=example.voice))
    return rows


def read_features(rows: Sequence[Row], reader: Reader) -> list[Features]:
    """Features of every row; a turn that occurs twice is read once."""
    readings = {turn: reader.read(turn) for turn in {turn for row in rows for turn in row.turns}}
    return [conversation_features([readings[turn] for turn in row.turns], reader.cues) for row in rows]


def conversation_features(readings: Sequence[Reading], cues: Cues) -> Features:
    """Feature counts of one conversation, by block."""
    text = {block: count(readings, cues, block) for block in SCALES}
    return text | {"marks": dict.fromkeys(conversation_marks(readings), 1.0)}


def label_of(labels: Labels, target: str) -> str:
    """The label of a target in the words of TARGETS."""
    value = labels.product is not None if target == "product_named" else getattr(labels, target)
    return YES_NO[value] if isinstance(value, bool) else str(value)


def voice_folds(voices: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Folds whose tests hold voices that their training parts do not."""
    groups: Sequence[Any] = (
        voices if len(set(voices)) >= 3 else [index % FOLDS for index in range(len(voices))]
    )
    folds = GroupKFold(min(FOLDS, len(set(groups))))
    return list(folds.split(np.zeros(len(voices)), groups=np.asarray(groups)))


def out_of_fold_scores(
    matrix: Matrix,
    labels: Mapping[str, Sequence[str]],
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
) -> Floats:
    """Scores for every row from models that had not seen its voice (rows × columns)."""

    scores = np.zeros((matrix.shape[0], SCORE_COLUMNS), dtype=np.float32)
    for train_rows, test_rows in folds:  # one after the other: the solver's random numbers are global
        known = {target: [values[row] for row in train_rows] for target, values in labels.items()}
        scores[test_rows] = LinearModels(seed).fit(matrix[train_rows], known).scores(matrix[test_rows])
    return scores


def calibrated_judges(
    scores: Floats,
    labels: Mapping[str, Sequence[str]],
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
) -> tuple[dict[str, Judge], dict[str, Floats]]:
    """Judges with fitted temperatures, and their probabilities for unseen voices (rows × labels)."""
    judges: dict[str, Judge] = {}
    probabilities: dict[str, Floats] = {}
    for target, values in labels.items():
        logits = np.zeros((len(values), len(TARGETS[target])), dtype=np.float32)
        for train_rows, test_rows in folds:
            judge = fit_judge(scores[train_rows], [values[row] for row in train_rows], target, seed)
            logits[test_rows] = judge.logits(scores[test_rows])
        truth = np.array([TARGETS[target].index(value) for value in values])
        temperature = fit_temperature(logits, truth)
        judges[target] = replace(fit_judge(scores, values, target, seed), temperature=temperature)
        probabilities[target] = softmax(logits / np.float32(temperature))
    return judges, probabilities


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
    severity_doubt = _doubt(severity, chosen, _indices("severity", labels))
    category = probabilities["category"]
    category_doubt = _doubt(category, category.argmax(axis=1), _indices("category", labels))
    return replace(
        draft,
        severity_confidence=severity_doubt[0],
        severity_margin=severity_doubt[1],
        category_confidence=category_doubt[0],
        category_margin=category_doubt[1],
    )


def _indices(target: str, labels: Mapping[str, Sequence[str]]) -> NDArray[np.int64]:
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
    def f1(threshold: float) -> float:
        said = probability >= threshold
        return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))

    return max((round(float(t), 2) for t in np.arange(0.2, 0.81, 0.02)), key=f1)


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


def _facts(
    examples: Sequence[Example],
    labels: Mapping[str, Sequence[str]],
    probabilities: Mapping[str, Floats],
    seed: int,
) -> dict[str, Any]:
    right = {
        target: round(float((table.argmax(axis=1) == _indices(target, labels)).mean()), 4)
        for target, table in probabilities.items()
    }
    return {
        "seed": seed,
        "examples": len(examples),
        "examples_digest": examples_digest(examples),
        "voices": len({example.voice for example in examples}),
        "cross_validated_accuracy": right,
    }
