"""Decides which features a conversation has for the linear models; not what they weigh.

A feature is a number of 64 bits made from its characters or words. Training and serving make the same ones,
in columns, because a message has hundreds. No word of an example can be read from them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifiers.cues import Cues, Numbers
from classifiers.marks import bucket, conversation_marks
from classifiers.reading import Reading
from classifiers.text.tokenise import number_of
from classifiers.vocabulary import Keys, spread

Offsets = NDArray[np.intp]
T = TypeVar("T")
#: Longest character n-gram; three characters fill a key.
LONGEST_GRAM: Final = 3
#: Weight of the words of earlier turns; the last turn counts 1.
EARLIER_TURN: Final = 0.8
#: A word is paired with this many content words after it in its clause.
PAIR_REACH: Final = 4
#: Text blocks with the length that each has beside the others (chosen by cross-validation).
SCALES: Final[Mapping[str, float]] = {"chars": 1.0, "words": 1.0, "pairs": 0.8, "late": 0.5}
#: What a mark weighs beside them, before its rarity.
MARK_SCALE: Final = 0.03
#: What ends a clause.
STOPS: Final = frozenset("\u3002!?\n\u3001")
#: All blocks; the place of a name is its number in a key.
BLOCKS: Final = (*SCALES, "marks")
_NUMBERS: Final = {block: number for number, block in enumerate(BLOCKS)}
_CHARACTER_BITS: Final = 21
#: Stands for polite padding in the row of characters; no text holds it.
_GAP: Final = "\U0010ffff"
_GAP_POINT: Final = ord(_GAP)
#: The second word of two has another number than the first.
_SECOND: Final = np.uint64(0xA24BAED4963EE407)


_REACH: Final = np.arange(1, PAIR_REACH + 1)


class Places(NamedTuple):
    """Where features can stand: every turn of all conversations, then nowhere in each conversation."""

    conversations: Offsets
    #: The turn within the conversation; -1 for nowhere.
    turns: Offsets
    #: True in a turn that later ones follow.
    earlier: NDArray[np.bool_]

    @property
    def weights(self) -> NDArray[np.float64]:
        """What a feature counts in each place."""
        return np.where(self.earlier, EARLIER_TURN, 1.0)


class _Found(NamedTuple):
    """Features of one block: their numbers, not yet spread; where they stand is worked out when asked for."""

    block: str
    numbers: Keys
    #: The place of each in `places`.
    of: Callable[[], Offsets]
    #: Half-open offsets of each in the row of all turns.
    spans: Callable[[], tuple[Offsets, Offsets]]

    def only(self, wanted: NDArray[np.bool_]) -> _Found:
        """These entries of them."""
        at = wanted.nonzero()[0]

        def spans() -> tuple[Offsets, Offsets]:
            starts, ends = self.spans()
            return starts.take(at), ends.take(at)

        return _Found(self.block, self.numbers.take(at), lambda: self.of().take(at), spans)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Features of conversations, one entry per finding, by block; marks come last and stand nowhere."""

    keys: Keys
    places: Places
    found: Sequence[_Found]

    def of(self) -> Offsets:
        """The place of each in `places`."""
        return np.concatenate([part.of() for part in self.found])

    def spans(self) -> tuple[Offsets, Offsets]:
        """Where each starts and ends in the row of all turns, each followed by one character that is none's.

        See `begins`; they are half-open.
        """
        starts, ends = zip(*(part.spans() for part in self.found), strict=True)
        return np.concatenate(starts), np.concatenate(ends)


def begins(turns: Sequence[Reading]) -> list[int]:
    """Where every turn begins in the row of all, and where the row ends."""
    return [*accumulate((len(reading.shape) + 1 for reading in turns), initial=0)]


def occurrences(conversations: Sequence[Sequence[Reading]], cues: Cues) -> Occurrences:
    """Every feature of conversations, turns oldest first."""
    places = _places(tuple(map(len, conversations)))
    turns = [reading for readings in conversations for reading in readings]
    line = _line(turns)
    words = list(_words(turns, line, cues.numbers))
    found = [_grams(turns), *words, _pairs(line, cues.content_pos)]
    late = (places.turns > 0) & ~places.earlier
    if late.any():
        found += [part.only(late.take(part.of()))._replace(block="late") for part in words]
    found.append(_marks(conversations, len(turns)))
    blocks = np.array([_NUMBERS[part.block] for part in found], dtype=np.uint64)
    numbers = [part.numbers for part in found]
    return Occurrences(
        keys=spread(np.concatenate(numbers), blocks.repeat([*map(len, numbers)])), places=places, found=found
    )


