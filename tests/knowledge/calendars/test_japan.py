"""Public holidays, down to the awkward ones."""

from datetime import date

import pytest

from knowledge.calendars.japan import horizon, public_holidays
from knowledge.errors import CalendarHorizonError

FIRST_YEAR, LAST_YEAR = horizon()


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 1, 1), True),  # 元日
        (date(2026, 5, 6), True),  # 振替休日
        (date(2026, 9, 22), True),  # 国民の休日
        (date(2026, 11, 23), True),  # 勤労感謝の日
        (date(2019, 5, 1), True),  # 即位の日
        (date(2020, 7, 24), True),  # moved for the games
        (date(2020, 10, 12), False),  # its usual place that year
        (date(2026, 12, 23), False),
        (date(2026, 12, 31), False),
    ],
)
def test_public_holidays_knows_day(day: date, holiday: bool) -> None:
    assert (day in public_holidays(day.year)) is holiday


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1, 9999])
def test_public_holidays_refuses_years_beyond_the_table(year: int) -> None:
    with pytest.raises(CalendarHorizonError, match=f"no holidays known for {year}"):
        public_holidays(year)


def test_public_holidays_names_some_for_every_year_of_the_table() -> None:
    # The law of 1948 named nine days; a year with fewer would mean that the table is silent.
    assert min(len(public_holidays(year)) for year in range(FIRST_YEAR, LAST_YEAR + 1)) >= 9
