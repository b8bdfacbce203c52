"""Decides how the linear models and their judges are fitted in scikit-learn and turned into plain arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from classifiers.crew import share_out
from classifiers.errors import TrainingError
from classifiers.features import BLOCKS, MARK_SCALE, SCALES
from classifiers.rows import Features
from classifiers.scorer import SCORE_COLUMNS, TARGETS, YES_NO, Floats, Judge, columns
from classifiers.vocabulary import Rows, Vocabulary, block_of

#: A feature seen in fewer conversations is noise.
LEAST_SEEN: Final = {"chars": 3, "words": 2, "pairs": 2, "late": 2, "marks": 3}
SVM_C: Final = 0.5
#: A hundred times scikit-learn's: half the time, and no score moves by more than a thousandth.
TOLERANCE: Final = 1e-2
HIDDEN: Final = 32
#: How strongly a judge is held back; severity and the yes/no signals depend on the other scores in bends.
JUDGE_ALPHA: Final = {"severity": 0.5, "category": 1.0, "extent": 1.0}
YES_NO_ALPHA: Final = 0.3
#: Networks whose mean is a judge, where cross-validation is the better for it (bench `chairs.py`).
CHAIRS: Final = {"severity": 3, "category": 3, "extent": 3, "outage": 3}
#: How long a network learns, on how many rows at a time, and in which steps (chosen by cross-validation).
ROUNDS: Final = 24
BATCH: Final = 768
LEARNING_RATE: Final = 1.2e-2
Matrix: TypeAlias = Any  # scipy.sparse.csr_matrix, which brings no types


class Vectoriser:
    """Feature counts → rows of TF-IDF values and marks, by scikit-learn's own transformers."""

    def __init__(self) -> None:
        self._weights = {
            block: TfidfTransformer(sublinear_tf=True, norm="l2" if block in SCALES else None)
            for block in BLOCKS
        }
        self.vocabulary = Vocabulary(np.zeros(0, dtype=np.uint64))

    def fit_transform(self, features: Sequence[Features]) -> Matrix:
        """Learn vocabulary and frequencies; out: examples × features, in the order of the vocabulary."""
        keys, seen = np.unique(np.concatenate([example.keys for example in features]), return_counts=True)
        least = np.array([LEAST_SEEN[block] for block in BLOCKS])
        self.vocabulary = Vocabulary(keys[seen >= least[block_of(keys)]])
        table = self._counts(features)
        for block, columns_of in self._columns().items():
            if len(columns_of):
                self._weights[block].fit(table[:, columns_of])
        return self._weighted(table)

    def transform(self, features: Sequence[Features]) -> Matrix:
        """In: features of examples. Out: examples × features."""
        return self._weighted(self._counts(features))

    def _counts(self, features: Sequence[Features]) -> Matrix:
        known, rows = self.vocabulary.find(np.concatenate([example.keys for example in features]))
        counts = np.concatenate([example.counts for example in features])[known]
        places = np.repeat(np.arange(len(features)), [len(example.keys) for example in features])[known]
        shape = (len(features), len(self.vocabulary))
        return sp.csr_matrix((counts, (places, rows)), shape=shape)

    def _columns(self) -> dict[str, Rows]:
        blocks = self.vocabulary.blocks
        return {block: np.flatnonzero(blocks == number) for number, block in enumerate(BLOCKS)}

    def _weighted(self, counts: Matrix) -> Matrix:
        parts, order = [], []
        for block, columns_of in self._columns().items():
            if len(columns_of):
                parts.append(
                    self._weights[block].transform(counts[:, columns_of]) * SCALES.get(block, MARK_SCALE)
                )
                order.append(columns_of)
        return sp.hstack(parts).tocsr()[:, np.argsort(np.concatenate(order))]

    def idf(self) -> Floats:
        """Inverse document frequencies in the order of the vocabulary."""
        idf = np.ones(len(self.vocabulary), dtype=np.float32)
        for block, columns_of in self._columns().items():
            if len(columns_of):
                idf[columns_of] = self._weights[block].idf_
        return idf


@dataclass(frozen=True, slots=True)
class _LinearWork:
    """What the linear models of all targets are fitted on."""

    rows: Matrix
    labels: Mapping[str, Sequence[str | None]]
    #: Target → rows whose label is known.
    known: Mapping[str, NDArray[np.int64]]
    weights: NDArray[np.float64] | None
    seed: int
    c: float


def _fit_linear(work: _LinearWork, target: str) -> LinearSVC:
    known, values = work.known[target], work.labels[target]
    model = LinearSVC(
        C=work.c, class_weight="balanced", random_state=work.seed, max_iter=2_000, tol=TOLERANCE
    )
    rows = work.rows if len(known) == len(values) else work.rows[known]
    given = None if work.weights is None else work.weights[known]
    return model.fit(rows, np.asarray([values[at] for at in known]), given)


