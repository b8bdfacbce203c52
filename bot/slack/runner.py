"""Runs the desk in Slack: a thread each thinks, sends, reads back and watches; drains before it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.errors import GatewayError, SettingsError, Unreachable
from bot.logs import logger
from bot.ports import Clock, Directory, Store
from bot.services import worker
from bot.services.delivery import Pace, deliver_due
from bot.services.desk import Desk
from bot.services.health import Heartbeat
from bot.settings import Settings
from bot.slack.alarm import Alarm
from bot.slack.app import build_app
from bot.slack.directory import Configured, SlackDirectory
from bot.slack.gateway import SlackGateway
from bot.slack.loop import Loop
from bot.slack.reception import Reception
from bot.slack.startup import check_staff_channel, tokens, who_we_are
from bot.slack.surfaces import Surfaces
from bot.slack.sweep import GAP, Stopped, Sweep
from bot.slack.watchdog import Watchdog
from bot.slack.web import Web
from bot.storage.heartbeat import write_heartbeat
from bot.texts import doctor as texts

#: Wires a desk to a store and a directory (bot/compose.py).
MakeDesk = Callable[[Store, Directory], Desk]

#: Seconds a call of the Web API may take: what is sent later, and what somebody waits for.
SENDING, WAITING = 10, 2
#: Seconds that a stopping desk goes on with what it has.
DRAIN = 10.0
#: Seconds between two pings; a link that answers none of this many is dead.
PING, PINGS = 2, 4
#: Seconds between two looks at the link, two heartbeats, two sweeps, and after a sweep that failed.
LOOK, BEAT, SWEEP, SWEEP_AGAIN = 0.25, 2.0, 300.0, 15.0
#: Threads that take envelopes: each holds one at most until it is kept and acknowledged.
RECEIVERS = 16
#: Seconds that a thread may compute before another gets its turn: an acknowledgement waits for no classifier.
_TURN = 0.001

_LOG = logger("runner")


def run(make_desk: MakeDesk, store: Store, settings: Settings, *, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT, then finish what was taken in, for ten seconds at most.

    Raises SettingsError for missing or wrong tokens or staff channel, Unreachable where Slack does not
    answer at the start.
    """
    over = threading.Event()
    sys.setswitchinterval(_TURN)
    office = Office(make_desk, store, settings, clock=clock)
    before = {number: signal.signal(number, lambda *_: over.set()) for number in _SIGNALS}
    try:
        office.start()
        while not over.wait(1):
            pass
    finally:
        office.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Office:
    """The desk in Slack as something that starts and stops; made with the errors that `run` names."""

    def __init__(
        self,
        make_desk: MakeDesk,
        store: Store,
        settings: Settings,
        *,
        clock: Clock,
        ping_interval: float = PING,
        sweep_gap: float = GAP,
    ) -> None:
        bot_token, app_token = tokens(settings)
        url, staff_channel = settings.slack_api_url, settings.staff_channel
        sending = Web(bot_token, url, timeout=SENDING)
        waiting = Web(bot_token, url, timeout=WAITING)
        self.me = who_we_are(sending)
        check_staff_channel(sending, staff_channel)
        configured = Configured(
            team=self.me.team,
            staff_channel=staff_channel,
            staff=settings.staff_ids,
            admins=settings.admin_ids,
        )
        directory = SlackDirectory(waiting, configured, clock=clock)
        self.desk = make_desk(store, directory)
        self._clock, self._heartbeat = clock, settings.heartbeat
        self._gateway = SlackGateway(sending, staff_channel=staff_channel, name_of=directory.name)
        self._pace = Pace(settings.posts_per_second)
        alarm = Alarm(waiting, staff_channel)
        self._worker = Loop("worker", self._think, trouble=alarm.trouble)
        self._sender = Loop("sender", self._send, trouble=alarm.trouble)
        self._reader = Loop("sweep", self._read_back, trouble=alarm.trouble, idle=SWEEP)
        self._watcher = Loop("watchdog", self._watch, trouble=alarm.trouble, idle=LOOK)
        reception = Reception(
            desk=self.desk,
            me=self.me,
            surfaces=Surfaces(waiting),
            staff_channel=staff_channel,
            wake=self._wake,
        )
        self._listen(app_token, sending, build_app(reception, alarm.trouble), ping_interval)
        self._sweep = Sweep(
            sending,
            self.desk,
            self.me,
            hear=reception.hear,
            alarm=alarm,
            stopping=self._reader.stopping,
            gap=sweep_gap,
        )
        self._started, self._next_beat = clock(), 0.0
        self._last_sweep: datetime | None = None
        self._last_event: datetime | None = None
        self._skew: float | None = None

    def _listen(self, app_token: str, web: Web, app: App, ping_interval: float) -> None:
        self._socket = SocketModeHandler(
            app,
            app_token,
            web_client=web.client,
            ping_interval=ping_interval,
            concurrency=RECEIVERS,
        )
        self._socket.client.message_listeners.append(self._hear)
        self._watchdog = Watchdog(
            self._socket.client, silence=ping_interval * PINGS, on_link=self._reader.wake
        )

    @property
    def connected(self) -> bool:
        return self._watchdog.connected

    def start(self) -> None:
        """Take up what was left half done, then listen. Raises SettingsError for a wrong app token."""
        taken_up = worker.recover(self.desk)
        self._worker.start()
        self._sender.start()
        try:
            self._socket.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            code = str(error.response.get("error"))
            raise SettingsError("SLACK_APP_TOKEN", texts.CONNECT_FAILED.format(code=code)) from error
        except OSError as error:
            raise Unreachable(f"apps.connections.open: {type(error).__name__}") from error
        self._reader.start()
        self._watcher.start()
        _LOG.info("listening", count=taken_up)

    def stop(self, seconds: float = DRAIN) -> None:
        """Hear nothing more, handle what is in, send what is due; what is left waits for the next start."""
        end = time.monotonic() + seconds
        self._watcher.finish(end)
        self._reader.finish(end)
        self._hang_up()
        self._worker.finish(end)
        self._sender.finish(end)
        _LOG.info("stopped")

    def _hang_up(self) -> None:
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
        client.close()

    def _wake(self) -> None:
        self._worker.wake()
        self._sender.wake()

    # --- the steps of the threads ---

    def _think(self) -> bool:
        busy = worker.run_once(self.desk)
        if busy:
            self._sender.wake()
        return busy

    def _send(self) -> bool:
        return deliver_due(self.desk, self._gateway, self._pace) > 0

    def _read_back(self) -> bool:
        try:
            self._sweep.run()
        except Stopped:
            return False
        except GatewayError as error:
            _LOG.warning("not_swept", error=type(error).__name__)
            return not self._reader.stopping.wait(SWEEP_AGAIN)
        self._last_sweep = self._clock()
        return False

    def _watch(self) -> bool:
        self._watchdog.check()
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BEAT
            self._beat()
        return False

    def _hear(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        """Note when Slack last sent something, and by how much our clock is ahead of its own."""
        payload = message.get("payload") or {}
        self._last_event = self._clock()
        sent = (payload.get("event") or {}).get("event_ts")
        if sent and not message.get("retry_attempt"):
            self._skew = self._last_event.timestamp() - float(sent)

    def _beat(self) -> None:
        beat = Heartbeat(
            at=self._clock(),
            started_at=self._started,
            pid=os.getpid(),
            connected=self.connected,
            pong_age=self._watchdog.pong_age,
            last_event=self._last_event,
            last_sweep=self._last_sweep,
            clock_skew=self._skew,
        )
        try:
            write_heartbeat(self._heartbeat, beat)
        except OSError as error:
            _LOG.warning("no_heartbeat", error=type(error).__name__)
