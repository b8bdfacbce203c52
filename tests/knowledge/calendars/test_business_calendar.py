"""Business time: closed days, half-open hours, and what must hold for every instant."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendars.business_calendar import JST, BusinessCalendar, Hours
from knowledge.errors import CalendarHorizonError, PackError

CALENDAR = BusinessCalendar.load()
OFFICE = Hours(opens=time(9, 0), closes=time(17, 30))
WHOLE_DAY = Hours()
INSTANTS = st.datetimes(
    datetime.fromisoformat("2000-01-01"),
    datetime.fromisoformat("2090-01-01"),
    timezones=st.sampled_from([JST, UTC]),
)
MINUTES = st.integers(min_value=1, max_value=6000)


def _jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), False),
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2027, 1, 4), True),
        (date(2028, 1, 3), False),
        (date(2026, 5, 6), False),
        (date(2026, 9, 22), False),
    ],
)
def test_is_business_day_knows_weekends_holidays_and_company_days(day: date, works: bool) -> None:
    assert CALENDAR.is_business_day(day) is works


def test_without_company_days_works_at_year_end() -> None:
    assert CALENDAR.without_company_days().is_business_day(date(2026, 12, 29)) is True


def test_next_business_day_skips_a_long_weekend() -> None:
    assert CALENDAR.next_business_day(date(2026, 11, 20)) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("instant", "is_open", "opens"),
    [
        ("2026-11-19T08:59:59.999999", False, "2026-11-19T09:00"),
        ("2026-11-19T09:00", True, "2026-11-19T09:00"),
        ("2026-11-19T17:29:59", True, "2026-11-19T17:29:59"),
        ("2026-11-19T17:30", False, "2026-11-20T09:00"),
        ("2026-11-21T12:00", False, "2026-11-24T09:00"),
    ],
)
def test_is_open_is_half_open(instant: str, is_open: bool, opens: str) -> None:
    at = _jst(instant)
    assert (CALENDAR.is_open(at, OFFICE), CALENDAR.next_open(at, OFFICE)) == (is_open, _jst(opens))


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-19T15:30", 120, "2026-11-19T17:30"),
        ("2026-11-19T15:30:01", 120, "2026-11-20T09:00:01"),
        ("2026-11-20T17:30", 1, "2026-11-24T09:01"),
        ("2026-12-28T17:00", 240, "2027-01-04T12:30"),
        ("2026-11-19T09:00", 510, "2026-11-19T17:30"),
        ("2026-11-19T09:00", 511, "2026-11-20T09:01"),
    ],
)
def test_add_business_minutes_counts_open_time_only(start: str, minutes: int, due: str) -> None:
    assert CALENDAR.add_business_minutes(_jst(start), minutes, OFFICE) == _jst(due)


def test_whole_day_hours_end_at_midnight() -> None:
    friday = _jst("2026-11-20T23:59:59")
    assert CALENDAR.is_open(friday, WHOLE_DAY) is True
    assert CALENDAR.next_open(friday + timedelta(seconds=1), WHOLE_DAY) == _jst("2026-11-24T00:00")


@given(INSTANTS, MINUTES)
def test_add_business_minutes_never_ends_before_it_begins(start: datetime, minutes: int) -> None:
    assert CALENDAR.add_business_minutes(start, minutes, OFFICE) >= start + timedelta(minutes=minutes)


@given(INSTANTS, MINUTES)
def test_add_business_minutes_never_ends_in_closed_hours(start: datetime, minutes: int) -> None:
    due = CALENDAR.add_business_minutes(start, minutes, OFFICE)
    opening, closing = OFFICE.on(due.date())
    assert CALENDAR.is_business_day(due.date())
    assert opening < due <= closing


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=20)), MINUTES)
def test_add_business_minutes_is_monotone_in_the_start(
    start: datetime, later: timedelta, minutes: int
) -> None:
    earlier_due = CALENDAR.add_business_minutes(start, minutes, OFFICE)
    assert earlier_due <= CALENDAR.add_business_minutes(start + later, minutes, OFFICE)


@given(INSTANTS, MINUTES, MINUTES)
def test_add_business_minutes_is_additive(start: datetime, first: int, second: int) -> None:
    step_by_step = CALENDAR.add_business_minutes(
        CALENDAR.add_business_minutes(start, first, OFFICE), second, OFFICE
    )
    assert step_by_step == CALENDAR.add_business_minutes(start, first + second, OFFICE)


@given(INSTANTS)
def test_next_open_is_the_first_open_instant(instant: datetime) -> None:
    opens = CALENDAR.next_open(instant, OFFICE)
    assert opens >= instant
    assert CALENDAR.is_open(opens, OFFICE)
    assert opens == instant or not CALENDAR.is_open(opens - timedelta(microseconds=1), OFFICE)


def test_calendar_refuses_to_look_beyond_its_horizon() -> None:
    with pytest.raises(CalendarHorizonError, match="no holidays known for 2100"):
        CALENDAR.add_business_minutes(_jst("2099-12-31T17:00"), 60, OFFICE)


def test_calendar_refuses_the_last_day_that_can_be_written() -> None:
    with pytest.raises(CalendarHorizonError):
        CALENDAR.next_business_day(date.max)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('yearly_closed = ["13-40"]', "yearly_closed: '13-40' is no MM-DD day"),
        ('closed = ["2026/12/29"]', "closed: '2026/12/29' is no YYYY-MM-DD day"),
        ("closed = [1]", "closed: must be a list of texts"),
        ("holidays = []", "holidays: unknown key"),
        ("closed = [", "-: "),
    ],
)
def test_load_refuses_a_malformed_file(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        BusinessCalendar.load(file)
    assert str(refused.value).startswith(f"{file}: {reason}")


def test_load_takes_single_closed_days(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text('closed = ["2026-11-20"]', encoding="utf-8")
    assert BusinessCalendar.load(file).is_business_day(date(2026, 11, 20)) is False
