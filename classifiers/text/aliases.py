"""Decides where known spellings stand in a text; not what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add
from typing import Generic, TypeVar

V = TypeVar("V")

#: Hyphens and dashes (not the long vowel mark), middle dots, spaces, brackets and quotes.
_SQUASH = re.compile(r"[\s\-\u2010-\u2015\u2212_\u30fb/()\[\]\u3010\u3011\u300c\u300d'\"]+")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+")


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


class AliasIndex(Generic[V]):
    """Spellings with what they stand for, found in a text in one pass; the longest wins."""

    def __init__(self) -> None:
        self._buckets: dict[str, list[_Alias[V]]] = {}

    def add(self, alias: str, value: V | None, *, ambiguous: bool = False) -> set[str]:
        """Files an alias in all its spellings, which are returned; a value of None hides shorter ones.

        `ambiguous` marks Latin words of plain English, found only where no Latin word stands beside them.
        """
        spellings = {spelling for spelling in _spellings(alias) if len(spelling) >= 2}
        for spelling in spellings:
            bucket = self._buckets.setdefault(spelling[:2], [])
            bucket.append(_alias(spelling, value, ambiguous))
            bucket.sort(key=lambda item: len(item.text), reverse=True)
        return spellings

    def places(self, folded: str) -> Iterator[tuple[V | None, int, int]]:
        """What stands where in a folded text, left to right, without overlaps."""
        end = 0
        buckets = self._buckets
        for at in [at for at, pair in enumerate(map(add, folded, folded[1:])) if pair in buckets]:
            if at < end:
                continue
            alias = _longest(buckets[folded[at : at + 2]], folded, at)
            if alias is not None:
                end = at + len(alias.text)
                yield alias.value, at, end


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
    )


def _longest(bucket: list[_Alias[V]], text: str, at: int) -> _Alias[V] | None:
    for alias in bucket:
        if text.startswith(alias.text, at) and _stands_alone(alias, text, at, at + len(alias.text)):
            return alias
    return None


def _stands_alone(alias: _Alias[V], text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if alias.latin_start and (_is_latin(before) or before == "@"):
        return False
    if alias.latin_end and (_is_letter(after) or (after.isdigit() and end - start < 4)):
        return False
    if alias.katakana_start and _KATAKANA.match(before):
        return False
    if alias.katakana_end and _KATAKANA.match(after):
        return False
    return not alias.ambiguous or not _beside_latin(text, start, end)


def _beside_latin(text: str, start: int, end: int) -> bool:
    return _is_letter(text[:start].rstrip()[-1:]) or _is_letter(text[end:].lstrip()[:1])


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
