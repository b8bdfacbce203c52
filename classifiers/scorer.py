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

from classifiers.cues import Cues
from classifiers.features import (
    EARLIER_TURN,
    LOCATED,
    MARK_SCALE,
    SCALES,
    block_turns,
    conversation_marks,
)
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores of all targets → logits of one; one hidden layer of rectified units."""

    hidden_weights: Floats
    hidden_bias: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def logits(self, scores: Floats) -> Floats:
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
    #: Inverse document frequency of the rows of the text blocks.
    idf: Floats
    #: Feature row × score column.
    weights: Floats
    bias: Floats
    #: Mean and deviation of the scores, for the judges.
    centre: Floats
    spread: Floats
    judges: Mapping[str, Judge]
    thresholds: Thresholds
    #: Text block → the row after its last.
    ends: Mapping[str, int]
    version: str = ""
    #: Facts about the training, JSON values only: digests, counts, figures.
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def standardised(self, weighed: Weighed) -> Floats:
        """Scores of all linear models (columns,), as the judges read them."""
        scores = weighed.values @ self.weights[weighed.rows] + self.bias
        return np.asarray((scores - self.centre) / self.spread)

    def probabilities(self, scores: Floats) -> dict[str, Floats]:
        """Calibrated probabilities of every target in the order of TARGETS, from standardised scores."""
        return {target: softmax(judge.logits(scores)) for target, judge in self.judges.items()}

    def directions(self, target: str, label: int, scores: Floats) -> Floats:
        """The weight of every score column towards a label at these scores (columns,)."""
        return np.asarray(self.judges[target].gradient(scores, label) / self.spread)


def block_ends(vocabularies: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Text block → the row after its last, for vocabularies numbered one after the other."""
    ends, at = {}, 0
    for block in SCALES:
        at += len(vocabularies[block])
        ends[block] = at
    return ends


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """The known features of a conversation with their values, and where they stand in it."""

    #: Rows of the weight matrix, each once, and their values.
    rows: Rows
    values: Floats
    #: Per occurrence: the index into `rows`, its share of the value, and its half-open place in a turn.
    index: Rows
    shares: Floats
    turns: Rows
    starts: Rows
    ends: Rows


def weigh(model: Model, readings: Sequence[Reading], cues: Cues) -> Weighed:
    """Features of a conversation, oldest turn first, as the linear models read them."""
    text = _text(model, readings, cues)
    marks = _marks(model.vocabularies["marks"], readings)
    return Weighed(
        rows=np.concatenate([text.rows, marks.rows]),
        values=np.concatenate([text.values, marks.values]),
        index=np.concatenate([text.index, marks.index + len(text.rows)]),
        shares=np.concatenate([text.shares, marks.shares]),
        turns=np.concatenate([text.turns, marks.turns]),
        starts=np.concatenate([text.starts, marks.starts]),
        ends=np.concatenate([text.ends, marks.ends]),
    )


def _text(model: Model, readings: Sequence[Reading], cues: Cues) -> Weighed:
    """Sublinear counts times rarity; each block scaled to its own length."""
    table = _table(model, readings, cues)
    rows, index = np.unique(table[0], return_inverse=True)
    weights = np.where(table[1] == len(readings) - 1, 1.0, EARLIER_TURN)
    counts = np.bincount(index, weights)
    values = (1.0 + np.log(counts)) * model.idf[rows]
    at = 0
    for block, scale in SCALES.items():  # the rows of a block stand together
        end = int(np.searchsorted(rows, model.ends[block]))
        if end > at:
            values[at:end] *= scale / np.sqrt(values[at:end] @ values[at:end])
        at = end
    return Weighed(
        rows=rows,
        values=values.astype(np.float32),
        index=index,
        shares=((values / np.maximum(counts, 1e-12))[index] * weights).astype(np.float32),
        turns=table[1],
        starts=table[2],
        ends=table[3],
    )


def _table(model: Model, readings: Sequence[Reading], cues: Cues) -> Rows:
    """Known text features as columns: row of the weight matrix, turn, start, end (4 × features)."""
    rows: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    sizes: list[int] = []
    turns: list[int] = []
    for block in SCALES:
        find = model.vocabularies[block].get
        block_readings = block_turns(readings, block)
        for turn, (reading, _) in enumerate(block_readings, len(readings) - len(block_readings)):
            located = LOCATED[block](reading, cues)
            rows += [find(name, -1) for name in located.names]
            starts += located.starts
            ends += located.ends
            sizes.append(len(located.names))
            turns.append(turn)
    table = np.empty((4, len(rows)), dtype=np.intp)
    table[0] = rows
    table[1] = np.repeat(turns, sizes)
    table[2] = starts
    table[3] = ends
    return np.asarray(table[:, table[0] >= 0])


def _marks(vocabulary: Mapping[str, int], readings: Sequence[Reading]) -> Weighed:
    """Marks count once each; those of cues have places."""
    rows = [row for name in conversation_marks(readings) if (row := vocabulary.get(name)) is not None]
    place = {row: at for at, row in enumerate(rows)}
    cues = [
        (place[row], turn, cue.start, cue.end)
        for turn, reading in enumerate(readings)
        for cue in reading.cues
        if (row := vocabulary.get(f"cue {cue.name}")) is not None
    ]
    table = np.array(cues, dtype=np.intp).reshape(-1, 4)
    return Weighed(
        rows=np.array(rows, dtype=np.intp),
        values=np.full(len(rows), MARK_SCALE, np.float32),
        index=table[:, 0],
        shares=np.full(len(cues), MARK_SCALE, np.float32),
        turns=table[:, 1],
        starts=table[:, 2],
        ends=table[:, 3],
    )


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
