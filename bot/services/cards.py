"""Puts together what a ticket's card shows; decides neither words nor layout."""

from __future__ import annotations

from datetime import datetime

from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.services.escalation import clocks_of
from bot.services.material import similar_to
from bot.tickets.ticket import Ticket
from bot.traffic import Card


def card_of(desk: Desk, unit: UnitOfWork, ticket: Ticket, now: datetime) -> Card:
    """Return the card of a ticket as it is at `now` (aware)."""
    alike, parent = similar_to(unit, ticket)
    shown = (desk.faq_entry(entry_id) for entry_id in ticket.faq_shown)
    return Card(
        ticket=ticket,
        log=tuple(unit.audit.of_ticket(ticket.id)),
        similar=tuple(f"{other.id} {other.summary}" for other in alike),
        same_incident=parent.id if parent else "",
        clocks=clocks_of(desk, unit, ticket, now),
        faq=tuple(entry.question for entry in shown if entry is not None),
    )
