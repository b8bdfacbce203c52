"""Decides when a first response is due and whether reception is open; not which target applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from knowledge.calendars.business_calendar import JST, BusinessCalendar, Hours
from knowledge.policies.decision import FirstResponse, ResponseClock, ResponseKind
from knowledge.policies.policy import OpeningHours, SupportPolicy, Target
from knowledge.policies.texts import sentence

NO_COMMITMENT = FirstResponse(kind=ResponseKind.NONE)
_END_OF_DAY = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A target with what it means for a message received at a certain instant."""

    target: Target
    response: FirstResponse

    @property
    def order(self) -> datetime:
        """Sorts the shortest promise first; no commitment comes last."""
        return self.response.due or datetime.max.replace(tzinfo=JST)

    @property
    def terms(self) -> tuple[ResponseKind, int | None, ResponseClock | None, datetime | None]:
        """What makes two promises equal to the asker."""
        answer = self.response
        return answer.kind, answer.minutes, answer.clock, answer.due


def promise(policy: SupportPolicy, target: Target, now: datetime, calendar: BusinessCalendar) -> Promise:
    """What `target` promises for a message received at `now` (aware)."""
    return Promise(target=target, response=first_response(policy, target, now, calendar))


def shortest(promises: Sequence[Promise]) -> Promise:
    """The promise that ends first; of equals the one named last, as add-ons override the base."""
    best = promises[0]
    for candidate in promises[1:]:
        if candidate.order <= best.order:
            best = candidate
    return best


def first_response(
    policy: SupportPolicy, target: Target, now: datetime, calendar: BusinessCalendar
) -> FirstResponse:
    """The promise of a target for a message received at `now` (aware); `due` in JST."""
    if target.kind is ResponseKind.NONE:
        return NO_COMMITMENT
    local = now.astimezone(JST)
    if target.kind is ResponseKind.NEXT_BUSINESS_DAY:
        day = calendar.next_business_day(local.date())
        due = datetime.combine(day, target.due_at or _END_OF_DAY, tzinfo=JST)
        return FirstResponse(kind=target.kind, due=due)
    minutes = target.minutes or 0
    if target.clock is ResponseClock.BUSINESS:
        due = calendar.add_business_minutes(local, minutes, _span(policy.hours[target.hours]))
    else:
        due = local + timedelta(minutes=minutes)
    return FirstResponse(kind=target.kind, minutes=minutes, clock=target.clock, due=due)


def earlier_due(
    policy: SupportPolicy, found: Promise, now: datetime, calendar: BusinessCalendar
) -> datetime | None:
    """When it would be due without the company's own closed days, where that is earlier."""
    due = found.response.due
    if due is None or found.response.clock is ResponseClock.WALL:
        return None
    first, last = now.astimezone(JST).date(), due.date()
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    if not any(calendar.is_company_day_off(day) for day in days):
        return None
    other = first_response(policy, found.target, now, calendar.without_company_days()).due
    return other if other is not None and other < due else None


def reception(hours: OpeningHours, now: datetime, calendar: BusinessCalendar) -> tuple[bool, datetime | None]:
    """Whether the desk takes a message at `now`, and if not, when it next does (JST)."""
    if hours.kind == "always":
        return True, None
    span = _span(hours)
    if calendar.is_open(now, span):
        return True, None
    return False, calendar.next_open(now, span)


def describe(target: Target) -> str:
    """The target in a few Japanese words."""
    if target.kind is ResponseKind.DURATION:
        return sentence(f"kinds.{target.clock or ResponseClock.WALL}", minutes=str(target.minutes))
    return sentence(f"kinds.{target.kind}")


def _span(hours: OpeningHours) -> Hours:
    return Hours(opens=hours.opens or time(0, 0), closes=hours.closes)
