from __future__ import annotations

from itertools import product

import pytest

from bot.errors import MoveRefused
from bot.tickets.lifecycle import TABLE, VERBS, Move, moves_from, next_status
from bot.tickets.ticket import TicketStatus as S

#: From each status: move -> where it leads, written down a second time on purpose.
EXPECTED: dict[S, dict[Move, S]] = {
    S.AWAITING_APPROVAL: {
        Move.APPROVE: S.OPEN,
        Move.ASK_BACK: S.ASKED_BACK,
        Move.REJECT: S.REJECTED,
        Move.ADD_INFORMATION: S.AWAITING_APPROVAL,
        Move.TAKE: S.AWAITING_APPROVAL,
        Move.NOTE: S.AWAITING_APPROVAL,
        Move.CHANGE_SEVERITY: S.AWAITING_APPROVAL,
        Move.CLOSE: S.CLOSED,
        Move.MERGE: S.MERGED,
    },
    S.ASKED_BACK: {
        Move.APPROVE: S.OPEN,
        Move.REJECT: S.REJECTED,
        Move.ADD_INFORMATION: S.AWAITING_APPROVAL,
        Move.NOTE: S.ASKED_BACK,
        Move.CLOSE: S.CLOSED,
    },
    S.OPEN: {
        Move.ADD_INFORMATION: S.OPEN,
        Move.TAKE: S.IN_PROGRESS,
        Move.ASSIGN: S.IN_PROGRESS,
        Move.NOTE: S.OPEN,
        Move.ANSWER: S.IN_PROGRESS,
        Move.WAIT: S.WAITING_CUSTOMER,
        Move.CHANGE_SEVERITY: S.OPEN,
        Move.RESOLVE: S.RESOLVED,
        Move.CLOSE: S.CLOSED,
        Move.REQUEST_RCA: S.OPEN,
        Move.MERGE: S.MERGED,
    },
    S.IN_PROGRESS: {
        Move.ADD_INFORMATION: S.IN_PROGRESS,
        Move.TAKE: S.IN_PROGRESS,
        Move.ASSIGN: S.IN_PROGRESS,
        Move.NOTE: S.IN_PROGRESS,
        Move.ANSWER: S.IN_PROGRESS,
        Move.WAIT: S.WAITING_CUSTOMER,
        Move.CHANGE_SEVERITY: S.IN_PROGRESS,
        Move.RESOLVE: S.RESOLVED,
        Move.CLOSE: S.CLOSED,
        Move.REQUEST_RCA: S.IN_PROGRESS,
        Move.MERGE: S.MERGED,
    },
    S.WAITING_CUSTOMER: {
        Move.ADD_INFORMATION: S.IN_PROGRESS,
        Move.ASSIGN: S.WAITING_CUSTOMER,
        Move.NOTE: S.WAITING_CUSTOMER,
        Move.ANSWER: S.IN_PROGRESS,
        Move.RESUME: S.IN_PROGRESS,
        Move.CHANGE_SEVERITY: S.WAITING_CUSTOMER,
        Move.RESOLVE: S.RESOLVED,
        Move.CLOSE: S.CLOSED,
        Move.REQUEST_RCA: S.WAITING_CUSTOMER,
        Move.MERGE: S.MERGED,
    },
    S.RESOLVED: {
        Move.NOTE: S.RESOLVED,
        Move.REQUEST_RCA: S.RESOLVED,
        Move.CLOSE: S.CLOSED,
        Move.REOPEN: S.IN_PROGRESS,
    },
    S.CLOSED: {Move.NOTE: S.CLOSED, Move.REOPEN: S.OPEN},
    S.REJECTED: {Move.NOTE: S.REJECTED},
    S.MERGED: {},
}


def test_every_status_is_expected_somewhere() -> None:
    assert set(EXPECTED) == set(S)


@pytest.mark.parametrize(("status", "move"), tuple(product(S, Move)))
def test_move_leads_where_the_table_says_or_is_refused(status: S, move: Move) -> None:
    if move in EXPECTED[status]:
        assert next_status(status, move) is EXPECTED[status][move]
        return
    with pytest.raises(MoveRefused) as refused:
        next_status(status, move)
    assert (refused.value.status, refused.value.move) == (status, move)


@pytest.mark.parametrize("status", S)
def test_moves_from_lists_what_is_open(status: S) -> None:
    assert set(moves_from(status)) == set(EXPECTED[status])


def test_every_status_can_be_reached_and_left_by_a_way() -> None:
    reached = {S.AWAITING_APPROVAL}
    while found := {after for (before, _), after in TABLE.items() if before in reached} - reached:
        reached |= found
    assert reached == set(S)


def test_every_move_needs_a_permission_of_its_own() -> None:
    assert set(VERBS) == set(Move)
    assert len(set(VERBS.values())) == len(Move)
