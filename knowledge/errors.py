"""What can go wrong in knowledge.

KnowledgeError
├── PackError             a policy pack is malformed (file, key, reason)
├── UnknownPolicy         no pack of that id
├── DecisionInputError    a decision was asked with an impossible input (field, reason)
├── CalendarHorizonError  the holiday table does not reach that year
├── ContractFileError     a contract file is malformed (file and one problem per line)
├── FaqEntryError         a FAQ entry is malformed (file, key, reason)
├── FaqSettingsError      the settings of the FAQ search are malformed (file, key, reason)
└── FaqIndexError         a stored index does not fit its entries
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class KnowledgeError(Exception):
    """Root of everything raised by knowledge."""


class PackError(KnowledgeError):
    """A policy pack cannot be used."""

    def __init__(self, file: Path | str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = str(file), key, reason


class UnknownPolicy(KnowledgeError):
    """There is no policy of that id."""

    def __init__(self, policy_id: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown policy {policy_id!r}; known: {', '.join(known)}")
        self.policy_id, self.known = policy_id, tuple(known)


class DecisionInputError(KnowledgeError):
    """A decision was asked with an input that cannot be."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class CalendarHorizonError(KnowledgeError):
    """The holiday table does not reach that year."""

    def __init__(self, year: int, first: int, last: int) -> None:
        super().__init__(f"no holidays known for {year}; the calendar covers {first} to {last}")
        self.year, self.first, self.last = year, first, last


class ContractFileError(KnowledgeError):
    """A contract file cannot be imported; nothing of it was."""

    def __init__(self, file: Path | str, problems: Sequence[tuple[int, str, str]]) -> None:
        lines = "\n".join(f"{file}:{line}: {field}: {reason}" for line, field, reason in problems)
        super().__init__(lines)
        self.file = str(file)
        #: (line number from 1, field, reason) of every problem found.
        self.problems = tuple(problems)


class FaqEntryError(KnowledgeError):
    """A FAQ entry cannot be used."""

    def __init__(self, file: Path | str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = str(file), key, reason


class FaqSettingsError(KnowledgeError):
    """The FAQ search cannot be set up."""

    def __init__(self, file: Path | str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = str(file), key, reason


class FaqIndexError(KnowledgeError):
    """A stored index does not fit its entries; build it again."""
