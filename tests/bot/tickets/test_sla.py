"""The clocks of a ticket: states from the log, and what holds for any log."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import JST
from bot.tickets.audit import AuditEntry
from bot.tickets.sla import Change, ClockKind, ClockState, ClockView, Step, changes_of, clocks
from bot.tickets.ticket import TicketStatus
from knowledge.calendars.business_calendar import BusinessCalendar, Hours
from knowledge.policies.coverage import Coverage
from knowledge.policies.decision import FirstResponse, ResponseClock, ResponseKind
from tests.builders import NOW, decision, ticket

ALWAYS = Coverage()
OFFICE = Coverage(hours=Hours(opens=time(9), closes=time(17)), calendar=BusinessCalendar())
DUE = NOW + timedelta(minutes=60)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def change(minutes: float, status: TicketStatus, action: str = "x") -> Change:
    return Change(at=after(minutes), action=action, status=status)


def first(minutes: float, *log: Change, **changes: object) -> ClockView:
    """The first-response clock some minutes after the ticket came in."""
    (found, *_) = clocks(ticket(**changes), log, after(minutes), ALWAYS)
    assert found.kind is ClockKind.FIRST_RESPONSE
    return found


WAIT, GO = TicketStatus.ASKED_BACK, TicketStatus.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("minutes", "log", "state", "left", "due"),
    [
        (0, (), ClockState.REMAINING, 60, 60),
        (45, (), ClockState.REMAINING, 15, 60),
        (60, (), ClockState.REMAINING, 0, 60),
        (61, (), ClockState.OVER, 0, 60),
        (30, (change(10, WAIT),), ClockState.PAUSED, 50, 60),
        (900, (change(10, WAIT),), ClockState.PAUSED, 50, 60),
        (40, (change(10, WAIT), change(30, GO)), ClockState.REMAINING, 40, 80),
        (81, (change(10, WAIT), change(30, GO)), ClockState.OVER, 0, 80),
        (99, (change(70, WAIT),), ClockState.OVER, 0, 60),
    ],
)
def test_clock_stands_where_the_log_says(
    minutes: float, log: tuple[Change, ...], state: ClockState, left: float, due: float
) -> None:
    found = first(minutes, *log)
    assert (found.state, found.left, found.due) == (state, timedelta(minutes=left), after(due))


@pytest.mark.parametrize(("met", "state"), [(59, ClockState.MET), (61, ClockState.OVER)])
def test_answer_in_time_keeps_the_promise(met: float, state: ClockState) -> None:
    assert first(500, first_response_at=after(met)).state is state


@pytest.mark.parametrize(
    ("minutes", "step"),
    [(29, None), (30, Step.HALF), (47, Step.HALF), (48, Step.MOST), (60, Step.MOST), (61, Step.BREACH)],
)
def test_steps_come_at_half_four_fifths_and_the_end(minutes: float, step: Step | None) -> None:
    assert first(minutes).step is step


def test_business_promise_counts_open_time_only() -> None:
    promise = FirstResponse(
        kind=ResponseKind.DURATION,
        minutes=60,
        clock=ResponseClock.BUSINESS,
        due=datetime(2026, 11, 24, 9, 30, tzinfo=JST),
    )
    one = ticket(decision=decision(first_response=promise))
    (friday,) = clocks(one, (), datetime(2026, 11, 20, 23, 0, tzinfo=JST), OFFICE)
    (monday,) = clocks(one, (), datetime(2026, 11, 24, 9, 20, tzinfo=JST), OFFICE)
    assert (friday.left, friday.used) == (timedelta(minutes=30), 0.5)
    assert monday.left == timedelta(minutes=10)


def test_next_update_starts_with_the_last_word_of_a_human() -> None:
    one = ticket(status=TicketStatus.IN_PROGRESS, first_response_at=after(10))
    log = (change(10, TicketStatus.IN_PROGRESS, "answer"), change(100, TicketStatus.IN_PROGRESS, "answer"))
    found = clocks(one, log, after(120), ALWAYS)[1]
    assert (found.kind, found.due) == (ClockKind.NEXT_UPDATE, after(100 + 8 * 60))


def test_refusals_are_no_changes() -> None:
    entries = [
        AuditEntry(at=NOW, actor="U1", action="refused:approve"),
        AuditEntry(at=NOW, actor="U1", action="approve", after="open severity=B"),
        AuditEntry(at=NOW, actor="U1", action="rate_good"),
    ]
    assert changes_of(entries) == (
        Change(at=NOW, action="approve", status=TicketStatus.OPEN),
        Change(at=NOW, action="rate_good", status=None),
    )


MINUTES = st.integers(0, 60 * 24 * 8)
LOGS = st.lists(st.tuples(MINUTES, st.sampled_from([WAIT, GO])), max_size=6).map(
    lambda steps: tuple(change(minutes, status) for minutes, status in sorted(steps, key=lambda s: s[0]))
)


@given(LOGS, MINUTES, MINUTES, st.sampled_from([ALWAYS, OFFICE]))
def test_used_time_never_falls_and_what_is_left_is_never_negative(
    log: tuple[Change, ...], one: int, other: int, coverage: Coverage
) -> None:
    early, late = sorted((one, other))
    (before,), (then,) = (clocks(ticket(), log, after(at), coverage) for at in (early, late))
    assert min(before.left, then.left) >= timedelta()
    assert before.used <= then.used + 1e-9


@given(LOGS, MINUTES, MINUTES)
def test_paused_clock_stands_still(log: tuple[Change, ...], begin: int, more: int) -> None:
    stopped = (*(c for c in log if c.at <= after(begin)), change(begin, WAIT))
    (before,), (then,) = (clocks(ticket(), stopped, after(begin + at), ALWAYS) for at in (1, 1 + more))
    assert (before.left, before.used, before.due) == (then.left, then.used, then.due)
