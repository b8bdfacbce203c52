"""What customers do with their own tickets: who, when, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import replies as r
from bot.dialogue.actions import Action
from bot.errors import Unreachable
from bot.services import worker
from bot.services.own_tickets import MOVES, VERBS, Why, move_of
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import CustomerMove, OwnMove, Post, Sender
from classifiers.labels import Severity
from tests.builders import CONTRACT, CUSTOMER, OUTSIDER, STAFF, World, inbound, ticket, world


def desk_with(**changes: Any) -> World:
    made = world()
    with made.store.transaction() as unit:
        unit.tickets.add(ticket(**changes))
    return made


def does(
    made: World,
    move: OwnMove,
    *,
    sender: Sender = CUSTOMER,
    key: str = "k1",
    about: str = "M-00001",
    **more: Any,
) -> r.Reply:
    """Let somebody do it and return what was said last."""
    event = CustomerMove(move=move, ticket_id=about, **more)
    worker.accept(made.desk, inbound(event, key=key, sender=sender))
    assert worker.run_once(made.desk)
    with made.store.reading() as unit:
        said = [item.message for item in unit.outbox.due(made.clock())]
    posts = [message.reply for message in said if isinstance(message, Post)]
    return posts[-1]


def kept(made: World) -> Ticket:
    with made.store.reading() as unit:
        found = unit.tickets.get("M-00001")
    assert found is not None
    return found


def audited(made: World) -> list[str]:
    with made.store.reading() as unit:
        return [entry.action for entry in unit.audit.all()]


def test_every_move_has_a_permission_and_a_button() -> None:
    assert (set(VERBS), set(MOVES.values())) == (set(OwnMove), set(OwnMove))


def test_form_becomes_a_move() -> None:
    values = {"severity": "A", "text": "止まりました"}
    assert move_of(Action.OWN_SEVERITY, "M-00001", values) == CustomerMove(
        move=OwnMove.ASK_SEVERITY, ticket_id="M-00001", text="止まりました", severity=Severity.A
    )
    assert move_of(Action.OWN_SEVERITY, "M-00001", {"severity": "9"}).severity is None


@pytest.mark.parametrize("sender", [OUTSIDER, STAFF])
@pytest.mark.parametrize("move", sorted(set(OwnMove) - {OwnMove.FORGET_CONTRACT}))
def test_ticket_of_somebody_else_is_like_one_that_is_not_there(sender: Sender, move: OwnMove) -> None:
    made = desk_with()
    before = kept(made)
    foreign = does(made, move, sender=sender, text="x")
    unknown = does(made, move, sender=sender, text="x", about="M-99999", key="k2")
    assert foreign == unknown == r.OwnRefused(why=Why.NOT_YOURS)
    assert (kept(made), audited(made)) == (before, [f"refused:{move}"] * 2)


@pytest.mark.parametrize("status", [TicketStatus.REJECTED, TicketStatus.MERGED])
@pytest.mark.parametrize("move", sorted(set(OwnMove) - {OwnMove.FORGET_CONTRACT}))
def test_nothing_can_be_done_to_what_was_rejected_or_merged(status: TicketStatus, move: OwnMove) -> None:
    made = desk_with(status=status)
    assert does(made, move, text="x") == r.OwnRefused(why=Why.NOT_NOW, ticket_id="M-00001")
    assert audited(made) == []


@pytest.mark.parametrize(
    ("status", "move"),
    [
        (TicketStatus.OPEN, OwnMove.REOPEN),
        (TicketStatus.OPEN, OwnMove.RATE_GOOD),
        (TicketStatus.CLOSED, OwnMove.CLOSE),
        (TicketStatus.CLOSED, OwnMove.ASK_SEVERITY),
    ],
)
def test_move_that_does_not_fit_the_status_changes_nothing(status: TicketStatus, move: OwnMove) -> None:
    made = desk_with(status=status)
    before = kept(made)
    assert does(made, move) == r.OwnRefused(why=Why.NOT_NOW, ticket_id="M-00001")
    assert kept(made) == before


def test_information_without_words_is_none() -> None:
    made = desk_with()
    assert does(made, OwnMove.ADD, text=" \n") == r.OwnRefused(why=Why.NOT_NOW, ticket_id="M-00001")


def test_closing_is_audited_and_keeps_its_instant() -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    assert does(made, OwnMove.CLOSE) == r.TicketMoved(ticket_id="M-00001", move="close")
    assert (kept(made).status, kept(made).closed_at) == (TicketStatus.CLOSED, made.clock())
    assert audited(made) == ["close"]


@pytest.mark.parametrize(("days", "reopened"), [(14, True), (14.1, False)])
def test_reopening_is_open_for_the_days_of_the_policy(days: float, reopened: bool) -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    does(made, OwnMove.CLOSE)
    made.clock.advance(days=days)
    reply = does(made, OwnMove.REOPEN, key="k2")
    assert isinstance(reply, r.TicketMoved) == reopened
    assert kept(made).status is (TicketStatus.OPEN if reopened else TicketStatus.CLOSED)


def test_rating_can_be_changed_and_gets_words() -> None:
    made = desk_with(status=TicketStatus.CLOSED)
    does(made, OwnMove.RATE_BAD)
    does(made, OwnMove.RATE_WORDS, key="k2", text="遅い")
    assert does(made, OwnMove.RATE_GOOD, key="k3") == r.Rated(ticket_id="M-00001", satisfied=True)
    assert (kept(made).satisfied, kept(made).satisfaction_words) == (True, "遅い")


def test_words_of_the_customer_stay_out_of_the_audit_trail() -> None:
    made = desk_with(status=TicketStatus.IN_PROGRESS)
    does(made, OwnMove.ASK_SEVERITY, severity=Severity.A, text="極秘の理由")
    with made.store.reading() as unit:
        assert "極秘" not in str(unit.audit.all())


def test_contract_is_forgotten_once() -> None:
    made = world()
    with made.store.transaction() as unit:
        unit.people.link(CUSTOMER.id, unit.contracts.key_of(CONTRACT.number), made.clock())
    assert does(made, OwnMove.FORGET_CONTRACT, about="") == r.ContractForgotten(known=True)
    assert does(made, OwnMove.FORGET_CONTRACT, about="", key="k2") == r.ContractForgotten(known=False)
    with made.store.reading() as unit:
        assert unit.people.contract_of(CUSTOMER.id) is None


def test_move_that_cannot_be_carried_out_reaches_a_human() -> None:
    made = desk_with(id="M-00009")
    made.roles.failure = Unreachable("users.info")
    event = CustomerMove(move=OwnMove.ADD, ticket_id="M-00009", text="大阪も同じです")
    worker.accept(made.desk, inbound(event, key="k1"))
    for _ in range(worker.MAX_ATTEMPTS):
        assert worker.run_once(made.desk)
    with made.store.reading() as unit:
        assert [found.description for found in unit.tickets.find() if found.id != "M-00009"] == [
            "大阪も同じです"
        ]
        assert unit.inbox.waiting() == 0
