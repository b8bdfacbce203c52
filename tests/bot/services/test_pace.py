from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bot.console.gateway import ConsoleGateway
from bot.dialogue.replies import Greeting, Reply
from bot.errors import RateLimited, StoreFull
from bot.services.delivery import deliver_abreast, deliver_due
from bot.services.pace import BURST, Lanes, Pace
from bot.traffic import Address, MessageRef, OutboxItem, Post, React
from tests.builders import NOW, World, world


class Slow:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Limited(ConsoleGateway):
    """Refuses the first posts because there were too many."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals, self.reactions = refusals, 0

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
        if self.refusals:
            self.refusals -= 1
            raise RateLimited("chat.postMessage", 30)
        return super().post(address, reply, key=key)

    def react(self, channel: str, message: str, emoji: str) -> None:
        self.reactions += 1


def _queue(made: World, channel: str, count: int) -> None:
    with made.store.transaction() as unit:
        for number in range(count):
            post = Post(address=Address(channel=channel, thread="1"), reply=Greeting())
            unit.outbox.put(OutboxItem(key=f"{channel}{number}", message=post, created_at=NOW))


def test_channel_takes_a_burst_and_then_one_a_second_while_others_go_on() -> None:
    made, gateway, now = world(), ConsoleGateway(), Slow()
    pace = Pace(1.0, now)
    _queue(made, "C1", BURST + 3)
    _queue(made, "C2", 1)
    sent = [deliver_due(made.desk, gateway, pace) for _ in range(2)]
    for _ in range(3):
        now.seconds += 1
        sent.append(deliver_due(made.desk, gateway, pace))
    assert sent == [BURST + 1, 0, 1, 1, 1]


def test_rate_limit_holds_back_everything_of_its_kind_and_nothing_else() -> None:
    made, gateway = world(), Limited(1)
    pace = Pace(0)
    _queue(made, "C1", 1)
    _queue(made, "C2", 1)
    with made.store.transaction() as unit:
        react = React(channel="C1", message="1", emoji="eyes")
        unit.outbox.put(OutboxItem(key="seen", message=react, created_at=NOW))
    assert deliver_due(made.desk, gateway, pace) == 1
    assert (gateway.reactions, gateway.shown) == (1, [])
    made.clock.advance(seconds=29)
    assert deliver_due(made.desk, gateway, pace) == 0
    made.clock.advance(seconds=1)
    assert deliver_due(made.desk, gateway, pace) == 2


def test_call_that_hung_is_left_alone_for_as_long_again() -> None:
    made = world()

    class Hanging(ConsoleGateway):
        def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
            made.clock.advance(seconds=10)
            raise TimeoutError

    _queue(made, "C1", 1)
    deliver_due(made.desk, Hanging())
    with made.store.transaction() as unit:
        assert unit.outbox.due(made.clock() + timedelta(seconds=9.9)) == []
        assert len(unit.outbox.due(made.clock() + timedelta(seconds=10))) == 1


class Hanging(ConsoleGateway):
    """Takes no post into one channel until it is let go."""

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.channel, self.let_go = channel, threading.Event()

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
        if address.channel == self.channel:
            self.let_go.wait(10)
        return super().post(address, reply, key=key)


def test_call_that_hangs_holds_up_its_own_channel_only_and_nothing_is_sent_twice() -> None:
    made, gateway, lanes = world(), Hanging("C1"), Lanes()
    _queue(made, "C1", 2)
    _queue(made, "C2", 2)
    assert deliver_abreast(made.desk, gateway, Pace(0), lanes)
    assert [item.key for item in gateway.shown] == ["C20", "C21"]
    _queue(made, "C3", 1)
    assert deliver_abreast(made.desk, gateway, Pace(0), lanes)
    assert [item.key for item in gateway.shown] == ["C20", "C21", "C30"]
    gateway.let_go.set()
    while deliver_abreast(made.desk, gateway, Pace(0), lanes):
        pass
    assert [item.key for item in gateway.shown] == ["C20", "C21", "C30", "C10", "C11"]
    lanes.close()


def test_trouble_in_one_place_is_told_and_the_others_are_sent() -> None:
    lanes = Lanes()

    def broken() -> int:
        raise StoreFull

    with pytest.raises(StoreFull):
        lanes.run({"C1": broken, "C2": lambda: 1})
    assert lanes.free("C1")
    assert lanes.run({}) == (0, False)
    lanes.close()


def test_sign_does_not_wait_for_the_pace_of_a_channel() -> None:
    made, gateway, pace = world(), Limited(0), Pace(1.0, Slow())
    _queue(made, "C1", BURST + 1)
    assert deliver_due(made.desk, gateway, pace) == BURST
    with made.store.transaction() as unit:
        react = React(channel="C1", message="1", emoji="eyes")
        unit.outbox.put(OutboxItem(key="seen", message=react, created_at=NOW))
    assert deliver_due(made.desk, gateway, pace) == 1
    assert gateway.reactions == 1
