"""Decides what a trained model says of a conversation's features: calibrated probabilities, in NumPy alone.

Two steps. Linear models over n-grams, words and marks give one score per label of every target. One small
network per target, the judge, reads all scores together, because severity follows from extent, outage and
the rest taken together. Which label is acted on is decided in `abstention` and `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    Located,
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


SCORE_COLUMNS: Final = columns("workaround").stop


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
    parts = [_text_block(model, readings, cues, block) for block in SCALES]
    parts.append(_marks(model.vocabularies["marks"], readings))
    offsets = np.cumsum([0] + [len(part.rows) for part in parts])
    return Weighed(
        rows=np.concatenate([part.rows for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        index=np.concatenate([part.index + offset for part, offset in zip(parts, offsets, strict=False)]),
        shares=np.concatenate([part.shares for part in parts]),
        turns=np.concatenate([part.turns for part in parts]),
        starts=np.concatenate([part.starts for part in parts]),
        ends=np.concatenate([part.ends for part in parts]),
    )


def _text_block(model: Model, readings: Sequence[Reading], cues: Cues, block: str) -> Weighed:
    """Sublinear counts times rarity, together of the block's length."""
    turns = block_turns(readings, block)
    find = model.vocabularies[block].get
    first = len(readings) - len(turns)
    tables = [
        _known(find, LOCATED[block](reading, cues), turn) for turn, (reading, _) in enumerate(turns, first)
    ]
    table = np.concatenate(tables, axis=1) if tables else _NO_TABLE
    if not table.shape[1]:
        return _NOTHING
    rows, index = np.unique(table[0], return_inverse=True)
    weights = np.where(table[1] == len(readings) - 1, 1.0, EARLIER_TURN)
    counts = np.bincount(index, weights)
    values = (1.0 + np.log(counts)) * model.idf[rows]
    values *= SCALES[block] / np.sqrt(values @ values)
    return Weighed(
        rows=rows,
        values=values.astype(np.float32),
        index=index,
        shares=((values / counts)[index] * weights).astype(np.float32),
        turns=table[1],
        starts=table[2],
        ends=table[3],
    )


def _known(find: Callable[[str, int], int], located: Located, turn: int) -> Rows:
    """Known features as columns: row of the weight matrix, turn, start, end (4 × features)."""
    table = np.empty((4, len(located.names)), dtype=np.intp)
    table[0] = [find(name, -1) for name in located.names]
    table[1] = turn
    table[2] = located.starts
    table[3] = located.ends
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


_NO_TABLE: Final = np.empty((4, 0), dtype=np.intp)
_NO_ROWS: Final = np.empty(0, dtype=np.intp)
_NO_FLOATS: Final = np.empty(0, dtype=np.float32)
_NOTHING: Final = Weighed(
    rows=_NO_ROWS,
    values=_NO_FLOATS,
    index=_NO_ROWS,
    shares=_NO_FLOATS,
    turns=_NO_ROWS,
    starts=_NO_ROWS,
    ends=_NO_ROWS,
)


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
