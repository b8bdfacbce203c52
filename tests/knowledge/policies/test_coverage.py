"""Time by reception hours: open time between instants and its inverse."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.labels import Severity
from knowledge.calendars.business_calendar import JST, BusinessCalendar, Hours
from knowledge.policies.coverage import Coverage
from knowledge.policies.packs import PolicyBook

OFFICE = Coverage(hours=Hours(opens=time(9), closes=time(17)), calendar=BusinessCalendar())
FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=JST)


@pytest.mark.parametrize(
    ("end", "minutes"),
    [
        (datetime(2026, 11, 20, 16, 45, tzinfo=JST), 15),
        (datetime(2026, 11, 20, 23, 0, tzinfo=JST), 30),
        (datetime(2026, 11, 24, 9, 0, tzinfo=JST), 30),
        (datetime(2026, 11, 24, 9, 1, tzinfo=JST), 31),
        (datetime(2026, 11, 20, 16, 0, tzinfo=JST), 0),
    ],
)
def test_only_open_time_counts(end: datetime, minutes: int) -> None:
    assert OFFICE.elapsed(FRIDAY, end) == timedelta(minutes=minutes)
    assert Coverage().elapsed(FRIDAY, end) == max(timedelta(), end - FRIDAY)


@given(st.integers(0, 20_000), st.integers(0, 3_000))
def test_span_added_is_the_time_that_passes(offset: int, minutes: int) -> None:
    start = FRIDAY + timedelta(minutes=offset)
    for coverage in (OFFICE, Coverage()):
        end = coverage.after(start, timedelta(minutes=minutes))
        assert coverage.elapsed(start, end) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("policy", "plan", "severity", "at_night"),
    [
        ("synnex-csp", None, Severity.A, True),
        ("synnex-csp", "weekday-9-17", Severity.C, False),
        ("synnex-csp", "24x365", Severity.C, True),
        ("sonpo-cloud", None, Severity.CRITICAL, True),
    ],
)
def test_policy_has_its_own_hours(policy: str, plan: str | None, severity: Severity, at_night: bool) -> None:
    coverage = PolicyBook.load().coverage(policy, plan, severity)
    assert coverage.is_open(datetime(2026, 11, 20, 10, 0, tzinfo=JST))
    assert coverage.is_open(datetime(2026, 11, 20, 22, 0, tzinfo=JST)) is at_night
