"""Decides where the phrases of a data file occur in a text; not what they mean.

A phrase is literal text with three marks: `(a|b)` for alternatives, `(a|b)?` for the same or nothing, and the
ellipsis U+2026 for a gap of a few characters within one sentence. There are no regular expressions, so no
phrase an operator writes can run away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final, NamedTuple

from ahocorasick import Automaton

from classifiers.text.automaton import automaton_of

GAP: Final = "\u2026"
LONGEST_GAP: Final = 14
MOST_VARIANTS: Final = 512
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_SHORT_WORD: Final = 4
_GROUP: Final = re.compile(r"\(([^()]*)\)(\??)")
_STOPS: Final = re.compile("[\u3002!?\n]")
_LOOSE: Final = re.compile(r"[()|]")


class PhraseError(ValueError):
    """A phrase that cannot be used; the loader adds file and key."""


class Found(NamedTuple):
    """One occurrence: the phrase's name and half-open offsets."""

    name: str
    start: int
    end: int


#: Alternatives of one part between gaps.
_Part = tuple[str, ...]
#: A phrase's name, and the parts that must follow its beginning.
_Entry = tuple[str, tuple[_Part, ...]]
#: A literal that phrases begin with, whether that is with a Latin letter, and the phrases.
_Row = tuple[str, bool, tuple[_Entry, ...]]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Compiled phrases: all their first literals in one automaton, None where there are none."""

    beginnings: Automaton | None

    def find(self, text: str) -> list[Found]:
        """All occurrences in `text` (normalised and lower case) by start, the longer first, then by name."""
        if self.beginnings is None:
            return []
        found: list[tuple[int, int, str]] = []
        for last, (first, latin, phrases) in self.beginnings.iter(text):
            end = last + 1
            start = end - len(first)
            if latin and _inside_word(text, first, start):
                continue
            for name, rest in phrases:
                stop = _follow(text, end, rest) if rest else end
                if stop >= 0:
                    found.append((start, -stop, name))
        found.sort()
        return [Found(name, start, -stop) for start, stop, name in found]


def compile_phrases(phrases: Mapping[str, Iterable[str]]) -> Phrases:
    """Build the automaton from name → phrases. Raises PhraseError naming the phrase."""
    rows: dict[str, tuple[_Entry, ...]] = {}
    for name, patterns in phrases.items():
        for pattern in patterns:
            firsts, *rest = (_expand(part, pattern) for part in pattern.lower().split(GAP))
            entry = (name, tuple(rest))
            for first in firsts:
                if len(first) < 2:
                    raise PhraseError(f"{pattern!r} may begin with a single character")
                before = rows.get(first, ())
                if entry not in before:
                    rows[first] = (*before, entry)
    if not rows:
        return Phrases(None)
    table: dict[str, _Row] = {
        first: (first, first[0] in _LETTERS, entries) for first, entries in rows.items()
    }
    return Phrases(automaton_of(table, ("", False, ())))


def _inside_word(text: str, literal: str, start: int) -> bool:
    """True where a Latin literal is only part of a longer word; long ones may go on (`error` in `errors`)."""
    if start and text[start - 1] in _LETTERS:
        return True
    end = start + len(literal)
    return len(literal) <= _SHORT_WORD and literal[-1] in _LETTERS and text[end : end + 1] in _LETTERS


def _follow(text: str, end: int, rest: tuple[_Part, ...]) -> int:
    for part in rest:
        pattern, longest = _any_of(part)
        found = pattern.search(text, end, end + LONGEST_GAP + longest)
        if found is None or found.start() > end + LONGEST_GAP or _STOPS.search(text, end, found.start()):
            return -1
        end = found.end()
    return end


@lru_cache(maxsize=2_048)
def _any_of(part: _Part) -> tuple[re.Pattern[str], int]:
    """What finds the nearest of some literals, the longest of those that begin there; the longest of all."""
    longest_first = sorted(part, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), len(longest_first[0])


def _expand(part: str, pattern: str) -> _Part:
    variants = _variants(part, pattern)
    if len(variants) > MOST_VARIANTS:
        raise _too_many(pattern)
    if not all(variants):
        raise PhraseError(f"{pattern!r} has a part that can be empty")
    return tuple(dict.fromkeys(variants))


def _variants(part: str, pattern: str) -> Sequence[str]:
    if not _LOOSE.search(part):
        return (part,)
    # What stands between groups, then the inside of one and whether it may lack, in turns.
    pieces = _GROUP.split(part)
    if len(pieces) == 1:
        raise PhraseError(f"{pattern!r} has an unpaired bracket or bar near {part!r}")
    first, *between = pieces[::3]
    options = [[first]]
    for inside, optional, after in zip(pieces[1::3], pieces[2::3], between, strict=True):
        options += [inside.split("|") + ([""] if optional else []), [after]]
    if prod(map(len, options)) > MOST_VARIANTS:
        raise _too_many(pattern)
    variants = [*map("".join, product(*options))]
    if not any(map(_LOOSE.search, pieces[::3])):
        return variants
    return [made for variant in variants for made in _variants(variant, pattern)]  # groups within groups


def _too_many(pattern: str) -> PhraseError:
    return PhraseError(f"{pattern!r} has more than {MOST_VARIANTS} variants")
