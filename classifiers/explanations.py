"""Decides which spans of the original text are shown as the reason for a label; the label itself is given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.classification import Evidence
from classifiers.features import begins
from classifiers.reading import Reading
from classifiers.scorer import Floats, Model, Traces, Weighed

#: Spans shown for one label.
MOST_SPANS: Final = 3
#: A span must carry this share of the strongest one, and a token this share of the strongest token.
_LEAST_SHARE: Final = 0.35


class Direction(NamedTuple):
    """What evidence is looked for."""

    #: The label of each conversation, e.g. `severity:A`.
    names: Sequence[str]
    #: The weight of every score column towards it (conversations × columns).
    towards: Floats


def explain(
    model: Model,
    conversations: Sequence[Sequence[Reading]],
    weighed: Sequence[Weighed],
    traces: Traces,
    directions: Sequence[Direction],
) -> list[tuple[Evidence, ...]]:
    """Evidence for labels of conversations.

    In: the readings of each, what was weighed of them, and the labels. Out: for each conversation the
    strongest spans of every direction, with exact offsets in the original turn.
    """
    turns = [reading for readings in conversations for reading in readings]
    # Every occurrence spreads its own pull over the characters it covers.
    pulls = _pulls(model, weighed, directions).take(traces.features, axis=0)
    pulls = pulls * (traces.weights / (traces.ends - traces.starts))[:, None]
    found = [_runs(turns, _sums(turns, traces, pull)) for pull in pulls.T]
    evidence = []
    first = 0
    for number, readings in enumerate(conversations):
        spans: list[Evidence] = []
        for direction, runs in zip(directions, found, strict=True):
            mine = [run for turn in range(first, first + len(readings)) for run in runs.get(turn, ())]
            strongest = sorted(mine, reverse=True)[:MOST_SPANS]
            spans += [
                _evidence(turns[run.turn], direction.names[number], run, run.turn - first)
                for run in strongest
                if run.weight >= _LEAST_SHARE * strongest[0].weight
            ]
        evidence.append(tuple(spans))
        first += len(readings)
    return evidence


def _pulls(model: Model, weighed: Sequence[Weighed], directions: Sequence[Direction]) -> Floats:
    """What each time a feature stands somewhere adds to each direction (features × directions)."""
    towards = np.stack([direction.towards for direction in directions], axis=2).astype(np.float32)
    parts = [
        (model.weights.take(each.rows, axis=0) @ towards[number]) * (each.values / each.counts)[:, None]
        for number, each in enumerate(weighed)
    ]
    return np.concatenate(parts)


class _Run(NamedTuple):
    """Neighbouring words that pull together; half-open offsets into the normalised text."""

    weight: float
    turn: int
    start: int
    end: int


class _Sums(NamedTuple):
    """The pull of all characters before each place, turn after turn, and the place where each begins."""

    sums: NDArray[np.float64]
    begins: Sequence[int]


def _sums(turns: Sequence[Reading], traces: Traces, pulls: NDArray[np.floating[Any]]) -> _Sums:
    """In: the pull per character of each occurrence."""
    *firsts, size = begins(turns)
    steps = np.bincount(traces.starts, pulls, size) - np.bincount(traces.ends, pulls, size)
    sums = np.zeros(size + 1)
    np.cumsum(steps.cumsum(), out=sums[1:])
    return _Sums(sums, firsts)


class _Words(NamedTuple):
    """The pull of every word of all turns, where a turn begins, and the strong ones (turn, word in it)."""

    pulls: Sequence[float]
    firsts: Sequence[int]
    strong: Sequence[tuple[int, int]]


def _words(turns: Sequence[Reading], found: _Sums) -> _Words:
    counts = np.array([len(reading.tokens) for reading in turns], dtype=np.intp)
    base = np.array(found.begins, dtype=np.intp).repeat(counts)
    starts = np.array([*chain.from_iterable(reading.tokens.starts for reading in turns)], dtype=np.intp)
    ends = np.array([*chain.from_iterable(reading.tokens.ends for reading in turns)], dtype=np.intp)
    pulls = found.sums.take(ends + base) - found.sums.take(starts + base)
    worded, firsts = counts.nonzero()[0], counts.cumsum() - counts
    least = np.zeros(len(turns))
    if len(worded):
        least[worded] = _LEAST_SHARE * np.maximum.reduceat(pulls, firsts.take(worded))
    of = np.arange(len(turns)).repeat(counts)
    needed = least.take(of)
    strong = ((pulls >= needed) & (needed > 0)).nonzero()[0]
    of = of.take(strong)
    places = zip(of.tolist(), (strong - firsts.take(of)).tolist(), strict=True)
    return _Words(pulls.tolist(), firsts.tolist(), list(places))


def _runs(turns: Sequence[Reading], found: _Sums) -> dict[int, list[_Run]]:
    """The runs of every turn that has some."""
    words = _words(turns, found)
    spans: dict[int, list[list[int]]] = {}
    for turn, at in words.strong:
        mine = spans.setdefault(turn, [])
        last = _word_end(turns[turn], words.pulls, words.firsts[turn], at)
        if mine and at <= mine[-1][1] + 1:
            mine[-1][1] = max(mine[-1][1], last)
        else:
            mine.append([at, last])
    return {turn: [_run(turns[turn], turn, found, *span) for span in mine] for turn, mine in spans.items()}


def _run(reading: Reading, turn: int, found: _Sums, first: int, last: int) -> _Run:
    start, end = reading.tokens.starts[first], reading.tokens.ends[last]
    begin = found.begins[turn]
    return _Run(float(found.sums[begin + end] - found.sums[begin + start]), turn, start, end)


def _word_end(reading: Reading, pulls: Sequence[float], first: int, last: int) -> int:
    """The last token of a span: endings that pull the same way belong to their word."""
    tokens = reading.tokens
    for after in range(last + 1, min(last + 3, len(tokens))):
        if pulls[first + after] <= 0 or tokens.starts[after] != tokens.ends[last]:
            break
        last = after
    return last


def _evidence(reading: Reading, towards: str, run: _Run, turn: int) -> Evidence:
    start, end = reading.plain.original_span(run.start, run.end)
    return Evidence(
        span=reading.original[start:end],
        start=start,
        end=end,
        towards=towards,
        weight=round(run.weight, 3),
        turn=turn,
    )
