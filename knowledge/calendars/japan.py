"""Decides which days are Japanese public holidays; not whether anybody works on them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge.errors import CalendarHorizonError

if TYPE_CHECKING:
    from holidays.countries.japan import Japan


@lru_cache(maxsize=1)
def _table() -> type[Japan]:
    # The library loads every country at once: a command that asks for no date must not wait for that.
    from holidays.countries.japan import Japan  # noqa: PLC0415

    return Japan


def horizon() -> tuple[int, int]:
    """First and last year the table knows; beyond them it would silently name no holiday at all."""
    return _table().start_year, _table().end_year


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, substitute holidays and bridged days included.

    Raises:
        CalendarHorizonError: the table does not reach that year.
    """
    first, last = horizon()
    if not first <= year <= last:
        raise CalendarHorizonError(year, first, last)
    found = frozenset(_table()(years=year).keys())
    if not found:
        raise CalendarHorizonError(year, first, last)
    return found
