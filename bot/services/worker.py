"""Takes what came in one by one: claim, handle and mark done in one transaction; failures go to a human."""

from __future__ import annotations

from datetime import datetime

from bot.dialogue import replies as r
from bot.dialogue.events import EVENT_TYPES, Said
from bot.errors import MoveRefused, NotAllowed, NotFound, StaleVersion
from bot.logs import logger
from bot.ports import Gateway, UnitOfWork
from bot.services import approval, conversation, message_changes, own_tickets, typed_numbers
from bot.services.delivery import SETTLING, deliver_due
from bot.services.desk import Desk
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import Ticket, TicketKind, TicketStatus
from bot.traffic import (
    Claimed,
    CustomerMove,
    Ignored,
    Inbound,
    InboundEvent,
    MessageChanged,
    OutboxItem,
    Post,
    StaffMove,
)
from classifiers.labels import Category, Severity

#: A message that fails this often is read by a human instead.
MAX_ATTEMPTS = 3
#: From this many waiting rows on, the worker looks for the severe ones among them.
CROWD = 20
#: How many are looked at before the next one is handled.
_GLANCE = 20

_LOG = logger("worker")
_REFUSALS = (NotFound, NotAllowed, MoveRefused, StaleVersion)


class Crashed(Exception):
    """The process died each time this was handled; nobody tries again."""


def accept(desk: Desk, inbound: Inbound) -> bool:
    """Keep what came in; False where it was known already. Committed when this returns."""
    return desk.store.write(lambda unit: unit.inbox.put(inbound))


def recover(desk: Desk) -> int:
    """At start: take up what a dead process left half done."""
    until = desk.clock() + SETTLING
    with desk.store.transaction() as unit:
        unit.outbox.doubt(until)
        return unit.inbox.abandon_claims()


def run_once(desk: Desk) -> bool:
    """Handle one waiting row; False where nothing waits."""
    now = desk.clock()
    _look_ahead(desk)
    with desk.store.transaction() as unit:
        claimed = unit.inbox.claim(now)
    if claimed is None:
        return False
    try:
        # The attempt is counted by now, whatever these words do to the program.
        with desk.store.transaction() as unit:
            claimed = typed_numbers.hide(unit, claimed, now)
        if claimed.attempts > MAX_ATTEMPTS:
            raise Crashed
        _handle_claimed(desk, claimed.inbound, now)
    except Exception as error:  # whatever it was, a customer's message must reach a human
        move = claimed.inbound.event
        if isinstance(move, StaffMove) and isinstance(error, _REFUSALS):
            _refuse(desk, claimed.inbound, move, error, now)
            return True
        _LOG.error("failed", key=claimed.inbound.key, error=type(error).__name__, attempts=claimed.attempts)
        _failed(desk, claimed, error, now)
    return True


def _handle_claimed(desk: Desk, inbound: Inbound, now: datetime) -> None:
    """Ask and think before the transaction, so that nobody waits for the store meanwhile."""
    thought = None
    if isinstance(inbound.event, StaffMove | CustomerMove):
        desk.directory.roles(inbound.sender.id)
    elif isinstance(inbound.event, EVENT_TYPES):
        with desk.store.reading() as unit:
            thought = conversation.think(desk, unit, inbound, inbound.event, now)
    with desk.store.transaction() as unit:
        _handle(desk, unit, inbound, now, thought)
        unit.inbox.done(inbound.key)


def _look_ahead(desk: Desk) -> None:
    """In a crowd, put what sounds severe before the rest.

    That a row was looked at is committed first: words that bring the process down do so only once here.
    """
    with desk.store.reading() as unit:
        if unit.inbox.waiting() < CROWD:
            return
    seen = desk.store.write(lambda unit: unit.inbox.look_ahead(_GLANCE))
    severe = [(inbound.key, rank) for inbound in seen if (rank := _urgency(desk, inbound.event)) is not None]
    if severe:
        with desk.store.transaction() as unit:
            for key, rank in severe:
                unit.inbox.rank(key, rank)


def _urgency(desk: Desk, event: InboundEvent) -> int | None:
    if not isinstance(event, Said):
        return None
    try:
        label = desk.brain.classify([event.text]).severity.label
    except Exception as error:  # it is handled in its turn, and told then
        _LOG.warning("not_ranked", error=type(error).__name__)
        return None
    return 1 + label.rank if label.critical else None


def drain(desk: Desk, gateway: Gateway) -> None:
    """Handle and deliver until nothing is left to do now."""
    while run_once(desk):
        pass
    while deliver_due(desk, gateway):
        pass


def _handle(
    desk: Desk, unit: UnitOfWork, inbound: Inbound, now: datetime, thought: conversation.Thought | None
) -> None:
    match inbound.event:
        case StaffMove() as move:
            approval.handle_move(desk, unit, inbound, move, now)
        case CustomerMove() as own:
            own_tickets.handle(desk, unit, inbound, own, now)
        case MessageChanged() as changed:
            message_changes.handle(desk, unit, inbound, changed, now)
        case Ignored():
            pass
        case event:
            conversation.handle(desk, unit, inbound, event, now, thought)


def _refuse(desk: Desk, inbound: Inbound, move: StaffMove, error: Exception, now: datetime) -> None:
    """A move that is not allowed, came too late or cannot be done: audited, the card shown anew."""
    with desk.store.transaction() as unit:
        approval.record_refusal(unit, inbound, move, error, now)
        ticket = unit.tickets.get(move.ticket_id)
        if ticket is not None:
            show_card(unit, ticket, now, mark=inbound.key)
        unit.inbox.done(inbound.key)


def _failed(desk: Desk, claimed: Claimed, error: Exception, now: datetime) -> None:
    inbound = claimed.inbound
    if claimed.attempts >= MAX_ATTEMPTS and isinstance(inbound.event, StaffMove):
        _refuse(desk, inbound, inbound.event, error, now)
        return
    with desk.store.transaction() as unit:
        if claimed.attempts < MAX_ATTEMPTS:
            unit.inbox.release(inbound.key)
            return
        if isinstance(inbound.event, (*EVENT_TYPES, CustomerMove)):
            _hand_to_human(unit, inbound, now)
        unit.inbox.done(inbound.key)


def _hand_to_human(unit: UnitOfWork, inbound: Inbound, now: datetime) -> None:
    """Open an unclassified ticket with the words as they came, and tell the customer."""
    text = inbound.event.text if isinstance(inbound.event, Said | CustomerMove) else ""
    ticket = Ticket(
        id=unit.tickets.reserve_id(now),
        kind=TicketKind.INCIDENT,
        status=TicketStatus.AWAITING_APPROVAL,
        severity=Severity.B,
        category=Category.CLOUD_INCIDENT,
        summary=" ".join(text.split())[:80],
        description=text,
        contract=None,
        reporter=inbound.sender.id,
        reporter_name=inbound.sender.name,
        conversation_id=inbound.conversation_id,
        created_at=now,
        decision=None,
        human_requested=True,
        source_key=inbound.key,
    )
    if unit.tickets.add(ticket):
        unit.audit.append(AuditEntry(at=now, actor="madoguchi", action="unreadable", ticket_id=ticket.id))
        show_card(unit, ticket, now)
        reply = r.HandedToHuman(ticket_id=ticket.id)
        post = Post(address=inbound.address, reply=reply)
        unit.outbox.put(OutboxItem(key=f"{inbound.key}/human", message=post, created_at=now))
