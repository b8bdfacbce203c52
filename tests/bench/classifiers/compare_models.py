"""Compares feature sets, linear models and treatments of severity by cross-validation over voices, in a run.

Run: `python tests/bench/classifiers/compare_models.py [--every N]`; every row sees the same folds.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import RidgeClassifier, SGDClassifier
from sklearn.metrics import f1_score
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from classifiers import features as feature_rules
from classifiers.estimators import LEAST_SEEN, SVM_C
from classifiers.evaluation import kappa, severity_by_cues
from classifiers.examples import read_examples
from classifiers.features import BLOCKS, MARK_SCALE, SCALES
from classifiers.reading import Reader
from classifiers.rows import Row, features_of, label_of, training_rows
from classifiers.scorer import TARGETS
from classifiers.training import calibrated_judges, out_of_fold_scores, voice_folds
from classifiers.vocabulary import block_of

RANKS = {label: rank for rank, label in enumerate(TARGETS["severity"])}


def svm(weight: str | None = "balanced", c: float = SVM_C) -> Any:
    return LinearSVC(C=c, class_weight=weight, random_state=0, max_iter=2_000)


class Bench:
    """Rows, folds and feature blocks shared by all models."""

    def __init__(self, rows: Sequence[Row], reader: Reader) -> None:
        self.rows, self.reader = rows, reader
        self.readings = [[reader.read(turn) for turn in row.turns] for row in rows]
        self.folds = voice_folds([row.voice for row in rows])
        self.labels = {target: [label_of(row.labels, target) for row in rows] for target in TARGETS}
        self.blocks = self.make_blocks()

    def make_blocks(self) -> dict[str, Any]:
        counts = features_of(self.readings, self.reader.cues)
        blocks = {}
        for number, block in enumerate(BLOCKS):
            picked = [block_of(each.keys) == number for each in counts]
            named = [
                dict(zip(each.keys[mine].astype(str), each.counts[mine], strict=True))
                for each, mine in zip(counts, picked, strict=True)
            ]
            table = DictVectorizer(dtype=np.float32).fit_transform(named).tocsc()
            table = table[:, np.diff(table.indptr) >= LEAST_SEEN[block]].tocsr()
            blocks[block] = (
                TfidfTransformer(sublinear_tf=True).fit_transform(table) if block in SCALES else table
            )
        return blocks

    def matrix(self, *names: str) -> Any:
        return sp.hstack([self.blocks[name] * SCALES.get(name, MARK_SCALE) for name in names]).tocsr()

    def predict(self, matrix: Any, target: str, make: Callable[[], Any]) -> list[str]:
        truth = np.asarray(self.labels[target])
        said = np.empty(len(truth), dtype=object)
        for train_rows, test_rows in self.folds:
            said[test_rows] = make().fit(matrix[train_rows], truth[train_rows]).predict(matrix[test_rows])
        return [str(label) for label in said]

    def ordinal(self, matrix: Any) -> list[str]:
        """Three yes/no questions in order: at least `1`, at least `A`, at least `B`."""
        ranks = np.array([RANKS[label] for label in self.labels["severity"]])
        votes = np.zeros(len(ranks), dtype=int)
        for step in range(3):
            for train_rows, test_rows in self.folds:
                milder = svm().fit(matrix[train_rows], ranks[train_rows] > step).predict(matrix[test_rows])
                votes[test_rows] += milder
        return [TARGETS["severity"][rank] for rank in votes]

    def judged(self, matrix: Any) -> tuple[list[str], list[str]]:
        scores = out_of_fold_scores(matrix, self.labels, self.folds, seed=0)
        scores = (scores - scores.mean(axis=0)) / (scores.std(axis=0) + np.float32(1e-6))
        wanted = {target: self.labels[target] for target in ("severity", "category")}
        _, tables = calibrated_judges(scores, wanted, self.folds, seed=0)
        names = {target: [TARGETS[target][at] for at in tables[target].argmax(axis=1)] for target in wanted}
        return names["severity"], names["category"]

    def report(
        self, name: str, severity: Sequence[str], category: Sequence[str] | None, since: float
    ) -> None:
        true = self.labels["severity"]
        right = np.mean([a == b for a, b in zip(true, severity, strict=True)])
        weighted = kappa([RANKS[label] for label in true], [RANKS[label] for label in severity])
        line = f"{name:44} {right:8.4f} {weighted:8.4f}"
        if category is not None:
            truth = self.labels["category"]
            hit = np.mean([a == b for a, b in zip(truth, category, strict=True)])
            line += f" {hit:8.4f} {f1_score(truth, category, average='macro'):8.4f}"
        print(f"{line:80} {time.perf_counter() - since:7.1f} s", flush=True)


def run(bench: Bench) -> None:
    print(f"{'model':44} {'severity':>8} {'kappa':>8} {'category':>8} {'macro-F1':>8}")
    text = ("chars", "words")
    everything = (*SCALES, "marks")
    start = time.perf_counter()
    worst = {
        target: Counter(bench.labels[target]).most_common(1)[0][0] for target in ("severity", "category")
    }
    size = len(bench.rows)
    bench.report("constant guess", [worst["severity"]] * size, [worst["category"]] * size, start)
    bench.report(
        "cues by hand, no learning", [severity_by_cues(each).value for each in bench.readings], None, start
    )
    for names in (
        ("chars",),
        ("words",),
        text,
        ("marks",),
        (*text, "marks"),
        (*text, "pairs", "marks"),
        everything,
    ):
        start = time.perf_counter()
        matrix = bench.matrix(*names)
        said = [bench.predict(matrix, target, svm) for target in ("severity", "category")]
        bench.report(f"svm, {'+'.join(names)}", said[0], said[1], start)
    matrix = bench.matrix(*everything)
    others: dict[str, Callable[[], Any]] = {
        "svm, no class weights": lambda: svm(None),
        "svm, C 0.2": lambda: svm(c=0.2),
        "svm, C 1": lambda: svm(c=1.0),
        "ridge": lambda: RidgeClassifier(class_weight="balanced", solver="sparse_cg"),
        "logistic, SGD": lambda: SGDClassifier(loss="log_loss", average=True, alpha=1e-5, random_state=0),
        "complement naive Bayes": lambda: ComplementNB(alpha=0.3),
    }
    for name, make in others.items():
        start = time.perf_counter()
        said = [bench.predict(matrix, target, make) for target in ("severity", "category")]
        bench.report(name, said[0], said[1], start)
    start = time.perf_counter()
    bench.report("svm, severity as ordered yes/no questions", bench.ordinal(matrix), None, start)
    start = time.perf_counter()
    bench.report("svm + judge over all scores (ours)", *bench.judged(matrix), start)
    for weight in (0.4, 0.6, 1.0):
        start = time.perf_counter()
        feature_rules.EARLIER_TURN = weight  # type: ignore[misc]
        bench.blocks = bench.make_blocks()
        bench.report(f"ours, earlier turns weigh {weight}", *bench.judged(bench.matrix(*everything)), start)


def write_split(bench: Bench, path: Path) -> None:
    """The first fold for a peer in another environment, with our own figures on it printed beside."""
    train_rows, test_rows = bench.folds[0]
    texts = ["\n".join(row.turns) for row in bench.rows]
    split = {
        name: {"text": [texts[row] for row in rows]}
        | {target: [bench.labels[target][row] for row in rows] for target in ("severity", "category")}
        for name, rows in (("train", train_rows), ("test", test_rows))
    }
    path.write_text(json.dumps(split, ensure_ascii=False), encoding="utf-8")
    judged = dict(zip(("severity", "category"), bench.judged(bench.matrix(*SCALES, "marks")), strict=True))
    for target, said in judged.items():
        hits = [said[row] == bench.labels[target][row] for row in test_rows]
        print(f"ours on the written split, {target}: {np.mean(hits):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="use one example in N")
    parser.add_argument("--split", type=Path, help="only write the first fold to this file, for peers")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = training_rows(read_examples()[:: options.every])
    bench = Bench(rows, Reader.load())
    if options.split:
        write_split(bench, options.split)
    else:
        run(bench)


if __name__ == "__main__":
    main()
