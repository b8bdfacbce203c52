"""What was written while nobody listened becomes talks, once; and what cannot be read back is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.slack import ids
from bot.slack.alarm import Alarm
from bot.slack.inbound import Heard, Identity
from bot.slack.sweep import Stopped, Sweep
from bot.slack.web import Web
from bot.traffic import Address, MessageChanged
from tests.builders import NOW, World, world
from tests.fake_slack import FakeSlack, Fault

pytestmark = pytest.mark.scenario


@dataclass(slots=True, kw_only=True)
class Place:
    """A channel of a fake Slack that nobody listens to, and what a sweep hears of it."""

    slack: FakeSlack
    made: World
    user: str
    channel: str
    staff_channel: str
    heard: list[Heard]
    stopping: threading.Event

    def sweep(self, **more: Any) -> int:
        web = Web(self.slack.bot_token, self.slack.url, timeout=5)
        alarm = Alarm(web, self.staff_channel)
        return self.sweeper(web, alarm, **more).run()

    def sweeper(self, web: Web, alarm: Alarm, **more: Any) -> Sweep:
        desk = replace(self.made.desk, clock=self.made.clock)
        me = Identity(team=self.slack.team, user=self.slack.bot)
        given = {"gap": 0.0, "stopping": self.stopping, "hear": self.hear, **more}
        return Sweep(web, desk, me, alarm=alarm, **given)

    def hear(self, heard: Heard) -> bool:
        """Like the reception: nothing twice."""
        if heard.inbound.key in {known.inbound.key for known in self.heard}:
            return False
        self.heard.append(heard)
        return True

    def begin(self, root: str) -> None:
        """A talk that the desk knows."""
        talk = f"slack/{self.slack.team}/{self.channel}/{root}"
        with self.made.store.transaction() as unit:
            state = unit.dialogues.load(talk)
            unit.dialogues.save(state, Address(channel=self.channel, thread=root), NOW)

    @property
    def texts(self) -> list[str]:
        return [str(getattr(heard.inbound.event, "text", "")) for heard in self.heard]


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Any:
    with FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS) as slack:
        user = slack.user("田中")
        made = Place(
            slack=slack,
            made=world(),
            user=user,
            channel=slack.channel("soudan", members=[user]),
            staff_channel=slack.channel("desk", private=True),
            heard=[],
            stopping=threading.Event(),
        )
        # The workspace lives by the clock of the machine, the desk by its own.
        with made.made.store.transaction() as unit:
            unit.marks.set("swept", slack.workspace.next_ts())
        yield made


def _write(place: Place, *texts: str, thread: str | None = None) -> list[str]:
    return [place.slack.post_as(place.user, place.channel, text, thread_ts=thread) for text in texts]


def test_messages_and_direct_messages_are_heard_once(place: Place) -> None:
    _write(place, "一", "二")
    place.slack.post_as(place.user, place.slack.direct(place.user), "直接")
    assert (place.sweep(), sorted(place.texts)) == (3, ["一", "二", "直接"])
    assert [heard.addressed for heard in place.heard if heard.inbound.event.text == "直接"] == [True]  # type: ignore[union-attr]
    assert place.sweep() == 0
    _write(place, "三")
    assert (place.sweep(), place.texts[-1]) == (1, "三")


def test_mark_is_the_newest_message_by_slacks_own_time(place: Place) -> None:
    *_, newest = _write(place, "一", "二")
    place.sweep()
    with place.made.store.reading() as unit:
        assert unit.marks.get(f"swept/{place.channel}") == newest


def test_reply_in_an_open_thread_is_heard_however_old_its_root(place: Place) -> None:
    (root,) = _write(place, "根")
    place.sweep()
    place.begin(root)
    with place.made.store.transaction() as unit:
        later = f"{float(place.slack.workspace.next_ts()) + 10_000:.6f}"
        unit.marks.set(f"swept/{place.channel}", later)
    place.slack.workspace._last_ts = int((float(later) + 1) * 1_000_000)  # type: ignore[attr-defined]
    _write(place, "返事", thread=root)
    assert (place.sweep(), place.texts[-1]) == (1, "返事")


def test_thread_of_others_is_not_asked_for(place: Place) -> None:
    (root,) = _write(place, "根")
    place.sweep()
    place.heard.clear()
    _write(place, "別の話", thread=root)
    place.sweep(hear=lambda heard: False)
    assert place.slack.calls("conversations.replies") == []


def test_edit_made_meanwhile_is_heard_as_an_edit(place: Place) -> None:
    (ts,) = _write(place, "送れない")
    place.sweep()
    place.slack.edit_as(place.user, place.channel, ts, "送れました")
    place.sweep()
    assert place.heard[-1].inbound.event == MessageChanged(
        source_key=f"{place.slack.team}/{place.channel}/{ts}", text="送れました"
    )


def test_many_pages_are_read(place: Place) -> None:
    _write(place, *(f"第{number}" for number in range(450)))
    assert place.sweep() == 450


def test_what_lies_beyond_the_reach_is_told_to_the_staff(place: Place) -> None:
    _write(place, *(f"第{number}" for number in range(450)))
    assert place.sweep(reach=2) == 400
    (alarm,) = place.slack.bot_messages(place.staff_channel)
    assert f"<#{place.channel}>" in alarm["text"]
    assert place.sweep(reach=2) == 0


def test_mark_stays_where_nobody_could_be_told(place: Place) -> None:
    _write(place, *(f"第{number}" for number in range(450)))
    place.slack.fail("chat.postMessage", Fault.server_error(), times=1)
    place.sweep(reach=2)
    place.sweep(reach=3)
    assert len(place.heard) == 450


@pytest.mark.parametrize("method", ["users.conversations", "conversations.history"])
def test_rate_limit_is_waited_for_and_nothing_is_left_out(place: Place, method: str) -> None:
    _write(place, "一")
    place.slack.fail(method, Fault.rate_limited(1), times=1)
    assert place.sweep() == 1


def test_desk_that_closes_waits_for_no_rate_limit(place: Place) -> None:
    place.slack.fail("conversations.history", Fault.rate_limited(600), times=None)
    threading.Timer(0.2, place.stopping.set).start()
    with pytest.raises(Stopped):
        place.sweep()


def test_channel_that_refuses_does_not_hold_up_the_others(place: Place) -> None:
    other = place.slack.channel("other", members=[place.user])
    place.slack.fail("conversations.history", Fault.refused("channel_not_found"), times=1)
    _write(place, "一")
    place.slack.post_as(place.user, other, "二")
    place.sweep()
    assert place.texts == ["二"]
    place.sweep()
    assert sorted(place.texts) == ["一", "二"]


def test_what_was_said_before_the_desk_ever_ran_is_not_for_it(place: Place) -> None:
    made = replace(place, made=world())
    _write(made, "昔の話")
    clock = made.made.clock
    clock.advance(seconds=float(made.slack.workspace.next_ts()) + 1_000 - clock().timestamp())
    assert made.sweep() == 0
