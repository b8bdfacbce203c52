"""Decides which features a conversation has for the linear models; not what they weigh."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from classifiers.cues import Count, Numbers
from classifiers.reading import Reading
from classifiers.text.tokenise import Token

#: Longest character n-gram.
LONGEST_GRAM: Final = 4
#: Weight of the words of earlier turns; the last turn counts 1.
EARLIER_TURN: Final = 0.6
BLOCKS: Final = ("chars", "words", "marks")


class Features(NamedTuple):
    """Feature → weighted count, by block."""

    chars: Mapping[str, float]
    words: Mapping[str, float]
    #: Cues, products, counts and the form of the conversation, each 1.
    marks: Mapping[str, float]


class Occurrence(NamedTuple):
    """A feature at a place of the normalised text, half-open."""

    name: str
    start: int
    end: int


def extract(readings: Sequence[Reading], numbers: Numbers) -> Features:
    """Features of a conversation, oldest turn first."""
    chars: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for number, reading in enumerate(readings):
        weight = 1.0 if number == len(readings) - 1 else EARLIER_TURN
        _add(chars, Counter(grams(reading)), weight)
        _add(words, Counter(occurrence.name for occurrence in word_occurrences(reading, numbers)), weight)
    return Features(chars, words, dict.fromkeys(conversation_marks(readings), 1.0))


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


def grams(reading: Reading) -> list[str]:
    """Character n-grams of one turn in the order of their lengths and places."""
    found: list[str] = []
    for start, end in segments(reading):
        text = reading.shape[start:end].replace("\n", " ")
        found.extend(text)
        for size in range(2, LONGEST_GRAM + 1):
            found.extend([text[at : at + size] for at in range(len(text) - size + 1)])
    return found


def word_occurrences(reading: Reading, numbers: Numbers) -> list[Occurrence]:
    """Dictionary forms, one and two at a time; numbers by their size only."""
    found: list[Occurrence] = []
    for start, end in segments(reading):
        tokens = [token for token in reading.tokens if start <= token.start < end]
        line = list(_with_sizes(tokens, numbers))
        found.extend(line)
        found.extend(Occurrence(f"{a.name} {b.name}", a.start, b.end) for a, b in pairwise(line))
    return found


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
