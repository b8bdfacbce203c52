"""Decides how rows become a model: folds, strength, judges, calibration; not which model is used."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from classifiers.crew import share_out
from classifiers.duplicates import clusters
from classifiers.estimators import SVM_C, LinearModels, Matrix, Vectoriser, fit_judge
from classifiers.examples import Example, examples_digest
from classifiers.reading import Reader
from classifiers.rows import Row, desk_rows, label_of, read_features, refuse_untrainable, training_rows
from classifiers.scorer import (
    SCORE_COLUMNS,
    TARGETS,
    Floats,
    Judge,
    Model,
    columns,
    softmax,
)
from classifiers.stages import Stages, digest_of
from classifiers.thresholds import fit_temperature, fit_thresholds, indices

Progress = Callable[[str, float], None]
Fold: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
Known: TypeAlias = Mapping[str, Sequence[str | None]]
FOLDS: Final = 5
#: Strengths of the linear models that are tried, and what another than the usual one must gain.
STRENGTHS: Final = (SVM_C, 0.25, 1.0)
GAIN: Final = 0.003
#: Strengths are compared on about so many rows at most, in some of the folds.
TRIED_ROWS: Final = 3_000
TRIED_FOLDS: Final = 3
#: All that the desk's labels say; the other targets are learned from complete examples only.
DESK_TARGETS: Final = ("severity", "category")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Material:
    """What every step works on: rows of features with their labels, weights and folds."""

    matrix: Matrix
    labels: Known
    folds: Sequence[Fold]
    #: None where every row weighs the same.
    weights: NDArray[np.float64] | None
    #: Rows with complete labels: calibration and figures come from them alone.
    complete: NDArray[np.int64]
    #: Names matrix, labels and weights.
    digest: bytes
    seed: int
    stages: Stages


def train(
    examples: Sequence[Example],
    *,
    desk: Sequence[Example] = (),
    reader: Reader | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    stages: Stages | None = None,
) -> Model:
    """Train on examples; the same examples and seed give the same model, also where stages are taken up.

    In: complete examples, and labels given at the desk (only their severity and category are believed, with
    DESK_WEIGHT). `progress` is called with the name of a step and the share done, 0..1. Out: a model without
    a version (the registry gives one). Raises TrainingError where the examples are too few or of one kind,
    ModelUnsaved where a stage cannot be kept.
    """
    tell = progress or (lambda _step, _share: None)
    rows = [*training_rows(examples), *desk_rows(desk)]
    refuse_untrainable(rows)
    tell("reading", 0.0)
    features = read_features(rows, reader or Reader.load())
    tell("features", 0.07)
    vectoriser = Vectoriser()
    material = _material(rows, vectoriser.fit_transform(features), seed, stages or Stages())
    strength = _choose_strength(material, tell)
    unseen = _scores(material, strength, tuple(TARGETS), tell)
    tell("linear models", 0.42)
    weights, bias = _linear(material, strength)
    centre, spread = unseen.mean(axis=0), unseen.std(axis=0) + np.float32(1e-6)
    with threadpool_limits(1):  # the networks are too small to share out: more threads only wait
        judges, tables = _judges(material, (unseen - centre) / spread, tell)
    kept = {target: table[material.complete] for target, table in tables.items()}
    truth = {target: _complete(values, material.complete) for target, values in material.labels.items()}
    tell("done", 1.0)
    return Model(
        vocabulary=vectoriser.vocabulary,
        idf=vectoriser.idf(),
        weights=weights,
        bias=bias,
        centre=centre,
        spread=spread,
        judges=judges,
        thresholds=fit_thresholds(kept, truth),
        metadata=_facts(examples, desk, kept, truth)
        | {"seed": seed, "strength": strength, "libraries": _libraries()},
    )


def voice_folds(voices: Sequence[str], copies: Sequence[int] = ()) -> list[Fold]:
    """Folds whose tests hold voices that their training parts do not, nor near-copies of what they say.

    `copies` has one number per row, equal for near-copies.
    """
    groups: Sequence[Any] = (
        voices if len(set(voices)) >= 3 else [index % FOLDS for index in range(len(voices))]
    )
    folds = list(
        GroupKFold(min(FOLDS, len(set(groups)))).split(np.zeros(len(voices)), groups=np.asarray(groups))
    )
    if not copies:
        return folds
    cluster = np.asarray(copies)
    return [(train[~np.isin(cluster[train], cluster[test])], test) for train, test in folds]


def _material(rows: Sequence[Row], matrix: Matrix, seed: int, stages: Stages) -> _Material:
    labels = {
        target: [
            None if row.partial and target not in DESK_TARGETS else label_of(row.labels, target)
            for row in rows
        ]
        for target in TARGETS
    }
    copies = clusters(["\n".join(row.turns) for row in rows])
    weights = np.array([row.weight for row in rows])
    return _Material(
        matrix=matrix,
        labels=labels,
        folds=voice_folds([row.voice for row in rows], copies),
        weights=None if (weights == 1.0).all() else weights,
        complete=np.array([at for at, row in enumerate(rows) if not row.partial]),
        digest=digest_of(matrix.data, matrix.indices, matrix.indptr, labels, weights, seed),
        seed=seed,
        stages=stages,
    )


def _choose_strength(material: _Material, tell: Progress) -> float:
    """The strength with the best severity and category for unseen voices; the usual one unless beaten."""
    step = 1 + material.matrix.shape[0] // TRIED_ROWS
    tried = replace(
        material, folds=[(train[::step], test[::step]) for train, test in material.folds[:TRIED_FOLDS]]
    )
    marks = {}
    for at, strength in enumerate(STRENGTHS):
        tell("strength", 0.13 + 0.05 * at)
        scores = _scores(tried, strength, DESK_TARGETS, lambda _step, _share: None)
        rows = np.intersect1d(material.complete, np.concatenate([test for _, test in tried.folds]))
        marks[strength] = np.mean(
            [
                (
                    scores[rows][:, columns(target)].argmax(axis=1)
                    == indices(target, {target: _complete(material.labels[target], rows)})
                ).mean()
                for target in DESK_TARGETS
            ]
        )
    best = max(STRENGTHS, key=lambda strength: marks[strength])
    return best if marks[best] > marks[SVM_C] + GAIN else SVM_C


def _scores(material: _Material, strength: float, targets: Sequence[str], tell: Progress) -> Floats:
    """Scores for every row from models that had not seen its voice, fold by fold."""
    labels = {target: material.labels[target] for target in targets}
    scores = np.zeros((material.matrix.shape[0], SCORE_COLUMNS), dtype=np.float32)
    for at, fold in enumerate(material.folds):
        tell("cross-validation", 0.28 + 0.14 * at / len(material.folds))
        of = digest_of(material.digest, strength, targets, *fold)
        kept = material.stages.arrays(
            "fold",
            of,
            lambda fold=fold: {"scores": _fold_scores(material, labels, fold, strength)},  # type: ignore[misc]
        )
        scores[fold[1]] = kept["scores"]
    return scores


def _fold_scores(material: _Material, labels: Known, fold: Fold, strength: float) -> Floats:
    known = {target: [values[row] for row in fold[0]] for target, values in labels.items()}
    weights = None if material.weights is None else material.weights[fold[0]]
    models = LinearModels(material.seed, strength).fit(material.matrix[fold[0]], known, weights)
    return models.scores(material.matrix[fold[1]])


def out_of_fold_scores(matrix: Matrix, labels: Known, folds: Sequence[Fold], seed: int) -> Floats:
    """Scores for every row from models that had not seen its voice (rows × columns)."""
    return _scores(_bare(matrix, labels, folds, seed), SVM_C, tuple(labels), lambda _step, _share: None)


def _bare(matrix: Matrix, labels: Known, folds: Sequence[Fold], seed: int) -> _Material:
    rows = np.arange(matrix.shape[0])
    return _Material(
        matrix=matrix,
        labels=labels,
        folds=folds,
        weights=None,
        complete=rows,
        digest=b"",
        seed=seed,
        stages=Stages(),
    )


def _linear(material: _Material, strength: float) -> tuple[Floats, Floats]:
    def fit() -> dict[str, Floats]:
        models = LinearModels(material.seed, strength).fit(material.matrix, material.labels, material.weights)
        weights, bias = models.arrays(material.matrix.shape[1])
        return {"weights": weights, "bias": bias}

    kept = material.stages.arrays("linear", digest_of(material.digest, strength), fit)
    return kept["weights"], kept["bias"]


def calibrated_judges(
    scores: Floats, labels: Known, folds: Sequence[Fold], seed: int
) -> tuple[dict[str, Judge], dict[str, Floats]]:
    """Judges with fitted temperatures, and their probabilities for unseen voices (rows × labels)."""
    return _judges(_bare(scores, labels, folds, seed), scores, lambda _step, _share: None)


def _judges(
    material: _Material, scores: Floats, tell: Progress
) -> tuple[dict[str, Judge], dict[str, Floats]]:
    judges: dict[str, Judge] = {}
    tables: dict[str, Floats] = {}
    for at, (target, values) in enumerate(material.labels.items()):
        tell("judges", 0.46 + 0.54 * at / len(material.labels))
        kept = material.stages.arrays(
            f"judge-{target}",
            digest_of(material.digest, scores, values, *(part for fold in material.folds for part in fold)),
            lambda target=target: _judge(material, scores, target),  # type: ignore[misc]
        )
        logits, rows = kept["logits"], material.complete
        truth = indices(target, {target: _complete(values, rows)})
        temperature = fit_temperature(logits[rows], truth)
        parts = {part: kept[part] for part in ("hidden_weights", "hidden_bias", "weights", "bias")}
        judges[target] = Judge(**parts, temperature=temperature)
        tables[target] = softmax(np.asarray(logits / np.float32(temperature), dtype=np.float32))
    return judges, tables


def _judge(material: _Material, scores: Floats, target: str) -> dict[str, Floats]:
    """The judge of a target fitted on all rows, and the logits of judges that had not seen a row's voice.

    Labels of the desk are not for judges: what is new at a desk scores wrongly as long as it is unseen, and a
    judge would learn to turn such scores round wherever it meets them.
    """
    values = material.labels[target]
    everything = np.arange(len(values))
    tasks = [everything, *(fold[0] for fold in material.folds)]
    work = _JudgeWork(scores, values, material.complete, target, material.seed)
    judge, *blind = share_out(_fit_judge, work, tasks, len(values))
    logits = np.zeros((len(values), len(TARGETS[target])), dtype=np.float32)
    for (_, test_rows), other in zip(material.folds, blind, strict=True):
        logits[test_rows] = other.logits(scores[test_rows])
    parts = {part: getattr(judge, part) for part in ("hidden_weights", "hidden_bias", "weights", "bias")}
    return parts | {"logits": logits}


@dataclass(frozen=True, slots=True)
class _JudgeWork:
    """What the judges of one target are fitted on."""

    scores: Floats
    values: Sequence[str | None]
    complete: NDArray[np.int64]
    target: str
    seed: int


def _fit_judge(work: _JudgeWork, rows: NDArray[np.int64]) -> Judge:
    known = np.intersect1d(rows, work.complete)
    return fit_judge(work.scores[known], _complete(work.values, known), work.target, work.seed)


def _libraries() -> dict[str, str]:
    return {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "python": platform.python_version()}


def _complete(values: Sequence[str | None], rows: NDArray[np.int64]) -> list[str]:
    """The labels of rows that have one."""
    return [value for row in rows if (value := values[row]) is not None]


def _facts(
    examples: Sequence[Example],
    desk: Sequence[Example],
    tables: Mapping[str, Floats],
    labels: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    right = {
        target: round(float((table.argmax(axis=1) == indices(target, labels)).mean()), 4)
        for target, table in tables.items()
    }
    return {
        "examples": len(examples),
        "desk_labels": len(desk),
        "examples_digest": examples_digest([*examples, *desk]),
        "voices": len({example.voice for example in examples}),
        "cross_validated_accuracy": right,
    }
