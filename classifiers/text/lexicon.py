"""Decides which product or matter a name or a piece of text means; not what any contract says about it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from classifiers.errors import DataFileError

_DEFAULT = Path(__file__).parent.parent / "data" / "lexicon.toml"
_KEYS = {"name", "families", "aliases", "ambiguous", "also"}
#: Hyphens and dashes (not the long vowel mark), middle dots, spaces, brackets and quotes.
_SQUASH = re.compile(r"[\s\-\u2010-\u2015\u2212_\u30fb/()\[\]\u3010\u3011\u300c\u300d'\"]+")
_WORD = re.compile(r"[\u30a1-\u30fa\u30fc]{4,}|[a-z]{5,}")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_ONE_WORD = re.compile(r"[\u30a1-\u30fa\u30fc]+|[a-z]+")
#: Least similarity of a misspelt word: one slip in five characters.
_FUZZY_CUTOFF = 0.8


class EntryKind(StrEnum):
    PRODUCT = "product"
    MATTER = "matter"


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconEntry:
    """A product, or a concrete matter that contracts treat by itself."""

    id: str
    #: Canonical name, as it is shown.
    name: str
    kind: EntryKind
    #: Groups that policy packs speak of, e.g. `azure`.
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place in a text that names an entry; offsets are characters of the given text, half-open."""

    entry: LexiconEntry
    start: int
    end: int
    #: 1.0 for an exact alias, below for a misspelling.
    score: float


@dataclass(frozen=True, slots=True)
class _Alias:
    text: str
    #: None for a phrase that only hides shorter aliases.
    entry: LexiconEntry | None
    ambiguous: bool
    latin_start: bool
    latin_end: bool
    katakana_start: bool
    #: A short katakana word needs a boundary on its right, too.
    katakana_end: bool


