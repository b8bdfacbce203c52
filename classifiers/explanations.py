"""Decides which spans of the original text are shown as the reason for a label; the label itself is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from classifiers.classification import Evidence
from classifiers.cues import Cues
from classifiers.features import TEXT_BLOCKS, block_turns
from classifiers.reading import Reading
from classifiers.scorer import BLOCKS, Floats, Model, Rows, Weighed

#: Spans shown for one label.
MOST_SPANS: Final = 3
#: A span must carry this share of the strongest one, and a token this share of the strongest token.
_LEAST_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occurrences:
    """Every place where a known feature stands: its index in the features, turn, offsets and weight there."""

    index: Rows
    turns: Rows
    starts: Rows
    ends: Rows
    weights: Floats


def explain(
    model: Model,
    readings: Sequence[Reading],
    cues: Cues,
    weighed: Weighed,
    directions: Sequence[tuple[str, Floats]],
) -> tuple[Evidence, ...]:
    """Evidence for labels.

    In: the readings of one conversation, its features, and for each label its name (`severity:A`) with the
    weight of every score column towards it. Out: the strongest spans of each, with exact offsets in the
    original turn.
    """
    found = occurrences(model, readings, cues, weighed)
    if not directions or not len(found.index):
        return ()
    towards = np.stack([direction for _, direction in directions], axis=1)
    shares = (weighed.values / weighed.counts)[found.index] * found.weights
    pulls = (model.weights[weighed.rows] @ towards)[found.index] * shares[:, None]
    evidence: list[Evidence] = []
    for column, (name, _) in enumerate(directions):
        runs: list[_Run] = []
        for turn, reading in enumerate(readings):
            if reading.tokens:
                runs += _runs(reading, turn, _strength(found, pulls[:, column], turn, len(reading.shape)))
        strongest = sorted(runs, reverse=True)[:MOST_SPANS]
        evidence += [
            _evidence(readings[run.turn], name, run) for run in strongest if _counts(run, strongest[0])
        ]
    return tuple(evidence)


class _Run(NamedTuple):
    """Neighbouring words that pull together; half-open offsets into the normalised text."""

    weight: float
    turn: int
    start: int
    end: int


def _counts(run: _Run, strongest: _Run) -> bool:
    return run.weight >= _LEAST_SHARE * strongest.weight


def occurrences(model: Model, readings: Sequence[Reading], cues: Cues, weighed: Weighed) -> Occurrences:
    """Where the features of one conversation stand in its turns."""
    index: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    turns: list[int] = []
    weights: list[float] = []
    sizes: list[int] = []
    place = dict(zip(weighed.rows.tolist(), range(len(weighed.rows)), strict=True)).get
    for name in BLOCKS:
        row = model.vocabularies[name].get
        for turn, weight in _turns(readings, name):
            names, begin, end = _named(readings[turn], cues, name)
            index += [place(row(name, -1), -1) for name in names]
            starts += begin
            ends += end
            sizes.append(len(names))
            turns.append(turn)
            weights.append(weight)
    table = np.array([index, starts, ends], dtype=np.intp).reshape(3, -1)
    known = table[0] >= 0
    return Occurrences(
        index=table[0, known],
        turns=np.repeat(np.array(turns, dtype=np.intp), sizes)[known],
        starts=table[1, known],
        ends=table[2, known],
        weights=np.repeat(np.array(weights, dtype=np.float32), sizes)[known],
    )


def _turns(readings: Sequence[Reading], block: str) -> list[tuple[int, float]]:
    if block not in TEXT_BLOCKS:
        return [(turn, 1.0) for turn in range(len(readings))]
    read = block_turns(readings, block)
    return [(turn, weight) for turn, (_, weight) in enumerate(read, len(readings) - len(read))]


def _named(reading: Reading, cues: Cues, block: str) -> tuple[list[str], list[int], list[int]]:
    """Features of a turn with their places; of the marks only cues have one."""
    if block in TEXT_BLOCKS:
        return TEXT_BLOCKS[block].names(reading, cues), *TEXT_BLOCKS[block].places(reading, cues)
    fired = reading.cues
    return [f"cue {cue.name}" for cue in fired], [cue.start for cue in fired], [cue.end for cue in fired]


def _strength(found: Occurrences, pull: Floats, turn: int, size: int) -> Floats:
    """The pull per character: every occurrence spreads its own over the characters it covers."""
    mine = found.turns == turn
    starts, ends = found.starts[mine], found.ends[mine]
    each = pull[mine] / (ends - starts)
    steps = np.bincount(starts, each, minlength=size + 1) - np.bincount(ends, each, minlength=size + 1)
    return np.asarray(np.cumsum(steps)[:size], dtype=np.float32)


def _runs(reading: Reading, turn: int, strength: Floats) -> list[_Run]:
    sums = np.concatenate([[0.0], np.cumsum(strength)])
    bounds = np.array([(token.start, token.end) for token in reading.tokens])
    pulls = sums[bounds[:, 1]] - sums[bounds[:, 0]]
    least = _LEAST_SHARE * float(pulls.max())
    if least <= 0:
        return []
    runs: list[list[int]] = []
    for at in np.flatnonzero(pulls >= least).tolist():
        last = _word_end(reading, pulls, at)
        if runs and at <= runs[-1][1] + 1:
            runs[-1][1] = max(runs[-1][1], last)
        else:
            runs.append([at, last])
    places = [(reading.tokens[first].start, reading.tokens[last].end) for first, last in runs]
    return [_Run(float(sums[end] - sums[start]), turn, start, end) for start, end in places]


def _word_end(reading: Reading, pulls: Floats, last: int) -> int:
    """The last token of a span: endings that pull the same way belong to their word."""
    for after in range(last + 1, min(last + 3, len(pulls))):
        if pulls[after] <= 0 or reading.tokens[after].start != reading.tokens[last].end:
            break
        last = after
    return last


def _evidence(reading: Reading, towards: str, run: _Run) -> Evidence:
    start, end = reading.plain.original_span(run.start, run.end)
    return Evidence(
        span=reading.original[start:end],
        start=start,
        end=end,
        towards=towards,
        weight=round(run.weight, 3),
        turn=run.turn,
    )
