"""Trains spaCy's bag-of-words text categoriser on one fold of the same split, as a peer.

spaCy is no dependency of this project: run it where `spacy`, `fugashi` and `unidic-lite` are installed,
after `compare_models.py --split FILE` has written the split: `python peer_spacy.py FILE [--epochs N]`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import fugashi
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

ARCHITECTURE = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": True,
    "ngram_size": 2,
    "no_output_layer": False,
}


def documents(nlp: Any, texts: list[str]) -> list[Doc]:
    tagger = fugashi.Tagger()
    return [Doc(nlp.vocab, words=[word.surface for word in tagger(text)] or [" "]) for text in texts]


def accuracy(split: dict[str, Any], target: str, epochs: int) -> float:
    random.seed(0)
    nlp = spacy.blank("xx")
    categoriser = nlp.add_pipe("textcat", config={"model": ARCHITECTURE})
    labels = sorted(set(split["train"][target]))
    for label in labels:
        categoriser.add_label(label)
    examples = [
        Example.from_dict(doc, {"cats": {label: float(label == truth) for label in labels}})
        for doc, truth in zip(documents(nlp, split["train"]["text"]), split["train"][target], strict=True)
    ]
    optimiser = nlp.initialize(lambda: examples[:200])
    for _ in range(epochs):
        random.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, sgd=optimiser)
    right = 0
    for doc, truth in zip(documents(nlp, split["test"]["text"]), split["test"][target], strict=True):
        said = categoriser(doc).cats
        right += max(said, key=said.get) == truth
    return right / len(split["test"]["text"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args()
    split = json.loads(options.split.read_text(encoding="utf-8"))
    for target in ("severity", "category"):
        start = time.perf_counter()
        print(f"spaCy bag of words, {target}: {accuracy(split, target, options.epochs):.4f}", end="")
        print(f" ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
