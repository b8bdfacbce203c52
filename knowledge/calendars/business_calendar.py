"""Decides when a desk is open and adds business time; not which desk or target applies."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from knowledge.calendars.japan import horizon, public_holidays
from knowledge.errors import CalendarHorizonError, PackError

JST: Final = ZoneInfo("Asia/Tokyo")
_DEFAULT = Path(__file__).parent.parent / "data" / "calendar.toml"
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours of a business day, half-open; `closes` None means midnight at the end of the day."""

    opens: time = time(0, 0)
    closes: time | None = None

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Opening and closing instant on a day, in JST."""
        opening = datetime.combine(day, self.opens, tzinfo=JST)
        if self.closes is None:
            return opening, datetime.combine(day + _DAY, time(0, 0), tzinfo=JST)
        return opening, datetime.combine(day, self.closes, tzinfo=JST)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Japanese business days: weekdays without public holidays and without the company's own closed days."""

    #: (month, day) closed every year.
    yearly_closed: frozenset[tuple[int, int]] = frozenset()
    #: Single closed days.
    closed: frozenset[date] = frozenset()
    #: Public holidays of a year; raises CalendarHorizonError beyond the table.
    holidays_of: Callable[[int], frozenset[date]] = public_holidays

    @classmethod
    def load(cls, path: Path | None = None) -> BusinessCalendar:
        """Reads the company's closed days (default: the shipped file).

        Raises:
            PackError: unreadable, an unknown key or an impossible day.
        """
        file = path or _DEFAULT
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PackError(file, "-", str(error)) from error
        unknown = sorted(set(data) - {"yearly_closed", "closed"})
        if unknown:
            raise PackError(file, unknown[0], "unknown key")
        yearly = frozenset(_month_day(file, text) for text in _texts(file, "yearly_closed", data))
        single = frozenset(_date(file, text) for text in _texts(file, "closed", data))
        return cls(yearly_closed=yearly, closed=single)

    @property
    def horizon(self) -> tuple[int, int]:
        """First and last year the holiday table covers."""
        return horizon()

    def without_company_days(self) -> BusinessCalendar:
        """The same calendar with only weekends and public holidays closed."""
        return replace(self, yearly_closed=frozenset(), closed=frozenset())

    def is_company_day_off(self, day: date) -> bool:
        """True on the company's own closed days."""
        return (day.month, day.day) in self.yearly_closed or day in self.closed

    def is_business_day(self, day: date) -> bool:
        """True where the desk works on that day at all.

        Raises:
            CalendarHorizonError: the holiday table does not reach that year.
        """
        holidays = self.holidays_of(day.year)
        return day.weekday() < _SATURDAY and day not in holidays and not self.is_company_day_off(day)

    def next_business_day(self, day: date) -> date:
        """The first business day after `day`."""
        try:
            following = day + _DAY
            while not self.is_business_day(following):
                following += _DAY
        except OverflowError as error:
            raise CalendarHorizonError(day.year, *self.horizon) from error
        return following

    def is_open(self, instant: datetime, hours: Hours) -> bool:
        """True where `instant` (aware) lies in [opening, closing) of a business day."""
        local = instant.astimezone(JST)
        opening, closing = hours.on(local.date())
        return opening <= local < closing and self.is_business_day(local.date())

    def next_open(self, instant: datetime, hours: Hours) -> datetime:
        """`instant` itself in JST while open, otherwise the next opening."""
        local = instant.astimezone(JST)
        opening, closing = hours.on(local.date())
        if not self.is_business_day(local.date()) or local >= closing:
            return hours.on(self.next_business_day(local.date()))[0]
        return max(local, opening)

    def add_business_minutes(self, instant: datetime, minutes: int, hours: Hours) -> datetime:
        """The instant at which `minutes` of open time have passed; it may be exactly a closing."""
        at = self.next_open(instant, hours)
        left = timedelta(minutes=minutes)
        while True:
            closing = hours.on(at.date())[1]
            if left <= closing - at:
                return at + left
            left -= closing - at
            at = hours.on(self.next_business_day(at.date()))[0]


def _texts(file: Path, key: str, data: dict[str, Any]) -> list[str]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PackError(file, key, "must be a list of texts")
    return values


def _month_day(file: Path, text: str) -> tuple[int, int]:
    try:
        # A leap year, so that 02-29 may be closed, too.
        day = date.fromisoformat(f"2024-{text}")
    except ValueError as error:
        raise PackError(file, "yearly_closed", f"{text!r} is no MM-DD day") from error
    return day.month, day.day


def _date(file: Path, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PackError(file, "closed", f"{text!r} is no YYYY-MM-DD day") from error
