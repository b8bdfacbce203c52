"""Which moves fit a ticket beyond its status: reasons for closing, days for reopening, who may be merged."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.tickets.lifecycle import Move
from bot.tickets.ticket import CloseReason, Ticket, TicketStatus
from knowledge.policies.decision import Desk


class Unfit(StrEnum):
    """Why what was given with a move does not fit it."""

    TEXT_MISSING = "text_missing"
    ASSIGNEE = "assignee"
    TARGET = "target"
    CLOSE_REASON = "close_reason"
    SEVERITY = "severity"
    REOPEN_OVER = "reopen_over"
    RCA_TWICE = "rca_twice"


#: Moves that are nothing without words.
NEEDS_TEXT = frozenset({Move.ASK_BACK, Move.ANSWER, Move.NOTE, Move.CHANGE_SEVERITY})
#: Words of a human that reach the customer with these moves are the first response.
SPEAKS = frozenset({Move.ASK_BACK, Move.ANSWER, Move.WAIT, Move.RESOLVE, Move.CLOSE, Move.REJECT})

#: Somebody still works on it, or is about to.
LIVE = (
    TicketStatus.AWAITING_APPROVAL,
    TicketStatus.ASKED_BACK,
    TicketStatus.OPEN,
    TicketStatus.IN_PROGRESS,
    TicketStatus.WAITING_CUSTOMER,
)


def at_fault_desk(ticket: Ticket) -> bool:
    """Tell whether the ticket is a service outage at a desk of its own (sonpo-cloud 4-5)."""
    return ticket.decision is not None and ticket.decision.desk is Desk.FAULT


def close_reasons(ticket: Ticket) -> tuple[CloseReason, ...]:
    """Return why this ticket may be closed: the fault desk closes on a way around.

    Elsewhere the solution is confirmed first, so that a way around alone is no end.
    """
    if at_fault_desk(ticket):
        return (CloseReason.SOLVED, CloseReason.WORKAROUND, CloseReason.NO_OUTAGE, CloseReason.WITHDRAWN)
    return (CloseReason.SOLVED, CloseReason.NO_REPLY, CloseReason.WITHDRAWN)


def reopens_as_follow_up(ticket: Ticket) -> bool:
    """Tell whether what comes after closing is a technical question of its own (sonpo-cloud 4-5)."""
    return ticket.status is TicketStatus.CLOSED and at_fault_desk(ticket)


def reopening_is_over(ticket: Ticket, days: int, now: datetime) -> bool:
    """Tell whether a closed ticket may no longer be reopened."""
    return ticket.closed_at is not None and now - ticket.closed_at > timedelta(days=days)


def may_take_in(parent: Ticket | None, child: Ticket) -> bool:
    """Tell whether `child` may be merged into `parent`: another ticket that is still worked on."""
    return parent is not None and parent.id != child.id and parent.status in LIVE
