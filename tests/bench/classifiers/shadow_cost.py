"""Measures what a challenger beside the champion costs: processor time per message with and without it.

Run: `python tests/bench/classifiers/shadow_cost.py`; trains on a part of the corpus.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from classifiers.classify import Classifier
from classifiers.examples import EVALUATION_FILE, read_examples
from classifiers.reading import Reader
from classifiers.shadow import Shadow
from classifiers.training import train

ROUNDS = 3


def cost(work: Callable[[tuple[str, ...]], object], texts: list[tuple[str, ...]]) -> float:
    """Least processor milliseconds per message over some rounds."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for turns in texts:
            work(turns)
        spent.append(time.process_time() - begun)
    return min(spent) * 1_000 / len(texts)


def main() -> None:
    reader = Reader.load()
    examples = read_examples()
    champion = Classifier(train(examples[::4], reader=reader), reader=reader)
    challenger = Classifier(train(examples[1::4], reader=reader), reader=reader)
    texts = [example.turns for example in read_examples(EVALUATION_FILE)]
    with TemporaryDirectory() as folder:
        shadow = Shadow("champion", challenger, Path(folder))

        def both(turns: tuple[str, ...]) -> None:
            readings = champion.read(turns)
            shadow.compare(readings, champion.judge(readings))

        alone, beside = cost(champion.classify, texts), cost(both, texts)
    print(f"champion alone {alone:.3f} ms, with a challenger {beside:.3f} ms: {beside / alone:.2f} times")


if __name__ == "__main__":
    main()
