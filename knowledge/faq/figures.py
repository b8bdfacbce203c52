"""Decides which figures a text states and which a policy's clause holds; not whether an entry is good."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from knowledge.errors import FaqSettingsError

_FACTS: Final = Path(__file__).parent.parent / "data" / "faq_facts.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its unit, both in plain form: `1500` and the sign for yen, say."""

    number: str
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"


class FactList:
    """The figures that the policies hold, clause by clause."""

    def __init__(self, units: tuple[str, ...], facts: Mapping[str, Mapping[str, frozenset[Figure]]]) -> None:
        self._pattern = _pattern(units)
        self._facts = facts

    @classmethod
    def load(cls, path: Path = _FACTS) -> FactList:
        """Reads a fact list (default: the shipped one).

        Raises:
            FaqSettingsError: the file is unreadable, or a stated figure has no known unit.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            units = tuple(data["units"])
            pattern = _pattern(units)
            policies = dict(data["figures"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FaqSettingsError(path, "-", f"not a fact list: {error!r}") from error
        facts: dict[str, dict[str, frozenset[Figure]]] = {}
        for policy, clauses in policies.items():
            facts[policy] = {}
            for clause, texts in clauses.items():
                for text in texts:
                    if not _read(pattern, text):
                        raise FaqSettingsError(
                            path, f"figures.{policy}.{clause}", f"no known unit in {text!r}"
                        )
                facts[policy][clause] = frozenset(figure for text in texts for figure in _read(pattern, text))
        return cls(units, facts)

    def figures_in(self, text: str) -> tuple[Figure, ...]:
        """Every figure with a known unit, in order, each once."""
        return tuple(dict.fromkeys(_read(self._pattern, text)))

    def held_by(self, source: str) -> frozenset[Figure] | None:
        """Figures of a source like `synnex-csp 3.3`; None where the list has no such policy."""
        policy, _, clause = source.partition(" ")
        clauses = self._facts.get(policy)
        return None if clauses is None else clauses.get(clause, frozenset())


def _pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(units, key=len, reverse=True)
    return re.compile(
        r"(?<![A-Za-z0-9.])(\d[\d,]*(?:\.\d+)?)(?:\s*[-~\u301c\u2013]\s*(\d[\d,]*(?:\.\d+)?))?\s*("
        + "|".join(re.escape(unit) for unit in longest_first)
        + ")",
        re.IGNORECASE,
    )


def _read(pattern: re.Pattern[str], text: str) -> list[Figure]:
    plain = unicodedata.normalize("NFKC", text)
    found = []
    for match in pattern.finditer(plain):
        for number in (match[1], match[2]):
            if number:
                found.append(Figure(number=number.replace(",", ""), unit=match[3].lower()))
    return found
