"""Does what was given with a move fit the ticket and its policy; asked before a move and while it is made."""

from __future__ import annotations

from datetime import datetime

from bot.authorisation import Actor, Verb, allowed
from bot.errors import MoveUnfit
from bot.ports import PolicyTexts, UnitOfWork
from bot.services.desk import Desk
from bot.tickets.lifecycle import Move
from bot.tickets.rules import (
    NEEDS_TEXT,
    Unfit,
    at_fault_desk,
    close_reasons,
    may_take_in,
    reopening_is_over,
)
from bot.tickets.ticket import Ticket
from bot.traffic import StaffMove


def check(desk: Desk, unit: UnitOfWork, ticket: Ticket, move: StaffMove, now: datetime) -> None:
    """Raise MoveUnfit where the move lacks something, or has what does not belong to it."""
    unfit = _unfit(desk, unit, ticket, move, now)
    if unfit is not None:
        raise MoveUnfit(ticket.status, move.move, unfit)


def may_begin(desk: Desk, ticket: Ticket, move: Move, now: datetime) -> None:
    """Raise MoveUnfit where no words could make the move fit."""
    unfit = _closed_door(desk, ticket, move, now)
    if unfit is not None:
        raise MoveUnfit(ticket.status, move, unfit)


def texts_of(desk: Desk, ticket: Ticket) -> PolicyTexts | None:
    """Return what the ticket's policy says in words; None where there is no policy."""
    policy = ticket.contract.policy_id if ticket.contract else desk.configuration.default_policy
    return desk.policy_texts(policy) if policy else None


def _unfit(desk: Desk, unit: UnitOfWork, ticket: Ticket, move: StaffMove, now: datetime) -> Unfit | None:
    if move.move in NEEDS_TEXT and not move.text.strip():
        return Unfit.TEXT_MISSING
    match move.move:
        case Move.ASSIGN if not _is_staff(desk, move.assignee):
            return Unfit.ASSIGNEE
        case Move.MERGE if not may_take_in(unit.tickets.get(move.target), ticket):
            return Unfit.TARGET
        case Move.CLOSE if not _may_close(ticket, move):
            return Unfit.CLOSE_REASON
        case Move.CHANGE_SEVERITY if move.severity in (None, ticket.severity):
            return Unfit.SEVERITY
        case _:
            return _closed_door(desk, ticket, move.move, now)


def _closed_door(desk: Desk, ticket: Ticket, move: Move, now: datetime) -> Unfit | None:
    if move is Move.REOPEN:
        texts = texts_of(desk, ticket)
        days = texts.reopening_days if texts else PolicyTexts(name="", rule="").reopening_days
        return Unfit.REOPEN_OVER if reopening_is_over(ticket, days, now) else None
    if move is Move.REQUEST_RCA and ticket.rca_requested_at is not None:
        return Unfit.RCA_TWICE
    return None


def _is_staff(desk: Desk, user: str | None) -> bool:
    """Whoever is given a ticket must be able to answer it, by the roles of this moment."""
    return bool(user) and allowed(
        Actor(id=user or "", roles=desk.directory.roles(user or "")), Verb.TICKET_ANSWER
    )


def _may_close(ticket: Ticket, move: StaffMove) -> bool:
    """Reasons in words alone do, but for the fault desk, whose reasons its policy names."""
    if move.reason is None:
        return not at_fault_desk(ticket)
    return move.reason in close_reasons(ticket)
