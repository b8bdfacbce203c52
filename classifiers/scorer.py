"""Decides what a trained model says of a conversation's features: calibrated probabilities, in NumPy alone.

Two steps. Linear models over n-grams, words and marks give one score per label of every target. One small
network per target, the judge, reads all scores together, because severity follows from extent, outage and
the rest taken together. Which label is acted on is decided in `abstention` and `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.codes import Occurrences, Tables, occurrences
from classifiers.cues import Cues
from classifiers.features import MARK_SCALE, SCALES, conversation_marks
from classifiers.labels import Category, Extent, Severity
from classifiers.reading import Reading

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
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
#: Feature blocks in row order.
BLOCKS: Final = (*SCALES, "marks")


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores of all targets → logits of one; one hidden layer of rectified units."""

    hidden_weights: Floats
    hidden_bias: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def logits(self, scores: NDArray[np.floating[Any]]) -> Floats:
        """In: standardised scores (n × columns). Out: logits (n × labels), divided by the temperature."""
        hidden = np.maximum(scores @ self.hidden_weights + self.hidden_bias, 0.0)
        return np.asarray((hidden @ self.weights + self.bias) / self.temperature)

    def gradient(self, scores: Floats, label: int) -> Floats:
        """How the logit of a label, against the mean of the others, answers to each score (columns,)."""
        active = (scores @ self.hidden_weights + self.hidden_bias) > 0
        count = self.weights.shape[1]
        towards = (count * self.weights[:, label] - self.weights.sum(axis=1)) / (count - 1)
        return np.asarray(self.hidden_weights @ (towards * active))


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

    #: Block → feature → row.
    vocabularies: Mapping[str, Mapping[str, int]]
    #: Inverse document frequency of every row; 1 for marks.
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
    #: The vocabularies once more, for looking up; the row after the last of each text block.
    tables: Tables = field(init=False)
    ends: Rows = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", Tables.of(self.vocabularies))
        sizes = [len(self.vocabularies[block]) for block in SCALES]
        object.__setattr__(self, "ends", np.cumsum(sizes))

    def standardised(self, weighed: Weighed) -> Floats:
        """Scores of all linear models (conversations × columns), as the judges read them."""
        scores = np.empty((len(weighed.ends), SCORE_COLUMNS), dtype=np.float32)
        start = 0
        for number, end in enumerate(weighed.ends):
            scores[number] = weighed.values[start:end] @ self.weights[weighed.rows[start:end]]
            start = end
        return np.asarray((scores + self.bias - self.centre) / self.spread)

    def probabilities(self, scores: Floats, targets: Sequence[str] = tuple(TARGETS)) -> dict[str, Floats]:
        """Calibrated probabilities (conversations × labels) of targets, from standardised scores.

        They are rounded, so that one by one and many at once come to the same.
        """
        exact = scores.astype(np.float64)
        return {target: np.round(softmax(self.judges[target].logits(exact)), _PLACES) for target in targets}

    def directions(self, target: str, label: int, scores: Floats) -> Floats:
        """The weight of every score column towards a label at these scores (columns,)."""
        return np.asarray(self.judges[target].gradient(scores, label) / self.spread)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """The known features of conversations with their values, one conversation after the other."""

    #: Rows of the weight matrix, each once in a conversation, and their values.
    rows: Rows
    values: Floats
    #: Weighted occurrences that a value stands for.
    counts: Floats
    #: The end of each conversation in these.
    ends: tuple[int, ...]
    #: Where the text features stand.
    places: Occurrences

    def of(self, number: int) -> Weighed:
        """The part of one conversation."""
        part = slice(self.ends[number - 1] if number else 0, self.ends[number])
        return Weighed(
            rows=self.rows[part],
            values=self.values[part],
            counts=self.counts[part],
            ends=(part.stop - part.start,),
            places=self.places.of(number),
        )


def weigh(model: Model, conversations: Sequence[Sequence[Reading]], cues: Cues) -> Weighed:
    """Features of conversations, turns oldest first, as the linear models read them.

    Sublinear counts times rarity; each text block of a conversation is scaled to its own length.
    """
    places = occurrences(conversations, cues, model.tables)
    find = model.vocabularies["marks"].get
    marks = [
        [row for name in conversation_marks(each) if (row := find(name)) is not None]
        for each in conversations
    ]
    number = np.repeat(np.arange(len(marks)), [len(rows) for rows in marks])
    joint = np.concatenate(
        [
            places.conversations * len(model.idf) + places.rows,
            number * len(model.idf) + np.array([row for rows in marks for row in rows], dtype=np.int64),
        ]
    )
    keys, index = np.unique(joint, return_inverse=True)
    counts = np.bincount(index, np.concatenate([places.weights, np.ones(len(number))]))
    owner, rows = np.divmod(keys, len(model.idf))
    values = (1.0 + np.log(counts)) * model.idf[rows]
    part = owner * len(BLOCKS) + np.searchsorted(model.ends, rows, side="right")
    squares = np.bincount(part, values * values, minlength=len(marks) * len(BLOCKS)).reshape(-1, len(BLOCKS))
    squares[:, -1] = 1.0  # marks are not scaled to a length
    scales = _SCALES / np.sqrt(np.maximum(squares, 1e-12))
    return Weighed(
        rows=rows,
        values=(values * scales.ravel()[part]).astype(np.float32),
        counts=counts.astype(np.float32),
        ends=tuple(np.searchsorted(owner, np.arange(len(marks)), side="right").tolist()),
        places=places,
    )


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
