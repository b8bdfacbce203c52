"""The clocks of a ticket: what is left, paused, kept or over, computed from its log; sends no reminder.

First response is the policy's promise. How often the customer hears of an open matter afterwards is a rule of
this house, for staff only: no policy promises it. A bot's reply meets neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import Ticket, TicketStatus
from classifiers.labels import Severity
from knowledge.policies.coverage import Coverage
from knowledge.policies.decision import ResponseClock


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"


class ClockState(StrEnum):
    REMAINING = "remaining"
    #: The customer's turn.
    PAUSED = "paused"
    MET = "met"
    OVER = "over"


class Step(StrEnum):
    """When the person responsible is reminded."""

    HALF = "half"
    MOST = "most"
    BREACH = "breach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the log: what was done, and the status from then on."""

    at: datetime
    action: str
    status: TicketStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock as it stands. `left` is never negative; `used` is the share of the time, 1 when it is due."""

    kind: ClockKind
    state: ClockState
    due: datetime
    left: timedelta
    used: float

    @property
    def step(self) -> Step | None:
        """Return the reminder that is due by now."""
        if self.state is ClockState.OVER:
            return Step.BREACH
        if self.state is not ClockState.REMAINING or self.used < _HALF:
            return None
        return Step.MOST if self.used >= _MOST else Step.HALF


_HALF, _MOST = 0.5, 0.8
_NOTHING = timedelta()
_PAUSED = frozenset({TicketStatus.ASKED_BACK, TicketStatus.WAITING_CUSTOMER})
_WAITING = frozenset({TicketStatus.AWAITING_APPROVAL, TicketStatus.ASKED_BACK})
_WORKING = frozenset({TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.WAITING_CUSTOMER})
#: What a customer hears from a human.
_UPDATES = frozenset({Move.ANSWER, Move.ASK_BACK, Move.WAIT})
#: Open time until the customer should hear again.
NEXT_UPDATE = {
    Severity.CRITICAL: timedelta(hours=1),
    Severity.A: timedelta(hours=4),
    Severity.B: timedelta(hours=8),
    Severity.C: timedelta(hours=24),
}


def changes_of(entries: Iterable[AuditEntry]) -> tuple[Change, ...]:
    """Return a ticket's log from its audit entries, oldest first."""
    return tuple(
        Change(at=entry.at, action=entry.action, status=_status(entry.after))
        for entry in entries
        if not entry.action.startswith("refused:")
    )


def clocks(ticket: Ticket, log: Sequence[Change], now: datetime, coverage: Coverage) -> tuple[ClockView, ...]:
    """Return the clocks that run for a ticket, or ran; `now` is aware."""
    found = (_first_response(ticket, log, now, coverage), _next_update(ticket, log, now, coverage))
    return tuple(clock for clock in found if clock is not None)


def _first_response(
    ticket: Ticket, log: Sequence[Change], now: datetime, coverage: Coverage
) -> ClockView | None:
    if ticket.decision is None or ticket.due_at is None:
        return None
    # A promise in minutes of the wall runs by night, too.
    business = ticket.decision.first_response.clock is ResponseClock.BUSINESS
    counted = coverage if business else Coverage()
    met = ticket.first_response_at
    if met is None and ticket.status not in _WAITING | _WORKING:
        return None
    return _clock(
        ClockKind.FIRST_RESPONSE, ticket, log, (ticket.created_at, ticket.due_at), met, now, counted
    )


def _next_update(
    ticket: Ticket, log: Sequence[Change], now: datetime, coverage: Coverage
) -> ClockView | None:
    if ticket.first_response_at is None or ticket.status not in _WORKING:
        return None
    heard = [change.at for change in log if change.action in _UPDATES and change.at <= now]
    start = max([ticket.first_response_at, *heard])
    due = coverage.after(start, NEXT_UPDATE[ticket.severity])
    return _clock(ClockKind.NEXT_UPDATE, ticket, log, (start, due), None, now, coverage)


def _clock(
    kind: ClockKind,
    ticket: Ticket,
    log: Sequence[Change],
    span: tuple[datetime, datetime],
    met: datetime | None,
    now: datetime,
    coverage: Coverage,
) -> ClockView:
    start, due = span
    end = met or max(now, start)
    paused = _pauses(log, start, end)
    stopped = [since for since, until in paused if until is None]
    for since, until in paused:
        if until is not None and since < due:
            due = coverage.after(due, coverage.elapsed(since, until))
    at = stopped[0] if stopped else end
    budget = max(coverage.elapsed(start, due) - _lost(paused, coverage), timedelta(seconds=1))
    left = coverage.elapsed(at, due)
    used = (1 - left / budget) if at <= due else 1 + coverage.elapsed(due, at) / budget
    over = at > due
    state = ClockState.OVER if over else ClockState.PAUSED if stopped else ClockState.REMAINING
    if met is not None and not over:
        state = ClockState.MET
    return ClockView(kind=kind, state=state, due=due, left=left, used=max(0.0, used))


def _pauses(log: Sequence[Change], start: datetime, end: datetime) -> list[tuple[datetime, datetime | None]]:
    """Return from when to when it was the customer's turn, within start and end; None where it still is."""
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for change in log:
        if change.at > end or change.status is None:
            continue
        if change.status in _PAUSED and since is None:
            since = change.at
        elif change.status not in _PAUSED and since is not None:
            if change.at > start:
                found.append((max(since, start), change.at))
            since = None
    if since is not None and since < end:
        found.append((max(since, start), None))
    return found


def _lost(paused: Sequence[tuple[datetime, datetime | None]], coverage: Coverage) -> timedelta:
    return sum((coverage.elapsed(since, until) for since, until in paused if until is not None), _NOTHING)


def _status(after: str) -> TicketStatus | None:
    word = after.partition(" ")[0]
    return TicketStatus(word) if word in set(TicketStatus) else None
