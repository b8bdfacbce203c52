"""Counts time by a policy's reception hours; decides neither which hours apply nor what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from knowledge.calendars.business_calendar import JST, BusinessCalendar, Hours
from knowledge.policies.policy import OpeningHours

_NOTHING = timedelta()
#: Longest time that is counted day by day; what lies further back counts as if it were wall time.
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Reception hours on a calendar; without a calendar it is always open."""

    hours: Hours = field(default_factory=Hours)
    calendar: BusinessCalendar | None = None

    @classmethod
    def of(cls, hours: OpeningHours, calendar: BusinessCalendar) -> Coverage:
        """Return the coverage of a policy's reception hours."""
        if hours.kind == "always":
            return cls()
        return cls(hours=Hours(opens=hours.opens or time(0, 0), closes=hours.closes), calendar=calendar)

    def is_open(self, at: datetime) -> bool:
        """Tell whether the desk works at `at` (aware)."""
        return self.calendar is None or self.calendar.is_open(at, self.hours)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from `start` to `end` (both aware); nothing where they are swapped."""
        if end <= start:
            return _NOTHING
        if self.calendar is None or end - start > _LONGEST:
            return end - start
        total, day, last = _NOTHING, start.astimezone(JST).date(), end.astimezone(JST).date()
        while day <= last:
            if self.calendar.is_business_day(day):
                opens, closes = self.hours.on(day)
                total += max(_NOTHING, min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return total

    def after(self, start: datetime, span: timedelta) -> datetime:
        """Return when `span` of open time has passed since `start` (aware); JST."""
        local = start.astimezone(JST)
        if self.calendar is None:
            return local + span
        if not span:
            return local
        minutes = -(-span // timedelta(minutes=1))
        return self.calendar.add_business_minutes(local, minutes, self.hours)
