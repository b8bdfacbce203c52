"""Checks what was typed into the identification form and counts the tries; the limits stand in knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.ports import UnitOfWork
from bot.tickets.audit import AuditEntry
from bot.traffic import Sender
from knowledge.contracts import identification as compare
from knowledge.contracts.contract import Identification
from knowledge.contracts.identification import AttemptRules

RULES = AttemptRules()
#: How far back tries still count.
_MEMORY = RULES.day + RULES.cool_down


def identify(unit: UnitOfWork, sender: Sender, *, holder: str, number: str, now: datetime) -> Identification:
    """Compare a name and a number with the registry; the try is kept in the same transaction.

    What is kept of the number is the key that stands for it, whether anybody has that number or not.
    """
    history = unit.people.attempts(since=now - _MEMORY)
    key = unit.contracts.key_of(compare.normalise_number(number))
    outcome = compare.identify(
        unit.contracts, holder, number, history=history, person=sender.id, now=now, rules=RULES, known_as=key
    )
    tried = compare.attempt_of(outcome, sender.id, number, now)
    if tried is not None:
        unit.people.record_attempt(replace(tried, number=key))
    unit.audit.append(AuditEntry(at=now, actor=sender.id, action="identify", after=outcome.status))
    return outcome


def attempts_left(unit: UnitOfWork, user_id: str, now: datetime) -> int:
    """Return how many more failures this person has before a pause."""
    failed = 0
    for attempt in unit.people.attempts(since=now - RULES.window):
        if attempt.person == user_id:
            failed = 0 if attempt.succeeded else failed + 1
    return max(0, RULES.per_person - failed)
