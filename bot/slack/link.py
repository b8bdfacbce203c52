"""How Slack reaches the desk: the link as the runner sees it, and the one over Socket Mode."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty
from typing import Any, Protocol

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot.errors import SettingsError, Unreachable
from bot.ports import Clock
from bot.slack.app import build_app
from bot.slack.reception import Reception
from bot.slack.watchdog import Watchdog
from bot.slack.web import Web
from bot.texts import doctor as texts

#: Seconds between two pings; a link that answers none of this many is dead.
PING, PINGS = 2, 4
#: Threads that take envelopes: each holds one at most until it is kept and acknowledged.
RECEIVERS = 16
#: Threads for what people press and send while they look at it, and the envelopes of that.
PRESSED = 4
_BY_HAND = frozenset({"interactive", "slash_commands"})
#: Seconds of one look, and how many, while the connection closes: five seconds at most.
_CLOSING_STEP, _CLOSING_STEPS = 0.05, 100


class Link(Protocol):
    """Something that is listened to."""

    @property
    def connected(self) -> bool: ...

    @property
    def pong_age(self) -> float:
        """Seconds since Slack last answered a ping; 0 where there are none."""
        ...

    def open(self) -> None:
        """Listen. Raises SettingsError or Unreachable."""
        ...

    def check(self) -> None:
        """Look whether it still holds, and mend it."""
        ...

    def close(self) -> None:
        """Hear nothing more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What a link is tied to on our side."""

    reception: Reception
    #: Makes the calls of the link itself.
    web: Web
    clock: Clock
    #: Hears of whatever a listener could not keep.
    trouble: Callable[[Exception], None]
    #: Told of every payload, and whether Slack sends it again.
    heard: Callable[[Mapping[str, Any], bool], None]
    #: Told when a new connection stands.
    linked: Callable[[], None]


MakeLink = Callable[[Ends], Link]


class _Client(SocketModeClient):
    """Slack's own client, but whoever presses a button does not wait behind what others write."""

    def __init__(self, token: str, web: WebClient, logger: logging.Logger, ping_interval: float) -> None:
        self._pressed = ThreadPoolExecutor(PRESSED, thread_name_prefix="pressed")
        super().__init__(
            app_token=token,
            logger=logger,
            web_client=web,
            ping_interval=ping_interval,
            concurrency=RECEIVERS,
        )

    def process_message(self) -> None:
        try:
            raw = self.message_queue.get(timeout=1)
        except Empty:
            return
        if raw is None:
            return
        message = json.loads(raw) if raw.startswith("{") else {}
        if message.get("type") == "disconnect":
            self.connect_to_new_endpoint(force=True)
            return
        lane = self._pressed if message.get("type") in _BY_HAND else self.message_workers
        lane.submit(self.run_message_listeners, message, raw)

    def close(self) -> None:
        super().close()
        self._pressed.shutdown()


class _Handler(SocketModeHandler):
    """Bolt's adapter around a client of ours."""

    def __init__(self, app: App, client: _Client) -> None:
        self.app, self.client = app, client
        client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]


class SocketLink:
    """A connection that we open; nobody has to reach us."""

    def __init__(self, ends: Ends, app_token: str, ping_interval: float = PING) -> None:
        self._ends = ends
        app = build_app(ends.reception, ends.trouble)
        self._socket = _Handler(app, _Client(app_token, ends.web.client, app.logger, ping_interval))
        self._socket.client.message_listeners.append(self._hear)
        self._watchdog = Watchdog(self._socket.client, silence=ping_interval * PINGS, on_link=ends.linked)

    @property
    def connected(self) -> bool:
        return self._watchdog.connected

    @property
    def pong_age(self) -> float:
        return self._watchdog.pong_age

    def open(self) -> None:
        try:
            self._socket.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            code = str(error.response.get("error"))
            raise SettingsError("SLACK_APP_TOKEN", texts.CONNECT_FAILED.format(code=code)) from error
        except OSError as error:
            raise Unreachable(f"apps.connections.open: {type(error).__name__}") from error

    def check(self) -> None:
        self._watchdog.check()

    def close(self) -> None:
        client = self._socket.client
        client.auto_reconnect_enabled = False
        session = client.current_session
        if session is not None and session.sock is not None:
            # The SDK would wait for its own reading thread, three seconds at most.
            with contextlib.suppress(OSError):
                session.sock.shutdown(socket.SHUT_RD)
        # Likewise for the thread that waits for the next message.
        client.message_processor.event.set()
        client.message_queue.put(None)
        closing = threading.Thread(target=_close, args=(client,), name="closing", daemon=True)
        closing.start()
        for _ in range(_CLOSING_STEPS):
            # A session that begins to read at this very moment would take the mark back, and read for ever.
            client.current_session_state.terminated = True
            closing.join(_CLOSING_STEP)
            if not closing.is_alive():
                break

    def _hear(self, _client: object, message: Mapping[str, Any], _raw: str | None = None) -> None:
        self._ends.heard(message.get("payload") or {}, bool(message.get("retry_attempt")))


def _close(client: SocketModeClient) -> None:
    try:
        client.close()
    except AttributeError:
        # One of the SDK's own threads closed the socket at the same moment; the rest is still to be done.
        client.close()
