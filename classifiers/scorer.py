"""Decides what a trained model says of a conversation's features: calibrated probabilities, in NumPy alone.

Two steps. Linear models over n-grams, words and marks give one score per label of every target. One small
network per target, the judge, reads all scores together, because severity follows from extent, outage and
the rest taken together. Which label is acted on is decided in `abstention` and `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from classifiers.cues import Cues
from classifiers.features import (
    BLOCKS,
    EARLIER_TURN,
    MARK_SCALE,
    SCALES,
    Occurrences,
    begins,
    keys_of,
    occurrences,
)
from classifiers.labels import Category, Extent, Severity
from classifiers.reading import Reading
from classifiers.vocabulary import Rows, Vocabulary

Floats = NDArray[np.float32]
YES_NO: Final = ("false", "true")
#: Target → its labels, in the order of the model's columns.
TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "severity": tuple(Severity),
    "category": tuple(Category),
    "extent": tuple(Extent),
    "outage": YES_NO,
    "ongoing": YES_NO,
    "isolation_done": YES_NO,
    "workaround": YES_NO,
    "product_named": YES_NO,
}


def columns(target: str) -> slice:
    """The target's columns of the score matrix; a yes/no target has one."""
    at = 0
    for name, labels in TARGETS.items():
        width = 1 if labels is YES_NO else len(labels)
        if name == target:
            return slice(at, at + width)
        at += width
    raise KeyError(target)


SCORE_COLUMNS: Final = columns(tuple(TARGETS)[-1]).stop
_SCALES: Final = np.array([*SCALES.values(), MARK_SCALE])
_PLACES: Final = 6
#: Logits beyond leave no doubt, and the exponential function no room.
_EXTREME: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores of all targets → logits of one; one hidden layer of rectified units."""

    hidden_weights: Floats
    hidden_bias: Floats
    weights: Floats
    bias: Floats
    temperature: float
    #: What a hidden unit does for each label, against the mean of the others (labels × units).
    against: Floats = field(init=False)

    def __post_init__(self) -> None:
        count = self.weights.shape[1]
        against = (count * self.weights - self.weights.sum(axis=1, keepdims=True)) / (count - 1)
        object.__setattr__(self, "against", np.ascontiguousarray(against.T))

    def logits(self, scores: NDArray[np.floating[Any]]) -> Floats:
        """In: standardised scores (n × columns). Out: logits (n × labels), divided by the temperature."""
        hidden = np.maximum(scores @ self.hidden_weights + self.hidden_bias, 0.0)
        return np.asarray((hidden @ self.weights + self.bias) / self.temperature)

    def gradients(self, scores: Floats, labels: NDArray[np.intp]) -> Floats:
        """How the logit of a label, against the mean of the others, answers to each score.

        In: standardised scores (n × columns), a label of each. Out: n × columns.
        """
        active = (scores.astype(np.float64) @ self.hidden_weights + self.hidden_bias) > 0
        return np.asarray((self.against.take(labels, axis=0) * active) @ self.hidden_weights.T)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """All judges side by side, so that one product of matrices asks them together."""

    targets: tuple[str, ...]
    hidden_weights: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    #: The columns of every target's labels.
    parts: tuple[slice, ...]
    #: 1 where two columns belong to one target.
    siblings: NDArray[np.float64]

    @classmethod
    def of(cls, judges: Mapping[str, Judge]) -> Panel:
        """Build from the judges of some targets."""
        width, size = [
            [0, *np.cumsum([judge.weights.shape[axis] for judge in judges.values()]).tolist()]
            for axis in (1, 0)
        ]
        owners = np.arange(len(judges)).repeat(np.diff(width))
        weights = np.zeros((size[-1], width[-1]))
        for at, judge in enumerate(judges.values()):
            weights[size[at] : size[at + 1], width[at] : width[at + 1]] = judge.weights / judge.temperature
        return cls(
            targets=tuple(judges),
            hidden_weights=np.hstack([judge.hidden_weights for judge in judges.values()]).astype(np.float64),
            hidden_bias=np.concatenate([judge.hidden_bias for judge in judges.values()]).astype(np.float64),
            weights=weights,
            bias=np.concatenate([judge.bias / judge.temperature for judge in judges.values()]).astype(
                np.float64
            ),
            parts=tuple(map(slice, width[:-1], width[1:])),
            siblings=(owners[:, None] == owners).astype(np.float64),
        )

    def probabilities(self, scores: NDArray[np.floating[Any]]) -> dict[str, Floats]:
        """In: standardised scores (n × columns). Out: probabilities (n × labels) of each target.

        They are rounded, so that one by one and many at once come to the same.
        """
        hidden = scores.astype(np.float64) @ self.hidden_weights
        hidden += self.hidden_bias
        logits = np.maximum(hidden, 0.0, out=hidden) @ self.weights
        logits += self.bias
        table = np.exp(logits.clip(-_EXTREME, _EXTREME))
        table /= table @ self.siblings
        table = cast("Floats", table.round(_PLACES))
        return {target: table[:, part] for target, part in zip(self.targets, self.parts, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where doubt begins; fitted on predictions for voices the models had not seen."""

    #: From this joint probability of `1` and `A` on, the message is critical.
    critical: float
    #: Below either, the severity is not acted on.
    severity_confidence: float
    severity_margin: float
    category_confidence: float
    category_margin: float
    #: Yes/no target → probability from which the answer is yes.
    yes: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """Everything learned; immutable, without scikit-learn objects."""

    vocabulary: Vocabulary
    #: Inverse document frequency of every row.
    idf: Floats
    #: Feature row × score column.
    weights: Floats
    bias: Floats
    #: Mean and deviation of the scores, for the judges.
    centre: Floats
    spread: Floats
    judges: Mapping[str, Judge]
    thresholds: Thresholds
    version: str = ""
    #: Facts about the training, JSON values only: digests, counts, figures.
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: The block of every row.
    blocks: NDArray[np.int8] = field(init=False)
    panel: Panel = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "panel", Panel.of(self.judges))
        object.__setattr__(self, "blocks", self.vocabulary.blocks)

    def standardised(self, conversations: Sequence[Weighed]) -> Floats:
        """Scores of all linear models (conversations × columns), as the judges read them."""
        scores = np.empty((len(conversations), SCORE_COLUMNS), dtype=np.float32)
        for number, weighed in enumerate(conversations):
            scores[number] = weighed.values @ self.weights.take(weighed.rows, axis=0)
        return np.asarray((scores + self.bias - self.centre) / self.spread)

    def probabilities(self, scores: Floats) -> dict[str, Floats]:
        """Calibrated probabilities (conversations × labels) of every target, from standardised scores."""
        return self.panel.probabilities(scores)

    def directions(self, target: str, labels: Sequence[str], scores: Floats) -> Floats:
        """The weight of every score column towards a label of each conversation (conversations × columns).

        They are rounded, as probabilities are.
        """
        places = np.array([TARGETS[target].index(label) for label in labels], dtype=np.intp)
        return (self.judges[target].gradients(scores, places) / self.spread).round(_PLACES)


