"""Decides which days are Japanese public holidays; not whether anybody works on them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from holidays.countries.japan import Japan

from knowledge.errors import CalendarHorizonError

#: Years the holiday table knows; beyond them the library would silently name no holiday at all.
FIRST_YEAR: int = Japan.start_year
LAST_YEAR: int = Japan.end_year


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, substitute holidays and bridged days included.

    Raises:
        CalendarHorizonError: the table does not reach that year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarHorizonError(year, FIRST_YEAR, LAST_YEAR)
    found = frozenset(Japan(years=year).keys())
    if not found:
        raise CalendarHorizonError(year, FIRST_YEAR, LAST_YEAR)
    return found
