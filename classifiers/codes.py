"""Decides how text features of many conversations are looked up at once, as numbers; not which there are.

`features` names every feature for training. Here the same features are made as integers, without a string for
each, and found in sorted tables: an order of magnitude fewer steps on a message's way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.cues import Cues
from classifiers.features import EARLIER_TURN, LONGEST_GRAM, PAIR_REACH, STOPS, lemma_line, segments
from classifiers.reading import Reading

Ints = NDArray[np.int64]
#: A character and a word that no table holds; they stand between texts.
_GAP: Final = "\U0010ffff"
_NO_WORD: Final = 2**31 - 1
_CHARACTER_BITS: Final = 21
_WORD_BITS: Final = 31
_NEWLINE, _SPACE = ord("\n"), ord(" ")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Feature numbers in order, with their rows of the weight matrix."""

    keys: Ints
    rows: Ints

    @classmethod
    def of(cls, entries: Mapping[int, int]) -> Table:
        """Build from number → row."""
        keys = np.array(sorted(entries), dtype=np.int64)
        rows = np.array([entries[key] for key in keys.tolist()], dtype=np.int64)
        return cls(keys=keys, rows=rows)

    def find(self, numbers: Ints) -> Ints:
        """The row of every number, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(numbers), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, numbers), len(self.keys) - 1)
        return np.where(self.keys[at] == numbers, self.rows[at], -1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The vocabularies of the text blocks as numbers."""

    words: Mapping[str, int]
    blocks: Mapping[str, Table]

    @classmethod
    def of(cls, vocabularies: Mapping[str, Mapping[str, int]]) -> Tables:
        """Build from block → feature → row, as training names the features."""
        words: dict[str, int] = {}
        blocks = {
            "chars": Table.of({_gram(name): row for name, row in vocabularies["chars"].items() if name})
        }
        for block in ("words", "pairs", "late"):
            blocks[block] = Table.of(
                {_phrase(name, words): row for name, row in vocabularies[block].items() if name}
            )
        return cls(words=words, blocks=blocks)


def _gram(name: str) -> int:
    return sum(ord(char) << (_CHARACTER_BITS * place) for place, char in enumerate(name))


def _phrase(name: str, words: dict[str, int]) -> int:
    first, _, second = name.partition(" ")
    number = words.setdefault(first, len(words) + 1)  # 0 is what a single word has in the second place
    return number | words.setdefault(second, len(words) + 1) << _WORD_BITS if second else number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occurrences:
    """Places where known text features stand, conversation by conversation."""

    rows: Ints
    conversations: Ints
    turns: Ints
    starts: Ints
    ends: Ints
    #: 1, or less in an earlier turn.
    weights: NDArray[np.float64]

    def of(self, conversation: int) -> Occurrences:
        """Those of one conversation."""
        first, last = np.searchsorted(self.conversations, [conversation, conversation + 1])
        return self._pick(slice(first, last))

    def _pick(self, part: Any) -> Occurrences:
        return Occurrences(
            rows=self.rows[part],
            conversations=self.conversations[part],
            turns=self.turns[part],
            starts=self.starts[part],
            ends=self.ends[part],
            weights=self.weights[part],
        )


def occurrences(conversations: Sequence[Sequence[Reading]], cues: Cues, tables: Tables) -> Occurrences:
    """Every place of a known text feature in conversations, turns oldest first."""
    turns = [reading for each in conversations for reading in each]
    owners = [number for number, each in enumerate(conversations) for _ in each]
    last = np.array([at == len(each) for each in conversations for at in range(1, len(each) + 1)])
    line = _Line.of([_words(reading, cues, tables.words) for reading in turns])
    near = _Line.of([_content(reading, cues, tables.words) for reading in turns])
    kinds = {"chars": _grams(turns), "words": line.phrases(), "pairs": near.pairs()}
    if len(turns) > len(conversations):
        several = np.array([len(each) > 1 for each in conversations for _ in each])
        kinds["late"] = line.of_turns(last & several).phrases()
    rows = np.concatenate([tables.blocks[name].find(found[0]) for name, found in kinds.items()])
    known = np.flatnonzero(rows >= 0)
    turn, starts, ends = (np.concatenate([found[at] for found in kinds.values()])[known] for at in (1, 2, 3))
    number = np.array(owners, dtype=np.int64)[turn]
    found = Occurrences(
        rows=rows[known],
        conversations=number,
        turns=turn - np.searchsorted(owners, number),
        starts=starts,
        ends=ends,
        weights=np.where(last[turn], 1.0, EARLIER_TURN),
    )
    return found if len(conversations) == 1 else found._pick(np.argsort(number, kind="stable"))


