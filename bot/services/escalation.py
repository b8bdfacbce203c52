"""Watches the clocks: reminds whoever is responsible, once a step, in coverage hours; sends the digest."""

from __future__ import annotations

from datetime import datetime

from bot.dialogue import desk_replies
from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.services.intake_ticket import show_card
from bot.tickets.queues import Queue, Watched, queues
from bot.tickets.rules import LIVE
from bot.tickets.sla import ClockView, changes_of, clocks
from bot.tickets.ticket import Ticket
from bot.traffic import Address, OutboxItem, Post
from knowledge.calendars.business_calendar import JST
from knowledge.policies.coverage import Coverage

#: Hour of a business day (JST) from which on the digest is sent.
DIGEST_HOUR = 9
_MOST = 10_000


def tick(desk: Desk, now: datetime) -> int:
    """Queue the reminders and the digest that are due at `now` (aware); returns how many."""
    with desk.store.reading() as unit:
        items = watch(desk, unit, now)
    due = [
        (item.ticket, clock)
        for item in items
        if coverage_of(desk, item.ticket).is_open(now)
        for clock in item.clocks
        if clock.step is not None
    ]
    sent = _digest(desk, items, now)
    return sent + sum(_remind(desk, ticket, clock, now) for ticket, clock in due)


def watch(desk: Desk, unit: UnitOfWork, now: datetime) -> list[Watched]:
    """Return every live ticket with its clocks."""
    return [
        Watched(ticket=ticket, clocks=clocks_of(desk, unit, ticket, now))
        for ticket in unit.tickets.find(statuses=LIVE, limit=_MOST)
    ]


def clocks_of(desk: Desk, unit: UnitOfWork, ticket: Ticket, now: datetime) -> tuple[ClockView, ...]:
    """Return a ticket's clocks, from its part of the audit trail."""
    return clocks(ticket, changes_of(unit.audit.of_ticket(ticket.id)), now, coverage_of(desk, ticket))


def coverage_of(desk: Desk, ticket: Ticket) -> Coverage:
    """Return the hours of the ticket's contract; without one somebody is always there."""
    contract = ticket.contract
    return desk.coverage(contract.policy_id, contract.plan, ticket.severity) if contract else Coverage()


def _remind(desk: Desk, ticket: Ticket, clock: ClockView, now: datetime) -> bool:
    """Remind once for each step of one due time; a later step makes an earlier one needless."""
    channel = ticket.assignee or desk.configuration.staff_channel
    if not channel or clock.step is None:
        return False
    mark, value = f"reminded/{ticket.id}/{clock.kind}", f"{clock.due.isoformat()}/{clock.step}"
    reply = desk_replies.ClockReminder(
        ticket_id=ticket.id, summary=ticket.summary, clock=clock.kind, step=clock.step, due=clock.due
    )

    def put(unit: UnitOfWork) -> bool:
        if unit.marks.get(mark) == value:
            return False
        unit.marks.set(mark, value)
        post = Post(address=Address(channel=channel), reply=reply)
        unit.outbox.put(OutboxItem(key=f"{mark}/{value}", message=post, created_at=now))
        show_card(unit, ticket, now, mark=f"{clock.kind}/{value}")
        return True

    return desk.store.write(put)


def _digest(desk: Desk, items: list[Watched], now: datetime) -> bool:
    local, channel = now.astimezone(JST), desk.configuration.staff_channel
    if not channel or local.hour < DIGEST_HOUR or not desk.is_business_day(local.date()):
        return False
    today = local.date().isoformat()
    found = queues(items)
    reply = desk_replies.DeskDigest(
        at=now,
        live=len(items),
        queues=tuple((queue, tuple(item.ticket.id for item in found[queue])) for queue in Queue),
    )

    def put(unit: UnitOfWork) -> bool:
        if unit.marks.get("digest") == today:
            return False
        unit.marks.set("digest", today)
        post = Post(address=Address(channel=channel), reply=reply)
        unit.outbox.put(OutboxItem(key=f"digest/{today}", message=post, created_at=now))
        return True

    return desk.store.write(put)
