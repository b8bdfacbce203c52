"""Runs the desk in Slack: one thread thinks, one sends, Socket Mode listens; drains before it ends."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.errors import Refused, SettingsError, Unreachable
from bot.logs import logger
from bot.ports import Clock, Directory, Store
from bot.services import worker
from bot.services.delivery import deliver_due
from bot.services.desk import Desk
from bot.settings import Settings
from bot.slack.app import build_app
from bot.slack.directory import Configured, SlackDirectory
from bot.slack.gateway import SlackGateway
from bot.slack.ids import Method
from bot.slack.inbound import Identity
from bot.slack.reception import Reception
from bot.slack.surfaces import Surfaces
from bot.slack.web import Web
from bot.texts import doctor as texts

#: Wires a desk to a store and a directory (bot/compose.py).
MakeDesk = Callable[[Store, Directory], Desk]

#: Seconds a call of the Web API may take: what is sent later, and what somebody waits for.
SENDING, WAITING = 10, 2
#: Seconds between two looks at an empty queue; whatever comes in wakes its thread at once.
IDLE = 0.5
#: Seconds after a failure of the store itself.
PAUSE = 1.0
#: Seconds that a stopping desk goes on with what it has.
DRAIN = 10.0
#: The SDK notices a dead link after about five of these.
PING = 2
#: Threads that take envelopes: each holds one at most until it is kept and acknowledged.
RECEIVERS = 16

_LOG = logger("runner")


def run(make_desk: MakeDesk, store: Store, settings: Settings, *, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT, then finish what was taken in, for ten seconds at most.

    Raises SettingsError for missing or wrong tokens or staff channel, Unreachable where Slack does not
    answer at the start.
    """
    over = threading.Event()
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
    ) -> None:
        bot_token, app_token = tokens(settings)
        url = settings.slack_api_url
        sending = Web(bot_token, url, timeout=SENDING)
        waiting = Web(bot_token, url, timeout=WAITING)
        self.me = who_we_are(sending)
        check_staff_channel(sending, settings.staff_channel)
        configured = Configured(
            team=self.me.team,
            staff_channel=settings.staff_channel,
            staff=settings.staff_ids,
            admins=settings.admin_ids,
        )
        directory = SlackDirectory(waiting, configured, clock=clock)
        self.desk = make_desk(store, directory)
        self._gateway = SlackGateway(sending, staff_channel=settings.staff_channel, name_of=directory.name)
        self._worker = _Loop("worker", self._think)
        self._sender = _Loop("sender", self._send)
        reception = Reception(
            desk=self.desk,
            me=self.me,
            surfaces=Surfaces(waiting),
            staff_channel=settings.staff_channel,
            wake=self._wake,
        )
        self._socket = SocketModeHandler(
            build_app(reception, sending),
            app_token,
            web_client=sending.client,
            ping_interval=ping_interval,
            concurrency=RECEIVERS,
        )

    @property
    def connected(self) -> bool:
        return self._socket.client.is_connected()

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
        _LOG.info("listening", count=taken_up)

    def stop(self, seconds: float = DRAIN) -> None:
        """Hear nothing more, handle what is in, send what is due; what is left waits for the next start."""
        end = time.monotonic() + seconds
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
        client.close()

    def _wake(self) -> None:
        self._worker.wake()
        self._sender.wake()

    def _think(self) -> bool:
        busy = worker.run_once(self.desk)
        if busy:
            self._sender.wake()
        return busy

    def _send(self) -> bool:
        return deliver_due(self.desk, self._gateway) > 0


class _Loop:
    """A thread that takes steps for as long as there is something to do, and sleeps until it is woken."""

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        self._step, self._name = step, name
        self._bell, self._stopping = threading.Event(), threading.Event()
        self._end = float("inf")
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._bell.set()

    def finish(self, end: float) -> None:
        """Let it go on until nothing is left to do, or until `end` by the monotonic clock."""
        self._end = end
        self._stopping.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while time.monotonic() < self._end:
            self._bell.clear()
            try:
                busy = self._step()
            except Exception as error:  # a full disk passes; a thread that is gone does not come back
                _LOG.error("failed", where=self._name, error=type(error).__name__)
                busy = False
                self._stopping.wait(PAUSE)
            if busy:
                continue
            if self._stopping.is_set():
                return
            self._bell.wait(IDLE)


# --- what has to be right before anything starts -------------------------------------------------


def tokens(settings: Settings) -> tuple[str, str]:
    """Return bot token and app token. Raises SettingsError naming the one that is missing or wrong."""
    wanted = (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-"),
        ("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-"),
    )
    found = []
    for name, secret, prefix in wanted:
        token = secret.get_secret_value().strip() if secret else ""
        if not token:
            raise SettingsError(name, texts.TOKEN_MISSING.format(name=name))
        if not token.startswith(prefix):
            raise SettingsError(name, texts.TOKEN_WRONG.format(name=name, prefix=prefix))
        found.append(token)
    return found[0], found[1]


def who_we_are(web: Web) -> Identity:
    """Ask Slack who the token is. Raises SettingsError where it is nobody, Unreachable, RateLimited."""
    try:
        answer = web.read(Method.AUTH_TEST)
    except Refused as error:
        raise SettingsError("SLACK_BOT_TOKEN", texts.CONNECT_FAILED.format(code=error.code)) from error
    return Identity(team=str(answer["team_id"]), user=str(answer["user_id"]))


def check_staff_channel(web: Web, channel: str) -> str:
    """Return the staff channel's name. Raises SettingsError where there is none, or we are not in it."""
    name = "MADOGUCHI_STAFF_CHANNEL"
    if not channel:
        raise SettingsError(name, texts.NO_STAFF_CHANNEL)
    try:
        found = web.read(Method.CHANNEL, channel=channel).get("channel") or {}
    except Refused as error:
        raise SettingsError(name, texts.CHANNEL_FAILED.format(code=error.code)) from error
    if not found.get("is_member"):
        raise SettingsError(name, texts.CHANNEL_FAILED.format(code="not_in_channel"))
    return str(found.get("name", channel))
