"""Decides which spans of the original text are shown as the reason for a label; the label itself is given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifiers.classification import Evidence
from classifiers.features import begins
from classifiers.reading import Reading
from classifiers.scorer import Floats, Model, Traces, Weighed
from classifiers.vocabulary import Rows

#: Spans shown for one label.
MOST_SPANS: Final = 3
#: A span must carry this share of the strongest one, and a token this share of the strongest token.
_LEAST_SHARE: Final = 0.35
#: Endings of a word that belong to it.
_MOST_ENDINGS: Final = 2
T = TypeVar("T", bound=np.generic)


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
    found = _runs(_words(turns), _sums(begins(turns)[-1], traces, pulls))
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


class _Words(NamedTuple):
    """The words of all turns in one row."""

    #: The turn of each.
    of: Rows
    #: Half-open offsets in the row of all characters, and where the turn begins there.
    starts: Rows
    ends: Rows
    begins: Rows
    #: True where a word stands in the turn of the one before it, and right behind it.
    same: NDArray[np.bool_]
    behind: NDArray[np.bool_]


def _words(turns: Sequence[Reading]) -> _Words:
    of = np.arange(len(turns)).repeat([len(reading.tokens) for reading in turns])
    base = np.array(begins(turns), dtype=np.intp).take(of)
    starts = (
        np.array([*chain.from_iterable(reading.tokens.starts for reading in turns)], dtype=np.intp) + base
    )
    ends = np.array([*chain.from_iterable(reading.tokens.ends for reading in turns)], dtype=np.intp) + base
    same = _after(of, -1) == of
    return _Words(of, starts, ends, base, same, same & (_after(ends, -1) == starts))


def _after(row: NDArray[T], first: Any) -> NDArray[T]:
    """What stands one place before each, along the last axis."""
    moved = np.empty_like(row)
    moved[..., 1:], moved[..., :1] = row[..., :-1], first
    return moved


def _sums(size: int, traces: Traces, pulls: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The pull of all characters before each place, towards each direction (directions × places).

    In: how many characters there are, the pull of each trace on every one of its own (traces × directions).
    """
    sums = np.zeros((pulls.shape[1], size + 1))
    for pull, row in zip(pulls.T, sums, strict=True):
        steps = np.bincount(traces.starts, pull, size) - np.bincount(traces.ends, pull, size)
        np.cumsum(steps.cumsum(), out=row[1:])
    return sums


def _runs(words: _Words, sums: NDArray[np.float64]) -> list[dict[int, list[_Run]]]:
    """The runs of every turn that has some, for each direction.

    A run is strong words, with endings that pull the same way.
    """
    pulls = sums.take(words.ends, axis=1) - sums.take(words.starts, axis=1)
    firsts = (~words.same).nonzero()[0]
    found: list[dict[int, list[_Run]]] = [{} for _ in sums]
    if not len(firsts):
        return found
    sizes = np.diff(firsts, append=len(words.of))
    strongest = np.maximum.reduceat(pulls, firsts, axis=1).repeat(sizes, axis=1)
    reached = (pulls >= _LEAST_SHARE * strongest) & (strongest > 0)
    covered, joined = reached.copy(), words.behind & (pulls > 0)
    for _ in range(_MOST_ENDINGS):
        reached = _after(reached, False) & joined
        covered |= reached
    goes_on = covered & _after(covered, False) & words.same
    which, first = (covered & ~goes_on).nonzero()
    goes_on[:, :-1], goes_on[:, -1:] = goes_on[:, 1:].copy(), False
    last = (covered & ~goes_on).nonzero()[1]
    starts, ends, base = words.starts.take(first), words.ends.take(last), words.begins.take(first)
    columns = (sums[which, ends] - sums[which, starts], words.of.take(first), starts - base, ends - base)
    for direction, *run in zip(which.tolist(), *(column.tolist() for column in columns), strict=True):
        found[direction].setdefault(run[1], []).append(_Run(*run))
    return found


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
