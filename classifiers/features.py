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
LONGEST_GRAM: Final = 4
#: Weight of the words of earlier turns; the last turn counts 1.
EARLIER_TURN: Final = 0.8
#: A word is paired with this many content words after it in its clause.
PAIR_REACH: Final = 4
#: Text blocks with the length that each has beside the others (chosen by cross-validation).
SCALES: Final[Mapping[str, float]] = {"chars": 1.0, "words": 1.0, "pairs": 0.8, "late": 0.5}
#: What a mark weighs beside them.
MARK_SCALE: Final = 0.1
_STOPS: Final = frozenset("\u3002!?\n\u3001")


class Occurrence(NamedTuple):
    """A feature at a place of the normalised text, half-open."""

    name: str
    start: int
    end: int


#: Features of one turn, in order of the text.
Located = Callable[[Reading, Cues], Sequence[Occurrence]]


def count(readings: Sequence[Reading], cues: Cues, block: str) -> dict[str, float]:
    """Weighted counts of a text block over a conversation, oldest turn first."""
    counts: dict[str, float] = {}
    for reading, weight in block_turns(readings, block):
        for name, number in Counter(occurrence.name for occurrence in LOCATED[block](reading, cues)).items():
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


def grams(reading: Reading, _cues: Cues) -> list[Occurrence]:
    """Character n-grams, shorter ones first."""
    found: list[Occurrence] = []
    for start, end in segments(reading):
        text = reading.shape[start:end].replace("\n", " ")
        for size in range(1, LONGEST_GRAM + 1):
            found.extend(
                Occurrence(text[at : at + size], start + at, start + at + size)
                for at in range(len(text) - size + 1)
            )
    return found


def words(reading: Reading, cues: Cues) -> list[Occurrence]:
    """Dictionary forms, one and two at a time; numbers by their size only."""
    found: list[Occurrence] = []
    for start, end in segments(reading):
        line = list(
            _with_sizes([token for token in reading.tokens if start <= token.start < end], cues.numbers)
        )
        found.extend(line)
        found.extend(Occurrence(f"{a.name} {b.name}", a.start, b.end) for a, b in pairwise(line))
    return found


def pairs(reading: Reading, cues: Cues) -> list[Occurrence]:
    """Content words of one clause that stand near each other, whatever stands between them."""
    found: list[Occurrence] = []
    clause: list[Token] = []
    for token in reading.tokens:
        if token.surface in _STOPS:
            clause = []
        elif token.pos in cues.content_pos:
            found.extend(
                Occurrence(f"{before.lemma} {token.lemma}", before.start, token.end)
                for before in clause[-PAIR_REACH:]
            )
            clause.append(token)
    return found


LOCATED: Final[Mapping[str, Located]] = {"chars": grams, "words": words, "pairs": pairs, "late": words}


def _with_sizes(tokens: Sequence[Token], numbers: Numbers) -> Iterator[Occurrence]:
    run: list[Token] = []
    for token in tokens:
        if all(char in numbers.numeric for char in token.surface) and (not run or run[-1].end == token.start):
            run.append(token)
            continue
        if run:
            yield _size(run, numbers)
            run = []
        yield Occurrence(token.lemma, token.start, token.end)
    if run:
        yield _size(run, numbers)


def _size(run: Sequence[Token], numbers: Numbers) -> Occurrence:
    value = numbers.value("".join(token.surface for token in run))
    return Occurrence(bucket(value), run[0].start, run[-1].end)


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
