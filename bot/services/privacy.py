"""What people may ask of us about their data: to see it, to have it corrected, to have it erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.authorisation import Actor, Verb, authorize
from bot.errors import NotFound, TicketsOpen
from bot.personal import About, Affected
from bot.ports import UnitOfWork
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from knowledge.contracts.identification import normalise_number


def about(unit: UnitOfWork, *, user: str | None = None, number: str | None = None) -> About:
    """Return whose data is meant: a person's by user id, or a contract's by customer number.

    Raises NotFound for a number that nobody has.
    """
    if number is None:
        return About(user=user)
    key = unit.contracts.key_of(normalise_number(number))
    if unit.contracts.get(key) is None:
        raise NotFound("contract")
    return About(contract_key=key)


def export(unit: UnitOfWork, actor: Actor, whose: About, now: datetime) -> dict[str, Any]:
    """Return everything that is kept about somebody."""
    authorize(actor, Verb.PRIVACY_EXPORT)
    _record(unit, actor, "privacy.export", now)
    return unit.vault.about(whose)


def erase(
    unit: UnitOfWork, actor: Actor, whose: About, now: datetime, *, force: bool = False
) -> Sequence[str]:
    """Erase somebody from every table; returns the tickets that were emptied, whose cards are shown anew.

    Raises TicketsOpen where somebody still waits for an answer, unless `force`.
    """
    authorize(actor, Verb.PRIVACY_ERASE)
    waiting = unit.vault.open_tickets(whose)
    if waiting and not force:
        raise TicketsOpen(tuple(waiting))
    emptied = unit.vault.erase(whose, now)
    for ticket_id in emptied:
        ticket = unit.tickets.get(ticket_id)
        if ticket is not None:
            show_card(unit, ticket, now, mark="erased")
    _record(unit, actor, "privacy.erase", now, note=f"tickets={len(emptied)}")
    return emptied


def correct(unit: UnitOfWork, actor: Actor, whose: About, name: str, now: datetime) -> int:
    """Correct a person's name or a contract's holder; returns in how many records.

    Raises NotFound where there is none.
    """
    authorize(actor, Verb.PRIVACY_CORRECT)
    changed = unit.vault.rename(whose, name)
    if not changed:
        raise NotFound("records")
    _record(unit, actor, "privacy.correct", now, note=f"records={changed}")
    return changed


def breach(
    unit: UnitOfWork, actor: Actor, since: datetime, until: datetime, now: datetime
) -> Sequence[Affected]:
    """Return whose data a breach between two instants may have touched."""
    authorize(actor, Verb.PRIVACY_EXPORT)
    _record(unit, actor, "privacy.breach_report", now)
    return unit.vault.touched(since, until)


def _record(unit: UnitOfWork, actor: Actor, action: str, now: datetime, note: str = "") -> None:
    """Who did it and when; never whose data it was."""
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action=action, note=note))
