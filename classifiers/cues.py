"""Decides which cues (phrases that point to something) fire in a text or are negated; not what follows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from classifiers.datafiles import DATA, only, phrases, read_toml, state_of, table, words
from classifiers.errors import DataFileError
from classifiers.text.phrases import Found, Phrases
from classifiers.text.tokenise import Tokens

SIGNALS: Final = (
    "extent", "outage", "ongoing", "isolation_done", "workaround", "past", "hypothetical", "others_outage",
    "security", "own_environment", "deadline_at_risk", "stopped_work",
)  # fmt: skip
NEGATED: Final = "not:"
_DIGIT: Final = re.compile("[1-9]")


#: One cue that fired; half-open offsets into the normalised text.
Cue: TypeAlias = Found


class Count(NamedTuple):
    """A number of people, sites or machines."""

    unit: str
    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """What turns a cue round, and which words it may reach back over."""

    lemmas: frozenset[str]
    transparent_pos: frozenset[str]
    transparent_lemmas: frozenset[str]
    reach: int

    def places(self, tokens: Tokens) -> list[int]:
        """The tokens that turn something round."""
        return [at for at, lemma in enumerate(tokens.lemmas) if lemma in self.lemmas]

    def follows(self, tokens: Tokens, places: Sequence[int], end: int) -> bool:
        """True where one of these follows a text that ends at `end` with only empty words between."""
        first = bisect_left(tokens.starts, end)
        nearest = bisect_left(places, first)
        if nearest == len(places) or places[nearest] >= first + self.reach:
            return False
        between = slice(first, places[nearest])
        return all(
            pos in self.transparent_pos or lemma in self.transparent_lemmas
            for lemma, pos in zip(tokens.lemmas[between], tokens.pos[between], strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How counted people, sites and machines are written."""

    pattern: re.Pattern[str]
    units: Mapping[str, str]
    numerals: str
    powers: Mapping[str, int]
    #: Every character a number may be written with.
    numeric: frozenset[str]

    def find(self, text: str) -> list[Count]:
        """Counts in the text, in order."""
        return [
            Count(self.units[match[2]], self.value(match[1]), match.start(), match.end())
            for match in self.pattern.finditer(text)
        ]

    def value(self, written: str) -> int:
        """A number in digits or Japanese numerals; mixed forms are added up."""
        total = current = 0
        for char in written.replace(",", "")[:12]:
            if char in self.powers:
                power = self.powers[char]
                if power == max(self.powers.values()):
                    total, current = (total + current or 1) * power, 0
                else:
                    total, current = total + (current or 1) * power, 0
            else:
                digit = int(char) if char.isascii() else self.numerals.index(char)
                current = current * 10 + digit
        return total + current


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """All cues of a file, compiled."""

    names: tuple[str, ...]
    #: Cue name → field of Signals it supports.
    signals: Mapping[str, str]
    phrases: Phrases
    negation: Negation
    numbers: Numbers
    #: Words that belong to one product alone; the names are products.
    implied: Phrases
    started_at: Phrases
    started_from: tuple[str, ...]
    #: Parts of speech that carry meaning, in the tokenizer's words.
    content_pos: frozenset[str]

    @classmethod
    def load(cls, path: Path = DATA / "cues.toml", thesaurus: Path = DATA / "thesaurus.toml") -> Cues:
        """Read and check both files. Raises DataFileError with file, key and reason."""
        return _load(path, thesaurus, state_of(path), state_of(thesaurus))

    def find(self, shape: str, tokens: Tokens) -> tuple[Cue, ...]:
        """Cues in a text (lower case, digits as 0), the negated ones under `not:` and their name.

        Of overlapping occurrences of one cue the longest counts.
        """
        cues: list[Cue] = []
        last: dict[str, int] = {}
        negations = self.negation.places(tokens)
        for cue in self.phrases.find(shape):
            if last.get(cue.name, -1) > cue.start:
                continue
            last[cue.name] = cue.end
            negated = negations and self.negation.follows(tokens, negations, cue.end)
            cues.append(cue._replace(name=NEGATED + cue.name) if negated else cue)
        return tuple(cues)


