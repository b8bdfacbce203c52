"""Serves the door with uvicorn: which socket, which limits on connections; decides nothing about requests."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.errors import SettingsError
from bot.slack.app import build_app
from bot.slack.door import Door
from bot.slack.link import Ends

#: Seconds in which a connection has to tell a whole request head, also between two requests.
HEAD_SECONDS = 10.0
#: Bytes of a request head.
HEAD_BYTES = 16 * 1024
#: Bytes taken from a connection at once; asyncio's own quarter of a megabyte is much, two hundred times over.
READ_BYTES = 32 * 1024
#: Connections at once; one more is closed at once.
CONNECTIONS = 1_000
#: Seconds that requests under way may take when the server stops.
DRAIN = 5


class HttpLink:
    """Slack, or whoever passes its requests on, connects to us."""

    def __init__(self, ends: Ends, secret: str, host: str, port: int) -> None:
        app = build_app(ends.reception, ends.trouble, signing_secret=secret)
        door = Door(
            app,
            secret=secret,
            team=ends.reception.me.team,
            clock=ends.clock,
            healthy=lambda: _usable(ends),
            heard=ends.heard,
        )
        self._linked, self._place = ends.linked, (host, port)
        self._server = uvicorn.Server(_configuration(door))
        self._thread: threading.Thread | None = None
        #: Where it listens; the real port where any was asked for.
        self.port = port

    @property
    def connected(self) -> bool:
        return self._thread is not None and self._thread.is_alive() and self._server.started

    @property
    def pong_age(self) -> float:
        return 0.0

    def open(self) -> None:
        host, port = self._place
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, port), family=family, backlog=1_024)
        except (OSError, OverflowError) as error:
            raise SettingsError(f"{host}:{port}", str(error)) from error
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="http", daemon=True
        )
        self._thread.start()
        self._linked()

    def check(self) -> None:
        """Nothing to mend: whoever lost a connection makes a new one."""

    def close(self) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(DRAIN + 1)


def _usable(ends: Ends) -> bool:
    """Tell whether the store can be read; nothing else is said to strangers."""
    with ends.reception.desk.store.reading() as unit:
        return unit.inbox.waiting() >= 0


def _configuration(door: Door) -> uvicorn.Config:
    """No request is logged, no proxy's headers are trusted."""
    return uvicorn.Config(
        door,
        http=_Impatient,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_graceful_shutdown=DRAIN,
    )


class _Impatient(H11Protocol):
    """Closes connections that send no request: uvicorn itself waits for a request head for ever."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        transport.max_size = READ_BYTES
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        # mypy is told that there is always a cycle; before the first request there is none.
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            self.transport.abort()
