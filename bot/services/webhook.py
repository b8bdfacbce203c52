"""Tells another system what happens to tickets: which event is next, when again, and when it is given up.

The audit trail is the outbox: its entry is committed with the change itself. Events go out one by one and in
order; one that comes twice has the same id each time.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.errors import Unreachable
from bot.logs import logger
from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.services.webhook_progress import Progress, keep, load
from bot.texts import alerts
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import DeskNote, OutboxItem

#: Waits after the 1st, 2nd … failure; the last one repeats.
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600))
#: An event that could not be delivered for so long is given up.
GIVE_UP = timedelta(hours=24)
#: Type of the event that only asks whether somebody listens.
PING = "madoguchi.ping"
_DESK = "madoguchi"

_LOG = logger("webhook")


class Receiver(Protocol):
    """Where events go."""

    def send(self, event_id: str, body: bytes, at: datetime) -> int:
        """Return the status of the answer. Raises Unreachable where there was none."""


def begin(desk: Desk, *, on: bool) -> None:
    """At start: what happened while it was off is never told; switched on, it tells from now on."""
    with desk.store.transaction() as unit:
        if not on and load(unit):
            keep(unit, None)
        if on and not load(unit):
            head = unit.audit.head()
            keep(unit, Progress(seq=head.seq if head else 0))


def step(desk: Desk, receiver: Receiver) -> bool:
    """Tell the next event if it is its time; True where one is done with, one way or the other."""
    now = desk.clock()
    with desk.store.reading() as unit:
        progress = load(unit)
        entry = unit.audit.next_of_tickets(progress.seq) if progress else None
        ticket = unit.tickets.get(entry.ticket_id or "") if entry else None
    if progress is None or entry is None or _waits(progress, now):
        return False
    failure = _failure(receiver, event_id(entry), event(entry, ticket), now)
    if not failure:
        after = Progress(seq=entry.seq)
    elif now - entry.at >= GIVE_UP:
        after = Progress(seq=entry.seq, given_up=progress.given_up + 1)
    else:
        wait = BACKOFF[min(progress.tries, len(BACKOFF) - 1)]
        after = replace(progress, tries=progress.tries + 1, not_before=now + wait)
    if failure:
        _LOG.warning("not_told", key=event_id(entry), error=failure, attempts=progress.tries + 1)
    desk.store.write(lambda unit: _record(unit, desk, after, progress, now))
    return after.seq == entry.seq


def _waits(progress: Progress, now: datetime) -> bool:
    """A clock that was set back keeps nothing waiting for longer than it would have."""
    return progress.not_before is not None and now < progress.not_before <= now + BACKOFF[-1]


def _failure(receiver: Receiver, key: str, body: bytes, now: datetime) -> str:
    """Return what went wrong, or nothing; anything but 2xx is a failure, a redirect as well."""
    try:
        status = receiver.send(key, body, now)
    except Unreachable as error:
        return type(error).__name__
    return "" if 200 <= status < 300 else f"http_{status}"


def _record(unit: UnitOfWork, desk: Desk, after: Progress, before: Progress, now: datetime) -> None:
    keep(unit, after)
    if after.given_up > before.given_up:
        day = now.date().isoformat()  # once a day is enough: it is mostly one cause
        note = DeskNote(text=alerts.WEBHOOK_GIVEN_UP, channel=desk.configuration.admin_channel)
        unit.outbox.put(OutboxItem(key=f"webhook/given-up/{day}", message=note, created_at=now))


def event_id(entry: AuditEntry) -> str:
    """Return the event's id: the same at every try, and no other one's even after a backup was restored."""
    return f"evt_{entry.digest[:32]}"


def event(entry: AuditEntry, ticket: Ticket | None) -> bytes:
    """Return the body: what changed and how the ticket stands; nobody's words, names or whole numbers."""
    before, after = _stand(entry.before), _stand(entry.after)
    data: dict[str, Any] = {"ticket": {"id": entry.ticket_id}, "by": _DESK}
    if ticket is not None:
        data = {"ticket": _facts(ticket) | after, "by": _by(entry, ticket)}
    if before:
        data["before"] = before
    body = {"id": event_id(entry), "type": f"ticket.{entry.action}", "timestamp": entry.at.isoformat()}
    return json.dumps({**body, "data": data}, ensure_ascii=False, sort_keys=True).encode()


def ping(now: datetime) -> tuple[str, bytes]:
    """Return id and body of the event that changes nothing."""
    key = f"evt_ping_{int(now.timestamp())}"
    return key, json.dumps({"id": key, "type": PING, "timestamp": now.isoformat(), "data": {}}).encode()


def _facts(ticket: Ticket) -> dict[str, Any]:
    contract, due, touched = ticket.contract, ticket.due_at, ticket.updated_at
    return {
        "id": ticket.id,
        "kind": ticket.kind,
        "status": ticket.status,
        "severity": ticket.severity,
        "category": ticket.category,
        "policy": contract.policy_id if contract else None,
        "plan": contract.plan if contract else None,
        "customer_number": contract.masked_number if contract else None,
        "created_at": ticket.created_at.isoformat(),
        "updated_at": touched.isoformat() if touched else None,
        "first_response_due": due.isoformat() if due else None,
        "assigned": ticket.assignee is not None,
        "close_reason": ticket.close_code,
        "parent": ticket.parent_id,
        "follows": ticket.follows,
        "version": ticket.version,
    }


def _stand(told: str) -> dict[str, str]:
    """Return what the trail says of a ticket's stand, as it was then: `open severity=B category=…`."""
    first, *rest = told.split() or [""]
    status = {"status": first} if first in set(TicketStatus) else {}
    return status | {name: value for name, _, value in (word.partition("=") for word in rest) if value}


def _by(entry: AuditEntry, ticket: Ticket) -> str:
    if entry.actor == ticket.reporter:
        return "customer"
    return _DESK if entry.actor == _DESK else "staff"