@lru_cache(maxsize=4)
def _load(path: Path, thesaurus: Path, *_states: tuple[int, ...]) -> Cues:
    """Compiling takes a third of a second, and what is compiled never changes: all may share it."""
    data = read_toml(path)
    only(path, "cues", data, ("negation", "numbers", "cue", "started_at", "words", "implied"))
    only(path, "words", table(path, data, "words"), ("content_pos",))
    cues, started = table(path, data, "cue"), table(path, data, "started_at")
    implied = table(path, data, "implied")
    only(path, "started_at", started, ("phrases", "from"))
    fields = read_toml(thesaurus)
    only(thesaurus, "thesaurus", fields, ("cue",))
    groups = table(thesaurus, fields, "cue")
    for file, entries in ((path, cues), (thesaurus, groups)):
        for name, cue in entries.items():
            _check_cue(file, name, cue)
    if twice := sorted(set(cues) & set(groups)):
        raise DataFileError(thesaurus, f"cue.{twice[0]}", "cues.toml has a cue of this name")
    listed = {name: words(path, cue, "phrases") for name, cue in cues.items()}
    listed |= {name: words(thesaurus, cue, "phrases") for name, cue in groups.items()}
    return Cues(
        names=tuple(listed),
        signals={name: cue["signal"] for name, cue in cues.items() if "signal" in cue},
        phrases=phrases(path, "cue", listed),
        negation=_negation(path, table(path, data, "negation")),
        numbers=_numbers(path, table(path, data, "numbers")),
        implied=phrases(path, "implied", {name: words(path, implied, name) for name in implied}),
        started_at=phrases(path, "started_at", {"started_at": words(path, started, "phrases")}),
        started_from=words(path, started, "from"),
        content_pos=frozenset(words(path, data["words"], "content_pos")),
    )


def _check_cue(path: Path, name: str, cue: Any) -> None:
    if not isinstance(cue, dict):
        raise DataFileError(path, f"cue.{name}", "a table is needed here")
    only(path, f"cue.{name}", cue, ("signal", "phrases"))
    if "signal" in cue and cue["signal"] not in SIGNALS:
        raise DataFileError(path, f"cue.{name}.signal", f"unknown signal; known: {', '.join(SIGNALS)}")
    if never := [phrase for phrase in words(path, cue, "phrases") if _DIGIT.search(phrase)]:
        raise DataFileError(path, f"cue.{name}.phrases", f"{never[0]!r}: a text's digits are all read as 0")


def _negation(path: Path, data: Mapping[str, Any]) -> Negation:
    only(path, "negation", data, ("lemmas", "transparent_pos", "transparent_lemmas", "reach"))
    reach = data.get("reach")
    if not isinstance(reach, int) or not 1 <= reach <= 20:
        raise DataFileError(path, "negation.reach", "a number of words from 1 to 20 is needed here")
    lemmas, pos, transparent = (
        frozenset(words(path, data, key)) for key in ("lemmas", "transparent_pos", "transparent_lemmas")
    )
    return Negation(lemmas=lemmas, transparent_pos=pos, transparent_lemmas=transparent, reach=reach)


def _numbers(path: Path, data: Mapping[str, Any]) -> Numbers:
    only(path, "numbers", data, ("people", "sites", "machines", "numerals", "powers"))
    units = {word: unit for unit in ("people", "sites", "machines") for word in words(path, data, unit)}
    numerals, powers = data.get("numerals"), table(path, data, "powers")
    if not isinstance(numerals, str) or len(numerals) != 10:
        raise DataFileError(path, "numbers.numerals", "the ten numerals from zero to nine are needed here")
    digits = re.escape(numerals + "".join(powers))
    longest_first = "|".join(re.escape(word) for word in sorted(units, key=len, reverse=True))
    pattern = re.compile(f"([0-9{digits}](?:[0-9,{digits}]{{0,11}}))\\s?({longest_first})")
    numeric = frozenset("0123456789,") | frozenset(numerals) | frozenset(powers)
    return Numbers(pattern=pattern, units=units, numerals=numerals, powers=powers, numeric=numeric)