#: Numbers, turns, starts and ends of features of one kind, known or not.
_Found = tuple[Ints, Ints, Ints, Ints]


def _joined(parts: Sequence[_Found]) -> _Found:
    numbers, turns, starts, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    return numbers, turns, starts, ends


def _grams(turns: Sequence[Reading]) -> _Found:
    parts = [
        (reading.shape[start:end], turn, start)
        for turn, reading in enumerate(turns)
        for start, end in segments(reading)
    ]
    text = _GAP.join([text for text, _, _ in parts]) + _GAP
    points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.int64)
    points[points == _NEWLINE] = _SPACE
    sizes = np.array([len(text) + 1 for text, _, _ in parts] or [1])
    turn = np.repeat(np.array([turn for _, turn, _ in parts] or [0], dtype=np.int64), sizes)
    shift = np.array([start for _, _, start in parts] or [0]) + sizes - np.cumsum(sizes)
    starts = np.arange(len(points)) + np.repeat(shift, sizes)
    numbers, found = points, [(points, turn, starts, starts + 1)]
    for size in range(2, min(LONGEST_GRAM, len(points)) + 1):
        count = len(points) - size + 1
        numbers = numbers[:count] | points[size - 1 :] << (_CHARACTER_BITS * (size - 1))
        found.append((numbers, turn[:count], starts[:count], starts[:count] + size))
    return _joined(found)


#: A turn's words as numbers, with what must be equal for neighbours and their places.
_Turn = tuple[list[int], list[int], list[int], list[int]]


def _words(reading: Reading, cues: Cues, words: Mapping[str, int]) -> _Turn:
    numbers: list[int] = []
    parts: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for part, (start, end) in enumerate(segments(reading)):
        lemmas, begins, stops = lemma_line(reading, start, end, cues.numbers)
        numbers += [words.get(lemma, _NO_WORD) for lemma in lemmas]
        parts += [part] * len(lemmas)
        starts += begins
        ends += stops
    return numbers, parts, starts, ends


def _content(reading: Reading, cues: Cues, words: Mapping[str, int]) -> _Turn:
    numbers: list[int] = []
    clauses: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    clause, content = 0, cues.content_pos
    for surface, lemma, pos, start, end in reading.tokens:
        if pos in content:
            numbers.append(words.get(lemma, _NO_WORD))
            clauses.append(clause)
            starts.append(start)
            ends.append(end)
        elif surface in STOPS:
            clause += 1
    return numbers, clauses, starts, ends


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Words of many turns one after the other; `parts` differ where two are no neighbours."""

    words: Ints
    turns: Ints
    parts: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, turns: Sequence[_Turn]) -> _Line:
        columns: tuple[list[int], ...] = ([], [], [], [])
        sizes = []
        before = 0
        for words, parts, starts, ends in turns:
            columns[0].extend(words)
            columns[1].extend([before + part for part in parts])
            columns[2].extend(starts)
            columns[3].extend(ends)
            sizes.append(len(words))
            before = columns[1][-1] + 1 if columns[1] else 0  # no part reaches from turn to turn
        table = np.array(columns, dtype=np.int64)
        return cls(table[0], np.repeat(np.arange(len(turns)), sizes), table[1], table[2], table[3])

    def of_turns(self, wanted: NDArray[np.bool_]) -> _Line:
        kept = wanted[self.turns]
        return _Line(self.words[kept], self.turns[kept], self.parts[kept], self.starts[kept], self.ends[kept])

    def phrases(self) -> _Found:
        """Single words, and two that follow each other."""
        return _joined([(self.words, self.turns, self.starts, self.ends), self._beside(1)])

    def pairs(self) -> _Found:
        """Words that stand near each other."""
        return _joined([self._beside(reach) for reach in range(1, PAIR_REACH + 1)])

    def _beside(self, reach: int) -> _Found:
        together = np.flatnonzero(self.parts[:-reach] == self.parts[reach:])
        after = together + reach
        numbers = self.words[together] | self.words[after] << _WORD_BITS
        return numbers, self.turns[after], self.starts[together], self.ends[after]
