"""Reminders and the digest: who gets which one, once, and when nobody is disturbed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.clock import JST
from bot.dialogue import desk_replies
from bot.dialogue import replies as r
from bot.services.escalation import tick
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.tickets.queues import Queue
from bot.tickets.sla import ClockKind, Step
from bot.tickets.ticket import TicketStatus
from bot.traffic import Address, Post
from knowledge.calendars.business_calendar import BusinessCalendar, Hours
from knowledge.policies.coverage import Coverage
from tests.builders import NOW, STAFF, World, ticket, world

DESK = Address(channel="C-STAFF")


def desk_with(**changes: object) -> World:
    """A desk with one ticket that is due in an hour, and never a digest."""
    made = world()
    configuration = replace(made.desk.configuration, staff_channel=DESK.channel)
    with made.store.transaction() as unit:
        unit.tickets.add(ticket(**{"status": TicketStatus.OPEN, **changes}))
    quiet = replace(made.desk, configuration=configuration, is_business_day=lambda day: False)
    return replace(made, desk=quiet)


def told(made: World, **passed: float) -> list[tuple[Address, r.Reply]]:
    """Let time pass and look; returns everything queued so far."""
    made.clock.advance(**passed)
    tick(made.desk, made.clock())
    with made.store.transaction() as unit:
        items = [item.message for item in unit.outbox.due(made.clock())]
    return [(item.address, item.reply) for item in items if isinstance(item, Post)]


def reminder(step: Step) -> desk_replies.ClockReminder:
    return desk_replies.ClockReminder(
        ticket_id="M-00001",
        summary="メールが送れません",
        clock=ClockKind.FIRST_RESPONSE,
        step=step,
        due=NOW + timedelta(hours=1),
    )


def test_each_step_is_told_once_and_only_the_last_that_is_due() -> None:
    made = desk_with()
    assert told(made, minutes=29) == []
    assert told(made, minutes=1) == [(DESK, reminder(Step.HALF))]
    assert told(made, minutes=10) == [(DESK, reminder(Step.HALF))]
    assert told(made, minutes=8) == [(DESK, reminder(Step.HALF)), (DESK, reminder(Step.MOST))]
    assert len(told(made, minutes=12)) == 2
    assert told(made, seconds=1)[2:] == [(DESK, reminder(Step.BREACH))]
    assert len(told(made, days=2)) == 3
    assert told(desk_with(), minutes=55) == [(DESK, reminder(Step.MOST))]


def test_only_who_has_the_ticket_is_told() -> None:
    assert told(desk_with(assignee=STAFF.id), minutes=31) == [
        (Address(channel=STAFF.id), reminder(Step.HALF))
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"first_response_at": NOW + timedelta(minutes=5), "status": TicketStatus.RESOLVED},
        {"status": TicketStatus.CLOSED},
        {"status": TicketStatus.MERGED},
        {"decision": None},
    ],
)
def test_nobody_is_reminded_of_what_is_done_or_was_never_promised(changes: dict[str, object]) -> None:
    assert told(desk_with(**changes), days=1) == []


def test_customers_turn_stops_the_clock() -> None:
    made = desk_with(status=TicketStatus.WAITING_CUSTOMER)
    wait = AuditEntry(
        at=NOW + timedelta(minutes=10),
        actor=STAFF.id,
        action=Move.WAIT,
        ticket_id="M-00001",
        after="waiting_customer severity=B",
    )
    with made.store.transaction() as unit:
        unit.audit.append(wait)
    assert told(made, days=3) == []


def test_nobody_is_disturbed_outside_the_hours() -> None:
    made = desk_with()
    office = Coverage(hours=Hours(opens=time(9), closes=time(17)), calendar=BusinessCalendar())
    made = replace(made, desk=replace(made.desk, coverage=lambda policy, plan, severity: office))
    assert told(made, minutes=59) == []
    made.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
    assert told(made) == [(DESK, reminder(Step.BREACH))]


def test_digest_comes_once_a_business_day_from_nine() -> None:
    made = desk_with(first_response_at=NOW)
    made = replace(
        made, desk=replace(made.desk, is_business_day=lambda day: BusinessCalendar().is_business_day(day))
    )
    # Saturday, Sunday and Labour Thanksgiving Day.
    for day in (21, 22, 23):
        made.clock.now = datetime(2026, 11, day, 12, 0, tzinfo=JST)
        assert [reply for _, reply in told(made) if isinstance(reply, desk_replies.DeskDigest)] == []
    made.clock.now = datetime(2026, 11, 24, 8, 59, tzinfo=JST)
    assert [reply for _, reply in told(made) if isinstance(reply, desk_replies.DeskDigest)] == []
    made.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
    for _ in range(2):
        assert [reply for _, reply in told(made) if isinstance(reply, desk_replies.DeskDigest)] == [
            desk_replies.DeskDigest(
                at=datetime(2026, 11, 24, 9, 0, tzinfo=JST),
                live=1,
                queues=(
                    (Queue.UNAPPROVED, ()),
                    (Queue.UNASSIGNED, ("M-00001",)),
                    (Queue.DUE_SOON, ("M-00001",)),
                    (Queue.WAITING_CUSTOMER, ()),
                ),
            )
        ]