class Lexicon:
    """All names of products and matters. Immutable after loading; safe to share between threads."""

    def __init__(self, file: Path | str, data: Mapping[str, Any]) -> None:
        self._file = file
        self._entries: dict[str, LexiconEntry] = {}
        self._exact: dict[str, LexiconEntry] = {}
        self._in_text: dict[str, list[_Alias]] = {}
        self._in_name: dict[str, list[_Alias]] = {}
        self._fuzzy: dict[str, LexiconEntry] = {}
        self._stop_words = frozenset(_fold(word) for word in data.get("stop", {}).get("words", ()))
        for phrase in data.get("stop", {}).get("phrases", ()):
            self._index(phrase, None, ambiguous=False, in_text=True)
        for kind in EntryKind:
            for entry_id, values in data.get(kind, {}).items():
                self._add(entry_id, kind, values)
        for index in (self._in_text, self._in_name):
            for bucket in index.values():
                bucket.sort(key=lambda alias: len(alias.text), reverse=True)
        self._fuzzy_choices = tuple(self._fuzzy)
        self._similar = lru_cache(maxsize=4096)(self._nearest)

    @classmethod
    def load(cls, path: Path | None = None) -> Lexicon:
        """Reads a lexicon file (default: the shipped one).

        Raises:
            DataFileError: the file is no TOML, has an unknown key, or one alias means two entries.
        """
        file = path or _DEFAULT
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DataFileError(file, "-", str(error)) from error
        unknown = set(data) - {"stop", *EntryKind}
        if unknown:
            raise DataFileError(file, sorted(unknown)[0], "unknown table")
        return cls(file, data)

    @property
    def entries(self) -> tuple[LexiconEntry, ...]:
        """Every entry, in the order of the file."""
        return tuple(self._entries.values())

    @property
    def families(self) -> frozenset[str]:
        """Every family that some entry belongs to."""
        return frozenset(family for entry in self._entries.values() for family in entry.families)

    def get(self, entry_id: str) -> LexiconEntry | None:
        """The entry of that id."""
        return self._entries.get(entry_id)

    def resolve(self, name: str) -> LexiconEntry | None:
        """The entry that a name given on purpose means; inside a phrase the longest alias wins."""
        found = self.resolve_all(name)
        return found[0] if found else None

    def resolve_all(self, name: str) -> tuple[LexiconEntry, ...]:
        """All entries named in a name or phrase given on purpose, the most telling first."""
        squashed = _squash(name)
        if not squashed:
            return ()
        exact = self._exact.get(squashed)
        if exact is not None:
            return (exact,)
        found = sorted(self._scan(name, self._in_name), key=lambda m: (m.start - m.end, m.start))
        if found:
            return tuple(dict.fromkeys(mention.entry for mention in found))
        near = self._similar(squashed) if len(squashed) >= 4 else None
        return (near[0],) if near is not None else ()

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every place in `text` that names an entry, left to right, without overlaps; longest match wins."""
        return tuple(self._scan(text, self._in_text))

    def _add(self, entry_id: str, kind: EntryKind, values: Mapping[str, Any]) -> None:
        key = f"{kind}.{entry_id}"
        unknown = set(values) - _KEYS
        if unknown:
            raise DataFileError(self._file, key, f"unknown key {sorted(unknown)[0]!r}")
        if not values.get("name") or not values.get("families"):
            raise DataFileError(self._file, key, "needs a name and at least one family")
        if entry_id in self._entries:
            raise DataFileError(self._file, key, "this id is used twice")
        entry = LexiconEntry(id=entry_id, name=values["name"], kind=kind, families=tuple(values["families"]))
        self._entries[entry_id] = entry
        ambiguous, also = values.get("ambiguous", []), [*values.get("also", [])]
        certain = [*values.get("aliases", [])]
        if entry_id in _NAME_ONLY:
            also.append(entry.name)
        elif entry.name not in [*ambiguous, *also]:
            certain.append(entry.name)
        for alias in (entry_id.replace("_", " "), entry.name, *certain, *ambiguous, *also):
            self._claim(key, alias, entry)
        for alias in dict.fromkeys(certain):
            self._index(alias, entry, ambiguous=False, in_text=True)
        for alias in ambiguous:
            self._index(alias, entry, ambiguous=True, in_text=True)
        for alias in also:
            self._index(alias, entry, ambiguous=False, in_text=False)

    def _claim(self, key: str, alias: str, entry: LexiconEntry) -> None:
        owner = self._exact.setdefault(_squash(alias), entry)
        if owner.id != entry.id:
            raise DataFileError(self._file, key, f"alias {alias!r} already means {owner.id}")

    def _index(self, alias: str, entry: LexiconEntry | None, *, ambiguous: bool, in_text: bool) -> None:
        for spelling in _spellings(alias):
            item = _alias(spelling, entry, ambiguous)
            if len(spelling) < 2:
                continue
            self._in_name.setdefault(spelling[:2], []).append(item)
            if not in_text:
                continue
            self._in_text.setdefault(spelling[:2], []).append(item)
            if entry and not ambiguous and len(spelling) >= 5 and _ONE_WORD.fullmatch(spelling):
                self._fuzzy.setdefault(spelling, entry)

    def _scan(self, text: str, index: Mapping[str, list[_Alias]]) -> list[Mention]:
        folded, offsets = _fold_with_offsets(text)
        found: list[Mention] = []
        covered: list[tuple[int, int]] = []
        at, last = 0, len(folded) - 1
        while at < last:
            bucket = index.get(folded[at : at + 2])
            alias = _longest(bucket, folded, at) if bucket else None
            if alias is None:
                at += 1
                continue
            end = at + len(alias.text)
            covered.append((at, end))
            if alias.entry is not None:
                found.append(_mention(alias.entry, at, end, 1.0, offsets))
            at = end
        misspelt = self._misspelt(folded, covered, offsets)
        return sorted([*found, *misspelt], key=lambda m: m.start) if misspelt else found

    def _misspelt(
        self, folded: str, covered: list[tuple[int, int]], offsets: list[int] | None
    ) -> list[Mention]:
        found = []
        for match in _WORD.finditer(folded):
            word = match.group()
            if word in self._stop_words:
                continue
            near = self._similar(word)
            if near is None or _overlaps(covered, match.start(), match.end()):
                continue
            found.append(_mention(near[0], match.start(), match.end(), near[1], offsets))
        return found

    def _nearest(self, word: str) -> tuple[LexiconEntry, float] | None:
        if word in self._stop_words:
            return None
        hit = process.extractOne(
            word,
            self._fuzzy_choices,
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_FUZZY_CUTOFF,
        )
        # A slip seldom hits the first letter; other words with the same ending are many.
        if hit is None or hit[0][0] != word[0] or hit[1] == 1.0:
            return None
        return self._fuzzy[hit[0]], float(hit[1])


#: Generic names that would fire everywhere in a message; they are only found by name.
_NAME_ONLY = frozenset(
    {"a40", "printer", "pc_hardware", "client_installation", "wordpress", "loop", "lists", "project"}
)


def _alias(spelling: str, entry: LexiconEntry | None, ambiguous: bool) -> _Alias:
    katakana = bool(_KATAKANA.fullmatch(spelling))
    return _Alias(
        text=spelling,
        entry=entry,
        ambiguous=ambiguous,
        latin_start=_is_latin(spelling[0]),
        latin_end=_is_latin(spelling[-1]),
        katakana_start=bool(_KATAKANA.match(spelling)),
        katakana_end=katakana and len(spelling) <= 3,
    )


def _longest(bucket: Iterable[_Alias], text: str, at: int) -> _Alias | None:
    for alias in bucket:
        if text.startswith(alias.text, at) and _stands_alone(alias, text, at, at + len(alias.text)):
            return alias
    return None


def _stands_alone(alias: _Alias, text: str, start: int, end: int) -> bool:
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
    return not alias.ambiguous or not (
        _is_letter(text[:start].rstrip()[-1:]) or _is_letter(text[end:].lstrip()[:1])
    )


def _overlaps(covered: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_right(covered, (end, -1)) - 1
    return at >= 0 and covered[at][1] > start


def _mention(entry: LexiconEntry, start: int, end: int, score: float, offsets: list[int] | None) -> Mention:
    if offsets is not None:
        start, end = offsets[start], offsets[end]
    return Mention(entry=entry, start=start, end=end, score=score)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _squash(text: str) -> str:
    return _SQUASH.sub("", _fold(text))


def _spellings(alias: str) -> set[str]:
    folded = _fold(alias)
    spellings = {folded, folded.replace(" ", ""), folded.replace(" ", "-"), folded.replace(" ", "\u30fb")}
    if _KATAKANA.fullmatch(folded) and len(folded) >= 4:
        spellings.add("".join(chr(ord(c) - 0x60) if c != "\u30fc" else c for c in folded))
    return spellings


def _fold_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """Folded text and, unless it has the same offsets, the original offset of each folded character."""
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
        part = _fold(text[at:end])
        folded.append(part)
        offsets.extend([at] * len(part))
        at = end
    offsets.append(len(text))
    return "".join(folded), offsets
