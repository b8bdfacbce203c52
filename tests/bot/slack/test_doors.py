"""The ways in beside writing: emoji, shortcut, command, Home; and what customers do with own tickets."""

from __future__ import annotations

import pytest

from bot.dialogue.actions import Action
from bot.dialogue.state import Phase
from bot.errors import NotFound
from bot.slack import ids, inbound
from bot.texts import surface
from bot.tickets.ticket import Ticket, TicketStatus
from classifiers.labels import Category, Severity
from tests.bot.slack.conftest import Town, shown
from tests.builders import NOW, RIGHT_FORM, ticket
from tests.fake_slack import Fault

pytestmark = pytest.mark.scenario

ASKED = "契約を確認する"


def conversation(town: Town, root: str, channel: str | None = None) -> str:
    return f"slack/{town.slack.team}/{channel or town.channel}/{root}"


def reporter(town: Town, root: str, channel: str | None = None) -> str:
    with town.world.store.reading() as unit:
        return unit.dialogues.load(conversation(town, root, channel)).reporter


def kept(town: Town, ticket_id: str = "M-00001") -> Ticket:
    with town.world.store.reading() as unit:
        found = unit.tickets.get(ticket_id)
    if found is None:
        raise NotFound(ticket_id)
    return found


def with_ticket(town: Town, **changes: object) -> str:
    """Keep a ticket of the customer whose talk stands in the channel; returns the talk's root."""
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    town.await_reply(root, ASKED)
    made = ticket(reporter=town.customer, conversation_id=conversation(town, root), source_key="x", **changes)
    with town.world.store.transaction() as unit:
        unit.tickets.add(made)
        state = unit.dialogues.load(made.conversation_id)
        address = unit.dialogues.address_of(made.conversation_id)
        assert address is not None
        moved = state.evolve(phase=Phase.SUBMITTED, ticket_id=made.id)
        unit.dialogues.save(moved, address, NOW)
    return root


def press_home(town: Town, action: Action) -> None:
    town.slack.open_home(town.customer)
    view = town.slack.wait_until(lambda: _home_with(town, action))
    town.slack.press(town.customer, view, action)


def _home_with(town: Town, action: Action) -> dict[str, object] | None:
    view = town.slack.home(town.customer)
    return view if f'"{action}"' in str(view).replace("'", '"') else None


# --- pointing at a message -----------------------------------------------------------------------


def test_ticket_emoji_begins_a_talk_for_whoever_put_it(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "メールが送れません")
    town.slack.react_as(town.customer, town.channel, root, "ticket")
    town.await_reply(root, ASKED)
    assert reporter(town, root) == town.customer
    town.settle()
    assert town.slack.messages(town.channel)[0]["reactions"] == ["eyes"]


def test_ticket_emoji_on_a_reply_begins_the_talk_in_its_thread(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "おはようございます")
    reply = town.slack.post_as(town.colleague, town.channel, "メールが送れません", thread_ts=root)
    town.slack.react_as(town.customer, town.channel, reply, "ticket")
    town.await_reply(root, ASKED)
    with town.world.store.reading() as unit:
        assert unit.dialogues.load(conversation(town, root)).turns == ("メールが送れません",)


def test_what_began_a_thread_is_no_word_of_a_talk_below_it(town: Town) -> None:
    """However late it is heard: a sweep reads the channel again when the talk is known."""
    root = town.slack.post_as(town.colleague, town.channel, "おはようございます")
    reply = town.slack.post_as(town.colleague, town.channel, "メールが送れません", thread_ts=root)
    town.slack.react_as(town.customer, town.channel, reply, "ticket")
    town.await_reply(root, ASKED)
    reception = town.office._reception
    for ts, where, kept in ((root, {}, False), (f"{float(reply) + 1:.6f}", {"thread_ts": root}, True)):
        event = {"type": "message", "channel": town.channel, "user": town.customer, "ts": ts, "text": "え"}
        heard = inbound.message({"team_id": reception.me.team, "event": event | where}, reception.me, NOW)
        assert heard is not None
        assert reception.hear(heard) is kept


@pytest.mark.parametrize("emoji", ["eyes", "admission_tickets", "ticket2"])
def test_other_emoji_begin_nothing(town: Town, emoji: str) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "メールが送れません")
    town.slack.react_as(town.customer, town.channel, root, emoji)
    town.settle()
    assert town.thread(root) == []


