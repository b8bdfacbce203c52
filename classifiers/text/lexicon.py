"""Decides which product or matter a name or a piece of text means; not what any contract says about it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from classifiers.datafiles import DATA, read_toml, state_of
from classifiers.errors import DataFileError
from classifiers.text.aliases import AliasIndex, Beside, fold, fold_with_offsets, squash

_DEFAULT = DATA / "lexicon.toml"
_KEYS = {"name", "families", "aliases", "ambiguous", "also", "implies", "hints"}
_WORD = re.compile(r"[\u30a1-\u30fa\u30fc]{4,}|[a-z]{5,}")
_ONE_WORD = re.compile(r"[\u30a1-\u30fa\u30fc]+|[a-z]+")
#: Least similarity of a misspelt word: one slip in five characters.
_FUZZY_CUTOFF = 0.8
#: Score of a product that is only implied.
IMPLIED = 0.5
#: Score of a product that is only likely.
HINTED = 0.3
#: Generic names that would fire everywhere in a message; they are only found by name.
_NAME_ONLY = frozenset(
    {"a40", "printer", "pc_hardware", "client_installation", "wordpress", "loop", "lists", "project"}
)


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
    #: 1.0 for an exact alias, 0.8 and more for a misspelling, IMPLIED for a word that leaves no
    #: doubt, HINTED for one that makes it likely.
    score: float


class Lexicon:
    """All names of products and matters. Immutable after loading; safe to share between threads."""

    def __init__(self, file: Path | str, data: Mapping[str, Any]) -> None:
        self._file = file
        #: Names what the file says.
        self.digest = sha256(repr(data).encode()).hexdigest()
        self._entries: dict[str, LexiconEntry] = {}
        self._exact: dict[str, LexiconEntry] = {}
        beside = _beside(file, data.get("beside", {}))
        self._in_text, self._in_name = AliasIndex[LexiconEntry](beside), AliasIndex[LexiconEntry](beside)
        self._implied = AliasIndex[tuple[LexiconEntry, float]](beside)
        self._fuzzy: dict[str, LexiconEntry] = {}
        stop = data.get("stop", {})
        self._stop_words = frozenset(fold(word) for word in stop.get("words", ()))
        for phrase in stop.get("phrases", ()):
            for index in (self._in_text, self._in_name):
                index.add(phrase, None)
            self._implied.add(phrase, None)
        for kind in EntryKind:
            for entry_id, values in data.get(kind, {}).items():
                self._add(entry_id, kind, values)
        #: A slip seldom hits the first letter; other words with the same ending are many.
        self._fuzzy_choices: dict[str, list[str]] = {}
        for spelling in self._fuzzy:
            self._fuzzy_choices.setdefault(spelling[0], []).append(spelling)
        self._similar = lru_cache(maxsize=4096)(self._nearest)

    @classmethod
    def load(cls, path: Path | None = None) -> Lexicon:
        """Reads a lexicon file (default: the shipped one).

        Raises:
            DataFileError: the file is no TOML, has an unknown key, or one alias means two entries.
        """
        file = path or _DEFAULT
        return _load(file, state_of(file))

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
        squashed = squash(name)
        if not squashed:
            return ()
        exact = self._exact.get(squashed)
        if exact is not None:
            return (exact,)
        found = sorted(
            self._scan(*fold_with_offsets(name), self._in_name), key=lambda m: (m.start - m.end, m.start)
        )
        if found:
            return tuple(dict.fromkeys(mention.entry for mention in found))
        near = self._similar(squashed) if len(squashed) >= 4 else None
        return (near[0],) if near is not None else ()

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every place in `text` that names an entry, left to right; longest match wins.

        Names never overlap. Where no product is named, words that imply or hint at one are given, too; they
        may lie on a matter's name.
        """
        folded, offsets = fold_with_offsets(text)
        found = self._scan(folded, offsets, self._in_text)
        if all(mention.entry.kind is EntryKind.MATTER for mention in found):
            for implied, start, end in self._implied.places(folded):
                if implied is not None:
                    found.append(_mention(implied[0], start, end, implied[1], offsets))
            found.sort(key=lambda mention: mention.start)
        return tuple(found)

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
        named, ambiguous, also = ([*values.get(group, [])] for group in ("aliases", "ambiguous", "also"))
        if entry_id in _NAME_ONLY:
            also.append(entry.name)
        elif entry.name not in [*ambiguous, *also]:
            named.append(entry.name)
        for alias in (entry_id.replace("_", " "), entry.name, *named, *ambiguous, *also):
            self._claim(key, alias, entry)
        self._file_under(entry, named, ambiguous, also)
        for key_of_words, score in (("implies", IMPLIED), ("hints", HINTED)):
            for word in values.get(key_of_words, []):
                self._implied.add(word, (entry, score))

    def _claim(self, key: str, alias: str, entry: LexiconEntry) -> None:
        owner = self._exact.setdefault(squash(alias), entry)
        if owner.id != entry.id:
            raise DataFileError(self._file, key, f"alias {alias!r} already means {owner.id}")

    def _file_under(
        self, entry: LexiconEntry, named: list[str], ambiguous: list[str], also: list[str]
    ) -> None:
        for alias in dict.fromkeys(named):
            self._in_text.add(alias, entry)
            for spelling in self._in_name.add(alias, entry):
                if len(spelling) >= 5 and _ONE_WORD.fullmatch(spelling):
                    self._fuzzy.setdefault(spelling, entry)
        for alias in ambiguous:
            self._in_text.add(alias, entry, ambiguous=True)
            self._in_name.add(alias, entry, ambiguous=True)
        for alias in also:
            self._in_name.add(alias, entry)

    def _scan(self, folded: str, offsets: list[int] | None, index: AliasIndex[LexiconEntry]) -> list[Mention]:
        """Mentions in a folded text, in order; in: the text and the original offsets of its characters."""
        places = list(index.places(folded))
        found = [_mention(entry, start, end, 1.0, offsets) for entry, start, end in places if entry]
        misspelt = self._misspelt(folded, [(start, end) for _, start, end in places], offsets)
        return sorted([*found, *misspelt], key=lambda m: m.start) if misspelt else found

    def _misspelt(
        self, folded: str, covered: list[tuple[int, int]], offsets: list[int] | None
    ) -> list[Mention]:
        found = []
        for match in _WORD.finditer(folded):
            near = self._similar(match.group())
            if near is not None and not _overlaps(covered, match.start(), match.end()):
                found.append(_mention(near[0], match.start(), match.end(), near[1], offsets))
        return found

    def _nearest(self, word: str) -> tuple[LexiconEntry, float] | None:
        if word in self._stop_words:
            return None
        hit = process.extractOne(
            word,
            self._fuzzy_choices.get(word[0], ()),
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_FUZZY_CUTOFF,
        )
        if hit is None or hit[1] == 1.0:
            return None
        return self._fuzzy[hit[0]], float(hit[1])


@lru_cache(maxsize=4)
def _load(file: Path, _state: tuple[int, ...]) -> Lexicon:
    """What was read never changes: all may share it."""
    data = read_toml(file)
    unknown = set(data) - {"stop", "beside", *EntryKind}
    if unknown:
        raise DataFileError(file, sorted(unknown)[0], "unknown table")
    return Lexicon(file, data)


def _beside(file: Path | str, data: Mapping[str, Any]) -> Beside:
    try:
        return Beside.of(data)
    except TypeError as error:
        raise DataFileError(file, "beside", str(error)) from error


def _overlaps(covered: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_right(covered, (end, -1)) - 1
    return at >= 0 and covered[at][1] > start


def _mention(entry: LexiconEntry, start: int, end: int, score: float, offsets: list[int] | None) -> Mention:
    if offsets is not None:
        start, end = offsets[start], offsets[end]
    return Mention(entry=entry, start=start, end=end, score=score)
