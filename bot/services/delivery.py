"""Sends what waits in the outbox: at least once, seen at most once, and decides retry or give up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.errors import RateLimited, Refused
from bot.logs import logger
from bot.ports import Gateway, UnitOfWork
from bot.services import runs
from bot.services.cards import card_of
from bot.services.desk import Desk
from bot.services.pace import Lanes, Pace, Road, place_of
from bot.traffic import (
    LONGEST_WAIT,
    Address,
    CardLog,
    DeskNote,
    MessageRef,
    OutboxItem,
    OutboxStatus,
    Post,
    React,
    ShowCard,
    ShowRun,
    Working,
)

#: Waits after the 1st, 2nd … failure; the last one repeats.
BACKOFF = (2, 5, 15, 60, 300)
#: After this many tries, and not before this time, a message is given up and staff see it in `health`.
MAX_ATTEMPTS, MIN_PATIENCE = 20, timedelta(hours=1)
#: How long something is waited for that an administrator can put right: rights, a token, an archived channel.
MENDING = timedelta(hours=24)
#: A log line has to wait for its card.
_NO_CARD = "no_card"
_MENDABLE = frozenset(
    {
        _NO_CARD,
        "is_archived",
        "not_in_channel",
        "missing_scope",
        "no_permission",
        "restricted_action",
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "team_access_not_granted",
    }
)
#: How long a call that was under way when the process died may still be carried out.
SETTLING = timedelta(seconds=10)

#: A line that says that somebody is at work is sent within this time or not at all.
STALE = timedelta(seconds=3)

_LOG = logger("delivery")

Due = tuple[OutboxItem, Road]


def deliver_due(desk: Desk, gateway: Gateway, pace: Pace | None = None) -> int:
    """Send everything that is due now, in order; returns how many were sent."""
    pace = pace or Pace(0)
    return _deliver_all(desk, gateway, pace, _due(desk))


def deliver_abreast(desk: Desk, gateway: Gateway, pace: Pace, lanes: Lanes) -> bool:
    """Send what is due, place beside place; tells whether something was sent or is under way."""
    places: dict[str, list[Due]] = {}
    for item, road in _due(desk):
        if lanes.free(place_of(item)) and pace.allows(item, road, desk.clock()):
            places.setdefault(place_of(item), []).append((item, road))
    work = {place: partial(_deliver_all, desk, gateway, pace, due) for place, due in places.items()}
    sent, under_way = lanes.run(work)
    return sent > 0 or under_way


def _due(desk: Desk) -> Sequence[Due]:
    with desk.store.reading() as unit:
        return [(item, _road(unit, item)) for item in unit.outbox.due(desk.clock(), _LOOK)]


def _road(unit: UnitOfWork, item: OutboxItem) -> Road:
    match item.message:
        case ShowCard(ticket_id=ticket_id):
            return Road.POST if unit.outbox.card_of(ticket_id) is None else Road.UPDATE
        case ShowRun(run_id=run_id):
            return Road.POST if unit.outbox.card_of(f"run/{run_id}") is None else Road.UPDATE
        case React():
            return Road.REACT
        case Working():
            return Road.STATUS
        case _:
            return Road.POST


def _deliver_all(desk: Desk, gateway: Gateway, pace: Pace, due: Sequence[Due]) -> int:
    sent = 0
    for item, road in due:
        if pace.allows(item, road, desk.clock()):
            sent += _deliver(desk, gateway, item, road, pace)
    return sent


#: More than one busy channel can hold up in a minute.
_LOOK = 200


def _deliver(desk: Desk, gateway: Gateway, item: OutboxItem, road: Road, pace: Pace) -> bool:
    started = desk.clock()
    if isinstance(item.message, Working) and started - item.created_at > STALE:
        desk.store.write(lambda unit: unit.outbox.mark(item.key, OutboxStatus.SENT))
        return False
    desk.store.write(lambda unit: unit.outbox.begin(item.key))
    pace.sent(item)
    try:
        ref = _send(desk, gateway, item)
    except Exception as error:  # one message that cannot be sent must not hold up those behind it
        if isinstance(error, RateLimited) and item.status is OutboxStatus.PENDING:
            # Otherwise it was the reading back that was limited.
            pace.close(road, desk.clock(), error.retry_after)
        _failed(desk, item, error, started)
        return False
    desk.store.write(lambda unit: _keep_sent(unit, item, ref))
    return True


def _keep_sent(unit: UnitOfWork, item: OutboxItem, ref: MessageRef | None) -> None:
    unit.outbox.mark(item.key, OutboxStatus.SENT)
    if isinstance(item.message, ShowCard) and ref is not None:
        unit.outbox.remember(item.message.ticket_id, ref)
    if isinstance(item.message, ShowRun) and ref is not None:
        unit.outbox.remember(f"run/{item.message.run_id}", ref)


def _send(desk: Desk, gateway: Gateway, item: OutboxItem) -> MessageRef | None:
    """Make the call; where an earlier try may have arrived, look before posting again."""
    uncertain = item.status is OutboxStatus.SENDING
    match item.message:
        case Post(address=address, reply=reply):
            found = gateway.find(address, key=item.key) if uncertain else None
            return found or gateway.post(address, reply, key=item.key)
        case ShowCard(ticket_id=ticket_id):
            return _send_card(desk, gateway, ticket_id, uncertain)
        case CardLog() as line:
            return _send_log(desk, gateway, line, item, uncertain)
        case ShowRun(run_id=run_id):
            return _send_run(desk, gateway, run_id, uncertain)
        case DeskNote(text=text, channel=channel):
            found = _find_note(gateway, channel, item.key) if uncertain else None
            return found or gateway.tell_desk(text, key=item.key, channel=channel)
        case React(channel=channel, message=message, emoji=emoji):
            gateway.react(channel, message, emoji)
            return None
        case Working(address=address):
            gateway.working(address)
            return None


def _send_card(desk: Desk, gateway: Gateway, ticket_id: str, uncertain: bool) -> MessageRef | None:
    with desk.store.reading() as unit:
        ticket = unit.tickets.get(ticket_id)
        previous = unit.outbox.card_of(ticket_id)
        card = card_of(desk, unit, ticket, desk.clock()) if ticket is not None else None
    if card is None:
        return None
    mark = f"card/{ticket_id}"
    if previous is None and uncertain:
        previous = gateway.find_card(key=mark)
    return gateway.show_card(card, previous, key=mark)


def _send_run(desk: Desk, gateway: Gateway, run_id: str, uncertain: bool) -> MessageRef | None:
    administration, mark = desk.administration, f"run/{run_id}"
    if administration is None:
        return None
    with desk.store.reading() as unit:
        report = runs.report(unit, administration.registry, run_id)
        previous = unit.outbox.card_of(mark)
    channel = desk.configuration.admin_channel
    if report is None:
        return None
    if previous is None and uncertain:
        previous = gateway.find(Address(channel=channel), key=mark)
    return gateway.show_run(report, channel, previous, key=mark)


def _find_note(gateway: Gateway, channel: str, key: str) -> MessageRef | None:
    return gateway.find(Address(channel=channel), key=key) if channel else gateway.find_card(key=key)


def _send_log(
    desk: Desk, gateway: Gateway, line: CardLog, item: OutboxItem, uncertain: bool
) -> MessageRef | None:
    with desk.store.reading() as unit:
        card = unit.outbox.card_of(line.ticket_id)
    if card is None:
        raise Refused("card", _NO_CARD)
    where = gateway.thread_of(card)
    found = gateway.find(where, key=item.key) if uncertain else None
    return found or gateway.log_on_card(card, line, key=item.key)


def _failed(desk: Desk, item: OutboxItem, error: Exception, started: datetime) -> None:
    now, tries = desk.clock(), item.attempts + 1
    status, wait = _verdict(error, item, tries, now - item.created_at)
    if status is OutboxStatus.SENDING:
        # A call that hung may be carried out as late again.
        wait = max(wait, now - started)
    when = None if status is OutboxStatus.DEAD else now + wait
    _LOG.warning("not_sent", key=item.key, error=type(error).__name__, attempts=tries, status=status)
    reason = type(error).__name__
    desk.store.write(lambda unit: unit.outbox.mark(item.key, status, not_before=when, error=reason))


def _verdict(
    error: Exception, item: OutboxItem, tries: int, age: timedelta
) -> tuple[OutboxStatus, timedelta]:
    """Return what becomes of the item and the wait: unknown outcomes stay `sending`, to be read back.

    A rate limit only ever delays, and does not make an earlier unknown outcome known. Many of them in a row
    use up the tries, so that these alone give nothing up. What somebody can put right is waited for.
    """
    if isinstance(error, RateLimited):
        return item.status, min(timedelta(seconds=error.retry_after), LONGEST_WAIT)
    later = timedelta(seconds=BACKOFF[min(tries, len(BACKOFF)) - 1])
    if isinstance(error, Refused) and _mendable(error, item) and age < MENDING:
        return item.status, later
    if isinstance(error, Refused) or (tries >= MAX_ATTEMPTS and age >= MIN_PATIENCE):
        return OutboxStatus.DEAD, timedelta()
    return OutboxStatus.SENDING, later


def _mendable(error: Refused, item: OutboxItem) -> bool:
    """Tell whether an administrator can put it right; a sign that somebody is there is no use later."""
    if isinstance(item.message, React | Working):
        return False
    # A private channel that we were put out of is said not to be there: the staff's is.
    staffs = not isinstance(item.message, Post) and error.code == "channel_not_found"
    return staffs or error.code in _MENDABLE
