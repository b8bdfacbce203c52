from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.console.gateway import CUSTOMER_CHANNEL, ConsoleGateway
from bot.dialogue.replies import Greeting, Reply, Solved
from bot.errors import RateLimited, Refused, Unreachable
from bot.services.delivery import BACKOFF, MAX_ATTEMPTS, MENDING, deliver_due
from bot.traffic import (
    Address,
    Card,
    CardLog,
    MessageRef,
    OutboxItem,
    OutboxStatus,
    Post,
    React,
    ShowCard,
    Working,
)
from tests.builders import NOW, World, ticket, world

PLACE = Address(channel=CUSTOMER_CHANNEL, thread="1")


class Flaky(ConsoleGateway):
    """A terminal whose line breaks: before or after the message has arrived."""

    def __init__(self) -> None:
        super().__init__()
        #: Raised by the next calls, one each; `arrived` are those that were carried out all the same.
        self.before: list[Exception] = []
        self.arrived: list[Exception] = []
        self.calls = 0

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
        return self._through(lambda: super(Flaky, self).post(address, reply, key=key))

    def show_card(self, card: Card, previous: MessageRef | None, *, key: str) -> MessageRef:
        return self._through(lambda: super(Flaky, self).show_card(card, previous, key=key))

    def _through(self, call: Callable[[], MessageRef]) -> MessageRef:
        self.calls += 1
        if self.before:
            raise self.before.pop(0)
        ref = call()
        if self.arrived:
            raise self.arrived.pop(0)
        return ref


def put(made: World, key: str = "a", message: object = None) -> None:
    item = OutboxItem(
        key=key,
        message=message or Post(address=PLACE, reply=Greeting()),  # type: ignore[arg-type]
        created_at=NOW,
    )
    with made.store.transaction() as unit:
        unit.outbox.put(item)


def waiting(made: World) -> list[OutboxItem]:
    with made.store.transaction() as unit:
        return list(unit.outbox.due(NOW + timedelta(days=365)))


def test_due_things_are_sent_once_and_in_order() -> None:
    made, gateway = world(), ConsoleGateway()
    put(made, "a")
    put(made, "b", Post(address=PLACE, reply=Solved()))
    assert deliver_due(made.desk, gateway) == 2
    assert deliver_due(made.desk, gateway) == 0
    assert [shown.key for shown in gateway.shown] == ["a", "b"]
    assert waiting(made) == []


def test_unknown_outcome_is_tried_again_after_growing_waits() -> None:
    made, gateway = world(), Flaky()
    put(made)
    for tries, wait in enumerate((*BACKOFF, BACKOFF[-1]), start=1):
        gateway.before = [Unreachable("timeout")]
        assert deliver_due(made.desk, gateway) == 0
        (item,) = waiting(made)
        assert (item.attempts, item.status) == (tries, OutboxStatus.SENDING)
        assert item.not_before == made.clock() + timedelta(seconds=wait)
        made.clock.advance(seconds=wait - 0.001)
        assert (deliver_due(made.desk, gateway), gateway.calls) == (0, tries)
        made.clock.advance(seconds=0.001)
    assert deliver_due(made.desk, gateway) == 1


def test_message_that_arrived_after_all_is_not_sent_again() -> None:
    made, gateway = world(), Flaky()
    gateway.arrived = [Unreachable("no answer")]
    put(made)
    assert deliver_due(made.desk, gateway) == 0
    made.clock.advance(minutes=10)
    assert deliver_due(made.desk, gateway) == 1
    assert [shown.key for shown in gateway.shown] == ["a"]


def test_process_that_died_in_the_middle_of_a_call_looks_first() -> None:
    made, gateway = world(), ConsoleGateway()
    put(made)
    gateway.post(PLACE, Greeting(), key="a")
    with made.store.transaction() as unit:
        unit.outbox.begin("a")
    assert deliver_due(made.desk, gateway) == 1
    assert [shown.key for shown in gateway.shown] == ["a"]


def test_rate_limit_waits_as_long_as_told_and_never_gives_up() -> None:
    made, gateway = world(), Flaky()
    put(made)
    for tries in range(1, MAX_ATTEMPTS + 5):
        gateway.before = [RateLimited("chat.postMessage", 30)]
        deliver_due(made.desk, gateway)
        (item,) = waiting(made)
        assert (item.status, item.attempts) == (OutboxStatus.PENDING, tries)
        assert item.not_before == made.clock() + timedelta(seconds=30)
        made.clock.advance(seconds=30)
    assert deliver_due(made.desk, gateway) == 1


def test_rate_limit_does_not_forget_an_unknown_outcome() -> None:
    made, gateway = world(), Flaky()
    gateway.arrived = [Unreachable("no answer")]
    put(made)
    deliver_due(made.desk, gateway)
    made.clock.advance(minutes=10)
    shown, gateway.shown = gateway.shown, []
    gateway.before = [RateLimited("conversations.replies", 30)]
    deliver_due(made.desk, gateway)
    gateway.shown = shown
    made.clock.advance(minutes=10)
    assert deliver_due(made.desk, gateway) == 1
    assert [item.key for item in gateway.shown] == ["a"]


