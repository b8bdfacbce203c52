"""Staff in Slack: the card's buttons and forms, who may press them, and what the customer learns."""

from __future__ import annotations

import pytest

from bot.dialogue.actions import Action
from bot.slack import ids
from bot.texts import labels, surface
from bot.tickets.rules import Unfit
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


# --- after approval ------------------------------------------------------------------------------


def _approved(town: Town) -> tuple[str, Message]:
    root, card = _submitted(town)
    town.slack.press(town.staff, card, Action.STAFF_APPROVE)
    town.await_reply(root, "承認しました")
    town.settle()
    return root, town.await_card("M-00001 受付済み")


def _pick(town: Town, action: Action, **values: str) -> None:
    """Choose from the menu of the card as it stands, and send the form that opens."""
    town.settle()
    card = town.await_card("M-00001")
    (menu,) = [
        element
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == Action.STAFF_MORE
    ]
    (value,) = [o["value"] for o in menu["options"] if o["value"].startswith(f"{action}|")]
    town.slack.press(town.staff, card, Action.STAFF_MORE, selected=value)
    assert town.slack.submit(town.staff, town.slack.modal(town.staff), values) == {}
    town.settle()


def test_note_stays_in_the_staff_channel(town: Town) -> None:
    root, _ = _approved(town)
    said = len(town.thread(root))
    _pick(town, Action.STAFF_NOTE, text="担当者だけの秘密")
    assert len(town.thread(root)) == said
    told = [m for m in town.slack.bot_messages(town.staff_channel) if "担当者だけの秘密" in shown(m)]
    assert len(told) == 1
    everywhere = [shown(m) for m in town.slack.bot_messages(town.channel)]
    assert "秘密" not in str(everywhere)


def test_ticket_goes_from_hand_to_hand_to_its_end(town: Town) -> None:
    root, _ = _approved(town)
    _pick(town, Action.STAFF_ASSIGN, assignee=town.staff)
    assert _ticket(town).assignee == town.staff
    _pick(town, Action.STAFF_WAIT, text="何台で起きていますか")
    town.await_reply(root, "何台で起きていますか")
    assert _ticket(town).status is TicketStatus.WAITING_CUSTOMER
    town.slack.post_as(town.customer, town.channel, "3台です", thread_ts=root)
    town.slack.wait_until(lambda: _ticket(town).status is TicketStatus.IN_PROGRESS)
    _pick(town, Action.STAFF_SEVERITY, severity="1", text="広がったため")
    town.await_reply(root, "重大度を変更しました")
    _pick(town, Action.STAFF_RCA, text="報告書が必要")
    town.await_reply(root, "原因調査のご要請")
    town.slack.press(town.staff, town.await_card("M-00001 対応中"), Action.STAFF_CLOSE)
    form = town.slack.modal(town.staff)
    assert town.slack.submit(town.staff, form, {"reason": "solved", "text": "直りました"}) == {}
    town.await_reply(root, "完了にしました")
    ticket = _ticket(town)
    assert (ticket.status, ticket.close_code) == (TicketStatus.CLOSED, "solved")
    with town.world.store.reading() as unit:
        actions = [entry.action for entry in unit.audit.of_ticket("M-00001")]
    assert actions == [
        "open",
        "approve",
        "assign",
        "wait",
        "add_information",
        "change_severity",
        "request_rca",
        "close",
    ]


def test_ticket_is_not_given_to_a_customer(town: Town) -> None:
    _, card = _approved(town)
    (menu,) = [e for b in card["blocks"] if b["type"] == "actions" for e in b["elements"] if "options" in e]
    value = next(o["value"] for o in menu["options"] if o["value"].startswith("staff_assign|"))
    town.slack.press(town.staff, card, Action.STAFF_MORE, selected=value)
    answer = town.slack.submit(town.staff, town.slack.modal(town.staff), {"assignee": town.customer})
    assert answer["errors"] == {"assignee": labels.UNFIT[Unfit.ASSIGNEE]}


def test_queues_and_search_are_for_staff_only(town: Town) -> None:
    _submitted(town)
    for person, seen in ((town.staff, True), (town.customer, False)):
        town.slack.open_home(person)
        assert ("未承認 1件" in shown({"text": "", **town.slack.home(person)})) is seen
        said = town.slack.slash(person, town.channel, "/madoguchi", "search メール")
        assert ("M-00001" in str(said)) is seen