@lru_cache(maxsize=16)
def _places(lengths: tuple[int, ...]) -> Places:
    """In: how many turns each conversation has."""
    count = len(lengths)
    turns = np.array([*chain.from_iterable(map(range, lengths)), *([-1] * count)], dtype=np.intp)
    lasts = np.array([length - 1 for length in lengths for _ in range(length)] + [-1] * count, dtype=np.intp)
    numbers = [number for number, length in enumerate(lengths) for _ in range(length)]
    return Places(np.array([*numbers, *range(count)], dtype=np.intp), turns, turns < lasts)


def _marks(conversations: Sequence[Sequence[Reading]], turns: int) -> _Found:
    marks = [conversation_marks(readings) for readings in conversations]
    numbers = _codes([name for each in marks for name in each])
    nowhere = np.zeros(len(numbers), dtype=np.intp)
    return _Found(
        "marks",
        numbers,
        lambda: np.arange(turns, turns + len(marks)).repeat([*map(len, marks)]),
        lambda: (nowhere, nowhere),
    )


def keys_of(block: str, names: Sequence[str]) -> Keys:
    """The keys of single words or marks."""
    return spread(_codes(names), np.uint64(_NUMBERS[block]))


_code: Final = lru_cache(maxsize=65_536)(number_of)


def _codes(words: Sequence[str]) -> Keys:
    return np.array(list(map(_code, words)), dtype=np.uint64)


def _grams(readings: Sequence[Reading]) -> _Found:
    """Character n-grams, shorter ones first; one that touches polite padding is none."""
    text = _GAP.join([_outside_padding(reading) for reading in readings]) + _GAP * LONGEST_GRAM
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    inside = points != _GAP_POINT
    count = len(points) - LONGEST_GRAM
    numbers = np.empty((LONGEST_GRAM, count), dtype=np.uint64)
    whole = np.empty((LONGEST_GRAM, count), dtype=np.bool_)
    numbers[0], whole[0] = points[:count], inside[:count]
    for more in range(1, LONGEST_GRAM):
        shifted = points[more : more + count] << np.uint64(_CHARACTER_BITS * more)
        np.bitwise_or(numbers[more - 1], shifted, out=numbers[more])
        np.logical_and(whole[more - 1], inside[more : more + count], out=whole[more])
    flat = whole.ravel().nonzero()[0]

    def of() -> Offsets:
        lengths = [len(reading.shape) + 1 for reading in readings]
        return np.arange(len(lengths)).repeat(lengths).take(flat % count)

    def spans() -> tuple[Offsets, Offsets]:
        sizes, starts = np.divmod(flat, count)
        return starts, starts + sizes + 1

    return _Found("chars", numbers.ravel().take(flat), of, spans)


def _outside_padding(reading: Reading) -> str:
    text = reading.shape.replace("\n", " ")
    for start, end in reading.padding:
        text = text[:start] + _GAP * (end - start) + text[end:]
    return text


class _Line(NamedTuple):
    """The tokens of all turns in one row, column by column."""

    surfaces: Sequence[str]
    pos: Sequence[str]
    codes: Keys
    #: The turn of each.
    of: Offsets
    #: Half-open offsets in the turn of each.
    starts: Sequence[int]
    ends: Sequence[int]
    #: Where each turn begins in the row of all characters.
    begins: Sequence[int]

    def found(self, block: str, numbers: Keys, first: Offsets, last: Offsets) -> _Found:
        """Features that reach from one token to another, or over one."""

        def spans() -> tuple[Offsets, Offsets]:
            base = np.array(self.begins, dtype=np.intp).take(self.of)
            starts, ends = (base + np.array(offsets, dtype=np.intp) for offsets in (self.starts, self.ends))
            return starts.take(first), ends.take(last)

        return _Found(block, numbers, lambda: self.of.take(first), spans)


