"""Decides where known spellings stand in a text; not what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ahocorasick import Automaton

from classifiers.text.automaton import automaton_of

V = TypeVar("V")

#: Hyphens and dashes (not the long vowel mark), middle dots, spaces, brackets and quotes.
_SQUASH = re.compile(r"[\s\-\u2010-\u2015\u2212_\u30fb/()\[\]\u3010\u3011\u300c\u300d'\"]+")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_LATIN_WORD = re.compile(r"[a-z]+")
_LAST_LATIN_WORD = re.compile(r"(?<![a-z])[a-z]+(?=\s+$)")
_COUNT = re.compile(r"[0-9]{1,4} ?(.?)")
#: A name as long as this is the same with a version after it.
_LONG = 4
#: How far a word beside a name is looked for.
_NEAR = 14


@dataclass(frozen=True, slots=True)
class Beside:
    """What may stand beside a name without being part of a longer word, and what may not."""

    #: Particles of a text written in katakana only.
    katakana: frozenset[str] = frozenset()
    #: Particles in romaji, after a name and before one.
    romaji_after: frozenset[str] = frozenset()
    romaji_before: frozenset[str] = frozenset()
    #: What is counted by a number right after a name ("three Macs"), so that the number is no version.
    counters: frozenset[str] = frozenset()
    #: What makes a bare number beside it an amount, a date or a code instead of a name.
    amounts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, data: Mapping[str, list[str]]) -> Beside:
        """From lists of texts by field. Raises TypeError for a field that does not exist."""
        return cls(**{field: frozenset(words) for field, words in data.items()})


@dataclass(frozen=True, slots=True)
class _Alias(Generic[V]):
    text: str
    #: None for a phrase that only hides shorter aliases.
    value: V | None
    ambiguous: bool
    latin_start: bool
    latin_end: bool
    katakana_start: bool
    #: A short katakana word needs a boundary on its right, too.
    katakana_end: bool
    number: bool


class AliasIndex(Generic[V]):
    """Spellings with what they stand for, found in a text in one pass; the longest wins."""

    def __init__(self, beside: Beside | None = None) -> None:
        self._beside = beside or Beside()
        self._aliases: dict[str, list[_Alias[V]]] = {}
        #: Finds every alias; made when all are known.
        self._automaton: Automaton | None = None

    def add(self, alias: str, value: V | None, *, ambiguous: bool = False) -> set[str]:
        """Files an alias in all its spellings, which are returned; a value of None hides shorter ones.

        `ambiguous` marks Latin words of plain English, found only where no Latin word stands beside them.
        """
        spellings = {spelling for spelling in _spellings(alias) if len(spelling) >= 2}
        for spelling in spellings:
            self._aliases.setdefault(spelling, []).append(_alias(spelling, value, ambiguous))
        self._automaton = None
        return spellings

    def places(self, folded: str) -> Iterator[tuple[V | None, int, int]]:
        """What stands where in a folded text, left to right, without overlaps."""
        if not self._aliases:
            return
        automaton = self._automaton or self._compiled()
        found = [
            (last + 1 - len(alias.text), last + 1, alias)
            for last, aliases in automaton.iter(folded)
            for alias in aliases
        ]
        if not found:
            return
        particles = frozenset[str]() if _HIRAGANA.search(folded) else self._beside.katakana
        reached = 0
        for start, end, alias in sorted(found, key=_longest_first):
            if start >= reached and self._stands_alone(alias, folded, start, particles):
                reached = end
                yield alias.value, start, end

    def _compiled(self) -> Automaton:
        self._automaton = automaton_of(self._aliases, ())
        return self._automaton

    def _stands_alone(self, alias: _Alias[V], text: str, start: int, particles: frozenset[str]) -> bool:
        end = start + len(alias.text)
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if alias.latin_start and (_is_latin(before) or before == "@"):
            return False
        if alias.latin_end and (_is_letter(after) or self._is_version(text, start, end)):
            return False
        if (before == "_" or after == "_") and _in_constant(text, start, end):
            return False
        if alias.katakana_start and before not in particles and _KATAKANA.match(before):
            return False
        if alias.katakana_end and after not in particles and _KATAKANA.match(after):
            return False
        if alias.number and not self._beside.amounts.isdisjoint((before, after)):
            return False
        return not alias.ambiguous or not self._beside_latin(text, start, end)

    def _is_version(self, text: str, start: int, end: int) -> bool:
        """Whether a number follows that makes a short name another word ("PPT2")."""
        count = _COUNT.match(text, end)
        if count is None or end - start >= _LONG:
            return False
        return count[1] not in self._beside.counters or not _is_letter(text[end - 1])

    def _beside_latin(self, text: str, start: int, end: int) -> bool:
        after = _LATIN_WORD.match(text[end : end + _NEAR].lstrip())
        particle = after is not None and after[0] in self._beside.romaji_after
        if after is not None and not particle:
            return True
        before = _LAST_LATIN_WORD.search(text[max(start - _NEAR, 0) : start])
        if before is not None:
            return not particle and before[0] not in self._beside.romaji_before
        return _is_letter(text[:start].rstrip()[-1:]) and not particle


def _longest_first(found: tuple[int, int, object]) -> tuple[int, int]:
    return found[0], -found[1]


def fold(text: str) -> str:
    """The text in one width and case."""
    return unicodedata.normalize("NFKC", text).lower()


def squash(text: str) -> str:
    """The folded text without spaces, hyphens, brackets and quotes."""
    return _SQUASH.sub("", fold(text))


def fold_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """Folded text and, unless its offsets are the same, the original offset of each folded character."""
    lowered = text.lower()
    if len(lowered) == len(text) and unicodedata.is_normalized("NFKC", lowered):
        return lowered, None
    folded: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        # Half-width voicing marks and combining marks belong to the character before them.
        while end < len(text) and (text[end] in "\uff9e\uff9f" or unicodedata.combining(text[end])):
            end += 1
        part = fold(text[at:end])
        folded.append(part)
        offsets.extend([at] * len(part))
        at = end
    offsets.append(len(text))
    return "".join(folded), offsets


def _alias(spelling: str, value: V | None, ambiguous: bool) -> _Alias[V]:
    return _Alias(
        text=spelling,
        value=value,
        ambiguous=ambiguous,
        latin_start=_is_latin(spelling[0]),
        latin_end=_is_latin(spelling[-1]),
        katakana_start=bool(_KATAKANA.match(spelling)),
        katakana_end=bool(_KATAKANA.fullmatch(spelling)) and len(spelling) <= 3,
        number=spelling.isdigit(),
    )


def _in_constant(text: str, start: int, end: int) -> bool:
    """Whether the name is one part of a word like STATUS_ACCESS_VIOLATION."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    return (before[1:] == "_" and _is_latin(before[0])) or (after[:1] == "_" and _is_latin(after[1:2] or " "))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _spellings(alias: str) -> set[str]:
    folded = fold(alias)
    spellings = {folded, folded.replace(" ", ""), folded.replace(" ", "-"), folded.replace(" ", "\u30fb")}
    if _KATAKANA.fullmatch(folded) and len(folded) >= 4:
        spellings.add("".join(chr(ord(c) - 0x60) if c != "\u30fc" else c for c in folded))
    return spellings
