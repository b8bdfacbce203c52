"""Decides how text features of many conversations are looked up at once, as numbers; not which there are.

`features` names every feature for training. Here the same features are made as integers, without a string for
each, and found in sorted tables: an order of magnitude fewer steps on a message's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    turns = [
        (reading, number, at) for number, each in enumerate(conversations) for at, reading in enumerate(each)
    ]
    last = np.array([at == len(conversations[number]) - 1 for _, number, at in turns])
    found = _grams(turns, tables.blocks["chars"])
    line = _Line.of([_words(reading, cues, tables.words) for reading, _, _ in turns])
    found += line.phrases(tables.blocks["words"])
    late = line.of_turns(last & np.array([at > 0 for _, _, at in turns]))
    later = late.phrases(tables.blocks["late"]) if len(late.words) else []
    clauses = _Line.of([_content(reading, cues, tables.words) for reading, _, _ in turns])
    found += clauses.pairs(tables.blocks["pairs"]) + later
    rows, turn, starts, ends = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.flatnonzero(rows >= 0)
    number = np.array([number for _, number, _ in turns], dtype=np.int64)[turn[order]]
    if len(conversations) > 1:
        within = np.argsort(number, kind="stable")
        order, number = order[within], number[within]
    return Occurrences(
        rows=rows[order],
        conversations=number,
        turns=np.array([at for _, _, at in turns], dtype=np.int64)[turn[order]],
        starts=starts[order],
        ends=ends[order],
        weights=np.where(last[turn[order]], 1.0, EARLIER_TURN),
    )


#: Rows (-1: unknown), turns, starts and ends of features of one kind.
_Found = list[tuple[Ints, Ints, Ints, Ints]]


def _grams(turns: Sequence[tuple[Reading, int, int]], table: Table) -> _Found:
    parts = [
        (reading.shape[start:end], turn, start)
        for turn, (reading, _, _) in enumerate(turns)
        for start, end in segments(reading)
    ]
    text = _GAP.join(text for text, _, _ in parts) + _GAP
    points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.int64)
    points[points == _NEWLINE] = _SPACE
    sizes = np.array([len(text) + 1 for text, _, _ in parts] or [1])
    before = np.cumsum(sizes) - sizes
    turn = np.repeat(np.array([turn for _, turn, _ in parts] or [0], dtype=np.int64), sizes)
    shift = np.array([start for _, _, start in parts] or [0]) - before
    starts = np.arange(len(points)) + np.repeat(shift, sizes)
    found = []
    numbers = points
    for size in range(1, LONGEST_GRAM + 1):
        if size > 1:
            numbers = numbers[:-1] | points[size - 1 :] << (_CHARACTER_BITS * (size - 1))
        count = len(numbers)
        found.append((table.find(numbers), turn[:count], starts[:count], starts[:count] + size))
    return found


#: A turn's words as numbers, with what must be equal for neighbours and their places.
_Turn = tuple[Iterable[int], Iterable[int], Iterable[int], Iterable[int]]


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
        columns: tuple[list[int], ...] = ([], [], [], [], [])
        for number, turn in enumerate(turns):
            before = len(columns[0])
            for column, values in zip((columns[0], *columns[2:]), turn, strict=True):
                column.extend(values)
            columns[1].extend([number] * (len(columns[0]) - before))
        return cls(*(np.array(column, dtype=np.int64) for column in columns))

    def of_turns(self, wanted: NDArray[np.bool_]) -> _Line:
        kept = wanted[self.turns]
        return _Line(self.words[kept], self.turns[kept], self.parts[kept], self.starts[kept], self.ends[kept])

    def phrases(self, table: Table) -> _Found:
        """Single words, and two that follow each other."""
        return [(table.find(self.words), self.turns, self.starts, self.ends), self._beside(1, table)]

    def pairs(self, table: Table) -> _Found:
        """Words that stand near each other."""
        return [self._beside(reach, table) for reach in range(1, PAIR_REACH + 1)]

    def _beside(self, reach: int, table: Table) -> tuple[Ints, Ints, Ints, Ints]:
        together = (self.turns[:-reach] == self.turns[reach:]) & (self.parts[:-reach] == self.parts[reach:])
        before, after = self.words[:-reach][together], self.words[reach:][together]
        rows = table.find(before | after << _WORD_BITS)
        return rows, self.turns[reach:][together], self.starts[:-reach][together], self.ends[reach:][together]
