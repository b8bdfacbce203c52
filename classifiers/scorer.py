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

from classifiers.cues import Numbers
from classifiers.features import EARLIER_TURN, LONGEST_GRAM, conversation_marks, segments, word_occurrences
from classifiers.labels import Category, Extent, Severity
from classifiers.reading import Reading

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
_NOTHING: Final = (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.intp))
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
#: What a mark weighs beside the two text blocks, each of length 1.
MARK_SCALE: Final = 0.1


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
        towards = self.weights[:, label] - np.delete(self.weights, label, axis=1).mean(axis=1)
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

    chars: Mapping[str, int]
    words: Mapping[str, int]
    marks: Mapping[str, int]
    #: Inverse document frequency of the rows of `chars` and `words`.
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


def weigh(model: Model, readings: Sequence[Reading], numbers: Numbers) -> Weighed:
    """Features of a conversation, oldest turn first, as the linear models read them."""
    blocks = [
        _block(model, [_located_grams(model.chars, reading) for reading in readings]),
        _block(model, [_located_words(model.words, reading, numbers) for reading in readings]),
    ]
    names = conversation_marks(readings)
    marks = [row for name in names if (row := model.marks.get(name)) is not None]
    cues = _located_cues(model.marks, readings)
    offsets = (0, len(blocks[0].rows), len(blocks[0].rows) + len(blocks[1].rows))
    place = {row: offsets[2] + at for at, row in enumerate(marks)}
    return Weighed(
        rows=np.concatenate([*(block.rows for block in blocks), np.array(marks, dtype=np.intp)]),
        values=np.concatenate(
            [*(block.values for block in blocks), np.full(len(marks), MARK_SCALE, np.float32)]
        ),
        index=np.concatenate(
            [
                blocks[0].index,
                blocks[1].index + offsets[1],
                np.array([place[cue[0]] for cue in cues], dtype=np.intp),
            ]
        ),
        shares=np.concatenate(
            [*(block.shares for block in blocks), np.full(len(cues), MARK_SCALE, np.float32)]
        ),
        turns=np.concatenate(
            [*(block.turns for block in blocks), np.array([cue[1] for cue in cues], dtype=np.intp)]
        ),
        starts=np.concatenate(
            [*(block.starts for block in blocks), np.array([cue[2] for cue in cues], np.intp)]
        ),
        ends=np.concatenate([*(block.ends for block in blocks), np.array([cue[3] for cue in cues], np.intp)]),
    )


#: Rows of known features in one turn with their half-open places.
_Located = tuple[Rows, Rows, Rows]


def _located_grams(vocabulary: Mapping[str, int], reading: Reading) -> _Located:
    rows: list[int] = []
    starts: list[Rows] = []
    sizes: list[Rows] = []
    find = vocabulary.get
    for start, end in segments(reading):
        text = reading.shape[start:end].replace("\n", " ")
        for size in range(1, LONGEST_GRAM + 1):
            count = len(text) - size + 1
            if count > 0:
                rows.extend([find(text[at : at + size], -1) for at in range(count)])
                starts.append(np.arange(start, start + count))
                sizes.append(np.full(count, size))
    if not rows:
        return _NOTHING
    found = np.array(rows, dtype=np.intp)
    known = found >= 0
    begin = np.concatenate(starts)[known]
    return found[known], begin, begin + np.concatenate(sizes)[known]


def _located_words(vocabulary: Mapping[str, int], reading: Reading, numbers: Numbers) -> _Located:
    known = [
        (row, word.start, word.end)
        for word in word_occurrences(reading, numbers)
        if (row := vocabulary.get(word.name)) is not None
    ]
    if not known:
        return _NOTHING
    table = np.array(known, dtype=np.intp)
    return table[:, 0], table[:, 1], table[:, 2]


def _located_cues(
    vocabulary: Mapping[str, int], readings: Sequence[Reading]
) -> list[tuple[int, int, int, int]]:
    return [
        (row, turn, cue.start, cue.end)
        for turn, reading in enumerate(readings)
        for cue in reading.cues
        if (row := vocabulary.get(f"cue {cue.name}")) is not None
    ]


def _block(model: Model, turns: Sequence[_Located]) -> Weighed:
    """One text block: sublinear counts times rarity, together of length 1."""
    last = len(turns) - 1
    occurrences = np.concatenate([located[0] for located in turns])
    weights = np.concatenate(
        [
            np.full(len(located[0]), 1.0 if turn == last else EARLIER_TURN)
            for turn, located in enumerate(turns)
        ]
    )
    rows, index = np.unique(occurrences, return_inverse=True)
    counts = np.bincount(index, weights, minlength=len(rows))
    values = (1.0 + np.log(counts)) * model.idf[rows]
    values = (values / max(np.sqrt(values @ values), 1e-12)).astype(np.float32)
    return Weighed(
        rows=rows,
        values=values,
        index=index,
        shares=((values / counts)[index] * weights).astype(np.float32),
        turns=np.concatenate([np.full(len(located[0]), turn) for turn, located in enumerate(turns)]),
        starts=np.concatenate([located[1] for located in turns]),
        ends=np.concatenate([located[2] for located in turns]),
    )


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
