"""Measures what a verdict costs beside tokenising alone: one message, many, cold start, file size, training.

Run: `python tests/bench/classifiers/speed.py`; ratios are of one run on one machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from fugashi import Tagger

from classifiers.abstention import judge_category, judge_severity
from classifiers.classify import Classifier
from classifiers.examples import read_examples
from classifiers.labels import Category, Severity
from classifiers.reading import Reader
from classifiers.registry import Registry
from classifiers.scorer import weigh
from classifiers.training import train

COLD = """
from pathlib import Path
from classifiers.registry import Registry
from classifiers.classify import Classifier
Classifier(Registry(Path({path!r})).load()).classify({text!r})
"""


def cost(work: Callable[[str], object], texts: list[str]) -> list[float]:
    """Microseconds per text, after one warm-up."""
    for text in texts:
        work(text)
    spent = []
    for text in texts:
        start = time.perf_counter()
        work(text)
        spent.append((time.perf_counter() - start) * 1e6)
    return spent


def main() -> None:
    examples = read_examples()
    texts = [example.turns[0] for example in examples if 90 <= len(example.turns[0]) <= 110][:400]
    start = time.perf_counter()
    model = train(examples)
    print(f"training on {len(examples)} examples: {time.perf_counter() - start:.1f} s")
    folder = Path(tempfile.mkdtemp())
    version = Registry(folder).save(model, trained_at=datetime(2026, 11, 21, tzinfo=UTC))
    size = sum(file.stat().st_size for file in (folder / version).iterdir())
    print(f"model files: {size / 1e6:.1f} MB")
    classifier = Classifier(Registry(folder).load(), reader=Reader.load())
    tagger = Tagger()

    def verdict(text: str) -> object:
        readings = [classifier.reader.read(text)]
        scores = classifier.model.standardised([weigh(classifier.model, readings, classifier.reader.cues)])
        tables = classifier.model.probabilities(scores)
        table = {name: tables[name][0].tolist() for name in ("severity", "category")}
        return (
            judge_severity(dict(zip(Severity, table["severity"], strict=True)), classifier.model.thresholds),
            judge_category(dict(zip(Category, table["category"], strict=True)), classifier.model.thresholds),
        )

    rows: dict[str, Callable[[str], object]] = {
        "fugashi, nodes only": tagger,
        "fugashi, surface, lemma and part of speech": lambda text: [
            (word.surface, word.feature.lemma, word.feature.pos1) for word in tagger(text)
        ],
        "reading (all text work)": classifier.reader.read,
        "severity and category": verdict,
        "whole classify": classifier.classify,
    }
    base = 0.0
    print(f"{'about 100 characters, one at a time':46} {'median':>8} {'p99':>8} {'ratio':>6}")
    for name, work in rows.items():
        spent = sorted(cost(work, texts))
        base = median(spent) if "lemma" in name else base
        ratio = f"{median(spent) / base:6.1f}" if base else ""
        print(f"{name:46} {median(spent):6.0f} us {spent[int(len(spent) * 0.99)]:6.0f} us {ratio}")
    many = (texts * 30)[:9_000]
    start = time.perf_counter()
    classifier.classify_many(many)
    print(f"batch of {len(many)}: {len(many) / (time.perf_counter() - start):.0f} messages/s")
    code = COLD.format(path=str(folder), text=texts[0])
    starts = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        starts.append(time.perf_counter() - start)
    print(f"cold start to the first verdict: {min(starts):.2f} s")


if __name__ == "__main__":
    main()
