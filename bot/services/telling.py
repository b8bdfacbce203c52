"""Who is told what of a staff move: the customer, the customers merged with it, the card and its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.dialogue import replies as r
from bot.ports import UnitOfWork
from bot.services.intake_ticket import show_card
from bot.services.merging import children_to_tell
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import CardLog, Inbound, OutboxItem, Post, StaffMove

#: Stays inside the desk, whatever it says.
INSIDE = frozenset({Move.NOTE, Move.ADD_INFORMATION, Move.TAKE, Move.ASSIGN})


def tell(
    unit: UnitOfWork, before: Ticket, after: Ticket, move: StaffMove, inbound: Inbound, now: datetime
) -> None:
    """Queue the card, its log line and the notices."""
    show_card(unit, after, now)
    text = (
        after.assignee or "" if move.move is Move.ASSIGN else move.target if move.move is Move.MERGE else ""
    )
    log = CardLog(ticket_id=after.id, actor=inbound.sender.id, action=move.move, text=move.text or text)
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/log", message=log, created_at=now))
    notice = notice_of(before, after, move)
    if notice is None:
        return
    post(unit, after, notice, f"{inbound.key}/notice", now)
    for child, words in children_to_tell(unit, after, move):
        told = notice_of(child, replace(after, id=child.id), replace(move, text=words))
        if told is not None:
            post(unit, child, told, f"{inbound.key}/notice/{child.id}", now)


def post(unit: UnitOfWork, ticket: Ticket, reply: r.Reply, key: str, now: datetime) -> None:
    """Queue a reply into the talk that the ticket came from."""
    address = unit.dialogues.address_of(ticket.conversation_id)
    if address is not None:
        unit.outbox.put(OutboxItem(key=key, message=Post(address=address, reply=reply), created_at=now))


def notice_of(before: Ticket, after: Ticket, move: StaffMove) -> r.Reply | None:
    """Return what the customer is told, or None for what stays inside."""
    if move.move in INSIDE:
        return None
    match move.move:
        case Move.APPROVE:
            return _approved(before, after) if after.status is TicketStatus.OPEN else None
        case Move.REJECT:
            return r.TicketRejected(ticket_id=after.id, reason=move.text)
        case Move.ASK_BACK:
            return r.StaffQuestion(ticket_id=after.id, question=move.text)
        case Move.ANSWER:
            return r.StaffAnswer(ticket_id=after.id, text=move.text)
        case Move.CHANGE_SEVERITY:
            return r.TicketMoved(
                ticket_id=after.id,
                move=move.move,
                text=move.text,
                severity_label=after.decision.severity_label or "" if after.decision else "",
                due=after.due_at if after.first_response_at is None else None,
            )
        case Move.MERGE:
            # The number of somebody else's ticket is none of theirs.
            return r.TicketMoved(ticket_id=after.id, move=move.move)
        case _:
            return r.TicketMoved(ticket_id=after.id, move=move.move, text=move.text)


def _approved(before: Ticket, after: Ticket) -> r.Reply:
    return r.TicketApproved(
        ticket_id=after.id,
        severity=after.severity,
        severity_label=after.decision.severity_label if after.decision else None,
        due=after.due_at,
        corrected=(before.severity, before.category) != (after.severity, after.category),
    )
