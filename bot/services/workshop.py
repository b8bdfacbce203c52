"""What training and promoting work with, wired once by compose; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from classifiers.classification import Classification
from classifiers.classify import Classifier
from classifiers.examples import EVALUATION_FILE, EXAMPLES_FILE, Example, examples_digest, read_examples
from classifiers.reading import Reader
from classifiers.registry import Registry
from classifiers.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The registry with the examples that models learn from and are measured on."""

    registry: Registry
    reader: Reader
    rules: Rules
    corpus: tuple[Example, ...]
    #: Frozen: nothing of it is ever learned from.
    held_out: tuple[Example, ...]

    @classmethod
    def open(
        cls, models: Path, *, corpus: Path = EXAMPLES_FILE, held_out: Path = EVALUATION_FILE
    ) -> Workshop:
        """Open a registry with examples from files; raises ExampleError, DataFileError or OSError."""
        reader = Reader.load()
        return cls(
            registry=Registry(models),
            reader=reader,
            rules=Rules.load(cues=reader.cues.names),
            corpus=read_examples(corpus),
            held_out=read_examples(held_out),
        )

    def classifier(self, name: str) -> Classifier:
        """The classifier of a version or alias; raises ModelMissing or ModelRefused."""
        return Classifier(self.registry.load(name), reader=self.reader, rules=self.rules)

    def verdicts(self, classifier: Classifier, examples: Sequence[Example]) -> list[Classification]:
        """What a classifier says of examples, in their order."""
        return classifier.classify_many([example.turns for example in examples])

    @property
    def held_out_digest(self) -> str:
        """Names the examples that figures are measured on."""
        return sha256(examples_digest(self.held_out).encode()).hexdigest()[:16]
