from __future__ import annotations

from datetime import timedelta

import pytest

from bot.authorisation import Role
from bot.dialogue import replies as r
from bot.dialogue.state import DialogueState, Phase
from bot.errors import BotError, MoveRefused, NotAllowed, NotFound, StaleVersion
from bot.services.approval import handle_move
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import Approval, Ticket, TicketStatus
from bot.traffic import Address, CardLog, Post, Sender, ShowCard, StaffMove
from classifiers.labels import Category, Severity
from tests.builders import (
    ADMIN,
    CUSTOMER,
    NOW,
    OUTSIDER,
    SECOND,
    STAFF,
    World,
    decision,
    inbound,
    ticket,
    world,
)

PLACE = Address(channel="C1", thread="1")


def desk_with(*, second_approver: bool = False, **changes: object) -> World:
    """A desk with one ticket and its submitted talk."""
    made = world(second_approver=second_approver)
    state = DialogueState(conversation_id="C1/1", phase=Phase.SUBMITTED, ticket_id="M-00001")
    with made.store.transaction() as unit:
        unit.tickets.add(ticket(**changes))
        unit.dialogues.save(state, PLACE, NOW)
    return made


def do(made: World, move: Move, *, by: Sender = STAFF, key: str = "s1", **fields: object) -> Ticket:
    staff_move = StaffMove(ticket_id="M-00001", move=move, **fields)  # type: ignore[arg-type]
    with made.store.transaction() as unit:
        return handle_move(made.desk, unit, inbound(staff_move, key=key, sender=by), staff_move, made.clock())


def notices(made: World) -> list[r.Reply]:
    with made.store.transaction() as unit:
        return [item.message.reply for item in unit.outbox.due(NOW) if isinstance(item.message, Post)]


# --- approval ------------------------------------------------------------------------------------


def test_approval_opens_the_ticket_and_tells_everybody() -> None:
    made = desk_with()
    moved = do(made, Move.APPROVE, version=1)
    assert (moved.status, moved.approval, moved.version) == (
        TicketStatus.OPEN,
        Approval(by=STAFF.id, at=NOW),
        2,
    )
    with made.store.transaction() as unit:
        assert unit.tickets.get("M-00001") == moved
        (entry,) = unit.audit.all()
        assert [item.message for item in unit.outbox.due(NOW)] == [
            ShowCard(ticket_id="M-00001"),
            CardLog(ticket_id="M-00001", actor=STAFF.id, action=Move.APPROVE),
            Post(
                address=PLACE,
                reply=r.TicketApproved(
                    ticket_id="M-00001",
                    severity=Severity.B,
                    severity_label="重大",
                    due=NOW + timedelta(minutes=60),
                ),
            ),
        ]
    assert (entry.actor, entry.action, entry.ticket_id) == (STAFF.id, "approve", "M-00001")
    assert entry.before == "awaiting_approval severity=B category=cloud_incident"
    assert entry.after == "open severity=B category=cloud_incident"


def test_approval_is_not_the_first_response() -> None:
    assert do(desk_with(), Move.APPROVE).first_response_at is None


@pytest.mark.parametrize("who", [CUSTOMER, OUTSIDER, Sender(id="U-NOBODY"), Sender(id="")])
@pytest.mark.parametrize("move", [Move.APPROVE, Move.REJECT, Move.ANSWER, Move.TAKE, Move.NOTE])
def test_only_the_desk_moves_tickets(who: Sender, move: Move) -> None:
    made = desk_with()
    with pytest.raises(NotAllowed):
        do(made, move, by=who)
    with made.store.transaction() as unit:
        assert unit.tickets.get("M-00001") == ticket()


def test_role_is_read_at_the_moment_of_the_action() -> None:
    made = desk_with()
    made.roles.of[STAFF.id] = frozenset({Role.CUSTOMER})
    with pytest.raises(NotAllowed):
        do(made, Move.APPROVE)
    made.roles.of[STAFF.id] = frozenset({Role.STAFF})
    assert do(made, Move.APPROVE).status is TicketStatus.OPEN


@pytest.mark.parametrize("who", [STAFF, ADMIN])
def test_nobody_approves_their_own_ticket(who: Sender) -> None:
    made = desk_with(reporter=who.id)
    with pytest.raises(NotAllowed):
        do(made, Move.APPROVE, by=who)
    with pytest.raises(NotAllowed):
        do(made, Move.CHANGE_SEVERITY, by=who, severity=Severity.A)
    assert do(made, Move.APPROVE, by=SECOND).status is TicketStatus.OPEN


