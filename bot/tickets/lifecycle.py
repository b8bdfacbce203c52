"""May this ticket move, and where to: one table, no storage and no Slack."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.authorisation import Verb
from bot.errors import MoveRefused
from bot.tickets.ticket import TicketStatus as S


class Move(StrEnum):
    """What can be done to a ticket."""

    APPROVE = "approve"
    ASK_BACK = "ask_back"
    REJECT = "reject"
    ADD_INFORMATION = "add_information"
    TAKE = "take"
    ASSIGN = "assign"
    NOTE = "note"
    ANSWER = "answer"
    WAIT = "wait"
    RESUME = "resume"
    CHANGE_SEVERITY = "change_severity"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    #: The customer wants the root cause analysed; only before the end.
    REQUEST_RCA = "request_rca"


#: The permission each move needs when staff do it.
VERBS: Mapping[Move, Verb] = MappingProxyType(
    {
        Move.APPROVE: Verb.TICKET_APPROVE,
        Move.ASK_BACK: Verb.TICKET_ASK_BACK,
        Move.REJECT: Verb.TICKET_REJECT,
        Move.ADD_INFORMATION: Verb.TICKET_ADD_INFORMATION,
        Move.TAKE: Verb.TICKET_TAKE,
        Move.ASSIGN: Verb.TICKET_ASSIGN,
        Move.NOTE: Verb.TICKET_NOTE,
        Move.ANSWER: Verb.TICKET_ANSWER,
        Move.WAIT: Verb.TICKET_WAIT,
        Move.RESUME: Verb.TICKET_RESUME,
        Move.CHANGE_SEVERITY: Verb.TICKET_CHANGE_SEVERITY,
        Move.RESOLVE: Verb.TICKET_RESOLVE,
        Move.CLOSE: Verb.TICKET_CLOSE,
        Move.REOPEN: Verb.TICKET_REOPEN,
        Move.MERGE: Verb.TICKET_MERGE,
        Move.REQUEST_RCA: Verb.TICKET_REQUEST_RCA,
    }
)

_WORKING = (S.OPEN, S.IN_PROGRESS, S.WAITING_CUSTOMER)

#: (status, move) -> next status. What is not here is refused.
TABLE: Mapping[tuple[S, Move], S] = MappingProxyType(
    {
        (S.AWAITING_APPROVAL, Move.APPROVE): S.OPEN,
        (S.AWAITING_APPROVAL, Move.ASK_BACK): S.ASKED_BACK,
        (S.AWAITING_APPROVAL, Move.REJECT): S.REJECTED,
        (S.AWAITING_APPROVAL, Move.TAKE): S.AWAITING_APPROVAL,
        (S.AWAITING_APPROVAL, Move.ADD_INFORMATION): S.AWAITING_APPROVAL,
        (S.AWAITING_APPROVAL, Move.CHANGE_SEVERITY): S.AWAITING_APPROVAL,
        (S.AWAITING_APPROVAL, Move.NOTE): S.AWAITING_APPROVAL,
        (S.AWAITING_APPROVAL, Move.CLOSE): S.CLOSED,
        (S.AWAITING_APPROVAL, Move.MERGE): S.MERGED,
        (S.ASKED_BACK, Move.ADD_INFORMATION): S.AWAITING_APPROVAL,
        (S.ASKED_BACK, Move.APPROVE): S.OPEN,
        (S.ASKED_BACK, Move.REJECT): S.REJECTED,
        (S.ASKED_BACK, Move.NOTE): S.ASKED_BACK,
        (S.ASKED_BACK, Move.CLOSE): S.CLOSED,
        (S.OPEN, Move.WAIT): S.WAITING_CUSTOMER,
        (S.IN_PROGRESS, Move.WAIT): S.WAITING_CUSTOMER,
        (S.WAITING_CUSTOMER, Move.RESUME): S.IN_PROGRESS,
        (S.WAITING_CUSTOMER, Move.ADD_INFORMATION): S.IN_PROGRESS,
        (S.OPEN, Move.ADD_INFORMATION): S.OPEN,
        (S.IN_PROGRESS, Move.ADD_INFORMATION): S.IN_PROGRESS,
        (S.OPEN, Move.TAKE): S.IN_PROGRESS,
        (S.IN_PROGRESS, Move.TAKE): S.IN_PROGRESS,
        (S.OPEN, Move.ASSIGN): S.IN_PROGRESS,
        (S.IN_PROGRESS, Move.ASSIGN): S.IN_PROGRESS,
        (S.WAITING_CUSTOMER, Move.ASSIGN): S.WAITING_CUSTOMER,
        **{(status, Move.ANSWER): S.IN_PROGRESS for status in _WORKING},
        **{(status, Move.NOTE): status for status in _WORKING},
        **{(status, Move.CHANGE_SEVERITY): status for status in _WORKING},
        **{(status, Move.RESOLVE): S.RESOLVED for status in _WORKING},
        **{(status, Move.CLOSE): S.CLOSED for status in _WORKING},
        **{(status, Move.MERGE): S.MERGED for status in _WORKING},
        **{(status, Move.REQUEST_RCA): status for status in (*_WORKING, S.RESOLVED)},
        (S.RESOLVED, Move.CLOSE): S.CLOSED,
        (S.RESOLVED, Move.REOPEN): S.IN_PROGRESS,
        (S.RESOLVED, Move.NOTE): S.RESOLVED,
        (S.CLOSED, Move.REOPEN): S.OPEN,
        (S.CLOSED, Move.NOTE): S.CLOSED,
        (S.REJECTED, Move.NOTE): S.REJECTED,
    }
)


def next_status(status: S, move: Move) -> S:
    """Return where `move` leads from `status`; raise MoveRefused where it is not in the table."""
    try:
        return TABLE[(status, move)]
    except KeyError:
        raise MoveRefused(status, move) from None


def moves_from(status: S) -> tuple[Move, ...]:
    """Return the moves open to a ticket of that status, in the order of Move."""
    return tuple(move for move in Move if (status, move) in TABLE)
