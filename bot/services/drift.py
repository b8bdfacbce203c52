"""Looks each week whether messages are still like those before, and tells the desk where they are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.tickets.ticket import Ticket
from bot.traffic import DeskNote, OutboxItem
from classifiers.drift import Drift, Observation, drift

#: What is looked at, and what it is held against.
WEEK, BEFORE = timedelta(days=7), timedelta(weeks=8)
#: Texts that are read again for the share of unknown words.
READ_AGAIN = 500
_MOST = 20_000
_MARK = "drift"

#: The share of a text's words that the model does not know, or None.
Unknown = Callable[[str], float | None]


def week(unit: UnitOfWork, now: datetime, unknown: Unknown | None = None) -> Drift:
    """Return the figures of the last seven days beside the eight weeks before them."""
    corrected = {correction.ticket_id for correction in unit.feedback.corrections()}
    tickets = unit.tickets.find(limit=_MOST)
    recent = [ticket for ticket in tickets if now - WEEK <= ticket.created_at < now]
    earlier = [ticket for ticket in tickets if now - WEEK - BEFORE <= ticket.created_at < now - WEEK]
    return drift(_observed(recent, corrected, unknown), _observed(earlier, corrected, unknown))


def tell(
    unit: UnitOfWork, found: Drift, now: datetime, words: Callable[[Drift], str], *, channel: str = ""
) -> bool:
    """Queue one note a week where a figure left its band; False where nothing is told."""
    if not found.outside:
        return False
    note = DeskNote(text=words(found), channel=channel)
    return unit.outbox.put(OutboxItem(key=f"drift/{_week(now)}", message=note, created_at=now))


def weekly(desk: Desk, words: Callable[[Drift], str]) -> bool:
    """Look once a week and tell the admins; True where it was looked now."""
    administration, now = desk.administration, desk.clock()
    if administration is None:
        return False
    with desk.store.reading() as unit:
        if unit.marks.get(_MARK) == _week(now):
            return False
        found = week(unit, now, administration.unknown)
    with desk.store.transaction() as unit:
        tell(unit, found, now, words, channel=desk.configuration.admin_channel)
        unit.marks.set(_MARK, _week(now))
    return True


def _week(now: datetime) -> str:
    year, number, _ = now.isocalendar()
    return f"{year}-W{number:02d}"


def _observed(tickets: Sequence[Ticket], corrected: set[str], unknown: Unknown | None) -> list[Observation]:
    return [
        Observation(
            verdict=ticket.classification,
            unknown_words=unknown(ticket.description) if unknown and place < READ_AGAIN else None,
            corrected=ticket.id in corrected,
        )
        for place, ticket in enumerate(tickets)
        if ticket.classification is not None
    ]