def test_second_click_finds_another_version() -> None:
    made = desk_with()
    do(made, Move.TAKE, version=1)
    with pytest.raises(StaleVersion):
        do(made, Move.APPROVE, by=SECOND, version=1)


@pytest.mark.parametrize(
    ("move", "error"), [(Move.RESOLVE, MoveRefused), (Move.REOPEN, MoveRefused), (Move.WAIT, MoveRefused)]
)
def test_move_out_of_turn_is_refused(move: Move, error: type[BotError]) -> None:
    with pytest.raises(error):
        do(desk_with(), move)


def test_move_on_an_unknown_ticket_is_told_apart_from_nothing() -> None:
    with pytest.raises(NotFound):
        do(world(), Move.APPROVE)


# --- corrections ---------------------------------------------------------------------------------


def test_correction_decides_again_and_is_kept_masked() -> None:
    made = desk_with(description="お客様番号 P-100200 の田中 (tanaka@example.com) です")
    made.answers.decision = decision(minutes=30, severity_label="最重要")
    made.clock.advance(minutes=20)
    moved = do(made, Move.APPROVE, severity=Severity.A, category=Category.SECURITY_INCIDENT)
    assert (moved.severity, moved.category) == (Severity.A, Category.SECURITY_INCIDENT)
    assert moved.due_at == NOW + timedelta(minutes=30)
    (request,) = made.answers.requests
    assert (request.now, request.severity, request.category) == (
        NOW,
        Severity.A,
        Category.SECURITY_INCIDENT,
    )
    with made.store.transaction() as unit:
        (kept,) = unit.feedback.corrections()
    assert (kept.severity_before, kept.severity_after) == (Severity.B, Severity.A)
    assert (kept.category_before, kept.category_after) == (
        Category.CLOUD_INCIDENT,
        Category.SECURITY_INCIDENT,
    )
    assert kept.text == "お客様番号 [番号] の田中 ([メール]) です"
    assert (kept.actor, kept.policy_id, kept.model_version) == (STAFF.id, "p", "test.1")
    (notice,) = notices(made)
    assert isinstance(notice, r.TicketApproved)
    assert (notice.corrected, notice.severity_label) == (True, "最重要")


def test_form_that_changes_nothing_is_no_correction() -> None:
    made = desk_with()
    do(made, Move.APPROVE, severity=Severity.B, category=Category.CLOUD_INCIDENT)
    with made.store.transaction() as unit:
        assert list(unit.feedback.corrections()) == []
    assert made.answers.requests == []


def test_correction_of_an_unread_ticket_keeps_its_missing_promise() -> None:
    made = desk_with(contract=None, classification=None, decision=None)
    moved = do(made, Move.APPROVE, severity=Severity.A)
    assert (moved.severity, moved.decision, made.answers.requests) == (Severity.A, None, [])


# --- two approvers -------------------------------------------------------------------------------


def test_severest_ticket_waits_for_a_second_approver() -> None:
    made = desk_with(second_approver=True, severity=Severity.CRITICAL)
    once = do(made, Move.APPROVE)
    assert (once.status, once.approval) == (
        TicketStatus.AWAITING_APPROVAL,
        Approval(by=STAFF.id, at=NOW),
    )
    assert notices(made) == []
    with pytest.raises(NotAllowed):
        do(made, Move.APPROVE, key="s2")
    twice = do(made, Move.APPROVE, by=SECOND, key="s3")
    assert twice.status is TicketStatus.OPEN
    assert twice.approval == Approval(by=STAFF.id, at=NOW, second_by=SECOND.id)


def test_other_tickets_need_one_approver() -> None:
    assert do(desk_with(second_approver=True, severity=Severity.A), Move.APPROVE).status is TicketStatus.OPEN


# --- what the customer hears, and what stays -----------------------------------------------------


