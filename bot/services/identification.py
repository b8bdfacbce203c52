"""Checks what was typed into the identification form, counts failures, and locks when there are too many."""

from __future__ import annotations

from datetime import datetime, timedelta

from knowledge.contracts.identification import normalise_number

from bot.ports import IdentificationTry, Sender, UnitOfWork
from bot.services.desk import Desk
from bot.tickets.audit import AuditEntry
from knowledge.contracts.contract import Identification, IdentificationStatus

#: Failed tries a person may make within WINDOW, and anybody on one number.
LIMIT = 5
WINDOW = timedelta(minutes=15)
_COUNTED = frozenset({IdentificationStatus.MISMATCH, IdentificationStatus.UNKNOWN})


def identify(
    desk: Desk, unit: UnitOfWork, sender: Sender, *, holder: str, number: str, now: datetime
) -> Identification:
    """Compare a name and a number with the registry; a failure is counted in the same transaction."""
    wanted = normalise_number(number)
    recent = unit.people.failures(since=now - WINDOW)
    mine = sum(attempt.user_id == sender.id for attempt in recent)
    on_number = sum(attempt.number == wanted for attempt in recent)
    if mine >= LIMIT or on_number >= LIMIT:
        outcome = Identification(status=IdentificationStatus.LOCKED, attempts=mine)
    else:
        outcome = desk.compare(unit.contracts.find(wanted), holder, now, attempts=mine)
    if outcome.status in _COUNTED:
        unit.people.record_failure(IdentificationTry(user_id=sender.id, number=wanted, at=now))
    unit.audit.append(AuditEntry(at=now, actor=sender.id, action="identify", after=outcome.status))
    return outcome


def attempts_left(unit: UnitOfWork, user_id: str, now: datetime) -> int:
    """Return how many more failures this person has before a pause."""
    recent = unit.people.failures(since=now - WINDOW)
    return max(0, LIMIT - sum(attempt.user_id == user_id for attempt in recent))
