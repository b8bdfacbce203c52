"""A desk with a fixed brain in a fake Slack, on a database file, for faults of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.slack import ids
from bot.slack.runner import Office
from bot.storage.sqlite.store import SqliteStore
from tests.bot.slack.conftest import desk_factory, settings_for
from tests.builders import World, world
from tests.fake_slack import FakeSlack

#: Seconds between two pings here; four of them without an answer end a link.
PING = 0.25


@dataclass(slots=True, kw_only=True)
class Town:
    """A running desk and one person who writes to it."""

    slack: FakeSlack
    made: World
    office: Office
    store: SqliteStore
    user: str
    channel: str
    staff_channel: str

    def write(self, text: str = "メールが送れません") -> str:
        return self.slack.post_as(self.user, self.channel, f"<@{self.slack.bot}> {text}")

    def replies(self, root: str) -> list[dict[str, Any]]:
        return self.slack.bot_messages(self.channel, root)

    def answered(self, root: str, timeout: float = 15.0) -> None:
        self.slack.wait_until(lambda: self.replies(root), timeout)

    def kept(self) -> list[str]:
        """Keys of everything that came in."""
        with self.store.reading() as unit:
            return [row[0] for row in unit.inbox._conn.execute("SELECT key FROM inbox ORDER BY seq")]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    yield from _town(tmp_path, PING)


@pytest.fixture
def town_without_pings(tmp_path: Path) -> Iterator[Town]:
    """Nothing but a look at the connection itself can tell that it is dead."""
    yield from _town(tmp_path, 60.0)


def _town(tmp_path: Path, ping_interval: float) -> Iterator[Town]:
    with FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS) as slack:
        slack.hub.ack_window = 0.5
        user = slack.user("田中")
        channel = slack.channel("soudan", members=[user])
        staff_channel = slack.channel("desk", private=True)
        store = SqliteStore.open(tmp_path / "desk.db", exclusive=True)
        made = world(store=store)
        settings = settings_for(slack, staff_channel, home=tmp_path)
        office = Office(
            desk_factory(made), store, settings, clock=made.clock, ping_interval=ping_interval, sweep_gap=0.0
        )
        office.start()
        slack.wait_connected()
        slack.wait_until(lambda: office._last_sweep)
        yield Town(
            slack=slack,
            made=made,
            office=office,
            store=store,
            user=user,
            channel=channel,
            staff_channel=staff_channel,
        )
        office.stop(5)
