"""A reader and a small model, made once for all classifier tests."""

from __future__ import annotations

import pytest

from classifiers.classify import Classifier
from classifiers.examples import Example, read_examples
from classifiers.reading import Reader
from classifiers.scorer import Model
from classifiers.training import train


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="session")
def few_examples() -> tuple[Example, ...]:
    """One in twelve of the corpus: all labels, seconds of training."""
    return read_examples()[::12]


@pytest.fixture(scope="session")
def model(reader: Reader, few_examples: tuple[Example, ...]) -> Model:
    return train(few_examples, reader=reader)


@pytest.fixture(scope="session")
def classifier(model: Model, reader: Reader) -> Classifier:
    return Classifier(model, reader=reader)