@pytest.mark.parametrize(
    ("status", "move", "notice"),
    [
        (TicketStatus.AWAITING_APPROVAL, Move.REJECT, r.TicketRejected(ticket_id="M-00001", reason="言葉")),
        (
            TicketStatus.AWAITING_APPROVAL,
            Move.ASK_BACK,
            r.StaffQuestion(ticket_id="M-00001", question="言葉"),
        ),
        (TicketStatus.OPEN, Move.ANSWER, r.StaffAnswer(ticket_id="M-00001", text="言葉")),
        (TicketStatus.OPEN, Move.WAIT, r.TicketMoved(ticket_id="M-00001", move="wait", text="言葉")),
        (TicketStatus.OPEN, Move.RESOLVE, r.TicketMoved(ticket_id="M-00001", move="resolve", text="言葉")),
        (TicketStatus.OPEN, Move.CLOSE, r.TicketMoved(ticket_id="M-00001", move="close", text="言葉")),
        (TicketStatus.CLOSED, Move.REOPEN, r.TicketMoved(ticket_id="M-00001", move="reopen", text="言葉")),
        (TicketStatus.AWAITING_APPROVAL, Move.TAKE, None),
        (TicketStatus.OPEN, Move.ASSIGN, None),
        (TicketStatus.OPEN, Move.NOTE, None),
    ],
)
def test_customer_hears_of_a_move_or_does_not(
    status: TicketStatus, move: Move, notice: r.Reply | None
) -> None:
    made = desk_with(status=status)
    do(made, move, text="言葉", assignee=SECOND.id)
    assert notices(made) == ([] if notice is None else [notice])


@pytest.mark.parametrize(
    ("status", "move"), [(TicketStatus.AWAITING_APPROVAL, Move.ASK_BACK), (TicketStatus.OPEN, Move.ANSWER)]
)
def test_first_words_of_a_human_are_the_first_response(status: TicketStatus, move: Move) -> None:
    made = desk_with(status=status)
    assert do(made, move, text="言葉").first_response_at == NOW
    made.clock.advance(hours=1)
    with made.store.transaction() as unit:
        unit.tickets.save(ticket(status=TicketStatus.OPEN, first_response_at=NOW, version=3))
    assert do(made, Move.ANSWER, text="続き", key="s2").first_response_at == NOW


def test_who_takes_or_answers_has_the_ticket() -> None:
    made = desk_with(status=TicketStatus.OPEN)
    assert do(made, Move.ANSWER, text="言葉").assignee == STAFF.id
    assert do(made, Move.ANSWER, text="言葉", by=SECOND, key="s2").assignee == STAFF.id
    assert do(made, Move.TAKE, by=SECOND, key="s3").assignee == SECOND.id
    assert do(made, Move.ASSIGN, assignee=ADMIN.id, key="s4").assignee == ADMIN.id


@pytest.mark.parametrize(
    ("status", "move"),
    [(TicketStatus.AWAITING_APPROVAL, Move.REJECT), (TicketStatus.IN_PROGRESS, Move.CLOSE)],
)
def test_end_of_the_ticket_ends_its_talk(status: TicketStatus, move: Move) -> None:
    made = desk_with(status=status)
    moved = do(made, move, text="理由")
    assert (moved.closed_at, moved.close_reason) == (NOW, "理由")
    with made.store.transaction() as unit:
        state = unit.dialogues.load("C1/1")
    assert (state.phase, state.version) == (Phase.ENDED, 1)


def test_note_on_a_closed_ticket_leaves_its_end_alone() -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    do(made, Move.CLOSE, text="理由")
    made.clock.advance(days=1)
    noted = do(made, Move.NOTE, text="社内のメモ", key="s2")
    assert (noted.closed_at, noted.close_reason) == (NOW, "理由")


def test_reopened_ticket_takes_its_talk_up_again() -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    do(made, Move.RESOLVE)
    do(made, Move.CLOSE, text="理由", key="s2")
    reopened = do(made, Move.REOPEN, key="s3")
    assert (reopened.status, reopened.resolved_at, reopened.closed_at, reopened.close_reason) == (
        TicketStatus.OPEN,
        None,
        None,
        "",
    )
    with made.store.transaction() as unit:
        assert unit.dialogues.load("C1/1").phase is Phase.SUBMITTED


def test_new_matter_in_the_same_thread_is_not_touched_by_the_old_ticket() -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    state = DialogueState(conversation_id="C1/1", phase=Phase.ASKING, turns=("別の件",), version=8)
    with made.store.transaction() as unit:
        unit.dialogues.save(state, PLACE, NOW)
    do(made, Move.CLOSE, text="理由")
    with made.store.transaction() as unit:
        assert unit.dialogues.load("C1/1") == state
