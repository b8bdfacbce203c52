"""What customers do with their own tickets outside the talk: add, close, reopen, ask, rate, be forgotten.

Who may stands in authorisation, what fits in the ticket's table; the policy's days are compared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.authorisation import Actor, Verb, authorize
from bot.dialogue import replies as r
from bot.dialogue.actions import Action
from bot.errors import MoveRefused, NotAllowed, NotFound
from bot.ports import PolicyTexts, UnitOfWork
from bot.services import approval, intake_ticket
from bot.services.desk import Desk
from bot.services.follow_up import open_follow_up
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move, next_status
from bot.tickets.rules import reopens_as_follow_up
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import Address, CardLog, CustomerMove, Inbound, OutboxItem, OwnMove, Post
from classifiers.labels import Severity


class Why(StrEnum):
    """Why something cannot be done."""

    #: Unknown and forbidden look the same.
    NOT_YOURS = "not_yours"
    NOT_NOW = "not_now"
    TOO_LATE = "too_late"


#: The permission each move needs.
VERBS: Mapping[OwnMove, Verb] = MappingProxyType(
    {
        OwnMove.ADD: Verb.TICKET_ADD_INFORMATION,
        OwnMove.CLOSE: Verb.TICKET_CLOSE_OWN,
        OwnMove.REOPEN: Verb.TICKET_REOPEN_OWN,
        OwnMove.ASK_SEVERITY: Verb.TICKET_ASK_SEVERITY,
        OwnMove.RATE_GOOD: Verb.TICKET_RATE,
        OwnMove.RATE_BAD: Verb.TICKET_RATE,
        OwnMove.RATE_WORDS: Verb.TICKET_RATE,
        OwnMove.FORGET_CONTRACT: Verb.CONTRACT_FORGET_OWN,
    }
)

#: The button or form -> the move.
MOVES: Mapping[Action, OwnMove] = MappingProxyType(
    {
        Action.OWN_ADD: OwnMove.ADD,
        Action.OWN_CLOSE: OwnMove.CLOSE,
        Action.OWN_REOPEN: OwnMove.REOPEN,
        Action.OWN_SEVERITY: OwnMove.ASK_SEVERITY,
        Action.RATE_GOOD: OwnMove.RATE_GOOD,
        Action.RATE_BAD: OwnMove.RATE_BAD,
        Action.RATE_WORDS: OwnMove.RATE_WORDS,
        Action.FORGET_CONTRACT: OwnMove.FORGET_CONTRACT,
    }
)


def move_of(action: Action, ticket_id: str, values: Mapping[str, str] = MappingProxyType({})) -> CustomerMove:
    """Return a button, with what its form holds, as a move. Raises KeyError for any other button."""
    level = values.get("severity", "")
    return CustomerMove(
        move=MOVES[action],
        ticket_id=ticket_id,
        text=values.get("text", ""),
        severity=Severity(level) if level in set(Severity) else None,
    )


_OVER = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})
_DEAD = frozenset({TicketStatus.REJECTED, TicketStatus.MERGED})


def handle(desk: Desk, unit: UnitOfWork, inbound: Inbound, move: CustomerMove, now: datetime) -> None:
    """Carry out a customer's move in the caller's transaction and say what came of it.

    A refusal is an outcome: it is told, and audited where it was for lack of permission.
    """
    try:
        ticket = _permitted(desk, unit, inbound, move)
        if ticket is None:
            _say(unit, inbound, inbound.address, _forget(unit, inbound, now), now)
            return
        address = unit.dialogues.address_of(ticket.conversation_id) or inbound.address
        _say(unit, inbound, address, _carry_out(desk, unit, inbound, move, ticket, now), now)
    except (NotFound, NotAllowed) as error:
        approval.record_refusal(unit, inbound, move, error, now)
        _say(unit, inbound, inbound.address, r.OwnRefused(why=Why.NOT_YOURS), now)


def _permitted(desk: Desk, unit: UnitOfWork, inbound: Inbound, move: CustomerMove) -> Ticket | None:
    """Return the ticket that the move is about, if any. Raises NotFound or NotAllowed."""
    sender, verb = inbound.sender, VERBS[move.move]
    actor = Actor(id=sender.id, name=sender.name, roles=desk.directory.roles(sender.id), team=sender.team)
    if move.move is OwnMove.FORGET_CONTRACT:
        authorize(actor, verb)
        return None
    ticket = unit.tickets.get(move.ticket_id)
    if ticket is None:
        raise NotFound(move.ticket_id)
    authorize(actor, verb, reporter=ticket.reporter)
    return ticket


def _carry_out(
    desk: Desk, unit: UnitOfWork, inbound: Inbound, move: CustomerMove, ticket: Ticket, now: datetime
) -> r.Reply:
    not_now = r.OwnRefused(why=Why.NOT_NOW, ticket_id=ticket.id)
    match move.move:
        case OwnMove.ADD:
            if ticket.status in _DEAD or not move.text.strip():
                return not_now
            intake_ticket.add_information(unit, ticket.id, move.text, False, inbound, now)
            return r.Noted(ticket_id=ticket.id)
        case OwnMove.CLOSE:
            return _moved(unit, inbound, ticket, Move.CLOSE, now)
        case OwnMove.REOPEN:
            texts = _texts(desk, ticket)
            if ticket.closed_at is not None and now - ticket.closed_at > timedelta(days=texts.reopening_days):
                rule, clause = texts.reopening
                return replace(not_now, why=Why.TOO_LATE, rule=rule, clause=clause)
            if reopens_as_follow_up(ticket):
                sender = inbound.sender.id
                opened = open_follow_up(desk, unit, ticket, actor=sender, key=inbound.key, now=now)
                return r.TicketMoved(ticket_id=opened.id, move="follow_up", other=ticket.id)
            return _moved(unit, inbound, ticket, Move.REOPEN, now)
        case OwnMove.ASK_SEVERITY:
            if ticket.status in _OVER | _DEAD:
                return not_now
            return _severity_asked(desk, unit, inbound, move, ticket, now)
        case _:
            return _rated(unit, inbound, move, ticket, now) if ticket.status in _OVER else not_now


def _moved(unit: UnitOfWork, inbound: Inbound, ticket: Ticket, move: Move, now: datetime) -> r.Reply:
    try:
        status = next_status(ticket.status, move)
    except MoveRefused:
        return r.OwnRefused(why=Why.NOT_NOW, ticket_id=ticket.id)
    after = approval.entered(ticket.evolve(status=status, updated_at=now), move, "", now)
    unit.tickets.save(after)
    _record(unit, inbound, after, move, "", now, before=ticket)
    approval.move_talk_on(unit, after, unit.dialogues.address_of(after.conversation_id), now)
    return r.TicketMoved(ticket_id=after.id, move=move)


def _severity_asked(
    desk: Desk, unit: UnitOfWork, inbound: Inbound, move: CustomerMove, ticket: Ticket, now: datetime
) -> r.Reply:
    """The severity itself is the desk's to change; the wish and its reason stand on the card's log."""
    texts = _texts(desk, ticket)
    wanted = f"{texts.severity_names.get(move.severity, move.severity)}\n" if move.severity else ""
    _record(unit, inbound, ticket, OwnMove.ASK_SEVERITY, wanted + move.text, now)
    rule, clause = texts.severity_change
    return r.SeverityAsked(ticket_id=ticket.id, rule=rule, clause=clause)


def _rated(unit: UnitOfWork, inbound: Inbound, move: CustomerMove, ticket: Ticket, now: datetime) -> r.Reply:
    words = move.move is OwnMove.RATE_WORDS
    satisfied = ticket.satisfied if words else move.move is OwnMove.RATE_GOOD
    text = move.text if words else ticket.satisfaction_words
    after = ticket.evolve(satisfied=satisfied, satisfaction_words=text)
    unit.tickets.save(after)
    _record(unit, inbound, after, move.move, move.text, now)
    return r.Rated(ticket_id=after.id, satisfied=satisfied is not False, words=words)


def _forget(unit: UnitOfWork, inbound: Inbound, now: datetime) -> r.Reply:
    known = unit.people.contract_of(inbound.sender.id) is not None
    unit.people.unlink(inbound.sender.id)
    unit.audit.append(AuditEntry(at=now, actor=inbound.sender.id, action=OwnMove.FORGET_CONTRACT))
    return r.ContractForgotten(known=known)


def _texts(desk: Desk, ticket: Ticket) -> PolicyTexts:
    policy = ticket.contract.policy_id if ticket.contract else desk.configuration.default_policy
    return desk.policy_texts(policy) if policy else PolicyTexts(name="", rule="")


def _record(
    unit: UnitOfWork,
    inbound: Inbound,
    after: Ticket,
    action: Move | OwnMove,
    text: str,
    now: datetime,
    before: Ticket | None = None,
) -> None:
    """Audit it without the customer's words, which stand on the card's log."""
    unit.audit.append(
        AuditEntry(
            at=now,
            actor=inbound.sender.id,
            action=action,
            ticket_id=after.id,
            before=str(before.status) if before else "",
            after=str(after.status),
        )
    )
    show_card(unit, after, now, mark=inbound.key)
    log = CardLog(ticket_id=after.id, actor=inbound.sender.id, action=action, text=text)
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/log", message=log, created_at=now))


def _say(unit: UnitOfWork, inbound: Inbound, address: Address, reply: r.Reply, now: datetime) -> None:
    post = Post(address=address, reply=reply)
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/own", message=post, created_at=now))
