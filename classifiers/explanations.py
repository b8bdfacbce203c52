"""Decides which spans of the original text are shown as the reason for a label; the label itself is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.classification import Evidence
from classifiers.features import keys_of
from classifiers.reading import Reading
from classifiers.scorer import Floats, Model, Traces, Weighed
from classifiers.vocabulary import Rows

#: Spans shown for one label.
MOST_SPANS: Final = 3
#: A span must carry this share of the strongest one, and a token this share of the strongest token.
_LEAST_SHARE: Final = 0.35


def explain(
    model: Model,
    readings: Sequence[Reading],
    weighed: Weighed,
    directions: Sequence[tuple[str, Floats]],
) -> tuple[Evidence, ...]:
    """Evidence for labels.

    In: the readings of one conversation, its features, and for each label its name (`severity:A`) with the
    weight of every score column towards it. Out: the strongest spans of each, with exact offsets in the
    original turn.
    """
    found = _traces(model, readings, weighed)
    if not len(found.features):
        return ()
    towards = np.stack([direction for _, direction in directions], axis=1)
    # Every occurrence spreads its own pull over the characters it covers.
    shares = (weighed.values / weighed.counts).take(found.features) * found.weights
    pulls = (model.weights.take(weighed.rows, axis=0) @ towards).take(found.features, axis=0)
    pulls = pulls * (shares / (found.ends - found.starts))[:, None]
    runs: list[list[_Run]] = [[] for _ in directions]
    for turn, reading in enumerate(readings):
        if not len(reading.tokens):
            continue
        mine = slice(None) if len(readings) == 1 else (found.turns == turn).nonzero()[0]
        starts, ends = found.starts[mine], found.ends[mine]
        for column, pull in enumerate(pulls[mine].T):
            runs[column] += _runs(reading, turn, _sums(starts, ends, pull, len(reading.shape)))
    evidence: list[Evidence] = []
    for (name, _), of_label in zip(directions, runs, strict=True):
        strongest = sorted(of_label, reverse=True)[:MOST_SPANS]
        evidence += [
            _evidence(readings[run.turn], name, run) for run in strongest if _counts(run, strongest[0])
        ]
    return tuple(evidence)


def _traces(model: Model, readings: Sequence[Reading], weighed: Weighed) -> Traces:
    """The places of text features, and of the cues among the marks."""
    text = weighed.traces
    if text is None:
        raise ValueError("evidence needs features with their traces")
    cues = [(turn, cue) for turn, reading in enumerate(readings) for cue in reading.cues]
    known, rows = model.vocabulary.find(keys_of("marks", [f"cue {cue.name}" for _, cue in cues]))
    table = np.array([(turn, cue.start, cue.end) for turn, cue in cues], dtype=np.intp).reshape(-1, 3)[known]
    return Traces(
        features=np.concatenate([text.features, weighed.rows.searchsorted(rows)]),
        turns=np.concatenate([text.turns, table[:, 0]]),
        starts=np.concatenate([text.starts, table[:, 1]]),
        ends=np.concatenate([text.ends, table[:, 2]]),
        weights=np.concatenate([text.weights, np.ones(len(table))]),
    )


class _Run(NamedTuple):
    """Neighbouring words that pull together; half-open offsets into the normalised text."""

    weight: float
    turn: int
    start: int
    end: int


def _counts(run: _Run, strongest: _Run) -> bool:
    return run.weight >= _LEAST_SHARE * strongest.weight


def _sums(starts: Rows, ends: Rows, pulls: NDArray[np.floating[Any]], size: int) -> NDArray[np.float64]:
    """The pull of all characters before each place; in: the pull per character of each occurrence."""
    steps = np.bincount(starts, pulls, size + 1) - np.bincount(ends, pulls, size + 1)
    sums = np.zeros(size + 1)
    np.cumsum(steps.cumsum()[:size], out=sums[1:])
    return sums


def _runs(reading: Reading, turn: int, sums: NDArray[np.float64]) -> list[_Run]:
    tokens = reading.tokens
    pulls = sums.take(tokens.ends) - sums.take(tokens.starts)
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
    places = [(tokens.starts[first], tokens.ends[last]) for first, last in runs]
    return [_Run(float(sums[end] - sums[start]), turn, start, end) for start, end in places]


def _word_end(reading: Reading, pulls: NDArray[np.float64], last: int) -> int:
    """The last token of a span: endings that pull the same way belong to their word."""
    for after in range(last + 1, min(last + 3, len(pulls))):
        if pulls[after] <= 0 or reading.tokens.starts[after] != reading.tokens.ends[last]:
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
