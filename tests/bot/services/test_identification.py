from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services.identification import RULES, attempts_left, identify
from bot.traffic import Sender
from knowledge.contracts.contract import IdentificationStatus as Status
from tests.builders import CONTRACT, CUSTOMER, NOW, STAFF, World, world


def try_form(made: World, holder: str, number: str, *, who: Sender = CUSTOMER) -> Status:
    with made.store.transaction() as unit:
        return identify(unit, who, holder=holder, number=number, now=made.clock()).status


def left(made: World, who: Sender = CUSTOMER) -> int:
    with made.store.transaction() as unit:
        return attempts_left(unit, who.id, made.clock())


@pytest.mark.parametrize(
    ("holder", "number", "status"),
    [
        ("株式会社あおば商事", "P100200", Status.VERIFIED),
        ("あおば商事", "お客様番号 p-100-200", Status.VERIFIED),
        ("株式会社ほかの会社", "P100200", Status.MISMATCH),
        ("株式会社あおば商事", "P100201", Status.UNKNOWN),
        ("合同会社ふるい", "P500600", Status.EXPIRED),
        ("", "", Status.UNKNOWN),
    ],
)
def test_form_is_compared_and_the_try_written_down(holder: str, number: str, status: Status) -> None:
    made = world()
    assert try_form(made, holder, number) is status
    with made.store.transaction() as unit:
        (tried,) = unit.people.attempts(since=NOW)
        (entry,) = unit.audit.all()
    assert tried.succeeded == (status in (Status.VERIFIED, Status.EXPIRED))
    assert (entry.actor, entry.action, entry.after) == (CUSTOMER.id, "identify", status)
    assert CONTRACT.number not in f"{entry}"


def test_failures_count_down_to_a_pause_that_ends() -> None:
    made = world()
    for used in range(RULES.per_person):
        assert left(made) == RULES.per_person - used
        assert try_form(made, "株式会社ほかの会社", "P100200") is Status.MISMATCH
    assert left(made) == 0
    assert try_form(made, "株式会社あおば商事", "P100200") is Status.LOCKED
    assert try_form(made, "株式会社あおば商事", "P100200", who=STAFF) is Status.VERIFIED
    made.clock.now += RULES.cool_down - timedelta(seconds=1)
    assert try_form(made, "株式会社あおば商事", "P100200") is Status.LOCKED
    made.clock.now += timedelta(seconds=1)
    assert try_form(made, "株式会社あおば商事", "P100200") is Status.VERIFIED


def test_success_makes_earlier_failures_forgotten() -> None:
    made = world()
    for _ in range(RULES.per_person - 1):
        try_form(made, "株式会社ほかの会社", "P100200")
    assert left(made) == 1
    try_form(made, "株式会社あおば商事", "P100200")
    assert left(made) == RULES.per_person


def test_many_people_cannot_guess_at_one_number() -> None:
    made = world()
    for number in range(RULES.per_number):
        assert try_form(made, "ほか", "P100200", who=Sender(id=f"U{number}")) is Status.MISMATCH
    assert try_form(made, "株式会社あおば商事", "P100200", who=Sender(id="U-NEW")) is Status.LOCKED
    assert try_form(made, "有限会社みどり", "P300400", who=Sender(id="U-NEW")) is Status.VERIFIED
