from __future__ import annotations

from datetime import timedelta

from bot.console.gateway import ConsoleGateway
from bot.dialogue.replies import Greeting, Reply
from bot.errors import RateLimited
from bot.services.delivery import BURST, Pace, deliver_due
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
