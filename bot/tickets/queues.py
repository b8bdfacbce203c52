"""Which tickets wait for the desk, and for what; shows nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.tickets.sla import ClockState, ClockView, Step
from bot.tickets.ticket import Ticket, TicketStatus


class Queue(StrEnum):
    """What a ticket waits for; it may stand in several."""

    UNAPPROVED = "unapproved"
    UNASSIGNED = "unassigned"
    DUE_SOON = "due_soon"
    WAITING_CUSTOMER = "waiting_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A live ticket with its clocks."""

    ticket: Ticket
    clocks: tuple[ClockView, ...] = ()

    @property
    def next_due(self) -> datetime | None:
        """Return the first instant at which something is owed by the desk; None where nothing is."""
        running = (ClockState.REMAINING, ClockState.OVER)
        return min((clock.due for clock in self.clocks if clock.state in running), default=None)


_MEMBERS: Mapping[Queue, frozenset[TicketStatus]] = {
    Queue.UNAPPROVED: frozenset({TicketStatus.AWAITING_APPROVAL}),
    Queue.WAITING_CUSTOMER: frozenset({TicketStatus.ASKED_BACK, TicketStatus.WAITING_CUSTOMER}),
}
_PRESSING = frozenset({Step.MOST, Step.BREACH})


def queues(watched: Iterable[Watched]) -> Mapping[Queue, tuple[Watched, ...]]:
    """Return every queue, what is owed first standing first."""
    found: dict[Queue, list[Watched]] = {queue: [] for queue in Queue}
    for item in watched:
        for queue in Queue:
            if _belongs(item, queue):
                found[queue].append(item)
    return {queue: tuple(sorted(items, key=_order)) for queue, items in found.items()}


def _belongs(item: Watched, queue: Queue) -> bool:
    match queue:
        case Queue.UNASSIGNED:
            working = item.ticket.status in (TicketStatus.OPEN, TicketStatus.IN_PROGRESS)
            return working and item.ticket.assignee is None
        case Queue.DUE_SOON:
            return any(clock.step in _PRESSING for clock in item.clocks)
        case _:
            return item.ticket.status in _MEMBERS[queue]


def _order(item: Watched) -> tuple[bool, datetime, int, str]:
    due = item.next_due
    return due is None, due or item.ticket.created_at, item.ticket.severity.rank, item.ticket.id
