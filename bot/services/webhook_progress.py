"""How far the audit trail was told to the webhook, as one mark; tells nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.ports import UnitOfWork
from bot.storage.records import Record

_MARK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    #: The last entry that is done with, delivered or given up.
    seq: int
    #: Failures of the one after that.
    tries: int = 0
    not_before: datetime | None = None
    #: Given up since the last one that was delivered.
    given_up: int = 0


_PROGRESS: Record[Progress] = Record(Progress)


def load(unit: UnitOfWork) -> Progress | None:
    """Return how far it is, or None where it is off."""
    told = unit.marks.get(_MARK)
    return _PROGRESS.load(told) if told else None


def keep(unit: UnitOfWork, progress: Progress | None) -> None:
    unit.marks.set(_MARK, _PROGRESS.dump(progress) if progress else "")


def given_up(unit: UnitOfWork) -> int:
    """Return how many events in a row were given up, up to now."""
    progress = load(unit)
    return progress.given_up if progress else 0
