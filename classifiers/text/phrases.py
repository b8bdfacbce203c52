"""Decides where the phrases of a data file occur in a text; not what they mean.

A phrase is literal text with two marks: `(a|b)` for alternatives (an empty one allowed) and the ellipsis
U+2026 for a gap of a few characters within one clause. There are no regular expressions, so no phrase an
operator writes can take more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

GAP: Final = "\u2026"
LONGEST_GAP: Final = 14
MOST_VARIANTS: Final = 512
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_STOPS: Final = re.compile("[\u3002!?\n]")


class PhraseError(ValueError):
    """A phrase that cannot be used; the loader adds file and key."""


class Found(NamedTuple):
    """One occurrence: the phrase's name and half-open offsets."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrases:
    """Compiled phrases, indexed by their first literal part."""

    index: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]

    def find(self, text: str) -> list[Found]:
        """All occurrences in `text` (normalised and lower case), in order of the text."""
        found = [
            Found(name, start, end)
            for first, rows in self.index
            if first in text
            for start in _starts(text, first)
            for name, rest in rows
            if (end := _follow(text, start + len(first), rest)) >= 0
        ]
        found.sort(key=_by_position)
        return found


def compile_phrases(phrases: Mapping[str, Iterable[str]]) -> Phrases:
    """Build the index from name → phrases. Raises PhraseError naming the phrase."""
    index: dict[str, dict[tuple[str, tuple[str, ...]], None]] = {}
    for name, patterns in phrases.items():
        for pattern in patterns:
            for variant in _expand(pattern):
                first, *rest = _parts(variant, pattern)
                index.setdefault(first, {})[(name, tuple(rest))] = None
    return Phrases(tuple((first, tuple(rows)) for first, rows in index.items()))


def _by_position(found: Found) -> tuple[int, int]:
    return found.start, -found.end


def _starts(text: str, literal: str) -> list[int]:
    starts, at = [], text.find(literal)
    while at >= 0:
        starts.append(at)
        at = text.find(literal, at + 1)
    return starts


def _follow(text: str, end: int, rest: tuple[str, ...]) -> int:
    for part in rest:
        at = text.find(part, end, end + LONGEST_GAP + len(part))
        if at < 0 or _STOPS.search(text, end, at):
            return -1
        end = at + len(part)
    return end


def _expand(pattern: str) -> list[str]:
    variants = [pattern.lower()]
    while any("(" in variant for variant in variants):
        variants = [made for variant in variants for made in _open_group(variant, pattern)]
        if len(variants) > MOST_VARIANTS:
            raise PhraseError(f"{pattern!r} has more than {MOST_VARIANTS} variants")
    return variants


def _open_group(variant: str, pattern: str) -> list[str]:
    group = _GROUP.search(variant)
    if group is None:
        if "(" in variant:
            raise PhraseError(f"{pattern!r} has an open bracket")
        return [variant]
    return [variant[: group.start()] + choice + variant[group.end() :] for choice in group[1].split("|")]


def _parts(variant: str, pattern: str) -> list[str]:
    if ")" in variant or "|" in variant:
        raise PhraseError(f"{pattern!r} has an unpaired bracket or bar")
    parts = variant.split(GAP)
    if not all(parts):
        raise PhraseError(f"{pattern!r} begins or ends with a gap")
    return parts
