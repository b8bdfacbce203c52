"""Identification: the exact number decides, the name confirms, tries are limited."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendars.business_calendar import JST
from knowledge.contracts.contract import Contact, Contract, Identification, IdentificationStatus
from knowledge.contracts.identification import (
    Attempt,
    asker_of,
    attempt_of,
    identify,
    in_force,
    locked_until,
    normalise_name,
    normalise_number,
)
from knowledge.contracts.registry import InMemoryRegistry
from knowledge.policies.decision import Asker

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=JST)
CONTRACT = Contract(
    number="00482913",
    holder="株式会社みなと保険事務所",
    policy_id="sonpo-cloud",
    aliases=("湊保険",),
    valid_from=date(2024, 4, 1),
    valid_until=date(2027, 3, 31),
    contacts=(
        Contact(name="湊 渚", role=Asker.ADMIN, slack_user="U1", email="nagisa@minato.example"),
        Contact(name="湊 潮", role=Asker.END_USER, email="ushio@minato.example"),
    ),
)
REGISTRY = InMemoryRegistry([CONTRACT])


def _try(name: str, number: str, history: tuple[Attempt, ...] = (), now: datetime = NOW) -> Identification:
    return identify(REGISTRY, name, number, history=history, person="U9", now=now)


def _failure(minutes_ago: int, person: str = "U9", number: str = "1") -> Attempt:
    at = NOW - timedelta(minutes=minutes_ago)
    return Attempt(person=person, number=number, at=at, succeeded=False)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("00482913", "00482913"),
        ("0048-2913", "00482913"),
        ("００４８―２９１３", "00482913"),
        ("0048ー2913", "00482913"),
        (" No.00482913 ", "00482913"),
        ("№00482913", "00482913"),
        ("お客様番号:00482913", "00482913"),
        ("お客様番号は00482913です。", "00482913"),
        ("ｵ客様番号", "オ客様番号"),
        ("csp-20331", "CSP20331"),
        ("NODE-1", "NODE1"),
        ("", ""),
        ("---", ""),
    ],
)
def test_normalise_number_keeps_only_what_counts(typed: str, number: str) -> None:
    assert normalise_number(typed) == number


@given(st.text(alphabet="0123456789ABC-ー ー.No", max_size=20))
def test_normalise_number_is_stable(typed: str) -> None:
    once = normalise_number(typed)
    assert normalise_number(once) in {once, once.removeprefix("NO")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("株式会社みなと保険事務所", "みなと保険事務所"),
        ("(株)みなと保険事務所", "㈱ミナト保険事務所"),
        ("みなと保険事務所 御中", "みなと 保険・事務所"),
        ("Minato Hoken Co., Ltd.", "MINATO HOKEN"),
        ("ｶ)ﾐﾅﾄﾎｹﾝ", "ミナトホケン"),
        ("医療法人社団みなと会", "みなと会"),
    ],
)
def test_normalise_name_drops_what_does_not_tell_names_apart(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize(
    "typed",
    [
        "みなと保険事務所",
        "(株)みなと保険事務所",
        "湊保険",
        "みなと保険事務所 本店",
        "みなと保健事務所",
        "ミナト保険事務所です",
    ],
)
def test_identify_verifies_a_name_that_fits(typed: str) -> None:
    found = _try(typed, "No.0048-2913")
    assert (found.status, found.contract, found.attempts) == (IdentificationStatus.VERIFIED, CONTRACT, 0)


@pytest.mark.parametrize("typed", ["", "株式会社", "さくら保険", "みなと運輸", "港", "保険"])
def test_identify_reports_a_name_that_does_not_fit(typed: str) -> None:
    found = _try(typed, "00482913")
    assert (found.status, found.contract, found.attempts) == (IdentificationStatus.MISMATCH, None, 1)


@pytest.mark.parametrize("typed", ["482913", "0482913", "00482914", "004829131", "", "わかりません"])
def test_identify_knows_only_the_exact_number(typed: str) -> None:
    found = _try("みなと保険事務所", typed)
    assert (found.status, found.contract) == (IdentificationStatus.UNKNOWN, None)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2024-03-31T23:59:59+09:00", IdentificationStatus.EXPIRED),
        ("2024-04-01T00:00:00+09:00", IdentificationStatus.VERIFIED),
        ("2027-03-31T23:59:59+09:00", IdentificationStatus.VERIFIED),
        ("2027-03-31T15:00:00+00:00", IdentificationStatus.EXPIRED),
    ],
)
def test_identify_reckons_validity_by_the_japanese_day(now: str, status: IdentificationStatus) -> None:
    assert _try("みなと保険事務所", "00482913", now=datetime.fromisoformat(now)).status is status


def test_in_force_is_open_ended_without_dates() -> None:
    assert in_force(Contract(number="1", holder="甲", policy_id="o365"), date(1999, 1, 1)) is True


def test_identify_locks_a_person_after_five_failures() -> None:
    history = tuple(_failure(minutes, number=str(minutes)) for minutes in (14, 12, 10, 5))
    fifth = _try("みなと保険事務所", "1", history)
    assert (fifth.status, fifth.attempts) == (IdentificationStatus.UNKNOWN, 5)
    kept = attempt_of(fifth, "U9", "1", NOW)
    assert kept == Attempt(person="U9", number="1", at=NOW, succeeded=False)
    locked = _try("みなと保険事務所", "00482913", (*history, kept))
    assert (locked.status, locked.contract, locked.attempts) == (IdentificationStatus.LOCKED, None, 5)
    assert attempt_of(locked, "U9", "00482913", NOW) is None


def test_identify_locks_a_number_tried_by_many_people() -> None:
    history = tuple(_failure(m, person=f"U{m}", number="00482913") for m in range(1, 11))
    assert _try("みなと保険事務所", "00482913", history).status is IdentificationStatus.LOCKED
    assert _try("みなと保険事務所", "1", history).status is IdentificationStatus.UNKNOWN


def test_locked_until_ends_with_the_cool_down() -> None:
    history = [_failure(minutes) for minutes in (9, 8, 7, 6, 5)]
    end = NOW + timedelta(minutes=25)
    assert locked_until(history, "U9", "x", NOW) == end
    assert locked_until(history, "U9", "x", end - timedelta(seconds=1)) == end
    assert locked_until(history, "U9", "x", end) is None


def test_locked_until_forgets_old_failures() -> None:
    history = [_failure(minutes) for minutes in (60, 59, 58, 57, 56)]
    assert locked_until(history, "U9", "x", NOW) is None


def test_pause_lasts_although_its_failures_have_left_the_window() -> None:
    history = [_failure(minutes) for minutes in (29, 28, 27, 26, 25)]
    assert locked_until(history, "U9", "x", NOW) == NOW + timedelta(minutes=5)


def test_failures_far_apart_make_no_pause() -> None:
    history = [_failure(minutes) for minutes in (64, 48, 32, 16, 1)]
    assert locked_until(history, "U9", "x", NOW) is None


def test_twenty_failures_a_day_are_the_end_even_between_successes() -> None:
    hours = range(1, 21)
    failures = [_failure(60 * hour) for hour in hours]
    successes = [
        Attempt(person="U9", number="1", at=NOW - timedelta(minutes=60 * hour - 1), succeeded=True)
        for hour in hours
    ]
    assert locked_until([*failures[1:], *successes], "U9", "x", NOW) is None
    assert locked_until([*failures, *successes], "U9", "x", NOW) == NOW + timedelta(hours=4)
    assert locked_until([*failures, *successes], "U8", "x", NOW) is None


def test_a_hundred_failures_a_day_lock_the_whole_workspace() -> None:
    history = [_failure(10 * n, person=f"U{n}", number=f"{n}") for n in range(1, 101)]
    assert locked_until(history[1:], "U-NEW", "x", NOW) is None
    end = NOW - timedelta(minutes=1000) + timedelta(days=1)
    assert locked_until(history, "U-NEW", "x", NOW) == end


def test_a_success_clears_earlier_failures() -> None:
    success = Attempt(person="U9", number="1", at=NOW - timedelta(minutes=6), succeeded=True)
    history = (*(_failure(minutes) for minutes in (10, 9, 8, 7)), success, _failure(5))
    assert _try("みなと保険事務所", "2", history).attempts == 2


@pytest.mark.parametrize(
    ("slack_user", "email", "role"),
    [
        ("U1", None, Asker.ADMIN),
        (None, "NAGISA@minato.example", Asker.ADMIN),
        ("U7", "ushio@minato.example", Asker.END_USER),
        ("U1", "ushio@minato.example", Asker.ADMIN),
        ("U7", None, Asker.CONTRACT_HOLDER),
        (None, None, Asker.CONTRACT_HOLDER),
    ],
)
def test_asker_of_knows_the_contacts(slack_user: str | None, email: str | None, role: Asker) -> None:
    assert asker_of(CONTRACT, slack_user, email) is role
