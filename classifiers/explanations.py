"""Decides which spans of the original text are shown as the reason for a label; the label itself is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from classifiers.classification import Evidence
from classifiers.reading import Reading
from classifiers.scorer import Floats, Model, Weighed

#: Spans shown for one label.
MOST_SPANS: Final = 3
#: A span must carry this share of the strongest one, and a token this share of the strongest token.
_LEAST_SHARE: Final = 0.35


def explain(
    model: Model, readings: Sequence[Reading], weighed: Weighed, directions: Sequence[tuple[str, Floats]]
) -> tuple[Evidence, ...]:
    """Evidence for labels.

    In: the readings of a conversation, its features, and for each label its name (`severity:A`) with the
    weight of every score column towards it. Out: the strongest spans of each, with exact offsets in the
    original turn.
    """
    if not directions or not len(weighed.index):
        return ()
    towards = np.stack([direction for _, direction in directions], axis=1)
    pulls = (model.weights[weighed.rows] @ towards)[weighed.index] * weighed.shares[:, None]
    evidence: list[Evidence] = []
    for column, (name, _) in enumerate(directions):
        spans = [
            span
            for turn, reading in enumerate(readings)
            for span in _spans(
                reading, turn, name, _strength(weighed, pulls[:, column], turn, len(reading.shape))
            )
        ]
        spans.sort(key=_weight, reverse=True)
        evidence.extend(span for span in spans[:MOST_SPANS] if span.weight >= _LEAST_SHARE * spans[0].weight)
    return tuple(evidence)


def _weight(span: Evidence) -> float:
    return span.weight


def _strength(weighed: Weighed, pull: Floats, turn: int, size: int) -> Floats:
    """The pull per character: every occurrence spreads its own over the characters it covers."""
    mine = weighed.turns == turn
    starts, ends = weighed.starts[mine], weighed.ends[mine]
    each = pull[mine] / (ends - starts)
    steps = np.bincount(starts, each, minlength=size + 1) - np.bincount(ends, each, minlength=size + 1)
    return np.asarray(np.cumsum(steps)[:size], dtype=np.float32)


def _spans(reading: Reading, turn: int, towards: str, strength: Floats) -> Iterator[Evidence]:
    """Runs of neighbouring words that pull."""
    if not reading.tokens:
        return
    sums = np.concatenate([[0.0], np.cumsum(strength)])
    bounds = np.array([(token.start, token.end) for token in reading.tokens])
    pulls = sums[bounds[:, 1]] - sums[bounds[:, 0]]
    least = _LEAST_SHARE * float(pulls.max())
    if least <= 0:
        return
    run: list[int] = []
    for at in [*np.flatnonzero(pulls >= least).tolist(), -1]:
        if run and at != run[-1] + 1:
            yield _evidence(reading, turn, towards, sums, (run[0], _word_end(reading, pulls, run[-1])))
            run = []
        run.append(at)


def _word_end(reading: Reading, pulls: Floats, last: int) -> int:
    """The last token of a span: endings that pull the same way belong to their word."""
    for after in range(last + 1, min(last + 3, len(pulls))):
        if pulls[after] <= 0 or reading.tokens[after].start != reading.tokens[last].end:
            break
        last = after
    return last


def _evidence(reading: Reading, turn: int, towards: str, sums: Floats, tokens: tuple[int, int]) -> Evidence:
    start, end = reading.tokens[tokens[0]].start, reading.tokens[tokens[1]].end
    original_start, original_end = reading.plain.original_span(start, end)
    return Evidence(
        span=reading.original[original_start:original_end],
        start=original_start,
        end=original_end,
        towards=towards,
        weight=round(float(sums[end] - sums[start]), 3),
        turn=turn,
    )