def _line(readings: Sequence[Reading]) -> _Line:
    tokens = [reading.tokens for reading in readings]
    return _Line(
        surfaces=_joined([each.surfaces for each in tokens]),
        pos=_joined([each.pos for each in tokens]),
        codes=np.array(_joined([each.numbers for each in tokens]), dtype=np.uint64),
        of=np.arange(len(tokens)).repeat([*map(len, tokens)]),
        starts=_joined([each.starts for each in tokens]),
        ends=_joined([each.ends for each in tokens]),
        begins=begins(readings),
    )


def _joined(columns: Sequence[Sequence[T]]) -> Sequence[T]:
    return columns[0] if len(columns) == 1 else [*chain.from_iterable(columns)]


def _words(readings: Sequence[Reading], line: _Line, numbers: Numbers) -> Iterator[_Found]:
    """Dictionary forms outside polite padding, one and two at a time; numbers by their size only."""
    codes, firsts, lasts = _with_sizes(line, numbers)
    parts = line.of
    if any(reading.padding for reading in readings):
        parts = _parts(readings, line)
        inside = (parts.take(firsts) >= 0).nonzero()[0]
        codes, firsts, lasts = codes.take(inside), firsts.take(inside), lasts.take(inside)
    yield line.found("words", codes, firsts, lasts)
    parts = parts.take(firsts)
    near = (parts[:-1] == parts[1:]).nonzero()[0]
    then = near + 1
    two = codes.take(near) + codes.take(then) * _SECOND
    yield line.found("words", two, firsts.take(near), lasts.take(then))


def _parts(readings: Sequence[Reading], line: _Line) -> Offsets:
    """A number for every part of a turn between polite padding, token by token; -1 within the padding."""
    parts = np.empty(len(line.of), dtype=np.intp)
    bounds = line.of.searchsorted(np.arange(len(readings) + 1)).tolist()
    part = 0
    for reading, (first, end) in zip(readings, pairwise(bounds), strict=True):
        at = first
        for start, stop in reading.padding:
            inside = bisect_left(line.starts, start, at, end)
            beyond = bisect_left(line.starts, stop, inside, end)
            parts[at:inside], parts[inside:beyond] = part, -1
            at, part = beyond, part + 1
        parts[at:end] = part
        part += 1
    return parts


def _with_sizes(line: _Line, numbers: Numbers) -> tuple[Keys, Offsets, Offsets]:
    """Words: numbers, first and last token of each. A written number is one word, named by its size."""
    words = np.arange(len(line.codes))
    runs = _runs(line, numbers.numeric)
    if not runs:
        return line.codes, words, words
    codes = line.codes.copy()
    kept = np.ones(len(codes), dtype=np.bool_)
    for first, last in runs:
        codes[first] = _code(bucket(numbers.value("".join(line.surfaces[first : last + 1]))))
        kept[first + 1 : last + 1] = False
    firsts = words[kept]
    lasts = words[-1:].repeat(len(firsts))
    lasts[:-1] = firsts[1:] - 1
    return codes.take(firsts), firsts, lasts


def _runs(line: _Line, numeric: frozenset[str]) -> list[list[int]]:
    """First and last token of every run of tokens without a gap that are written in these characters."""
    runs: list[list[int]] = []
    for at, surface in enumerate(line.surfaces):
        if surface[0] not in numeric or not numeric.issuperset(surface):
            continue
        before = at - 1
        if (
            runs
            and runs[-1][1] == before
            and line.ends[before] == line.starts[at]
            and line.of[before] == line.of[at]
        ):
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return runs


def _pairs(line: _Line, content: frozenset[str]) -> _Found:
    """Content words of one clause that stand near each other, whatever stands between them."""
    telling = np.fromiter(map(content.__contains__, line.pos), dtype=np.bool_, count=len(line.pos))
    places = telling.nonzero()[0]
    ends = [at for at, surface in enumerate(line.surfaces) if surface in STOPS]
    clauses = np.concatenate([ends, (line.of[1:] != line.of[:-1]).nonzero()[0]])
    clauses.sort()
    within = np.full(len(places) + PAIR_REACH, -1)  # beyond the last word are clauses of no word
    within[: len(places)] = clauses.searchsorted(places)
    near = np.arange(len(places))[:, None] + _REACH
    same = (within.take(near) == within[: len(places), None]).ravel().nonzero()[0]
    first, second = places.take(same // PAIR_REACH), places.take(near.ravel().take(same))
    numbers = line.codes.take(first) + line.codes.take(second) * _SECOND
    return line.found("pairs", numbers, first, second)
