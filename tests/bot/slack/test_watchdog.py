"""The watchdog on a client that is not there: silence by its own clock, attempts with growing waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from slack_sdk.socket_mode import SocketModeClient

from bot.slack.watchdog import Watchdog


@dataclass(slots=True)
class Session:
    """A link as the SDK keeps it."""

    sock: socket.socket | None
    session_id: str = "s1"
    #: The SDK's own note, by a clock that may be set.
    last_ping_pong_time: float | None = None

    def disconnect(self) -> None:
        self.sock = None


@dataclass(slots=True)
class Client:
    current_session: Session
    closed: bool = False
    #: When it was asked to connect.
    asked: list[float] = field(default_factory=list)
    now: float = 1_000.0

    def is_connected(self) -> bool:
        return self.current_session.sock is not None

    def connect_to_new_endpoint(self) -> None:
        self.asked.append(self.now)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def _watchdog(client: Client, links: list[str] | None = None) -> Watchdog:
    told = links if links is not None else []
    return Watchdog(
        cast(Any, client),
        silence=8.0,
        on_link=lambda: told.append(client.current_session.session_id),
        monotonic=lambda: client.now,
    )


def test_silent_link_is_dropped_though_its_socket_is_open(pair: tuple[socket.socket, socket.socket]) -> None:
    client = Client(Session(pair[0]))
    watchdog = _watchdog(client)
    watchdog.check()
    for seconds, pong in ((5.0, 1.0), (5.0, 2.0), (7.9, 2.0)):
        client.now += seconds
        client.current_session.last_ping_pong_time = pong
        watchdog.check()
        assert watchdog.connected
    client.now += 0.2
    watchdog.check()
    assert (watchdog.connected, client.asked) == (False, [client.now])


def test_attempts_to_connect_wait_longer_and_longer(pair: tuple[socket.socket, socket.socket]) -> None:
    client = Client(Session(None))
    watchdog = _watchdog(client)
    for _ in range(40):
        watchdog.check()
        client.now += 0.5
    gaps = [later - earlier for earlier, later in zip(client.asked, client.asked[1:], strict=False)]
    assert gaps == [1.0, 2.0, 5.0, 10.0]


def test_every_new_link_is_told_once(pair: tuple[socket.socket, socket.socket]) -> None:
    links: list[str] = []
    client = Client(Session(pair[0]))
    watchdog = _watchdog(client, links)
    watchdog.check()
    watchdog.check()
    client.current_session = Session(pair[0], session_id="s2")
    watchdog.check()
    assert links == ["s1", "s2"]


def test_client_that_was_closed_is_left_alone(pair: tuple[socket.socket, socket.socket]) -> None:
    client = Client(Session(None), closed=True)
    _watchdog(client).check()
    assert client.asked == []


def test_client_of_the_sdk_has_what_is_looked_at() -> None:
    """The stand-in above is only as good as its likeness."""
    assert {"connect_to_new_endpoint", "is_connected"} <= set(dir(SocketModeClient))
