"""What the running desk hears, keeps and answers in Slack, and what it leaves alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest

from bot.dialogue.actions import Action
from bot.errors import StoreError
from bot.ports import UnitOfWork
from bot.slack import ids
from bot.slack.link import RECEIVERS
from bot.slack.reception import Reception
from bot.storage.sqlite.store import SqliteStore
from bot.texts import surface
from tests.bot.slack.conftest import Town, office_for, settings_for, shown
from tests.builders import NOW, RIGHT_FORM, WRONG_FORM, world
from tests.fake_slack import FakeSlack, Fault

pytestmark = pytest.mark.scenario

T = TypeVar("T")
ASKED = "契約を確認する"
T = TypeVar("T")


def _ask(town: Town, text: str = "メールが送れません") -> str:
    """Mention the bot and wait for its answer; returns the thread."""
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> {text}")
    town.await_reply(root, ASKED)
    return root


def _replies(town: Town, root: str, text: str) -> int:
    return sum(text in shown(message) for message in town.thread(root))


def _put_off(town: Town) -> int:
    """How many messages wait for a later instant."""
    with town.world.store.transaction() as unit:
        return unit.outbox.waiting() - len(unit.outbox.due(town.world.clock()))


# --- hearing -------------------------------------------------------------------------------------


def test_mention_is_answered_once_though_it_arrives_twice(town: Town) -> None:
    root = _ask(town)
    town.settle()
    assert [envelope.payload["event"]["type"] for envelope in town.slack.hub.envelopes[:2]] == [
        "app_mention",
        "message",
    ]
    assert _replies(town, root, ASKED) == 1


def test_duplicates_and_disorder_change_nothing(town: Town) -> None:
    town.slack.hub.duplicate, town.slack.hub.reorder, town.slack.hub.ack_window = 1.0, 0.3, 0.2
    roots = [
        town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 送れません {number}")
        for number in range(10)
    ]
    for root in roots:
        town.await_reply(root, ASKED)
    town.settle()
    assert [_replies(town, root, ASKED) for root in roots] == [1] * 10


def test_reply_in_the_thread_needs_no_mention(town: Town) -> None:
    root = _ask(town)
    town.slack.post_as(town.customer, town.channel, "昨日からです", thread_ts=root)
    town.await_reply(root, "追加の内容を受け取りました")


def test_reply_is_taken_even_before_the_first_message_was_handled(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 送れません")
    town.slack.post_as(town.customer, town.channel, "全社です", thread_ts=root)
    town.await_reply(root, "追加の内容を受け取りました")


def test_talk_of_others_is_left_alone(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, "お昼どうする?")
    town.slack.post_as(town.colleague, town.channel, "そば", thread_ts=root)
    town.slack.post_as(town.colleague, town.channel, "<@U9> は?", thread_ts=root)
    town.settle()
    assert town.slack.bot_messages(town.channel) == []
    assert "reactions" not in town.slack.messages(town.channel)[0]
    with town.world.store.transaction() as unit:
        assert unit.dialogues.address_of(f"slack/{town.slack.team}/{town.channel}/{root}") is None


def test_mention_inside_a_thread_of_others_starts_a_talk_there(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "メールが変です")
    town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 見てください", thread_ts=root)
    town.await_reply(root, ASKED)


def test_each_direct_message_is_a_talk_of_its_own(town: Town) -> None:
    place = town.slack.direct(town.customer)
    roots = [town.slack.post_as(town.customer, place, text) for text in ("送れません", "届きません")]
    for root in roots:
        town.await_reply(root, ASKED, place)
    town.settle()
    assert all("thread_ts" in message for message in town.slack.bot_messages(place))


def test_files_without_words_are_asked_about(town: Town) -> None:
    place = town.slack.direct(town.customer)
    root = town.slack.post_as(town.customer, place, "", subtype="file_share", files=[{"id": "F1"}])
    town.await_reply(root, "内容を読み取れませんでした", place)


def test_any_text_gets_an_answer(town: Town) -> None:
    place = town.slack.direct(town.customer)
    for text in ("あ" * 10_000, "😀🎉", "<!channel> &lt;b&gt; \u202e", "a\x00b"):
        root = town.slack.post_as(town.customer, place, text)
        town.slack.wait_until(lambda root=root: town.slack.bot_messages(place, root))


def test_edit_and_deletion_are_recorded_and_not_answered(town: Town) -> None:
    root = _ask(town)
    before = len(town.thread(root))
    town.slack.edit_as(town.customer, town.channel, root, f"<@{town.slack.bot}> 直しました")
    town.settle()  # what comes at the same moment is kept in any order
    town.slack.delete_as(town.customer, town.channel, root)
    town.settle()
    with town.world.store.transaction() as unit:
        recorded = [(entry.action, entry.note) for entry in unit.audit.all()]
    key = f"{town.slack.team}/{town.channel}/{root}"
    assert recorded[-2:] == [("message_edited", key), ("message_deleted", key)]
    assert len(town.thread(root)) == before


#: Broken, foreign or from the future.
NOT_OURS: tuple[dict[str, object], ...] = (
    {"type": "reaction_added", "user": "U1", "item": {}},
    {"type": "message", "subtype": "channel_join", "channel": "C1", "user": "U1", "ts": "1.0"},
    {"type": "message", "subtype": "bot_message", "channel": "C1", "bot_id": "B9", "ts": "1.0"},
    {"type": "message"},
    {"type": "app_mention", "channel": None},
    {"type": "app_home_opened"},
    {"type": "invented_in_2030"},
)


def test_event_that_is_none_of_ours_is_acknowledged_at_once(town: Town) -> None:
    envelopes = [town.slack.send_event(event) for event in NOT_OURS]
    town.slack.wait_until(lambda: not town.slack.hub.unacked())
    assert [envelope.deliveries for envelope in envelopes] == [1] * len(NOT_OURS)


def test_event_of_another_workspace_is_acknowledged_and_dropped(town: Town) -> None:
    event = {"type": "app_mention", "channel": town.channel, "user": "U1", "ts": "1.0", "text": "x"}
    envelope = town.slack.send_event(event, team="T-EVIL")
    town.slack.wait_until(lambda: envelope.acked_at)
    with town.world.store.transaction() as unit:
        assert unit.inbox.waiting() == 0
    assert town.slack.bot_messages(town.channel) == []


def test_command_that_does_not_exist_is_acknowledged(town: Town) -> None:
    assert town.slack.slash(town.customer, town.channel, "/other") == {}


# --- keeping -------------------------------------------------------------------------------------


class FlakyStore:
    """A store whose next short writes fail, as on a full disk."""

    def __init__(self, inner: SqliteStore) -> None:
        self._inner, self.failures = inner, 0

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")
        return self._inner.write(work)

    def transaction(self) -> AbstractContextManager[UnitOfWork]:
        return self._inner.transaction()

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        return self._inner.reading()

    def close(self) -> None:
        self._inner.close()


def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(slack: FakeSlack) -> None:
    customer = slack.user("田中")
    place, staff_channel = slack.direct(customer), slack.channel("desk", private=True)
    made = world()
    store = FlakyStore(made.store)
    office = office_for(made, settings_for(slack, staff_channel), store=store)
    slack.hub.ack_window = 0.2
    office.start()
    slack.wait_connected()
    store.failures = 2
    root = slack.post_as(customer, place, "メールが送れません")
    slack.wait_until(lambda: slack.bot_messages(place, root), 8)
    slack.wait_until(lambda: not slack.hub.unacked(), 8)
    office.stop(5)
    assert slack.hub.envelopes[0].deliveries > 1
    assert sum(ASKED in shown(message) for message in slack.bot_messages(place, root)) == 1


def test_what_was_kept_is_answered_after_a_restart(slack: FakeSlack) -> None:
    customer = slack.user("田中")
    place, staff_channel = slack.direct(customer), slack.channel("desk", private=True)
    made = world()
    settings = settings_for(slack, staff_channel)
    slack.fail(ids.Method.POST, Fault.server_error(), times=None)
    first = office_for(made, settings)
    first.start()
    slack.wait_connected()
    root = slack.post_as(customer, place, "メールが送れません")
    slack.wait_until(lambda: slack.calls(ids.Method.POST))
    first.stop(5)
    assert slack.bot_messages(place, root) == []
    slack.faults.clear()
    made.clock.advance(minutes=1)
    second = office_for(made, settings)
    second.start()
    slack.wait_until(lambda: slack.bot_messages(place, root))
    second.stop(5)
    assert sum(ASKED in shown(message) for message in slack.bot_messages(place, root)) == 1


def test_lost_answer_does_not_post_twice(town: Town) -> None:
    town.slack.fail(ids.Method.POST, Fault.lost_answer())
    root = _ask(town)
    town.slack.wait_until(lambda: town.slack.calls(ids.Method.POST)[0].outcome == "lost")
    town.world.clock.advance(seconds=5)
    town.settle()
    assert _replies(town, root, ASKED) == 1
    assert town.slack.calls(ids.Method.REPLIES)


def test_rate_limit_is_waited_for(town: Town) -> None:
    town.slack.fail(ids.Method.POST, Fault.rate_limited(1))
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 送れません")
    town.slack.wait_until(lambda: _put_off(town) == 1)
    assert town.thread(root) == []
    time.sleep(1.1)  # the limit of a method is kept by the true clock, the outbox by the desk's
    town.world.clock.advance(seconds=1.1)
    town.await_reply(root, ASKED)
    town.settle()
    assert _replies(town, root, ASKED) == 1


def test_connection_that_is_refreshed_goes_on(town: Town) -> None:
    _ask(town)
    (old,) = town.slack.hub.connections
    town.slack.hub.disconnect()
    town.slack.wait_until(lambda: town.slack.hub.connections and old not in town.slack.hub.connections)
    _ask(town, "届きません")


# --- forms and whose they are --------------------------------------------------------------------


def test_colleague_cannot_identify_in_anothers_talk(town: Town) -> None:
    root = _ask(town)
    asked = town.await_reply(root, ASKED)
    town.slack.press(town.colleague, asked, Action.OPEN_IDENTIFICATION)
    assert town.await_whisper(town.colleague) == surface.NOT_YOURS
    assert not town.slack.has_modal(town.colleague)


def test_forged_form_of_a_colleague_is_refused(town: Town) -> None:
    asked = town.await_reply(_ask(town), ASKED)
    town.slack.press(town.customer, asked, Action.OPEN_IDENTIFICATION)
    form = town.slack.modal(town.customer)
    refused = {"response_action": "errors", "errors": {"number": surface.REFUSED}}
    assert town.slack.submit(town.colleague, form, RIGHT_FORM) == refused
    other_team = {**form, "private_metadata": '{"conversation": "slack/T-EVIL/C1/1.0"}'}
    assert town.slack.submit(town.customer, other_team, RIGHT_FORM) == refused


def test_colleague_cannot_press_but_can_write(town: Town) -> None:
    root = _ask(town)
    town.slack.press(town.colleague, town.await_reply(root, ASKED), Action.CANCEL)
    assert town.await_whisper(town.colleague) == surface.NOT_YOURS
    town.slack.post_as(town.colleague, town.channel, "私もです", thread_ts=root)
    town.await_reply(root, "追加の内容を受け取りました")


def test_every_failed_form_says_the_same_until_it_is_locked(town: Town) -> None:
    root = _ask(town)
    town.slack.press(town.customer, town.await_reply(root, ASKED), Action.OPEN_IDENTIFICATION)
    form = town.slack.modal(town.customer)
    expired, unknown = (
        {"holder": "合同会社ふるい", "number": "P500600"},
        {"holder": "(株)あおば商事", "number": "X9"},
    )
    wrong = [expired, unknown, WRONG_FORM, unknown, WRONG_FORM, unknown, WRONG_FORM]
    answers = [town.slack.submit(town.customer, form, values) for values in wrong]
    assert answers == [{"response_action": "errors", "errors": {"number": surface.NOT_IDENTIFIED}}] * 7
    town.await_reply(root, "入力をしばらく止めています")
    # The right words do not help now, and look the same.
    assert town.slack.submit(town.customer, form, RIGHT_FORM) == answers[0]


def test_date_and_details_of_the_form_reach_the_summary(town: Town) -> None:
    root = _ask(town)
    town.slack.press(town.customer, town.await_reply(root, ASKED), Action.OPEN_IDENTIFICATION)
    form = town.slack.modal(town.customer)
    filled = {**RIGHT_FORM, "started_at": int(NOW.timestamp()), "details": "支店は正常です"}
    assert town.slack.submit(town.customer, form, filled) == {}
    summary = shown(town.await_reply(root, "この内容で受け付けます"))
    assert "11月20日(金) 16:30" in summary
    assert "支店は正常です" in summary


def test_form_that_does_not_open_is_told(town: Town) -> None:
    asked = town.await_reply(_ask(town), ASKED)
    town.slack.fail(ids.Method.OPEN_VIEW, Fault.refused("expired_trigger_id"))
    town.slack.press(town.customer, asked, Action.OPEN_IDENTIFICATION)
    assert town.await_whisper(town.customer) == surface.PRESS_AGAIN


# --- the app's own tabs --------------------------------------------------------------------------


def test_messages_tab_suggests_what_the_manifest_suggests(town: Town) -> None:
    town.slack.open_home(town.customer, "messages")
    place = town.slack.direct(town.customer)
    found = town.slack.wait_until(lambda: town.slack.workspace.prompts.get(place))
    assert found == [{"title": title, "message": text} for title, text in surface.PROMPTS]


def test_home_tab_begins_a_direct_talk(town: Town) -> None:
    town.slack.open_home(town.customer)
    view = town.slack.home(town.customer)
    town.slack.press(town.customer, view, Action.NEW_INQUIRY)
    place = town.slack.direct(town.customer)
    greeting = town.slack.wait_until(lambda: town.slack.bot_messages(place))[0]
    town.slack.post_as(town.customer, place, "メールが送れません", thread_ts=greeting["ts"])
    town.slack.wait_until(
        lambda: any(ASKED in shown(m) for m in town.slack.bot_messages(place, greeting["ts"]))
    )


def test_silent_slack_does_not_hold_up_the_home_tab(town: Town) -> None:
    town.slack.fail(ids.Method.PUBLISH_HOME, Fault.server_error())
    envelope = town.slack.open_home(town.customer)
    assert envelope is not None
    town.slack.wait_until(lambda: envelope.acked_at)


def test_whoever_presses_does_not_wait_behind_what_others_write(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = town.await_reply(_ask(town), ASKED)
    go_on, hear = threading.Event(), Reception.hear
    monkeypatch.setattr(Reception, "hear", lambda self, heard: go_on.wait(60) and hear(self, heard))
    try:
        for number in range(2 * RECEIVERS):
            town.slack.post_as(
                town.colleague, town.channel, f"<@{town.slack.bot}> メールが送れません {number}"
            )
        pressed = town.slack.press(town.customer, asked, Action.CANCEL, wait=False)
        town.slack.wait_until(lambda: pressed.latency is not None)
        assert len(town.slack.hub.unacked()) >= 2 * RECEIVERS
    finally:
        go_on.set()
    town.settle()