class Weighed(NamedTuple):
    """The known features of one conversation."""

    #: Rows of the weight matrix, each once, in order, and their values.
    rows: Rows
    values: Floats
    #: Weighted occurrences that a value stands for.
    counts: Floats


class Traces(NamedTuple):
    """Where known text features and cues stand, one entry for each time, over several conversations."""

    #: The feature, as its place among those of all conversations one after the other.
    features: Rows
    #: Half-open offsets in the row of all turns, see `begins`.
    starts: Rows
    ends: Rows
    #: 1, or less in an earlier turn.
    weights: NDArray[np.float64]


def weigh(model: Model, conversations: Sequence[Sequence[Reading]], cues: Cues) -> list[Weighed]:
    """Features of conversations, turns oldest first, as the linear models read them.

    Sublinear counts times rarity; each text block of a conversation is scaled to its own length.
    """
    found = occurrences(conversations, cues)
    known, rows = model.vocabulary.find(found.keys)
    # Sorting numbers is many times as fast as finding out where each belongs: the weight travels within.
    entries = _entries(model, found, known, rows)
    entries.sort()
    return _weighed(model, entries, len(conversations))[1]


def weigh_traced(
    model: Model, conversations: Sequence[Sequence[Reading]], cues: Cues
) -> tuple[list[Weighed], Traces]:
    """As `weigh`, and where what was weighed stands."""
    found = occurrences(conversations, cues)
    known, rows = model.vocabulary.find(found.keys)
    entries = _entries(model, found, known, rows)
    entries, order = _sorted(entries)
    known = known.take(order)
    unique, weighed = _weighed(model, entries, len(conversations))
    features = np.zeros(len(entries), dtype=np.intp)
    np.cumsum(np.diff(entries >> 1) > 0, out=features[1:])
    of = found.of().take(known)
    text = (of < len(found.places.turns) - len(conversations)).nonzero()[0]
    known, of = known.take(text), of.take(text)
    starts, ends = found.spans()
    cued = _cues(model, conversations, unique)
    return weighed, Traces(
        features=np.concatenate([features.take(text), cued.features]),
        starts=np.concatenate([starts.take(known), cued.starts]),
        ends=np.concatenate([ends.take(known), cued.ends]),
        weights=np.concatenate([found.places.weights.take(of), cued.weights]),
    )


