"""Sends what waits in the outbox: at least once, seen at most once, and decides retry or give up."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import RateLimited, Refused, Unreachable
from bot.logs import logger
from bot.ports import Gateway
from bot.services.desk import Desk
from bot.traffic import Card, CardLog, MessageRef, OutboxItem, OutboxStatus, Post, React, ShowCard

#: Waits after the 1st, 2nd … failure; the last one repeats.
BACKOFF = (2, 5, 15, 60, 300)
#: After this many tries a message is given up and staff see it in `health`.
MAX_ATTEMPTS = 20

_LOG = logger("delivery")


def deliver_due(desk: Desk, gateway: Gateway) -> int:
    """Send everything that is due now; returns how many were sent."""
    now = desk.clock()
    with desk.store.transaction() as unit:
        items = unit.outbox.due(now)
    return sum(_deliver(desk, gateway, item) for item in items)


def _deliver(desk: Desk, gateway: Gateway, item: OutboxItem) -> bool:
    with desk.store.transaction() as unit:
        unit.outbox.begin(item.key)
    try:
        ref = _send(desk, gateway, item)
    except Exception as error:  # one message that cannot be sent must not hold up those behind it
        _failed(desk, item, error)
        return False
    with desk.store.transaction() as unit:
        unit.outbox.mark(item.key, OutboxStatus.SENT)
        if isinstance(item.message, ShowCard) and ref is not None:
            unit.outbox.remember(item.message.ticket_id, ref)
    return True


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
        case React(channel=channel, message=message, emoji=emoji):
            gateway.react(channel, message, emoji)
            return None


def _send_card(desk: Desk, gateway: Gateway, ticket_id: str, uncertain: bool) -> MessageRef | None:
    with desk.store.transaction() as unit:
        ticket = unit.tickets.get(ticket_id)
        log = unit.audit.of_ticket(ticket_id)
        previous = unit.outbox.card_of(ticket_id)
    if ticket is None:
        return None
    mark = f"card/{ticket_id}"
    if previous is None and uncertain:
        previous = gateway.find_card(key=mark)
    return gateway.show_card(Card(ticket=ticket, log=tuple(log)), previous, key=mark)


def _send_log(
    desk: Desk, gateway: Gateway, line: CardLog, item: OutboxItem, uncertain: bool
) -> MessageRef | None:
    with desk.store.transaction() as unit:
        card = unit.outbox.card_of(line.ticket_id)
    if card is None:
        raise Unreachable("the card is not posted yet")
    where = gateway.thread_of(card)
    found = gateway.find(where, key=item.key) if uncertain else None
    return found or gateway.log_on_card(card, line, key=item.key)


def _failed(desk: Desk, item: OutboxItem, error: Exception) -> None:
    tries = item.attempts + 1
    status, when = _verdict(error, item, tries, desk.clock())
    _LOG.warning("not_sent", key=item.key, error=type(error).__name__, attempts=tries, status=status)
    with desk.store.transaction() as unit:
        unit.outbox.mark(item.key, status, not_before=when, error=type(error).__name__)


def _verdict(
    error: Exception, item: OutboxItem, tries: int, now: datetime
) -> tuple[OutboxStatus, datetime | None]:
    """Return what becomes of the item: unknown outcomes stay `sending`, so that they are read back.

    A rate limit only ever delays, and does not make an earlier unknown outcome known.
    """
    if isinstance(error, RateLimited):
        return item.status, now + timedelta(seconds=error.retry_after)
    if isinstance(error, Refused) or tries >= MAX_ATTEMPTS:
        return OutboxStatus.DEAD, None
    return OutboxStatus.SENDING, now + timedelta(seconds=BACKOFF[min(tries, len(BACKOFF)) - 1])
