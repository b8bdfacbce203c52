"""Which queue a ticket stands in, and who stands first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.tickets.queues import Queue, Watched, queues
from bot.tickets.sla import ClockKind, ClockState, ClockView
from bot.tickets.ticket import TicketStatus
from tests.builders import NOW, STAFF, ticket


def clock(used: float, state: ClockState = ClockState.REMAINING, *, due: float = 60) -> ClockView:
    return ClockView(
        kind=ClockKind.FIRST_RESPONSE,
        state=state,
        due=NOW + timedelta(minutes=due),
        left=timedelta(),
        used=used,
    )


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (Watched(ticket=ticket()), {Queue.UNAPPROVED}),
        (Watched(ticket=ticket(), clocks=(clock(0.8),)), {Queue.UNAPPROVED, Queue.DUE_SOON}),
        (Watched(ticket=ticket(status=TicketStatus.OPEN)), {Queue.UNASSIGNED}),
        (Watched(ticket=ticket(status=TicketStatus.IN_PROGRESS, assignee=STAFF.id)), set()),
        (
            Watched(
                ticket=ticket(status=TicketStatus.IN_PROGRESS, assignee=STAFF.id),
                clocks=(clock(1.2, ClockState.OVER),),
            ),
            {Queue.DUE_SOON},
        ),
        (Watched(ticket=ticket(status=TicketStatus.ASKED_BACK)), {Queue.WAITING_CUSTOMER}),
        (
            Watched(
                ticket=ticket(status=TicketStatus.WAITING_CUSTOMER),
                clocks=(clock(0.9, ClockState.PAUSED),),
            ),
            {Queue.WAITING_CUSTOMER},
        ),
    ],
)
def test_ticket_stands_where_it_waits(item: Watched, found: set[Queue]) -> None:
    assert {queue for queue, items in queues([item]).items() if items} == found


def test_what_is_owed_first_stands_first() -> None:
    late = Watched(ticket=ticket(id="M-1"), clocks=(clock(0.1, due=90),))
    soon = Watched(ticket=ticket(id="M-2"), clocks=(clock(0.1, due=30),))
    never = Watched(ticket=ticket(id="M-3", created_at=NOW - timedelta(days=9)))
    found = queues([never, late, soon])[Queue.UNAPPROVED]
    assert [item.ticket.id for item in found] == ["M-2", "M-1", "M-3"]
