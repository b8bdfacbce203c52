"""A desk with a fixed brain, running in a fake Slack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.ports import Directory, Store
from bot.services.desk import Desk
from bot.settings import Settings
from bot.slack import ids
from bot.slack.runner import Office
from tests.builders import World, world
from tests.fake_slack import FakeSlack

Message = dict[str, Any]

#: Ending a connection waits for the SDK's next look at it.
PING = 0.1


@dataclass(slots=True, kw_only=True)
class Town:
    """A fake Slack, the desk in it, and its people."""

    slack: FakeSlack
    world: World
    office: Office
    customer: str
    colleague: str
    staff: str
    channel: str
    staff_channel: str

    def thread(self, root: str, channel: str | None = None) -> list[Message]:
        """What the bot said in a thread."""
        return self.slack.bot_messages(channel or self.channel, root)

    def await_reply(self, root: str, text: str, channel: str | None = None) -> Message:
        """Wait for a message of the bot that says `text`."""
        return self._await(lambda: self.thread(root, channel), text)

    def await_card(self, text: str) -> Message:
        """Wait for a root message in the staff channel that says `text`."""
        return self._await(
            lambda: [m for m in self.slack.bot_messages(self.staff_channel) if "thread_ts" not in m], text
        )

    def await_whisper(self, user: str) -> str:
        found = self.slack.wait_until(lambda: [e for e in self.slack.ephemerals if e.user == user])
        return str(found[-1].text)

    def settle(self) -> None:
        """Wait until nothing waits any more."""

        def idle() -> bool:
            with self.world.store.transaction() as unit:
                return unit.inbox.waiting() == 0 and unit.outbox.waiting() == 0

        self.slack.wait_until(lambda: not self.slack.hub.unacked() and idle())

    def _await(self, messages: Callable[[], list[Message]], text: str) -> Message:
        def found() -> Message | None:
            return next((m for m in messages() if text in shown(m)), None)

        try:
            return self.slack.wait_until(found)
        except TimeoutError:
            raise AssertionError([shown(m) for m in messages()]) from None


def shown(message: Message) -> str:
    """Everything that can be read in a message."""
    return "\n".join([message["text"], *_texts(message.get("blocks", []))])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def settings_for(slack: FakeSlack, staff_channel: str, **more: Any) -> Settings:
    return Settings(
        slack_api_url=slack.url,
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        staff_channel=staff_channel,
        **{"posts_per_second": 0, **more},
    )


def desk_factory(made: World) -> Callable[[Store, Directory], Desk]:
    """As Parts.desk, with the fixed brain."""
    return lambda store, directory: replace(made.desk, store=store, directory=directory)


def office_for(made: World, settings: Settings, *, store: Store | None = None) -> Office:
    """A desk in Slack that is not started yet."""
    return Office(
        desk_factory(made),
        store or made.store,
        settings,
        clock=made.clock,
        ping_interval=PING,
    )


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """Only what the manifest asks for is granted and subscribed."""
    with FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS) as running:
        yield running


@pytest.fixture
def town(slack: FakeSlack) -> Iterator[Town]:
    """A running desk, connected."""
    customer, colleague, staff = slack.user("田中"), slack.user("山田"), slack.user("鈴木")
    channel = slack.channel("soudan", members=[customer, colleague])
    staff_channel = slack.channel("desk", private=True, members=[staff])
    made = world()
    office = office_for(made, settings_for(slack, staff_channel))
    office.start()
    slack.wait_connected()
    yield Town(
        slack=slack,
        world=made,
        office=office,
        customer=customer,
        colleague=colleague,
        staff=staff,
        channel=channel,
        staff_channel=staff_channel,
    )
    office.stop(5)
