"""Compares of how many networks a judge is the mean, by cross-validation over voices, in a run.

Run: `python tests/bench/classifiers/chairs.py [--networks 12]`; prints the mean accuracy of judges of 1, 2, 3
and 4 networks, and of yes/no targets the mean F1 at the best threshold. Takes about five minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from classifiers.estimators import Vectoriser, as_judge, fit_network, seated
from classifiers.examples import read_examples
from classifiers.reading import Reader
from classifiers.rows import label_of, read_features, training_rows
from classifiers.scorer import TARGETS, YES_NO, Floats, Judge, softmax
from classifiers.thresholds import indices
from classifiers.training import Fold, out_of_fold_scores, voice_folds

SIZES = (1, 2, 3, 4)


def figure(tables: Floats, truth: Sequence[int], target: str) -> tuple[float, float]:
    """Accuracy, and the best F1 of a yes/no target (0 for others)."""
    right = np.asarray(truth)
    accuracy = float((tables.argmax(axis=1) == right).mean())
    if TARGETS[target] is not YES_NO:
        return accuracy, 0.0
    said = tables[:, 1][None, :] >= np.arange(0.2, 0.81, 0.02)[:, None]
    hits = (said & (right == 1)).sum(axis=1)
    return accuracy, float((2 * hits / (said.sum(axis=1) + (right == 1).sum())).max())


def networks(
    scores: Floats, labels: Sequence[str], folds: Sequence[Fold], target: str, count: int
) -> list[list[Judge]]:
    """For every seed one network per fold."""
    return [
        [
            as_judge(fit_network(scores[train], [labels[row] for row in train], target, seed), target)
            for train, _ in folds
        ]
        for seed in range(count)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=12)
    count = parser.parse_args().networks
    rows = training_rows(read_examples())
    labels = {target: [label_of(row.labels, target) for row in rows] for target in TARGETS}
    folds = voice_folds([row.voice for row in rows])
    matrix = Vectoriser().fit_transform(read_features(rows, Reader.load()))
    scores = out_of_fold_scores(matrix, labels, folds, seed=0)
    scores = (scores - scores.mean(axis=0)) / (scores.std(axis=0) + np.float32(1e-6))
    for target in TARGETS:
        truth = indices(target, labels)
        with threadpool_limits(1):
            each = networks(scores, labels[target], folds, target, count)
        told = []
        for size in SIZES:
            found = []
            for first in range(0, count - size + 1, size):
                tables = np.zeros((len(rows), len(TARGETS[target])), dtype=np.float32)
                for at, (_, test) in enumerate(folds):
                    judge = seated([group[at] for group in each[first : first + size]])
                    tables[test] = softmax(judge.logits(scores[test]))
                found.append(figure(tables, truth.tolist(), target))
            accuracy, f1 = np.mean(found, axis=0)
            told.append(f"{size}: {accuracy:.4f}" + (f" (F1 {f1:.4f})" if f1 else ""))
        print(f"{target:14} {'   '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
