"""Measures a training: seconds and memory for the shipped corpus and for it repeated with noise, in a run.

Run: `python tests/bench/classifiers/training_time.py [--examples N]`.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from dataclasses import replace

from classifiers.admission import admit
from classifiers.examples import EVALUATION_FILE, Example, read_examples
from classifiers.training import train


def grown(examples: tuple[Example, ...], count: int, seed: int = 0) -> list[Example]:
    """So many examples: the corpus, then its turns with a tenth of their characters dropped."""
    chooser, found = random.Random(seed), list(examples[:count])
    while len(found) < count:
        source = examples[len(found) % len(examples)]
        turns = tuple(
            "".join(char for char in turn if chooser.random() > 0.1) or turn for turn in source.turns
        )
        found.append(replace(source, id=f"{source.id}/{len(found)}", turns=turns))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=0)
    wanted = parser.parse_args().examples
    corpus = read_examples()
    examples = grown(corpus, wanted) if wanted else list(corpus)
    begun, spent = time.monotonic(), time.process_time()
    if not wanted:
        admit(examples, [], read_examples(EVALUATION_FILE))
    train(
        examples, progress=lambda step, share: print(f"{time.monotonic() - begun:6.1f} s {step} {share:.0%}")
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{len(examples)} examples: {time.monotonic() - begun:.1f} s,"
        f" {time.process_time() - spent:.1f} s of one processor, {memory} MB"
    )


if __name__ == "__main__":
    main()
