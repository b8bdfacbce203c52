"""Staff in Slack: the card's buttons and forms, who may press them, and what the customer learns."""

from __future__ import annotations

import pytest

from bot.dialogue.actions import Action
from bot.slack import ids
from bot.texts import surface
from bot.tickets.ticket import Ticket, TicketStatus
from classifiers.labels import Category, Severity
from tests.bot.slack.conftest import Message, Town, shown
from tests.builders import RIGHT_FORM
from tests.fake_slack import Fault

pytestmark = pytest.mark.scenario


def _ticket(town: Town) -> Ticket:
    with town.world.store.transaction() as unit:
        found = unit.tickets.get("M-00001")
    assert found is not None
    return found


def _submitted(town: Town, person: str | None = None) -> tuple[str, Message]:
    """Take one matter to a ticket; returns the thread and the card."""
    person = person or town.customer
    root = town.slack.post_as(person, town.channel, f"<@{town.slack.bot}> 全社でメールが送れません")
    town.slack.press(person, town.await_reply(root, "契約を確認する"), Action.OPEN_IDENTIFICATION)
    town.slack.submit(person, town.slack.modal(person), RIGHT_FORM)
    town.slack.press(person, town.await_reply(root, "送信する"), Action.CONFIRM)
    card = town.await_card("M-00001 承認待ち")
    town.settle()
    return root, card


def test_correction_approves_with_new_labels(town: Town) -> None:
    root, card = _submitted(town)
    town.slack.press(town.staff, card, Action.STAFF_CORRECT)
    form = town.slack.modal(town.staff)
    assert town.slack.submit(town.staff, form, {"severity": "A", "category": "cloud_howto"}) == {}
    town.await_reply(root, "重大度または分類を直しています")
    ticket = _ticket(town)
    assert (ticket.status, ticket.severity, ticket.category) == (
        TicketStatus.OPEN,
        Severity.A,
        Category.CLOUD_HOWTO,
    )


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [
        (Action.STAFF_ASK_BACK, TicketStatus.ASKED_BACK, "担当者から質問があります"),
        (Action.STAFF_REJECT, TicketStatus.REJECTED, "受け付けできませんでした"),
    ],
)
def test_words_of_staff_reach_the_customer(
    town: Town, action: Action, status: TicketStatus, said: str
) -> None:
    root, card = _submitted(town)
    town.slack.press(town.staff, card, action)
    town.slack.submit(town.staff, town.slack.modal(town.staff), {"text": "<!channel> 理由です"})
    notice = town.await_reply(root, said)
    assert "<!channel>" not in notice["text"]
    assert "理由です" in shown(notice)
    assert _ticket(town).status is status


def test_double_click_approves_once(town: Town) -> None:
    root, card = _submitted(town)
    clicks = [town.slack.press(town.staff, card, Action.STAFF_APPROVE, wait=False) for _ in range(3)]
    town.slack.wait_until(lambda: all(click.acked_at for click in clicks))
    town.await_reply(root, "承認しました")
    town.settle()
    assert sum("承認しました" in shown(message) for message in town.thread(root)) == 1
    with town.world.store.transaction() as unit:
        approvals = [entry for entry in unit.audit.of_ticket("M-00001") if entry.action == "approve"]
    assert [entry.actor for entry in approvals] == [town.staff]


def test_button_of_an_old_card_does_nothing_and_says_so(town: Town) -> None:
    _, card = _submitted(town)
    town.slack.press(town.staff, card, Action.STAFF_TAKE)
    town.slack.wait_until(lambda: _ticket(town).assignee == town.staff)
    town.slack.press(town.staff, card, Action.STAFF_APPROVE)
    assert town.await_whisper(town.staff) == surface.CHANGED
    assert _ticket(town).status is TicketStatus.AWAITING_APPROVAL


def test_form_of_an_old_card_is_refused_when_sent(town: Town) -> None:
    _, card = _submitted(town)
    town.slack.press(town.staff, card, Action.STAFF_REJECT)
    form = town.slack.modal(town.staff)
    town.slack.press(town.staff, card, Action.STAFF_TAKE)
    town.slack.wait_until(lambda: _ticket(town).assignee == town.staff)
    assert town.slack.submit(town.staff, form, {"text": "x"}) == {
        "response_action": "errors",
        "errors": {"text": surface.CHANGED},
    }


def test_nobody_approves_his_own_ticket(town: Town) -> None:
    place = town.slack.workspace.channels[town.channel]
    place.members.add(town.staff)
    _, card = _submitted(town, town.staff)
    town.slack.press(town.staff, card, Action.STAFF_APPROVE)
    assert town.await_whisper(town.staff) == surface.REFUSED
    assert _ticket(town).status is TicketStatus.AWAITING_APPROVAL


def test_whoever_left_the_desk_can_do_nothing_with_its_buttons(town: Town) -> None:
    _, card = _submitted(town)
    town.slack.workspace.channels[town.staff_channel].members.discard(town.staff)
    # A role is believed for a minute at most.
    town.world.clock.advance(seconds=60)
    town.slack.press(town.staff, card, Action.STAFF_APPROVE)
    town.slack.press(town.staff, card, Action.STAFF_REJECT)
    town.settle()
    assert not town.slack.has_modal(town.staff)
    assert _ticket(town).status is TicketStatus.AWAITING_APPROVAL
    with town.world.store.transaction() as unit:
        actions = [entry.action for entry in unit.audit.of_ticket("M-00001")]
    assert actions == ["open", "refused:approve", "refused:reject"]


def test_customer_with_a_forged_button_is_refused_as_for_an_unknown_ticket(town: Town) -> None:
    root, card = _submitted(town)
    for ticket_id in ("M-00001", "M-99999"):
        forged = town.slack.messages(town.channel, root)[-1]
        forged["blocks"] = [
            {
                "type": "actions",
                "elements": [{**card_button(card), "value": f"{ticket_id}@1"}],
            }
        ]
        town.slack.press(town.customer, forged, Action.STAFF_APPROVE)
    town.slack.wait_until(lambda: len(town.slack.ephemerals) == 2)
    assert [whisper.text for whisper in town.slack.ephemerals] == [surface.REFUSED] * 2
    assert _ticket(town).status is TicketStatus.AWAITING_APPROVAL


def card_button(card: Message) -> dict[str, object]:
    """The button 承認 of a card."""
    return next(
        dict(element)
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == Action.STAFF_APPROVE
    )


def test_click_while_slack_tells_no_roles_is_not_lost(town: Town) -> None:
    root, card = _submitted(town)
    town.slack.fail(ids.Method.USER, Fault.server_error())
    town.slack.press(town.staff, card, Action.STAFF_APPROVE)
    town.await_reply(root, "承認しました")


def test_own_tickets_stand_on_the_home_tab(town: Town) -> None:
    _submitted(town)
    for person, seen in ((town.customer, True), (town.colleague, False)):
        town.slack.open_home(person)
        assert ("M-00001" in shown({"text": "", **town.slack.home(person)})) is seen
