"""A reader and a small model, made once for all classifier tests."""

from __future__ import annotations

import pytest

from classifiers.classify import Classifier
from classifiers.examples import Example, read_examples
from classifiers.reading import Reader
from classifiers.registry import Registry
from classifiers.scorer import Model
from classifiers.training import train
from tests.builders import NOW
from tests.conftest import one_at_a_time


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="session")
def few_examples() -> tuple[Example, ...]:
    """One in twelve of the corpus: all labels, seconds of training."""
    return read_examples()[::12]


@pytest.fixture(scope="session")
def model(
    reader: Reader, few_examples: tuple[Example, ...], tmp_path_factory: pytest.TempPathFactory
) -> Model:
    """Trained once for all workers."""
    with one_at_a_time(tmp_path_factory, "few") as folder:
        registry = Registry(folder / "few")
        if not registry.aliases():
            registry.save(train(few_examples, reader=reader), trained_at=NOW)
    return registry.load()


@pytest.fixture(scope="session")
def classifier(model: Model, reader: Reader) -> Classifier:
    return Classifier(model, reader=reader)
