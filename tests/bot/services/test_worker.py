from __future__ import annotations

import pytest

from bot.dialogue.events import Cancelled, Confirmed, Event
from bot.dialogue.replies import HandedToHuman
from bot.dialogue.state import Phase
from bot.errors import NotFound, StaleVersion
from bot.services import worker
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import TicketStatus
from bot.traffic import Ignored, MessageChanged, Post, ShowCard, StaffMove
from tests.builders import CUSTOMER, NOW, STAFF, World, inbound, ticket, world


def queued(made: World) -> list[object]:
    with made.store.transaction() as unit:
        return [item.message for item in unit.outbox.due(NOW)]


def actions(made: World) -> list[tuple[str, str]]:
    with made.store.transaction() as unit:
        return [(entry.actor, entry.action) for entry in unit.audit.all()]


def test_accept_keeps_a_thing_once() -> None:
    made = world()
    assert worker.accept(made.desk, inbound("メールが送れません")) is True
    assert worker.accept(made.desk, inbound("メールが送れません")) is False
    assert worker.run_once(made.desk) is True
    assert worker.accept(made.desk, inbound("メールが送れません")) is False
    assert worker.run_once(made.desk) is False


def test_run_once_keeps_the_step_its_reply_and_the_mark_together() -> None:
    made = world()
    worker.accept(made.desk, inbound("メールが送れません"))
    worker.run_once(made.desk)
    with made.store.transaction() as unit:
        state = unit.dialogues.load("C1/1")
        assert (state.phase, state.reporter) == (Phase.IDENTIFYING, CUSTOMER.id)
        assert unit.inbox.waiting() == 0
        assert [item.key for item in unit.outbox.due(NOW)] == ["m1/0", "m1/1"]


@pytest.mark.parametrize("error", [RuntimeError("model"), NotFound("x"), StaleVersion("x")])
def test_message_that_fails_three_times_reaches_a_human(error: Exception) -> None:
    made = world()
    made.answers.failure = error
    worker.accept(made.desk, inbound("メールが\n送れません"))
    for attempt in (1, 2):
        assert worker.run_once(made.desk) is True
        with made.store.transaction() as unit:
            assert (unit.inbox.waiting(), list(unit.tickets.find())) == (1, []), attempt
    assert worker.run_once(made.desk) is True
    assert worker.run_once(made.desk) is False
    with made.store.transaction() as unit:
        (found,) = unit.tickets.find()
    assert (found.status, found.contract, found.decision) == (TicketStatus.AWAITING_APPROVAL, None, None)
    assert (found.summary, found.description) == ("メールが 送れません", "メールが\n送れません")
    assert found.human_requested
    assert queued(made) == [
        ShowCard(ticket_id=found.id),
        Post(address=inbound("").address, reply=HandedToHuman(ticket_id=found.id)),
    ]
    assert actions(made) == [("madoguchi", "unreadable")]


def test_message_that_fails_once_is_answered_the_second_time() -> None:
    made = world()
    made.answers.failure = RuntimeError("model")
    worker.accept(made.desk, inbound("メールが送れません"))
    worker.run_once(made.desk)
    assert queued(made) == []
    made.answers.failure = None
    worker.run_once(made.desk)
    assert len(queued(made)) == 2


def test_failing_conversation_does_not_hold_up_another() -> None:
    made = world()
    worker.accept(made.desk, inbound("a", key="m1", conversation="C1/1"))
    worker.accept(made.desk, inbound(Cancelled(), key="m2", conversation="C1/2"))
    made.answers.failure = RuntimeError("model")
    for _ in range(4):
        assert worker.run_once(made.desk) is True
    assert worker.run_once(made.desk) is False
    with made.store.transaction() as unit:
        assert unit.inbox.waiting() == 0


@pytest.mark.parametrize("event", [Cancelled(), Confirmed()])
def test_button_on_nothing_is_answered(event: Event) -> None:
    made = world()
    worker.accept(made.desk, inbound(event))
    worker.run_once(made.desk)
    (post,) = queued(made)
    assert isinstance(post, Post)
    assert post.reply.kind == "nothing_open"
    with made.store.transaction() as unit:
        assert unit.tickets.reserve_id(NOW) == "M-00001"


def test_recover_takes_up_what_a_dead_process_left() -> None:
    made = world()
    worker.accept(made.desk, inbound("メールが送れません"))
    with made.store.transaction() as unit:
        unit.inbox.claim(NOW)
    assert worker.run_once(made.desk) is False
    assert worker.recover(made.desk) == 1
    assert worker.run_once(made.desk) is True


@pytest.mark.parametrize(("text", "action"), [(None, "message_deleted"), ("書き直した", "message_edited")])
def test_changed_message_is_only_written_down(text: str | None, action: str) -> None:
    made = world()
    worker.accept(made.desk, inbound(MessageChanged(source_key="m0", text=text)))
    worker.run_once(made.desk)
    assert (actions(made), queued(made)) == ([(CUSTOMER.id, action)], [])


def test_ignored_thing_leaves_nothing_but_its_row() -> None:
    made = world()
    worker.accept(made.desk, inbound(Ignored(what="bot_message")))
    assert worker.run_once(made.desk) is True
    assert (actions(made), queued(made)) == ([], [])


def test_refused_move_is_audited_and_shows_the_card_anew() -> None:
    made = world()
    with made.store.transaction() as unit:
        unit.tickets.add(ticket())
    move = StaffMove(ticket_id="M-00001", move=Move.APPROVE)
    worker.accept(made.desk, inbound(move, sender=CUSTOMER))
    worker.run_once(made.desk)
    assert queued(made) == [ShowCard(ticket_id="M-00001")]
    with made.store.transaction() as unit:
        (entry,) = unit.audit.all()
        found = unit.tickets.get("M-00001")
    assert (entry.actor, entry.action, entry.note) == (CUSTOMER.id, "refused:approve", "NotAllowed")
    assert found == ticket()


def test_move_on_a_ticket_that_is_not_there_is_audited() -> None:
    made = world()
    worker.accept(made.desk, inbound(StaffMove(ticket_id="M-9", move=Move.APPROVE), sender=STAFF))
    worker.run_once(made.desk)
    assert (actions(made), queued(made)) == ([(STAFF.id, "refused:approve")], [])


def test_move_that_keeps_failing_is_told_on_the_card() -> None:
    made = world()
    with made.store.transaction() as unit:
        unit.tickets.add(ticket())
    made.roles.failure = RuntimeError("directory")
    worker.accept(made.desk, inbound(StaffMove(ticket_id="M-00001", move=Move.TAKE), sender=STAFF))
    for _ in range(3):
        assert worker.run_once(made.desk) is True
    assert worker.run_once(made.desk) is False
    assert (actions(made), queued(made)) == (
        [(STAFF.id, "refused:take")],
        [ShowCard(ticket_id="M-00001")],
    )
