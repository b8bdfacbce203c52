"""Decides which features a conversation has for the linear models; not what they weigh.

A feature is a number of 64 bits made from its characters or words. Training and serving make the same ones,
in columns, because a message has hundreds. No word of an example can be read from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.cues import Count, Cues, Numbers
from classifiers.reading import Reading
from classifiers.vocabulary import Keys, spread

Offsets = NDArray[np.intp]
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
_REACHES: Final = np.arange(1, PAIR_REACH + 1)
#: Clauses that no word belongs to, after the last word.
_BEYOND: Final = (-1,) * PAIR_REACH


class Found(NamedTuple):
    """Features of one turn and block: their numbers, not yet spread, with half-open offsets."""

    block: str
    numbers: Keys
    starts: Offsets
    ends: Offsets


class Occurrences(NamedTuple):
    """Features of conversations in their order, one entry per place; marks come last and stand nowhere."""

    keys: Keys
    conversations: Offsets
    #: The turn within the conversation, with half-open offsets there; -1 for a mark.
    turns: Offsets
    starts: Offsets
    ends: Offsets
    #: 1, or less in an earlier turn.
    weights: NDArray[np.float64]


def occurrences(conversations: Sequence[Sequence[Reading]], cues: Cues) -> Occurrences:
    """Every feature of conversations, turns oldest first."""
    parts: list[Found] = []
    facts: list[tuple[int, int, int, float]] = []
    for number, readings in enumerate(conversations):
        for turn, weight, found in _conversation(readings, cues):
            parts.append(found)
            facts.append((number, turn, len(found.numbers), weight))
    owners, turns, sizes, weights = zip(*facts, strict=True)
    blocks = np.array([_NUMBERS[part.block] for part in parts], dtype=np.uint64)
    return Occurrences(
        keys=spread(np.concatenate([part.numbers for part in parts]), np.repeat(blocks, sizes)),
        conversations=np.repeat(owners, sizes),
        turns=np.repeat(turns, sizes),
        starts=np.concatenate([part.starts for part in parts]),
        ends=np.concatenate([part.ends for part in parts]),
        weights=np.repeat(weights, sizes),
    )


def _conversation(readings: Sequence[Reading], cues: Cues) -> Iterator[tuple[int, float, Found]]:
    """Features of one conversation: the turn, what it weighs, and what was found."""
    last = len(readings) - 1
    for turn, reading in enumerate(readings):
        weight = 1.0 if turn == last else EARLIER_TURN
        line = line_of(reading)
        for found in (*grams(reading), *words(reading, line, cues.numbers), pairs(line, cues.content_pos)):
            yield turn, weight, found
        if turn and turn == last:
            for found in words(reading, line, cues.numbers):
                yield turn, weight, found._replace(block="late")
    marks = _codes(conversation_marks(readings))
    nowhere = np.zeros(len(marks), dtype=np.intp)
    yield -1, 1.0, Found("marks", marks, nowhere, nowhere)


def keys_of(block: str, names: Sequence[str]) -> Keys:
    """The keys of single words or marks."""
    return spread(_codes(names), np.uint64(_NUMBERS[block]))


@lru_cache(maxsize=65_536)
def _code(word: str) -> int:
    """The number of a word, the same in every process."""
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=8).digest())


def _codes(words: Sequence[str]) -> Keys:
    return np.array(list(map(_code, words)), dtype=np.uint64)


def conversation_marks(readings: Sequence[Reading]) -> list[str]:
    """Marks of a conversation; in several turns also whether they stand in the last or an earlier one."""
    marks: dict[str, None] = {f"turns:{min(len(readings), 3)}": None}
    for number, reading in enumerate(readings):
        place = "last " if number == len(readings) - 1 else "earlier "
        for name in turn_marks(reading):
            marks[name] = None
            if len(readings) > 1:
                marks[place + name] = None
    return list(marks)


def segments(reading: Reading) -> Iterator[tuple[int, int]]:
    """The parts of the text outside polite padding, half-open."""
    at = 0
    for start, end in reading.padding:
        if start > at:
            yield at, start
        at = end
    if at < len(reading.shape):
        yield at, len(reading.shape)


def grams(reading: Reading) -> Iterator[Found]:
    """Character n-grams, shorter ones first."""
    text = reading.shape.replace("\n", " ")
    for start, end in reading.padding:
        text = text[:start] + _GAP * (end - start) + text[end:]
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    before = np.concatenate([[0], np.cumsum(points == _GAP_POINT)]) if reading.padding else None
    numbers, count = points, len(points)
    offsets = np.arange(count + 1)
    for size in range(1, min(LONGEST_GRAM, count) + 1):
        if size > 1:
            numbers = numbers[:-1] | points[size - 1 :] << np.uint64(_CHARACTER_BITS * (size - 1))
        starts, ends = offsets[: count - size + 1], offsets[size:]
        if before is None:
            yield Found("chars", numbers, starts, ends)
        else:
            whole = np.flatnonzero(before[starts] == before[ends])
            yield Found("chars", numbers[whole], starts[whole], ends[whole])


class _Line(NamedTuple):
    """The words of a turn, column by column."""

    surfaces: Sequence[str]
    pos: Sequence[str]
    codes: Keys
    starts: Offsets
    ends: Offsets


def line_of(reading: Reading) -> _Line:
    """The words of a turn with their numbers."""
    if not reading.tokens:
        return _Line((), (), _codes(()), *np.zeros((2, 0), dtype=np.intp))
    surfaces, lemmas, pos, starts, ends = zip(*reading.tokens, strict=True)
    return _Line(surfaces, pos, _codes(lemmas), *np.array([starts, ends], dtype=np.intp))


def words(reading: Reading, line: _Line, numbers: Numbers) -> Iterator[Found]:
    """Dictionary forms, one and two at a time; numbers by their size only."""
    codes, starts, ends = _with_sizes(line, numbers)
    for start, end in segments(reading):
        first, last = (0, len(starts)) if not reading.padding else starts.searchsorted([start, end]).tolist()
        mine, begins, stops = codes[first:last], starts[first:last], ends[first:last]
        yield Found("words", mine, begins, stops)
        yield Found("words", mine[:-1] + mine[1:] * _SECOND, begins[:-1], stops[1:])


def _with_sizes(line: _Line, numbers: Numbers) -> tuple[Keys, Offsets, Offsets]:
    """Numbers and places of words where a written number is one word, named by its size."""
    runs = _numerals(line, numbers.numeric)
    if not runs:
        return line.codes, line.starts, line.ends
    codes, ends = line.codes.copy(), line.ends.copy()
    kept = np.ones(len(codes), dtype=np.bool_)
    for first, last in runs:
        codes[first] = _code(bucket(numbers.value("".join(line.surfaces[first : last + 1]))))
        ends[first] = ends[last]
        kept[first + 1 : last + 1] = False
    return codes[kept], line.starts[kept], ends[kept]


def _numerals(line: _Line, numeric: frozenset[str]) -> list[list[int]]:
    """First and last word of every number."""
    runs: list[list[int]] = []
    for at, surface in enumerate(line.surfaces):
        if surface[0] in numeric and numeric.issuperset(surface):
            if runs and runs[-1][1] == at - 1 and line.ends[at - 1] == line.starts[at]:
                runs[-1][1] = at
            else:
                runs.append([at, at])
    return runs


def pairs(line: _Line, content: frozenset[str]) -> Found:
    """Content words of one clause that stand near each other, whatever stands between them."""
    clause = 0
    kept: list[int] = []
    clauses: list[int] = []
    for at, pos in enumerate(line.pos):
        if pos in content:
            kept.append(at)
            clauses.append(clause)
        elif line.surfaces[at] in STOPS:
            clause += 1
    within = np.array([*clauses, *_BEYOND])
    count = len(kept)
    one, reach = (within[np.arange(count)[:, None] + _REACHES] == within[:count, None]).nonzero()
    places = np.array(kept, dtype=np.intp)
    first, second = places[one], places[one + reach + 1]
    numbers = line.codes[first] + line.codes[second] * _SECOND
    return Found("pairs", numbers, line.starts[first], line.ends[second])


def bucket(number: int) -> str:
    """How many, in the steps the guide knows: none, one, a few, more."""
    if number <= 1:
        return f"#{number}"
    return "#few" if number <= 10 else "#many"


def turn_marks(reading: Reading) -> set[str]:
    """Marks of one turn: cues, products and their families, counted people, length."""
    marks = {f"cue {cue.name}" for cue in reading.cues}
    marks.update(f"count {_count(count)}" for count in reading.counts)
    for mention in reading.mentions:
        marks.add(f"names {mention.entry.id}")
        marks.update(f"family {family}" for family in mention.entry.families)
    size = len(reading.shape)
    marks.add("long" if size > 120 else "middling" if size > 25 else "short")
    return marks


def _count(count: Count) -> str:
    return f"{count.unit} {bucket(count.number)}"