def test_second_finger_at_a_message_is_told_that_it_was_taken(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "メールが送れません")
    town.slack.react_as(town.customer, town.channel, root, "ticket")
    town.await_reply(root, ASKED)
    town.slack.shortcut(town.colleague, town.channel, root, ids.SHORTCUT)
    assert town.await_whisper(town.colleague) == surface.ALREADY
    assert reporter(town, root) == town.customer


def test_emoji_on_what_the_bot_said_begins_nothing(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    said = town.await_reply(root, ASKED)
    town.slack.react_as(town.colleague, town.channel, said["ts"], "ticket")
    town.settle()
    assert town.slack.ephemerals == []


def test_emoji_on_files_alone_asks_for_words(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "", subtype="file_share", files=[{"id": "F1"}])
    town.slack.react_as(town.customer, town.channel, root, "ticket")
    assert town.await_whisper(town.customer) == surface.NO_WORDS
    assert town.thread(root) == []


def test_emoji_comes_again_where_slack_did_not_tell_the_message(town: Town) -> None:
    town.slack.hub.ack_window = 0.2
    town.slack.fail(ids.Method.HISTORY, Fault.server_error(), times=None)
    root = town.slack.post_as(town.colleague, town.channel, "メールが送れません")
    envelope = town.slack.react_as(town.customer, town.channel, root, "ticket")
    assert envelope is not None
    town.slack.wait_until(lambda: envelope.deliveries > 1)
    town.slack.faults.clear()
    town.await_reply(root, ASKED)


def test_shortcut_begins_a_talk_in_the_thread(town: Town) -> None:
    root = town.slack.post_as(town.colleague, town.channel, "メールが送れません")
    town.slack.shortcut(town.customer, town.channel, root, ids.SHORTCUT)
    town.await_reply(root, ASKED)
    assert reporter(town, root) == town.customer


def test_shortcut_where_the_bot_is_not_begins_a_direct_talk(town: Town) -> None:
    elsewhere = town.slack.channel("shizuka", members=[town.customer], bot=False)
    root = town.slack.post_as(town.customer, elsewhere, "メールが送れません")
    town.slack.shortcut(town.customer, elsewhere, root, ids.SHORTCUT)
    place = town.slack.direct(town.customer)
    begun = town.slack.wait_until(lambda: town.slack.bot_messages(place))[0]
    assert "メールが送れません" in begun["text"]
    town.await_reply(begun["ts"], ASKED, place)
    assert town.slack.bot_messages(elsewhere) == []


def test_shortcut_in_an_archived_channel_begins_a_direct_talk(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, "メールが送れません")
    town.slack.workspace.channels[town.channel].archived = True
    town.slack.shortcut(town.customer, town.channel, root, ids.SHORTCUT)
    place = town.slack.direct(town.customer)
    begun = town.slack.wait_until(lambda: town.slack.bot_messages(place))[0]
    town.await_reply(begun["ts"], ASKED, place)


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", "help", "なにこれ"])
def test_command_explains_itself(town: Town, words: str) -> None:
    assert town.slack.slash(town.customer, town.channel, ids.COMMAND, words) == {"text": surface.HELP}


def test_command_lists_own_tickets_and_nobody_elses(town: Town) -> None:
    with_ticket(town)
    mine = town.slack.slash(town.customer, town.channel, ids.COMMAND, "status")
    other = town.slack.slash(town.colleague, town.channel, ids.COMMAND, "status")
    assert (mine["response_type"], "承認待ち メールが送れません" in shown(mine)) == (
        "ephemeral",
        True,
    )
    assert "受付中のお問い合わせはありません" in shown(other)


def test_command_begins_a_direct_talk(town: Town) -> None:
    answer = town.slack.slash(town.customer, town.channel, ids.COMMAND, "新規")
    assert answer == {"text": surface.STARTED}
    town.slack.wait_until(lambda: town.slack.bot_messages(town.slack.direct(town.customer)))


def test_command_forgets_the_contract_and_the_next_talk_asks_again(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    town.slack.press(town.customer, town.await_reply(root, ASKED), Action.OPEN_IDENTIFICATION)
    assert town.slack.submit(town.customer, town.slack.modal(town.customer), RIGHT_FORM) == {}
    town.await_reply(root, "この内容で受け付けます")
    second = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 送れません")
    town.await_reply(second, "この内容で受け付けます")

    answer = town.slack.slash(town.customer, town.channel, ids.COMMAND, "契約解除")
    assert answer == {"text": surface.FORGOTTEN}
    place = town.slack.direct(town.customer)
    town.slack.wait_until(lambda: any("解除しました" in shown(m) for m in town.slack.bot_messages(place)))
    third = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 送れません")
    town.await_reply(third, ASKED)


# --- own tickets ---------------------------------------------------------------------------------


def test_information_added_on_the_home_tab_reaches_ticket_and_thread(town: Town) -> None:
    root = with_ticket(town)
    press_home(town, Action.OWN_ADD)
    form = town.slack.modal(town.customer)
    assert town.slack.submit(town.customer, form, {"text": "大阪も同じです"}) == {}
    town.await_reply(root, "M-00001 に追加しました")
    assert kept(town).description.endswith("大阪も同じです")


def test_own_ticket_is_closed_rated_and_reopened(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    press_home(town, Action.OWN_CLOSE)
    asked = town.await_reply(root, "今回の対応はいかがでしたか")
    assert kept(town).status is TicketStatus.CLOSED
    town.slack.press(town.customer, asked, Action.RATE_BAD)
    rated = town.await_reply(root, "どこを直せばよいか")
    town.slack.press(town.customer, rated, Action.RATE_WORDS)
    form = town.slack.modal(town.customer)
    assert town.slack.submit(town.customer, form, {"text": "返事が遅かったです"}) == {}
    town.await_reply(root, "ご感想をありがとうございます")
    found = kept(town)
    assert (found.satisfied, found.satisfaction_words) == (False, "返事が遅かったです")
    town.slack.press(town.customer, asked, Action.OWN_REOPEN)
    town.await_reply(root, "の対応を再開しました")
    assert (kept(town).status, kept(town).closed_at) == (TicketStatus.OPEN, None)


def test_reopening_after_the_days_of_the_policy_is_refused_with_its_clause(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    press_home(town, Action.OWN_CLOSE)
    asked = town.await_reply(root, "今回の対応はいかがでしたか")
    town.world.clock.advance(days=15)
    town.slack.press(town.customer, asked, Action.OWN_REOPEN)
    town.await_reply(root, "再開できる期間を過ぎています")
    assert kept(town).status is TicketStatus.CLOSED


def test_wish_for_another_severity_goes_to_the_desk_and_changes_nothing(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    press_home(town, Action.OWN_SEVERITY)
    form = town.slack.modal(town.customer)
    assert town.slack.submit(town.customer, form, {"severity": "A", "text": "受注が止まっています"}) == {}
    town.await_reply(root, "重大度のご相談を担当者に伝えました")
    assert kept(town).severity is Severity.B
    with town.world.store.reading() as unit:
        entries = [entry for entry in unit.audit.of_ticket("M-00001") if entry.action == "ask_severity"]
    assert [(entry.actor, entry.note) for entry in entries] == [(entries[0].actor, "")]
    town.slack.wait_until(
        lambda: any("受注が止まっています" in shown(m) for m in town.slack.messages(town.staff_channel))
    )


def test_colleague_can_neither_rate_nor_reopen(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    press_home(town, Action.OWN_CLOSE)
    asked = town.await_reply(root, "今回の対応はいかがでしたか")
    for action in (Action.RATE_GOOD, Action.OWN_REOPEN):
        town.slack.press(town.colleague, asked, action)
        assert town.await_whisper(town.colleague) == surface.REFUSED
    assert (kept(town).status, kept(town).satisfied) == (TicketStatus.CLOSED, None)


def test_old_home_tab_tells_that_it_is_over(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    town.slack.open_home(town.customer)
    view = town.slack.home(town.customer)
    town.slack.press(town.customer, view, Action.OWN_CLOSE)
    town.slack.press(town.customer, view, Action.OWN_CLOSE)
    town.await_reply(root, "今の状態ではその操作ができません")
    assert sum("いかがでしたか" in shown(m) for m in town.thread(root)) == 1


# --- the talk itself -----------------------------------------------------------------------------


def test_verdict_that_did_not_change_is_not_told_again(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    town.await_reply(root, ASKED)
    town.slack.post_as(town.customer, town.channel, "昨日からです", thread_ts=root)
    town.await_reply(root, "追加の内容を受け取りました")
    town.settle()
    assert sum("クラウドサービスの障害" in shown(m) for m in town.thread(root)) == 1


def test_category_and_extent_are_put_right_in_a_form(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    asked = town.await_reply(root, ASKED)
    town.slack.press(town.colleague, asked, Action.CORRECT)
    assert town.await_whisper(town.colleague) == surface.NOT_YOURS
    town.slack.press(town.customer, asked, Action.CORRECT)
    form = town.slack.modal(town.customer)
    filled = {"category": "client_trouble", "extent": "影響しているのは自分だけです"}
    assert town.slack.submit(town.customer, form, filled) == {}
    town.await_reply(root, "内容を更新しました")
    with town.world.store.reading() as unit:
        state = unit.dialogues.load(conversation(town, root))
    assert (state.category, state.turns[-1]) == (Category.CLIENT_TROUBLE, filled["extent"])


def test_line_that_an_answer_is_on_its_way_is_shown_in_a_crowd(town: Town) -> None:
    place = town.slack.direct(town.customer)
    roots = [town.slack.post_as(town.customer, place, f"メールが送れません {n}") for n in range(30)]
    for root in roots:
        town.await_reply(root, ASKED, place)
    town.settle()
    assert set(town.slack.workspace.statuses.values()) <= {surface.WORKING}
    assert set(town.slack.workspace.statuses) <= {(place, root) for root in roots}


def test_double_click_makes_one_ticket(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    town.slack.press(town.customer, town.await_reply(root, ASKED), Action.OPEN_IDENTIFICATION)
    assert town.slack.submit(town.customer, town.slack.modal(town.customer), RIGHT_FORM) == {}
    summary = town.await_reply(root, "この内容で受け付けます")
    town.slack.press(town.customer, summary, Action.CONFIRM, wait=False)
    town.slack.press(town.customer, summary, Action.CONFIRM)
    town.await_reply(root, "そのボタンは今の会話では使えません")
    with town.world.store.reading() as unit:
        assert len(unit.tickets.find()) == 1


def test_archived_staff_channel_loses_neither_ticket_nor_answer(town: Town) -> None:
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> メールが送れません")
    town.slack.press(town.customer, town.await_reply(root, ASKED), Action.OPEN_IDENTIFICATION)
    assert town.slack.submit(town.customer, town.slack.modal(town.customer), RIGHT_FORM) == {}
    town.slack.workspace.channels[town.staff_channel].archived = True
    town.slack.press(town.customer, town.await_reply(root, "この内容で受け付けます"), Action.CONFIRM)
    town.await_reply(root, "受付番号は M-00001")
    with town.world.store.reading() as unit:
        assert (unit.outbox.dead(), len(unit.tickets.find())) == (0, 1)
    town.slack.wait_until(lambda: _put_off(town))  # the card was tried and refused
    town.slack.workspace.channels[town.staff_channel].archived = False
    town.world.clock.advance(minutes=10)
    town.await_card("M-00001")
    town.settle()


def test_guest_sees_and_does_nothing_with_what_was_theirs(town: Town) -> None:
    root = with_ticket(town, status=TicketStatus.IN_PROGRESS)
    town.slack.open_home(town.customer)
    view = town.slack.home(town.customer)
    town.slack.workspace.users[town.customer].is_restricted = True
    town.world.clock.advance(minutes=10)
    answer = town.slack.slash(town.customer, town.channel, ids.COMMAND, "status")
    assert "M-00001" not in shown(answer)
    before = len(town.thread(root))
    town.slack.press(town.customer, view, Action.OWN_CLOSE)
    town.settle()
    assert (kept(town).status, len(town.thread(root))) == (TicketStatus.IN_PROGRESS, before)


def _put_off(town: Town) -> bool:
    """Whether a message waits for a later instant."""
    with town.world.store.reading() as unit:
        return unit.outbox.waiting() > len(unit.outbox.due(town.world.clock()))
