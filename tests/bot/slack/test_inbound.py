"""Slack's payloads as values."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.actions import SEPARATOR, Action
from bot.dialogue.events import (
    CategoryCorrected,
    Confirmed,
    FaqChosen,
    HumanRequested,
    IsolationReported,
    Said,
    SlotAnswered,
)
from bot.dialogue.state import Slot
from bot.slack import inbound
from bot.slack.inbound import Identity
from bot.tickets.lifecycle import Move
from bot.traffic import Address, MessageChanged, Sender, StaffMove
from classifiers.labels import Category, Severity
from tests.builders import NOW

ME = Identity(team="T1", user="UBOT")
EVENT = {
    "type": "message",
    "channel": "C1",
    "channel_type": "channel",
    "user": "U1",
    "team": "T1",
    "text": "メールが送れません",
    "ts": "100.000001",
}


def _heard(**changes: Any) -> inbound.Heard | None:
    return inbound.message({"team_id": "T1", "event": {**EVENT, **changes}}, ME, NOW)


def _click(action_id: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "田中", "team_id": "T1"},
        "trigger_id": "t",
        "container": {"message_ts": "100.000002", "thread_ts": "100.000001"},
        "channel": {"id": "C1"},
        "message": {"ts": "100.000002", "thread_ts": "100.000001"},
        "actions": [{"action_id": action_id, "action_ts": "101.5", **more}],
    }


# --- messages ------------------------------------------------------------------------------------


def test_message_is_taken_whole() -> None:
    heard = _heard()
    assert heard is not None
    assert heard.addressed is False
    taken = heard.inbound
    assert taken.key == "T1/C1/100.000001"
    assert taken.conversation_id == "slack/T1/C1/100.000001"
    assert taken.address == Address(channel="C1", thread="100.000001")
    assert taken.sender == Sender(id="U1", team="T1")
    assert taken.event == Said(text="メールが送れません")
    assert taken.received_at == NOW


def test_mention_and_message_of_one_post_are_one_inbound() -> None:
    text = "<@UBOT> メールが送れません"
    heard = _heard(text=text)
    mention = _heard(text=text, type="app_mention")
    assert heard == mention
    assert heard is not None
    assert heard.addressed is True
    assert heard.inbound.event == Said(text="メールが送れません")


def test_reply_belongs_to_its_thread() -> None:
    heard = _heard(thread_ts="90.000001")
    assert heard is not None
    assert heard.inbound.conversation_id == "slack/T1/C1/90.000001"
    assert heard.inbound.key == "T1/C1/100.000001"


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "D1", "channel_type": "im"},
        {"channel": "D1", "channel_type": ""},
        {"text": "<@UBOT|madoguchi> 困りました"},
        {"type": "app_mention"},
    ],
)
def test_message_is_addressed(changes: dict[str, Any]) -> None:
    heard = _heard(**changes)
    assert heard is not None
    assert heard.addressed is True


def test_mention_of_somebody_else_is_not_for_us() -> None:
    heard = _heard(text="<@U2> 見てください")
    assert heard is not None
    assert heard.addressed is False
    assert heard.inbound.event == Said(text="@U2 見てください")


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_spoken_subtypes_are_words(subtype: str) -> None:
    heard = _heard(subtype=subtype, text="")
    assert heard is not None
    assert heard.inbound.event == Said(text="")


@pytest.mark.parametrize(
    "changes",
    [
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "something_new"},
        {"bot_id": "B9"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"ts": None},
        {"channel": None},
    ],
)
def test_what_nobody_said_is_nothing(changes: dict[str, Any]) -> None:
    assert _heard(**changes) is None


def test_other_workspace_is_nothing() -> None:
    assert inbound.message({"team_id": "T9", "event": EVENT}, ME, NOW) is None


def test_stranger_keeps_his_team() -> None:
    heard = _heard(user_team="T9")
    assert heard is not None
    assert heard.inbound.sender == Sender(id="U1", team="T9")


def test_edit_is_recorded_with_its_source() -> None:
    written = {**EVENT, "text": "直しました", "edited": {"user": "U1", "ts": "105.0"}}
    heard = _heard(subtype="message_changed", ts="105.1", message=written, previous_message=EVENT)
    assert heard is not None
    assert heard.addressed is False
    assert heard.inbound.key == "T1/C1/100.000001/edited/105.0"
    assert heard.inbound.conversation_id == "slack/T1/C1/100.000001"
    assert heard.inbound.event == MessageChanged(
        source_key="T1/C1/100.000001", text="直しました", before="メールが送れません"
    )


def test_unfurled_link_is_no_edit() -> None:
    assert _heard(subtype="message_changed", ts="105.1", message=EVENT, previous_message=EVENT) is None


def test_deletion_is_recorded() -> None:
    heard = _heard(subtype="message_deleted", ts="105.1", deleted_ts="100.000001", previous_message=EVENT)
    assert heard is not None
    assert heard.inbound.key == "T1/C1/100.000001/deleted"
    assert heard.inbound.event == MessageChanged(source_key="T1/C1/100.000001", text=None)


@pytest.mark.parametrize("subtype", ["message_changed", "message_deleted"])
def test_changes_of_our_own_messages_are_nothing(subtype: str) -> None:
    own = {**EVENT, "user": "UBOT", "bot_id": "B1", "edited": {"ts": "1.0"}}
    assert _heard(subtype=subtype, message=own, previous_message=own) is None


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("<@UBOT> こんにちは", "こんにちは"),
        ("<@U2|tanaka>さん", "@tanakaさん"),
        ("<#C2|general> で", "#general で"),
        ("<!channel> 至急", "@channel 至急"),
        ("<!subteam^S1|@desk> へ", "@desk へ"),
        ("<https://example.com/a|example.com/a>", "https://example.com/a"),
        ("<https://evil.example|銀行>", "銀行 (https://evil.example)"),
        ("<https://example.com>", "https://example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("&lt;!channel&gt; &amp;amp;", "<!channel> &amp;"),
        ("1 < 2", "1 < 2"),
        ("a\ud800b", "a\ufffd\ufffd\ufffdb"),
    ],
)
def test_text_is_read_as_people_read_it(raw: str, read: str) -> None:
    assert inbound.readable(raw, ME) == read


# --- clicks --------------------------------------------------------------------------------------


def test_click_knows_its_place_and_person() -> None:
    pressed = inbound.click(_click("confirm"), ME)
    assert pressed is not None
    assert pressed.key == "T1/click/C1/100.000002/U1/101.5"
    assert pressed.conversation_id == "slack/T1/C1/100.000001"
    assert pressed.address == Address(channel="C1", thread="100.000001")
    assert pressed.sender == Sender(id="U1", name="田中", team="T1")
    assert pressed.trigger_id == "t"


def test_two_clicks_differ_and_a_repeated_delivery_does_not() -> None:
    first, again = inbound.click(_click("confirm"), ME), inbound.click(_click("confirm"), ME)
    second = inbound.click(_click("confirm", action_ts="101.6"), ME)
    assert first == again
    assert first is not None
    assert second is not None
    assert first.key != second.key


@pytest.mark.parametrize(
    ("action_id", "more", "event"),
    [
        ("confirm", {}, Confirmed()),
        ("human#1", {}, HumanRequested()),
        ("faq_choose#2", {"value": "reset"}, FaqChosen(entry_id="reset")),
        (
            "slot_answer#1",
            {"value": f"extent{SEPARATOR}数人です"},
            SlotAnswered(slot=Slot.EXTENT, text="数人です"),
        ),
        (
            "category_correct",
            {"selected_option": {"value": "cloud_howto"}},
            CategoryCorrected(category=Category.CLOUD_HOWTO),
        ),
    ],
)
def test_button_becomes_its_event(action_id: str, more: dict[str, Any], event: object) -> None:
    pressed = inbound.click(_click(action_id, **more), ME)
    assert pressed is not None
    taken = inbound.customer_move(pressed, NOW)
    assert taken is not None
    assert taken.event == event
    assert taken.key == pressed.key


def test_checklist_tells_what_is_ticked() -> None:
    boxes = {
        "steps": {"selected_options": [{"value": "A"}]},
        "steps#1": {"selected_options": [{"value": "B"}]},
    }
    body = _click("isolation_report") | {"state": {"values": {"x": boxes}}}
    pressed = inbound.click(body, ME)
    assert pressed is not None
    taken = inbound.customer_move(pressed, NOW)
    assert taken is not None
    assert taken.event == IsolationReported(done=("A", "B"))


@pytest.mark.parametrize(
    ("action_id", "value"),
    [("category_correct", "no_such"), ("slot_answer", "no_such|x"), ("slot_answer", "category|no_such")],
)
def test_forged_value_is_nothing(action_id: str, value: str) -> None:
    pressed = inbound.click(_click(action_id, value=value), ME)
    assert pressed is not None
    assert inbound.customer_move(pressed, NOW) is None


@pytest.mark.parametrize(
    "body",
    [
        _click("steps"),
        _click("somebody_elses"),
        _click("confirm") | {"team": {"id": "T9"}},
        _click("confirm") | {"user": {}},
        _click("confirm") | {"actions": []},
    ],
)
def test_foreign_click_is_nothing(body: dict[str, Any]) -> None:
    assert inbound.click(body, ME) is None


def test_click_on_the_home_tab_has_no_place() -> None:
    body = _click("new_inquiry") | {
        "channel": {},
        "container": {"type": "view", "view_id": "V1"},
        "message": {},
    }
    pressed = inbound.click(body, ME)
    assert pressed is not None
    assert pressed.address is None
    assert pressed.key == "T1/click/home//U1/101.5"


def test_staff_button_carries_ticket_and_version() -> None:
    pressed = inbound.click(_click("staff_approve", value="M-00001@3"), ME)
    assert pressed is not None
    assert inbound.staff_move(pressed) == StaffMove(ticket_id="M-00001", move=Move.APPROVE, version=3)


@pytest.mark.parametrize("value", ["", "M-00001", "M-00001@", "M-00001@x", "M-00001@-1"])
def test_staff_button_without_version_is_nothing(value: str) -> None:
    pressed = inbound.click(_click("staff_approve", value=value), ME)
    assert pressed is not None
    assert inbound.staff_move(pressed) is None


# --- forms ---------------------------------------------------------------------------------------


def _form(callback: str, **values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "田中", "team_id": "T1"},
        "view": {
            "id": "V1",
            "hash": "h",
            "callback_id": callback,
            "private_metadata": "{}",
            "state": {"values": {name: {"value": element} for name, element in values.items()}},
        },
    }


def test_form_holds_every_kind_of_value() -> None:
    sent = inbound.submission(
        _form(
            Action.STAFF_CORRECT,
            text={"value": "あ"},
            empty={"value": None},
            severity={"selected_option": {"value": "A"}},
            at={"selected_date_time": 1_763_700_000},
        ),
        ME,
    )
    assert sent is not None
    assert sent.key == "T1/view/V1/h"
    assert sent.values == {"text": "あ", "empty": "", "severity": "A", "at": "1763700000"}


@pytest.mark.parametrize(
    "body", [_form("other_form"), _form("staff_correct") | {"team": {"id": "T9"}}, {"team": {"id": "T1"}}]
)
def test_foreign_form_is_nothing(body: dict[str, Any]) -> None:
    assert inbound.submission(body, ME) is None


def test_staff_form_becomes_a_move() -> None:
    sent = inbound.submission(
        _form(
            Action.STAFF_CORRECT,
            severity={"selected_option": {"value": "A"}},
            category={"selected_option": {"value": "cloud_incident"}},
        ),
        ME,
    )
    assert sent is not None
    assert inbound.staff_words(sent, {"ticket": "M-00001", "version": "2"}) == StaffMove(
        ticket_id="M-00001",
        move=Move.APPROVE,
        version=2,
        severity=Severity.A,
        category=Category.CLOUD_INCIDENT,
    )


@pytest.mark.parametrize(
    ("form", "severity", "version"),
    [
        (Action.STAFF_CORRECT, "Z", "2"),
        (Action.STAFF_CORRECT, "A", ""),
        (Action.OPEN_IDENTIFICATION, "A", "2"),
    ],
)
def test_forged_staff_form_is_nothing(form: Action, severity: str, version: str) -> None:
    sent = inbound.submission(_form(form, severity={"selected_option": {"value": severity}}), ME)
    assert sent is not None
    assert inbound.staff_words(sent, {"ticket": "M-00001", "version": version}) is None


def test_place_of_a_talk() -> None:
    assert inbound.place_of("slack/T1/C1/100.1") == Address(channel="C1", thread="100.1")


def test_place_of_another_kind_of_talk_is_an_error() -> None:
    with pytest.raises(ValueError, match="console/a/b/c"):
        inbound.place_of("console/a/b/c")
