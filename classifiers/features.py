"""Decides which features a conversation has for the linear models; not what they weigh."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import add
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
#: What a mark weighs beside them, before its rarity.
MARK_SCALE: Final = 0.03
#: What ends a clause.
STOPS: Final = frozenset("\u3002!?\n\u3001")


def count(readings: Sequence[Reading], cues: Cues, block: str) -> dict[str, float]:
    """Weighted counts of a text block over a conversation, oldest turn first."""
    counts: dict[str, float] = {}
    for _, reading, weight in block_turns(readings, block):
        for name, number in Counter(TEXT_BLOCKS[block](reading, cues).names).items():
            counts[name] = counts.get(name, 0.0) + weight * number
    return counts


def block_turns(readings: Sequence[Reading], block: str) -> list[tuple[int, Reading, float]]:
    """The turns that a block reads, by number, each with its weight: `late` reads the last of several."""
    last = len(readings) - 1
    if block == "late":
        return [(last, readings[last], 1.0)] if last else []
    return [(turn, reading, 1.0 if turn == last else EARLIER_TURN) for turn, reading in enumerate(readings)]


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


class Found(NamedTuple):
    """Features of one turn by name, each with half-open offsets; in columns because there are hundreds."""

    names: list[str]
    starts: list[int]
    ends: list[int]


def grams(reading: Reading, _cues: Cues) -> Found:
    """Character n-grams, shorter ones first."""
    found = Found([], [], [])
    for start, end in segments(reading):
        text = reading.shape[start:end].replace("\n", " ")
        longer: Sequence[str] = text
        for size in range(1, LONGEST_GRAM + 1):
            if size > 1:
                longer = list(map(add, longer, text[size - 1 :]))
            found.names.extend(longer)
            found.starts.extend(range(start, start + len(longer)))
            found.ends.extend(range(start + size, start + size + len(longer)))
    return found


def words(reading: Reading, cues: Cues) -> Found:
    """Dictionary forms, one and two at a time; numbers by their size only."""
    found = Found([], [], [])
    for start, end in segments(reading):
        lemmas, starts, ends = lemma_line(reading, start, end, cues.numbers)
        found.names.extend(lemmas)
        found.names.extend([f"{before} {after}" for before, after in pairwise(lemmas)])
        found.starts.extend(starts + starts[:-1])
        found.ends.extend(ends + ends[1:])
    return found


def pairs(reading: Reading, cues: Cues) -> Found:
    """Content words of one clause that stand near each other, whatever stands between them."""
    found = Found([], [], [])
    names, starts, ends = found
    content = cues.content_pos
    clause: list[tuple[str, int]] = []
    for surface, lemma, pos, start, end in reading.tokens:
        if pos in content:
            for before, begin in clause:
                names.append(f"{before} {lemma}")
                starts.append(begin)
                ends.append(end)
            clause.append((lemma, start))
            if len(clause) > PAIR_REACH:
                del clause[0]
        elif surface in STOPS:
            clause = []
    return found


#: The text features of a turn, for training and on a message's way.
TEXT_BLOCKS: Final[Mapping[str, Callable[[Reading, Cues], Found]]] = {
    "chars": grams,
    "words": words,
    "pairs": pairs,
    "late": words,
}


def lemma_line(
    reading: Reading, start: int, end: int, numbers: Numbers
) -> tuple[list[str], list[int], list[int]]:
    """Dictionary forms between two offsets with their places; a number is one word, named by its size."""
    tokens = [token for token in reading.tokens if start <= token[3] < end]
    lemmas = [token[1] for token in tokens]
    starts = [token[3] for token in tokens]
    ends = [token[4] for token in tokens]
    for first, last in reversed(_numerals(tokens, numbers.numeric)):
        written = "".join(token.surface for token in tokens[first : last + 1])
        lemmas[first : last + 1] = [bucket(numbers.value(written))]
        del starts[first + 1 : last + 1], ends[first:last]
    return lemmas, starts, ends


def _numerals(tokens: Sequence[Token], numeric: frozenset[str]) -> list[list[int]]:
    """First and last token of every number."""
    runs: list[list[int]] = []
    for at, token in enumerate(tokens):
        surface = token[0]
        if surface[0] in numeric and numeric.issuperset(surface):
            if runs and runs[-1][1] == at - 1 and tokens[at - 1].end == token.start:
                runs[-1][1] = at
            else:
                runs.append([at, at])
    return runs


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
