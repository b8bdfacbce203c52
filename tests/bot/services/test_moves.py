"""Moves after approval: what fits them, what they change, and what never leaves the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import replies as r
from bot.dialogue.state import DialogueState, Phase
from bot.errors import MoveRefused, MoveUnfit
from bot.services import own_tickets
from bot.services.approval import handle_move
from bot.services.material import material, with_canned
from bot.tickets.lifecycle import Move
from bot.tickets.rules import Unfit
from bot.tickets.ticket import CloseReason, ContractIdentity, SeverityChange, Ticket, TicketKind, TicketStatus
from bot.traffic import Address, CardLog, CustomerMove, OwnMove, Post, StaffMove
from classifiers.labels import Severity
from knowledge.policies.decision import Desk
from tests.builders import CUSTOMER, ENTRY, NOW, SECOND, STAFF, World, decision, inbound, ticket, world

SECRET = "担当者だけの秘密のメモ"


def desk_with(*tickets: Ticket) -> World:
    """A desk with these tickets, each with a talk of its own."""
    made = world()
    with made.store.transaction() as unit:
        for one in tickets:
            unit.tickets.reserve_id(NOW)
            unit.tickets.add(one)
            state = DialogueState(
                conversation_id=one.conversation_id, phase=Phase.SUBMITTED, ticket_id=one.id
            )
            unit.dialogues.save(state, Address(channel="C1", thread=one.id), NOW)
    return made


def numbered(number: int, **changes: object) -> Ticket:
    fields = {"status": TicketStatus.IN_PROGRESS, "source_key": f"m{number}", **changes}
    return ticket(id=f"M-0000{number}", conversation_id=f"C1/{number}", **fields)


def do(made: World, move: Move, *, on: str = "M-00001", key: str = "", **fields: object) -> Ticket:
    staff_move = StaffMove(ticket_id=on, move=move, **fields)  # type: ignore[arg-type]
    came = inbound(staff_move, key=key or f"{move}/{on}", sender=STAFF)
    with made.store.transaction() as unit:
        return handle_move(made.desk, unit, came, staff_move, made.clock())


def posts(made: World) -> list[tuple[str | None, r.Reply]]:
    """Thread and reply of everything that customers are told."""
    with made.store.transaction() as unit:
        return [
            (item.message.address.thread, item.message.reply)
            for item in unit.outbox.due(made.clock())
            if isinstance(item.message, Post)
        ]


def kept(made: World, number: int = 1) -> Ticket:
    with made.store.transaction() as unit:
        found = unit.tickets.get(f"M-0000{number}")
    assert found is not None
    return found


def unfit(made: World, move: Move, **fields: object) -> str:
    before = kept(made)
    with pytest.raises(MoveUnfit) as refused:
        do(made, move, **fields)
    assert kept(made) == before
    return refused.value.reason


# --- the internal note ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    [status for status in TicketStatus if status is not TicketStatus.MERGED],
)
def test_note_never_reaches_the_customer(status: TicketStatus) -> None:
    made = desk_with(numbered(1, status=status, children=("M-00002",)), numbered(2, parent_id="M-00001"))
    noted = do(made, Move.NOTE, text=SECRET)
    assert (noted.status, noted.first_response_at) == (status, None)
    assert posts(made) == []
    with made.store.transaction() as unit:
        logs = [item.message for item in unit.outbox.due(NOW) if isinstance(item.message, CardLog)]
        trail = unit.audit.all()
    assert [(log.action, log.text) for log in logs] == [(Move.NOTE, SECRET)]
    assert SECRET not in str(trail)
    assert SECRET not in str(noted)


def test_what_follows_a_note_does_not_carry_it() -> None:
    made = desk_with(numbered(1))
    do(made, Move.NOTE, text=SECRET)
    for move in (Move.ANSWER, Move.WAIT, Move.RESOLVE, Move.CLOSE):
        do(made, move, text="お客様への言葉")
    assert len(posts(made)) == 4
    assert SECRET not in str(posts(made))


@pytest.mark.parametrize("move", [Move.NOTE, Move.ANSWER, Move.CHANGE_SEVERITY])
def test_words_are_needed(move: Move) -> None:
    assert unfit(desk_with(numbered(1)), move, text="  ", severity=Severity.A) == Unfit.TEXT_MISSING


# --- assign, severity, root cause ----------------------------------------------------------------


@pytest.mark.parametrize("who", [None, "", CUSTOMER.id, "U-NOBODY"])
def test_only_staff_are_given_tickets(who: str | None) -> None:
    assert unfit(desk_with(numbered(1)), Move.ASSIGN, assignee=who) == Unfit.ASSIGNEE


def test_assigning_tells_the_desk_only() -> None:
    made = desk_with(numbered(1))
    assert do(made, Move.ASSIGN, assignee=SECOND.id).assignee == SECOND.id
    assert posts(made) == []


def test_worse_severity_is_owed_its_time_from_now_with_reason_and_history() -> None:
    made = desk_with(numbered(1))
    made.clock.advance(hours=5)
    moved = do(made, Move.CHANGE_SEVERITY, severity=Severity.CRITICAL, text="全社に広がったため")
    assert made.answers.requests[-1].now == made.clock()
    assert moved.severity_changes == (
        SeverityChange(
            at=made.clock(),
            by=STAFF.id,
            before=Severity.B,
            after=Severity.CRITICAL,
            reason="全社に広がったため",
        ),
    )
    assert posts(made) == [
        (
            "M-00001",
            r.TicketMoved(
                ticket_id="M-00001",
                move="change_severity",
                text="全社に広がったため",
                severity_label="重大",
                due=NOW + timedelta(hours=1),
            ),
        )
    ]
    with made.store.transaction() as unit:
        assert list(unit.feedback.corrections()) == []


def test_downgrade_counts_from_when_it_came_in() -> None:
    made = desk_with(numbered(1))
    made.clock.advance(hours=5)
    do(made, Move.CHANGE_SEVERITY, severity=Severity.C, text="回避策あり")
    assert made.answers.requests[-1].now == NOW


def test_same_severity_is_no_change() -> None:
    assert (
        unfit(desk_with(numbered(1)), Move.CHANGE_SEVERITY, severity=Severity.B, text="x") == Unfit.SEVERITY
    )


def test_root_cause_is_asked_for_once_and_before_the_end() -> None:
    made = desk_with(numbered(1))
    assert do(made, Move.REQUEST_RCA, text="報告書が必要").rca_requested_at == NOW
    assert unfit(made, Move.REQUEST_RCA, key="again") == Unfit.RCA_TWICE
    with pytest.raises(MoveRefused):
        do(desk_with(numbered(1, status=TicketStatus.CLOSED)), Move.REQUEST_RCA)


# --- closing and reopening -----------------------------------------------------------------------

FAULT = decision(desk=Desk.FAULT)


@pytest.mark.parametrize(
    ("promise", "reason", "fits"),
    [
        (FAULT, CloseReason.WORKAROUND, True),
        (FAULT, CloseReason.NO_OUTAGE, True),
        (FAULT, CloseReason.NO_REPLY, False),
        (FAULT, None, False),
        (decision(), CloseReason.SOLVED, True),
        (decision(), CloseReason.WORKAROUND, False),
        (decision(), CloseReason.NO_OUTAGE, False),
        (decision(), None, True),
    ],
)
def test_reasons_for_closing_are_the_desks(promise: object, reason: CloseReason | None, fits: bool) -> None:
    made = desk_with(numbered(1, decision=promise))
    if fits:
        closed = do(made, Move.CLOSE, reason=reason, text="理由")
        assert (closed.status, closed.close_code) == (TicketStatus.CLOSED, reason)
    else:
        assert unfit(made, Move.CLOSE, reason=reason, text="理由") == Unfit.CLOSE_REASON


@pytest.mark.parametrize(("days", "fits"), [(14, True), (14.01, False)])
def test_reopening_has_an_end(days: float, fits: bool) -> None:
    made = desk_with(numbered(1))
    do(made, Move.CLOSE, text="理由")
    made.clock.advance(days=days)
    if fits:
        assert do(made, Move.REOPEN).status is TicketStatus.OPEN
    else:
        assert unfit(made, Move.REOPEN) == Unfit.REOPEN_OVER


def test_closed_outage_goes_on_as_a_linked_question() -> None:
    made = desk_with(numbered(1, decision=FAULT))
    do(made, Move.CLOSE, reason=CloseReason.WORKAROUND, text="回避できました")
    made.answers.decision = decision(desk=Desk.TECHNICAL)
    opened = do(made, Move.REOPEN)
    assert (opened.id, opened.status, opened.kind, opened.follows) == (
        "M-00002",
        TicketStatus.AWAITING_APPROVAL,
        TicketKind.QUESTION,
        "M-00001",
    )
    assert opened.decision == decision(desk=Desk.TECHNICAL)
    assert made.answers.requests[-1].signals.workaround is True
    assert kept(made, 2) == opened
    assert kept(made).status is TicketStatus.CLOSED
    assert posts(made)[-1] == (
        "M-00001",
        r.TicketMoved(ticket_id="M-00002", move="follow_up", other="M-00001"),
    )
    with made.store.transaction() as unit:
        state = unit.dialogues.load("C1/1")
    assert (state.ticket_id, state.phase) == ("M-00002", Phase.SUBMITTED)


# --- duplicates ----------------------------------------------------------------------------------

STRANGER = ContractIdentity(holder="有限会社みどり", number="****0400", policy_id="p", key="key-2")


def test_children_hear_what_became_of_their_parent_and_nothing_of_others() -> None:
    made = desk_with(numbered(1), numbered(2), numbered(3, contract=STRANGER))
    for child in ("M-00002", "M-00003"):
        do(made, Move.MERGE, on=child, target="M-00001")
    assert (kept(made).children, kept(made, 2).parent_id) == (("M-00002", "M-00003"), "M-00001")
    told = len(posts(made))
    do(made, Move.ANSWER, text="あおば様の設定を直しました")
    do(made, Move.WAIT, text="いかがですか")
    do(made, Move.RESOLVE, text="あおば様の件は直りました")
    assert posts(made)[told:] == [
        ("M-00001", r.StaffAnswer(ticket_id="M-00001", text="あおば様の設定を直しました")),
        ("M-00002", r.StaffAnswer(ticket_id="M-00002", text="あおば様の設定を直しました")),
        ("M-00001", r.TicketMoved(ticket_id="M-00001", move="wait", text="いかがですか")),
        ("M-00001", r.TicketMoved(ticket_id="M-00001", move="resolve", text="あおば様の件は直りました")),
        ("M-00002", r.TicketMoved(ticket_id="M-00002", move="resolve", text="あおば様の件は直りました")),
        ("M-00003", r.TicketMoved(ticket_id="M-00003", move="resolve")),
    ]


def test_merged_customer_is_not_told_somebody_elses_number() -> None:
    made = desk_with(numbered(1, contract=STRANGER), numbered(2))
    do(made, Move.MERGE, on="M-00002", target="M-00001")
    assert posts(made) == [("M-00002", r.TicketMoved(ticket_id="M-00002", move="merge"))]


def test_parent_that_is_merged_brings_its_children() -> None:
    made = desk_with(numbered(1), numbered(2), numbered(3))
    do(made, Move.MERGE, on="M-00003", target="M-00002")
    do(made, Move.MERGE, on="M-00002", target="M-00001")
    assert kept(made).children == ("M-00002", "M-00003")
    assert (kept(made, 2).children, kept(made, 3).parent_id) == ((), "M-00001")


@pytest.mark.parametrize("target", ["", "M-00001", "M-99999", "M-00002"])
def test_only_another_live_ticket_takes_one_in(target: str) -> None:
    made = desk_with(numbered(1), numbered(2, status=TicketStatus.CLOSED))
    assert unfit(made, Move.MERGE, target=target) == Unfit.TARGET


# --- answering -----------------------------------------------------------------------------------


def test_canned_answer_follows_the_words() -> None:
    made = desk_with(numbered(1, faq_shown=(ENTRY.id,)))
    assert material(made.desk, kept(made)).canned == (ENTRY,)
    move = StaffMove(ticket_id="M-00001", move=Move.ANSWER, text="ご案内します。")
    assert with_canned(made.desk, move, ENTRY.id) == replace(move, text=f"ご案内します。\n\n{ENTRY.answer}")
    assert with_canned(made.desk, move, "gone") == move


@pytest.mark.parametrize("move", [Move.WAIT, Move.RESOLVE, Move.CLOSE])
def test_silent_move_is_no_first_response_and_words_are(move: Move) -> None:
    assert do(desk_with(numbered(1)), move).first_response_at is None
    assert do(desk_with(numbered(1)), move, text="ご連絡です").first_response_at == NOW


def test_customer_who_reopens_an_outage_gets_the_linked_question_too() -> None:
    made = desk_with(numbered(1, decision=FAULT))
    do(made, Move.CLOSE, reason=CloseReason.WORKAROUND, text="回避できました")
    own = CustomerMove(move=OwnMove.REOPEN, ticket_id="M-00001")
    with made.store.transaction() as unit:
        own_tickets.handle(made.desk, unit, inbound(own, key="o1"), own, made.clock())
    assert kept(made, 2).follows == "M-00001"
    assert posts(made)[-1][1] == r.TicketMoved(ticket_id="M-00002", move="follow_up", other="M-00001")
