"""Measures what a verdict costs beside tokenising alone: one message, many, cold start, file size, training.

Run: `python tests/bench/classifiers/speed.py`; ratios are of one run on one machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeAlias

from fugashi import Tagger

from bot.__main__ import COLLECT_AFTER
from classifiers.abstention import judge_category, judge_severity
from classifiers.classify import Classifier
from classifiers.crew import share_out
from classifiers.examples import read_examples
from classifiers.labels import Category, Severity
from classifiers.reading import Reader
from classifiers.registry import CHAMPION, Registry
from classifiers.scorer import weigh
from classifiers.training import train

ROUNDS = 5
COLD_STARTS = 9
#: Texts between the rows that take turns, so that none profits from what another has just read.
APART = 53
#: As the classifier has them: an enumeration is slow to walk through.
SEVERITIES, CATEGORIES = tuple(Severity), tuple(Category)
Costs: TypeAlias = Mapping[str, Sequence[float]]
TOKENISING = "fugashi, surface, lemma and part of speech"


def costs(rows: Mapping[str, Callable[[str], object]], texts: list[str], *, turns: bool) -> Costs:
    """Microseconds per text of every row, the best of ROUNDS.

    With `turns` the rows alternate text by text, each at another one: all find the processor's memory full of
    other work, as a message that comes in does. Otherwise each row has all texts to itself.
    """
    best = {name: [float("inf")] * len(texts) for name in rows}
    places = [(at, row) for at in range(len(texts)) for row in range(len(rows))]
    if not turns:
        places.sort(key=lambda place: place[1])
    works = list(rows.items())
    for _ in range(ROUNDS):
        for place, row in places:
            name, work = works[row]
            at = (place + APART * row) % len(texts)
            start = time.perf_counter()
            work(texts[at])
            best[name][at] = min(best[name][at], (time.perf_counter() - start) * 1e6)
    return best


def _tokenised(_shared: None, texts: Sequence[str]) -> None:
    tagger = Tagger()
    for text in texts:
        for word in tagger(text):
            _ = word.surface, word.feature.lemma, word.feature.pos1


def cold_starts(models: Path, text: str) -> list[float]:
    """Seconds of the command over one message, every time in a new process."""
    home = Path(tempfile.mkdtemp())
    (home / "models").symlink_to(models.absolute())
    environment = {**os.environ, "MADOGUCHI_HOME": str(home)}
    command = [sys.executable, "-m", "bot", "classify", "--jsonl", "-"]
    line = json.dumps({"text": text}).encode()
    seconds = []
    for _ in range(COLD_STARTS):
        start = time.perf_counter()
        subprocess.run(command, input=line, env=environment, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    gc.set_threshold(COLLECT_AFTER)  # as the program does
    examples = read_examples()
    texts = [example.turns[0] for example in examples if 90 <= len(example.turns[0]) <= 110][:400]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, help="folder of a trained registry, instead of training")
    folder = parser.parse_args().models or Path(tempfile.mkdtemp())
    if not Registry(folder).aliases():
        start = time.perf_counter()
        model = train(examples)
        print(f"training on {len(examples)} examples: {time.perf_counter() - start:.1f} s")
        Registry(folder).save(model, trained_at=datetime(2026, 11, 21, tzinfo=UTC))
    version = Registry(folder).resolve(CHAMPION)
    size = sum(file.stat().st_size for file in (folder / version).iterdir())
    print(f"model files: {size / 1e6:.1f} MB")
    classifier = Classifier(Registry(folder).load(), reader=Reader.load())
    gc.freeze()
    tagger = Tagger()

    def verdict(text: str) -> object:
        readings = [classifier.reader.read(text)]
        scores = classifier.model.standardised(weigh(classifier.model, [readings], classifier.reader.cues))
        tables = classifier.model.probabilities(scores)
        severity, category = (tables[target][0].tolist() for target in ("severity", "category"))
        limits = classifier.model.thresholds
        return (
            judge_severity(dict(zip(SEVERITIES, severity, strict=True)), limits),
            judge_category(dict(zip(CATEGORIES, category, strict=True)), limits),
        )

    rows: dict[str, Callable[[str], object]] = {
        "fugashi, nodes only": tagger,
        TOKENISING: lambda text: [
            (word.surface, word.feature.lemma, word.feature.pos1) for word in tagger(text)
        ],
        "reading (all text work)": classifier.reader.read,
        "severity and category": verdict,
        "whole classify": classifier.classify,
    }
    for turns in (True, False):
        spent = costs(rows, texts, turns=turns)
        base = median(spent[TOKENISING])
        heading = f"about 100 characters, {'taking turns' if turns else 'one row after the other'}"
        print(f"{heading:46} {'median':>8} {'p99':>8} {'ratio':>6}")
        for name, each in spent.items():
            last = sorted(each)[int(len(each) * 0.99)]
            print(f"{name:46} {median(each):6.0f} us {last:6.0f} us {median(each) / base:6.1f}")
    once = []
    for text in texts * 5:
        start = time.perf_counter()
        classifier.classify(text)
        once.append((time.perf_counter() - start) * 1e3)
    print(f"whole classify, every call counted: p99 {sorted(once)[int(len(once) * 0.99)]:.1f} ms")
    batches: dict[str, Sequence[Sequence[str]]] = {
        "the corpus as it is": [example.turns for example in examples],
        "about 100 characters each": [[text] for text in (texts * 30)[:9_000]],
    }
    parts = [texts] * 24
    start = time.perf_counter()
    share_out(_tokenised, None, parts, len(parts) * len(texts))
    speed = len(parts) * len(texts) / (time.perf_counter() - start)
    print(f"batch, about 100 characters each, {TOKENISING}, nothing else: {speed:.0f} messages/s")
    for name, many in batches.items():
        for explained in (False, True):
            start = time.perf_counter()
            classifier.classify_many(many, explained=explained)
            speed = len(many) / (time.perf_counter() - start)
            print(f"batch, {name}, {'with' if explained else 'without'} evidence: {speed:.0f} messages/s")
    starts = cold_starts(folder, texts[0])
    print(
        f"`madoguchi classify`, cold, one message: median {median(starts):.2f} s, at most {max(starts):.2f}"
    )


if __name__ == "__main__":
    main()
