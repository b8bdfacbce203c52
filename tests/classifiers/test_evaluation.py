"""What counts as right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifiers.evaluation import compare
from classifiers.examples import Example, Labels
from classifiers.labels import Category, Severity
from tests.builders import classification


@pytest.mark.parametrize(
    ("labelled", "said", "right"),
    [
        ("Teams", "Teams", True),
        ("Microsoft Teams", "Teams", True),
        (None, None, True),
        ("Teams", "Outlook", False),
        ("Teams", None, False),
        (None, "Teams", False),
        ("a product that no lexicon has", "Teams", False),
    ],
)
def test_a_product_is_right_in_every_name_of_its_entry(
    labelled: str | None, said: str | None, right: bool
) -> None:
    labels = Labels(severity=Severity.B, category=Category.CLOUD_INCIDENT, product=labelled)
    example = Example(id="1", turns=("x",), labels=labels, voice="v")
    made = classification(Severity.B)
    verdict = replace(made, signals=replace(made.signals, product=said))
    assert compare([example], [verdict], {}).product_accuracy == float(right)
