"""Notices that the link to Slack is dead and makes a new one; the SDK alone would take up to a minute."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.logs import logger

#: Seconds between two attempts to connect, growing with every failure.
_AGAIN = (1, 2, 5, 10, 30)

_LOG = logger("watchdog")


class Watchdog:
    """Looks at the link whenever `check` is called.

    Ages are measured by the monotonic clock: the SDK's own are not, and a clock that is set back makes it
    believe in a dead link.
    """

    def __init__(
        self,
        client: SocketModeClient,
        *,
        silence: float,
        on_link: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._silence, self._on_link, self._now = client, silence, on_link, monotonic
        self._known = ""
        self._pong: float | None = None
        self._heard = monotonic()
        self._failures, self._next_try = 0, 0.0

    @property
    def pong_age(self) -> float:
        """Seconds since Slack last answered a ping."""
        return self._now() - self._heard

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected())

    def check(self) -> None:
        """Drop a dead link, connect anew, and tell of a new one."""
        session = self._client.current_session
        if self._client.closed or session is None:
            return
        if session.session_id != self._known and session.sock is not None:
            self._known, self._pong, self._heard = session.session_id, None, self._now()
            self._failures = 0
            self._on_link()
        if session.last_ping_pong_time != self._pong:
            self._pong, self._heard = session.last_ping_pong_time, self._now()
        if session.sock is not None and (_ended(session.sock) or self.pong_age > self._silence):
            _LOG.warning("link_dead", seconds=round(self.pong_age, 1))
            _drop(session)
        if session.sock is None and self._now() >= self._next_try:
            self._connect()

    def _connect(self) -> None:
        self._next_try = self._now() + _AGAIN[min(self._failures, len(_AGAIN) - 1)]
        self._failures += 1
        try:
            self._client.connect_to_new_endpoint()
        except (SlackApiError, OSError) as error:
            _LOG.warning("no_link", error=type(error).__name__, attempts=self._failures)


def _ended(sock: socket.socket) -> bool:
    """Tell whether the other side has closed or reset; looks without taking anything, also under TLS."""
    try:
        with socket.socket(fileno=os.dup(sock.fileno())) as twin:
            return twin.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:
        return True


def _drop(session: Connection) -> None:
    sock = session.sock
    if sock is not None:
        # Wakes the thread that reads, which holds the lock that closing needs.
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
    # Two of the SDK's threads may close it at once, and the later one finds nothing to close.
    with contextlib.suppress(AttributeError):
        session.disconnect()