def _sorted(entries: Rows) -> tuple[Rows, Rows]:
    """The entries in order, and where each stood; far sooner than by `argsort`, the place travels within."""
    bits = len(entries).bit_length()
    packed = entries << bits
    packed |= np.arange(len(entries))
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def _entries(model: Model, found: Occurrences, known: Rows, rows: Rows) -> Rows:
    """One number for each time a row was found: the conversation, the row, whether in an earlier turn."""
    places = found.places
    if len(places.turns) == 2:  # a single turn
        return 2 * rows
    size = len(model.vocabulary)
    return (places.conversations * (2 * size) + places.earlier).take(found.of().take(known)) + 2 * rows


def _weighed(model: Model, entries: Rows, count: int) -> tuple[Rows, list[Weighed]]:
    """In: sorted entries of so many conversations. Out: all their features as numbers, and those of each."""
    unique, counts = _counted(entries)
    if count == 1:
        row, part, bounds = unique, model.blocks.take(unique), [0, len(unique)]
    else:
        owner = unique // len(model.vocabulary)
        row = unique - owner * len(model.vocabulary)
        part = owner * len(BLOCKS) + model.blocks.take(row)
        bounds = owner.searchsorted(np.arange(count + 1)).tolist()
    values = (1.0 + np.log(counts)) * model.idf.take(row)
    squares = np.bincount(part, values * values, minlength=count * len(BLOCKS))
    squares[len(SCALES) :: len(BLOCKS)] = 1.0  # marks are not scaled to a length
    scales = (_SCALES / np.sqrt(np.maximum(squares, 1e-12)).reshape(-1, len(BLOCKS))).ravel()
    scaled, seen = (values * scales.take(part)).astype(np.float32), counts.astype(np.float32)
    return unique, [Weighed(row[at:to], scaled[at:to], seen[at:to]) for at, to in pairwise(bounds)]


def _counted(entries: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """Features and their weighted counts, from sorted entries whose lowest bit says "in an earlier turn"."""
    features = entries >> 1
    first = np.ones(len(features), dtype=np.bool_)
    np.not_equal(features[1:], features[:-1], out=first[1:])
    places = first.nonzero()[0]
    counts = np.empty(len(places))
    np.subtract(places[1:], places[:-1], out=counts[:-1])
    counts[-1:] = len(features) - places[-1:]
    earlier = entries & 1
    if earlier.any():
        counts -= (1.0 - EARLIER_TURN) * np.add.reduceat(earlier, places)
    return features.take(places), counts


def _cues(model: Model, conversations: Sequence[Sequence[Reading]], unique: Rows) -> Traces:
    """The places of the cues among the marks; in: the features of all conversations as numbers."""
    turns = [(owner, reading) for owner, readings in enumerate(conversations) for reading in readings]
    places = zip(turns, begins([reading for _, reading in turns]), strict=False)
    cues = [(owner, begin, cue) for (owner, reading), begin in places for cue in reading.cues]
    known, rows = model.vocabulary.find(keys_of("marks", [f"cue {cue.name}" for *_, cue in cues]))
    table = np.array([(owner, at + cue.start, at + cue.end) for owner, at, cue in cues], dtype=np.intp)
    owner, starts, ends = table.reshape(-1, 3).take(known, axis=0).T
    return Traces(
        features=unique.searchsorted(owner * len(model.vocabulary) + rows),
        starts=starts,
        ends=ends,
        weights=np.ones(len(known)),
    )


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
