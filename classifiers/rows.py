"""Decides what a training learns from: one row per conversation up to some turn, with labels and features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.crew import in_parts, share_out
from classifiers.cues import Cues
from classifiers.errors import TrainingError
from classifiers.examples import Example, Labels
from classifiers.features import occurrences
from classifiers.labels import Category, Severity
from classifiers.reading import Reader, Reading
from classifiers.scorer import YES_NO
from classifiers.vocabulary import Keys

LEAST_EXAMPLES: Final = 100
#: A label of the desk weighs as much as this many shipped examples: it is about this desk's customers.
DESK_WEIGHT: Final = 3.0


class Features(NamedTuple):
    """What a conversation counts: keys in ascending order, each once, and how often."""

    keys: Keys
    counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to learn from: a conversation up to some turn."""

    turns: tuple[str, ...]
    labels: Labels
    voice: str
    weight: float = 1.0
    #: Only severity and category are known.
    partial: bool = False


def training_rows(examples: Sequence[Example]) -> list[Row]:
    """Every example, and of every conversation also its first turn with the labels of that moment."""
    rows = []
    for example in examples:
        rows.append(Row(turns=example.turns, labels=example.labels, voice=example.voice))
        if example.first is not None:
            rows.append(Row(turns=example.turns[:1], labels=example.first, voice=example.voice))
    return rows


def desk_rows(examples: Sequence[Example]) -> list[Row]:
    """Labels given at the desk; without a voice each stands for itself."""
    return [
        Row(
            turns=example.turns,
            labels=example.labels,
            voice=example.voice or f"desk {example.id}",
            weight=DESK_WEIGHT,
            partial=True,
        )
        for example in examples
    ]


def refuse_untrainable(rows: Sequence[Row]) -> None:
    """Raise TrainingError where rows are too few or a severity or category has none."""
    if len(rows) < LEAST_EXAMPLES:
        raise TrainingError(
            f"{len(rows)} examples are too few; at least {LEAST_EXAMPLES} are needed",
            kind="too_few",
            count=len(rows),
            least=LEAST_EXAMPLES,
        )
    for target, words in (("severity", Severity), ("category", Category)):
        seen = {getattr(row.labels, target) for row in rows}
        if len(seen) == 1:
            raise TrainingError(
                f"{target} has only one label in the examples: {min(seen)}",
                kind="one_label",
                target=target,
                labels=tuple(seen),
            )
        if missing := [word.value for word in words if word not in seen]:
            raise TrainingError(
                f"{target} {', '.join(missing)}: no example at all",
                kind="no_example",
                target=target,
                labels=tuple(missing),
            )


def read_features(rows: Sequence[Row], reader: Reader) -> list[Features]:
    """Features of every row, read on all cores where there are many."""
    shared = share_out(_read_part, reader, in_parts(rows), len(rows))
    return [features for part in shared for features in part]


def _read_part(reader: Reader, rows: Sequence[Row]) -> list[Features]:
    """A turn that occurs twice is read once."""
    turns = list({turn for row in rows for turn in row.turns})
    readings = dict(zip(turns, reader.read_all(turns), strict=True))
    return features_of([[readings[turn] for turn in row.turns] for row in rows], reader.cues)


def features_of(conversations: Sequence[Sequence[Reading]], cues: Cues) -> list[Features]:
    """Feature counts of every conversation."""
    found = occurrences(conversations, cues)
    of = found.of()
    owners = found.places.conversations.take(of)
    weights = found.places.weights.take(of)
    order = owners.argsort(kind="stable")
    bounds = owners[order].searchsorted(np.arange(len(conversations) + 1)).tolist()
    features = []
    for start, end in pairwise(bounds):
        mine = order[start:end]
        keys, places = np.unique(found.keys[mine], return_inverse=True)
        counts = np.bincount(places, weights[mine])
        features.append(Features(keys, counts.astype(np.float32)))
    return features


def label_of(labels: Labels, target: str) -> str:
    """The label of a target in the words of TARGETS."""
    value = labels.product is not None if target == "product_named" else getattr(labels, target)
    return YES_NO[value] if isinstance(value, bool) else str(value)