class LinearModels:
    """One linear support-vector model per target, over the same rows."""

    def __init__(self, seed: int, c: float = SVM_C) -> None:
        self._seed, self._c = seed, c
        self.models: dict[str, Any] = {}

    def fit(
        self,
        rows: Matrix,
        labels: Mapping[str, Sequence[str | None]],
        weights: NDArray[np.float64] | None = None,
    ) -> LinearModels:
        """Fit every target on the rows whose label is known (not None).

        Raises TrainingError where a target has fewer than two labels.
        """
        known = {
            target: np.array([at for at, value in enumerate(values) if value is not None])
            for target, values in labels.items()
        }
        for target, places in known.items():
            if len({labels[target][at] for at in places}) < 2:
                raise TrainingError(f"{target} has only one label in the examples")
        # The target with the most labels takes longest: it goes first.
        order = sorted(labels, key=lambda target: -len(TARGETS[target]))
        work = _LinearWork(rows, labels, known, weights, self._seed, self._c)
        fitted = share_out(_fit_linear, work, order, rows.shape[0])
        self.models |= dict(zip(order, fitted, strict=True))
        return self

    def scores(self, rows: Matrix) -> Floats:
        """Decision values, examples × score columns; a label never seen scores low."""
        weights, bias = self.arrays(rows.shape[1])
        return np.asarray(rows @ weights + bias, dtype=np.float32)

    def arrays(self, features: int) -> tuple[Floats, Floats]:
        """Weights (features × columns) and bias (columns)."""
        weights = np.zeros((features, SCORE_COLUMNS), dtype=np.float32)
        bias = np.full(SCORE_COLUMNS, -1.0, dtype=np.float32)
        for target, model in self.models.items():
            place, labels = columns(target), list(model.classes_)
            if len(labels) == 2 and TARGETS[target] is not YES_NO:
                coefficients = np.vstack([-model.coef_[0], model.coef_[0]])
                intercepts = np.array([-model.intercept_[0], model.intercept_[0]])
            else:
                coefficients, intercepts = model.coef_, model.intercept_
            at = [place.start] if TARGETS[target] is YES_NO else _places(target, labels)
            weights[:, at] = coefficients.T
            bias[at] = intercepts
        return weights, bias


def _places(target: str, labels: Sequence[str]) -> list[int]:
    start = columns(target).start
    return [start + TARGETS[target].index(label) for label in labels]


def fit_judge(scores: Floats, labels: Sequence[str], target: str, seed: int) -> Judge:
    """Fit the judge of one target on standardised scores; its temperature is still 1."""
    seeds = range(seed, seed + CHAIRS.get(target, 1))
    return seated([as_judge(fit_network(scores, labels, target, each), target) for each in seeds])


def seated(judges: Sequence[Judge]) -> Judge:
    """Judges of one target as one whose logits are their mean."""
    return Judge(
        hidden_weights=np.hstack([judge.hidden_weights for judge in judges]),
        hidden_bias=np.concatenate([judge.hidden_bias for judge in judges]),
        weights=np.vstack([judge.weights for judge in judges]) / np.float32(len(judges)),
        bias=np.asarray(sum(judge.bias for judge in judges) / np.float32(len(judges)), dtype=np.float32),
        temperature=1.0,
    )


def fit_network(scores: Floats, labels: Sequence[str], target: str, seed: int) -> MLPClassifier:
    """One network of a target as scikit-learn holds it."""
    network = MLPClassifier(
        (HIDDEN,),
        alpha=JUDGE_ALPHA.get(target, YES_NO_ALPHA),
        max_iter=ROUNDS,
        learning_rate_init=LEARNING_RATE,
        random_state=seed,
        batch_size=min(BATCH, len(labels)),
    )
    with warnings.catch_warnings():
        # Stopping after a fixed number of rounds is the regularisation wanted here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(scores, np.asarray(labels))
    return network


def as_judge(network: MLPClassifier, target: str) -> Judge:
    """A fitted network as plain arrays, one output per label of the target."""
    weights, bias = network.coefs_[1], network.intercepts_[1]
    known = list(network.classes_)
    if len(known) == 2:  # scikit-learn keeps one output for two labels
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    width = len(TARGETS[target])
    at = [TARGETS[target].index(label) for label in known]
    all_weights = np.zeros((HIDDEN, width), dtype=np.float32)
    all_bias = np.full(width, -20.0, dtype=np.float32)
    all_weights[:, at], all_bias[at] = weights, bias
    return Judge(
        hidden_weights=network.coefs_[0].astype(np.float32),
        hidden_bias=network.intercepts_[0].astype(np.float32),
        weights=all_weights,
        bias=all_bias,
        temperature=1.0,
    )
