"""Decides how the linear models and their judges are fitted in scikit-learn and turned into plain arrays."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from classifiers.errors import TrainingError
from classifiers.features import MARK_SCALE, SCALES
from classifiers.scorer import BLOCKS, SCORE_COLUMNS, TARGETS, YES_NO, Floats, Judge, columns

#: A feature seen in fewer conversations is noise.
LEAST_SEEN: Final = {"chars": 3, "words": 2, "pairs": 2, "late": 2, "marks": 3}
SVM_C: Final = 0.5
HIDDEN: Final = 32
#: How strongly a judge is held back; severity and the yes/no signals depend on the other scores in bends.
JUDGE_ALPHA: Final = {"severity": 0.5, "category": 1.0, "extent": 1.0}
YES_NO_ALPHA: Final = 0.3
#: Feature counts of one conversation, by block.
Features: TypeAlias = Mapping[str, Mapping[str, float]]
Matrix: TypeAlias = Any  # scipy.sparse.csr_matrix, which brings no types


class Vectoriser:
    """Feature counts → rows of TF-IDF values and marks, by scikit-learn's own transformers."""

    def __init__(self) -> None:
        self._counters = {block: DictVectorizer(dtype=np.float32) for block in BLOCKS}
        self._weights = {
            block: TfidfTransformer(sublinear_tf=True, norm="l2" if block in SCALES else None)
            for block in BLOCKS
        }

    def fit_transform(self, features: Sequence[Features]) -> Matrix:
        """Learn vocabulary and frequencies; out: examples × features."""
        for block, counter in self._counters.items():
            seen = Counter(name for example in features for name in example[block])
            kept = [name for name, number in seen.items() if number >= LEAST_SEEN[block]]
            counter.fit([dict.fromkeys([*kept, ""], 1.0)])  # the empty name keeps an unused block alive
            self._weights[block].fit(counter.transform([example[block] for example in features]))
        return self.transform(features)

    def transform(self, features: Sequence[Features]) -> Matrix:
        """In: features of examples. Out: examples × features."""
        parts = []
        for block, counter in self._counters.items():
            counts = counter.transform([example[block] for example in features])
            parts.append(self._weights[block].transform(counts) * SCALES.get(block, MARK_SCALE))
        return sp.hstack(parts).tocsr()

    def vocabularies(self) -> dict[str, dict[str, int]]:
        """Block → feature → row of the joint matrix."""
        tables: dict[str, dict[str, int]] = {}
        at = 0
        for block, counter in self._counters.items():
            tables[block] = {name: at + row for name, row in counter.vocabulary_.items()}
            at += len(tables[block])
        return tables

    def idf(self) -> Floats:
        """Inverse document frequencies in row order."""
        return np.concatenate([self._weights[block].idf_ for block in BLOCKS]).astype(np.float32)


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
        for target, values in labels.items():
            known = [at for at, value in enumerate(values) if value is not None]
            if len({values[at] for at in known}) < 2:
                raise TrainingError(f"{target} has only one label in the examples")
            model = LinearSVC(C=self._c, class_weight="balanced", random_state=self._seed, max_iter=2_000)
            truth = np.asarray([values[at] for at in known])
            given = None if weights is None else weights[known]
            self.models[target] = model.fit(rows if len(known) == len(values) else rows[known], truth, given)
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
    """Fit the small network of one target on standardised scores; its temperature is still 1."""
    return as_judge(fit_network(scores, labels, target, seed), target)


def fit_network(scores: Floats, labels: Sequence[str], target: str, seed: int) -> MLPClassifier:
    """The network of one target as scikit-learn holds it."""
    network = MLPClassifier(
        (HIDDEN,),
        alpha=JUDGE_ALPHA.get(target, YES_NO_ALPHA),
        max_iter=60,
        learning_rate_init=3e-3,
        random_state=seed,
        batch_size=min(128, len(labels)),
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
