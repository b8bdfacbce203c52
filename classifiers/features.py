"""Decides which features a conversation has for the linear models; not what they weigh."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from classifiers.cues import Count, Cues, Numbers
from classifiers.reading import Reading
from classifiers.text.tokenise import Token

#: Longest character n-gram.
LONGEST_GRAM: Final = 3
#: Weight of the words of earlier turns; the last turn counts 1.
EARLIER_TURN: Final = 0.8
#: A word is paired with this many content words after it in its clause.
PAIR_REACH: Final = 4
#: Text blocks with the length that each has beside the others (chosen by cross-validation).
SCALES: Final[Mapping[str, float]] = {"chars": 1.0, "words": 1.0, "pairs": 0.8, "late": 0.5}
#: What a mark weighs beside them.
MARK_SCALE: Final = 0.1
_STOPS: Final = frozenset("\u3002!?\n\u3001")


class Located(NamedTuple):
    """Features of one turn with their half-open places in the normalised text, column by column."""

    names: list[str]
    starts: list[int]
    ends: list[int]


def count(readings: Sequence[Reading], cues: Cues, block: str) -> dict[str, float]:
    """Weighted counts of a text block over a conversation, oldest turn first."""
    counts: dict[str, float] = {}
    for reading, weight in block_turns(readings, block):
        for name, number in Counter(LOCATED[block](reading, cues).names).items():
            counts[name] = counts.get(name, 0.0) + weight * number
    return counts


def block_turns(readings: Sequence[Reading], block: str) -> list[tuple[Reading, float]]:
    """The turns that a block reads, each with its weight: `late` reads the last of several."""
    if block == "late":
        return [(readings[-1], 1.0)] if len(readings) > 1 else []
    return [(reading, EARLIER_TURN) for reading in readings[:-1]] + [(readings[-1], 1.0)]


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


def _add(total: Counter[str], turn: Counter[str], weight: float) -> None:
    if weight == 1.0:
        total.update(turn)
        return
    for name, count in turn.items():
        total[name] += weight * count  # type: ignore[assignment]


def segments(reading: Reading) -> Iterator[tuple[int, int]]:
    """The parts of the text outside polite padding, half-open."""
    at = 0
    for start, end in reading.padding:
        if start > at:
            yield at, start
        at = end
    if at < len(reading.shape):
        yield at, len(reading.shape)


def grams(reading: Reading, _cues: Cues) -> Located:
    """Character n-grams, shorter ones first."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in segments(reading):
        text = reading.shape[start:end].replace("\n", " ")
        for size in range(1, min(LONGEST_GRAM, end - start) + 1):
            places = range(end - start - size + 1)
            names.extend([text[at : at + size] for at in places])
            starts.extend(range(start, start + len(places)))
            ends.extend(range(start + size, start + size + len(places)))
    return Located(names, starts, ends)


def words(reading: Reading, cues: Cues) -> Located:
    """Dictionary forms, one and two at a time; numbers by their size only."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in segments(reading):
        tokens = [token for token in reading.tokens if start <= token.start < end]
        line = _with_sizes(tokens, cues.numbers)
        names += [name for name, _, _ in line]
        names += [f"{a[0]} {b[0]}" for a, b in pairwise(line)]
        starts += [begin for _, begin, _ in line]
        starts += starts[len(starts) - len(line) : len(starts) - 1] if line else []
        stops = [stop for _, _, stop in line]
        ends += stops + stops[1:]
    return Located(names, starts, ends)


def pairs(reading: Reading, cues: Cues) -> Located:
    """Content words of one clause that stand near each other, whatever stands between them."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    clause: list[Token] = []
    for token in reading.tokens:
        if token.surface in _STOPS:
            clause = []
        elif token.pos in cues.content_pos:
            near = clause[-PAIR_REACH:]
            names += [f"{before.lemma} {token.lemma}" for before in near]
            starts += [before.start for before in near]
            ends += [token.end] * len(near)
            clause.append(token)
    return Located(names, starts, ends)


LOCATED: Final[Mapping[str, Callable[[Reading, Cues], Located]]] = {
    "chars": grams,
    "words": words,
    "pairs": pairs,
    "late": words,
}


def _with_sizes(tokens: Sequence[Token], numbers: Numbers) -> list[tuple[str, int, int]]:
    line: list[tuple[str, int, int]] = []
    run: list[Token] = []
    for token in tokens:
        surface = token.surface
        if surface[0] in numbers.numeric and numbers.numeric.issuperset(surface):
            if run and run[-1].end != token.start:
                line.append(_size(run, numbers))
                run = []
            run.append(token)
            continue
        if run:
            line.append(_size(run, numbers))
            run = []
        line.append((token.lemma, token.start, token.end))
    if run:
        line.append(_size(run, numbers))
    return line


def _size(run: Sequence[Token], numbers: Numbers) -> tuple[str, int, int]:
    value = numbers.value("".join(token.surface for token in run))
    return bucket(value), run[0].start, run[-1].end


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
