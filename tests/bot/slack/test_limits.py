"""Slack limits each method for itself: that one waits as long as told, and everything else goes on."""

from __future__ import annotations

import time

import pytest

from bot.dialogue.replies import Greeting
from bot.errors import RateLimited
from bot.services.delivery import deliver_due
from bot.services.pace import Pace
from bot.slack.gateway import SlackGateway
from bot.slack.ids import Method
from bot.slack.web import Web
from bot.traffic import Address, AnyOutbound, OutboxItem, OutboxStatus, Post, React, ShowCard
from tests.builders import ticket, world
from tests.fake_slack import FakeSlack, Fault

#: What Slack tells at first, in whole seconds.
WAIT = 1


class Desk:
    """An outbox with one thing for each method, and the way out."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack, self.made = slack, world()
        self.user = slack.user("田中")
        self.channel = slack.channel("soudan", members=[self.user])
        self.root = slack.post_as(self.user, self.channel, "困りました")
        self.web = Web(slack.bot_token, slack.url, timeout=5)
        staff = slack.channel("desk", private=True)
        self.gateway = SlackGateway(self.web, staff_channel=staff, name_of=str)
        self.pace = Pace(0)
        with self.made.store.transaction() as unit:
            unit.tickets.add(ticket())
        self.put("first card", ShowCard(ticket_id="M-00001"))
        assert self.deliver() == 1

    def put(self, key: str, message: AnyOutbound) -> None:
        item = OutboxItem(key=key, message=message, created_at=self.made.clock())
        with self.made.store.transaction() as unit:
            unit.outbox.put(item)

    def put_all(self) -> None:
        where = Address(channel=self.channel, thread=self.root)
        self.put("post", Post(address=where, reply=Greeting()))
        self.put("another post", Post(address=where, reply=Greeting()))
        self.put("react", React(channel=self.channel, message=self.root, emoji="eyes"))
        self.put("card", ShowCard(ticket_id="M-00001"))

    def deliver(self) -> int:
        return deliver_due(self.made.desk, self.gateway, self.pace)

    def called(self, method: Method) -> int:
        return len(self.slack.calls(method.value))


@pytest.mark.parametrize(
    ("method", "waits"), [(Method.POST, 2), (Method.UPDATE, 1), (Method.REACT, 1)], ids=str
)
def test_only_what_takes_the_limited_method_waits(slack: FakeSlack, method: Method, waits: int) -> None:
    desk = Desk(slack)
    before = desk.called(method)
    slack.fail(method, Fault.rate_limited(WAIT), times=1)
    desk.put_all()
    assert desk.deliver() == 4 - waits
    # One call was enough to know, also for whatever comes later.
    assert desk.called(method) == before + 1
    assert (desk.deliver(), desk.called(method)) == (0, before + 1)
    time.sleep(WAIT)
    desk.made.clock.advance(seconds=WAIT)
    assert desk.deliver() == waits
    assert len(desk.slack.bot_messages(desk.channel, desk.root)) == 2


def test_reading_back_that_is_limited_holds_up_no_post(slack: FakeSlack) -> None:
    desk = Desk(slack)
    slack.fail(Method.POST, Fault.lost_answer(), times=1)
    where = Address(channel=desk.channel, thread=desk.root)
    desk.put("unknown", Post(address=where, reply=Greeting()))
    assert desk.deliver() == 0
    desk.made.clock.advance(minutes=1)
    slack.fail(Method.REPLIES, Fault.rate_limited(WAIT), times=1)
    desk.put("new", Post(address=where, reply=Greeting()))
    assert desk.deliver() == 1
    desk.made.clock.advance(minutes=1)
    assert desk.deliver() == 0  # Slack's own second is not over, whatever our clock says.
    assert desk.called(Method.REPLIES) == 1
    time.sleep(WAIT)
    desk.made.clock.advance(minutes=1)
    assert desk.deliver() == 1
    keys = [m["metadata"]["event_payload"]["key"] for m in slack.bot_messages(desk.channel, desk.root)]
    assert sorted(keys) == ["new", "unknown"]


def test_limit_is_known_to_whoever_calls_with_another_timeout(slack: FakeSlack) -> None:
    web = Web(slack.bot_token, slack.url, timeout=5)
    slack.fail(Method.AUTH_TEST, Fault.rate_limited(30), times=1)
    for caller in (web, web.twin(timeout=1)):
        with pytest.raises(RateLimited) as caught:
            caller.read(Method.AUTH_TEST)
        assert 29 < caught.value.retry_after <= 30
    assert len(slack.calls(Method.AUTH_TEST.value)) == 1
    assert web.twin(timeout=1).write(Method.POST, channel=slack.channel("c"), text="x")["ok"]


def test_many_limits_in_a_row_do_not_use_up_the_patience_for_a_lost_answer(slack: FakeSlack) -> None:
    desk = Desk(slack)
    desk.put("post", Post(address=Address(channel=desk.channel, thread=desk.root), reply=Greeting()))
    with desk.made.store.transaction() as unit:
        for _ in range(40):
            unit.outbox.begin("post")
        unit.outbox.mark("post", OutboxStatus.PENDING)
    slack.fail(Method.POST, Fault.reset(), times=1)
    assert desk.deliver() == 0
    desk.made.clock.advance(minutes=10)
    assert desk.deliver() == 1