def test_refused_message_is_given_up() -> None:
    made, gateway = world(), Flaky()
    gateway.before = [Refused("chat.postMessage", "channel_not_found")]
    put(made)
    assert deliver_due(made.desk, gateway) == 0
    assert (waiting(made), gateway.shown) == ([], [])


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "missing_scope", "token_revoked"])
def test_what_somebody_can_put_right_is_waited_for_a_day(code: str) -> None:
    made, gateway = world(), Flaky()
    put(made)
    while made.clock.now < NOW + MENDING - timedelta(minutes=20):
        gateway.before = [Refused("chat.postMessage", code)]
        assert deliver_due(made.desk, gateway) == 0
        made.clock.advance(minutes=10)
    assert deliver_due(made.desk, gateway) == 1
    put(made, "b")
    made.clock.now = NOW + MENDING
    gateway.before = [Refused("chat.postMessage", code)]
    deliver_due(made.desk, gateway)
    assert waiting(made) == []


def test_card_waits_where_the_staff_channel_seems_gone_and_its_log_with_it() -> None:
    made, gateway = desk_with_ticket(), Flaky()
    put(made, "card", ShowCard(ticket_id="M-00001"))
    put(made, "log", CardLog(ticket_id="M-00001", actor="U1", action="note", text="x"))
    gateway.before = [Refused("chat.postMessage", "channel_not_found")]
    assert deliver_due(made.desk, gateway) == 0
    made.clock.advance(minutes=10)
    assert deliver_due(made.desk, gateway) == 2


def test_sign_that_cannot_be_given_is_not_waited_for() -> None:
    made = world()

    class Silent(Flaky):
        def react(self, channel: str, message: str, emoji: str) -> None:
            raise Refused("reactions.add", "missing_scope")

    put(made, "seen", React(channel="C1", message="1", emoji="eyes"))
    deliver_due(made.desk, Silent())
    assert waiting(made) == []


def test_message_is_given_up_after_the_last_try() -> None:
    made, gateway = world(), Flaky()
    put(made)
    for _ in range(MAX_ATTEMPTS):
        gateway.before = [Unreachable("timeout")]
        deliver_due(made.desk, gateway)
        made.clock.advance(minutes=10)
    assert (gateway.calls, waiting(made)) == (MAX_ATTEMPTS, [])


@pytest.mark.parametrize("error", [Unreachable("x"), Refused("m", "c"), TypeError("no words")])
def test_failing_message_does_not_hold_up_the_next(error: Exception) -> None:
    made, gateway = world(), Flaky()
    gateway.before = [error]
    put(made, "a")
    put(made, "b")
    assert deliver_due(made.desk, gateway) == 1
    assert [shown.key for shown in gateway.shown] == ["b"]


# --- cards ---------------------------------------------------------------------------------------


def desk_with_ticket() -> World:
    made = world()
    with made.store.transaction() as unit:
        unit.tickets.add(ticket())
    return made


def test_card_is_posted_once_and_then_updated_in_place() -> None:
    made, gateway = desk_with_ticket(), ConsoleGateway()
    put(made, "card/1", ShowCard(ticket_id="M-00001"))
    put(made, "card/2", ShowCard(ticket_id="M-00001"))
    assert (deliver_due(made.desk, gateway), deliver_due(made.desk, gateway)) == (1, 1)
    first, second = gateway.shown
    assert (first.updated, second.updated, first.ref) == (False, True, second.ref)


def test_card_that_arrived_after_all_is_found_and_updated() -> None:
    made, gateway = desk_with_ticket(), Flaky()
    gateway.arrived = [Unreachable("no answer")]
    put(made, "card/1", ShowCard(ticket_id="M-00001"))
    deliver_due(made.desk, gateway)
    made.clock.advance(minutes=1)
    assert deliver_due(made.desk, gateway) == 1
    assert [shown.updated for shown in gateway.shown] == [False, True]


def test_card_of_a_ticket_that_is_gone_is_nothing_to_send() -> None:
    made, gateway = world(), ConsoleGateway()
    put(made, "card/1", ShowCard(ticket_id="M-00009"))
    assert deliver_due(made.desk, gateway) == 1
    assert gateway.shown == []


def test_log_waits_for_its_card() -> None:
    made, gateway = desk_with_ticket(), ConsoleGateway()
    put(made, "log", CardLog(ticket_id="M-00001", actor="U1", action="take"))
    assert deliver_due(made.desk, gateway) == 0
    put(made, "card/1", ShowCard(ticket_id="M-00001"))
    assert deliver_due(made.desk, gateway) == 1
    made.clock.advance(minutes=1)
    assert deliver_due(made.desk, gateway) == 1
    assert [shown.key for shown in gateway.shown] == ["card/M-00001", "log"]


class Signs(ConsoleGateway):
    """Remembers where an answer was announced."""

    def __init__(self) -> None:
        super().__init__()
        self.announced: list[Address] = []

    def working(self, address: Address) -> None:
        self.announced.append(address)


@pytest.mark.parametrize(("late", "announced"), [(0, [PLACE]), (3, [PLACE]), (3.5, [])])
def test_answer_is_announced_in_time_or_not_at_all(late: float, announced: list[Address]) -> None:
    made, gateway = world(), Signs()
    put(made, message=Working(address=PLACE))
    made.clock.advance(seconds=late)
    deliver_due(made.desk, gateway)
    assert (gateway.announced, waiting(made)) == (announced, [])
