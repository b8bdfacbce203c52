"""Runs the desk in Slack: a thread each thinks, sends, reads back and watches; drains before it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.errors import GatewayError
from bot.hooks import hook_of
from bot.logs import logger
from bot.ports import Clock, Directory, Store
from bot.services import drift, escalation, retention, webhook, worker
from bot.services.delivery import deliver_abreast
from bot.services.desk import Desk
from bot.services.health import Heartbeat
from bot.services.learning import Learner
from bot.services.pace import Lanes, Pace
from bot.settings import Settings
from bot.slack.alarm import Alarm
from bot.slack.directory import Configured, SlackDirectory
from bot.slack.gateway import SlackGateway
from bot.slack.inbound import Identity
from bot.slack.link import PING, Ends, MakeLink, SocketLink
from bot.slack.listeners import home
from bot.slack.loop import Loop, Turnstile
from bot.slack.reception import Reception
from bot.slack.startup import app_token, bot_token, check_staff_channel, who_we_are
from bot.slack.surfaces import Surfaces
from bot.slack.sweep import GAP, Stopped, Sweep
from bot.slack.web import Web
from bot.storage.heartbeat import write_heartbeat
from bot.texts import models

#: Wires a desk to a store and a directory (bot/compose.py).
MakeDesk = Callable[[Store, Directory], Desk]

#: Seconds a call of the Web API may take: what is sent later, and what somebody waits for.
SENDING, WAITING = 10, 2
#: Seconds that a stopping desk goes on with what it has.
DRAIN = 10.0
#: Seconds between two looks at the clocks of the tickets.
TICK = 30.0
#: Seconds between two looks at the link, two heartbeats, two sweeps, and after a sweep that failed.
LOOK, BEAT, SWEEP, SWEEP_AGAIN = 0.25, 2.0, 300.0, 15.0
#: Seconds between two looks for something to tell a webhook.
HOOK = 1.0
#: Seconds between two looks whether the daily work is due.
DAILY = 60.0
#: Seconds that a thread may compute before another gets its turn: an acknowledgement waits for no classifier.
TURN = 0.0001

_LOG = logger("runner")


def run(
    make_desk: MakeDesk,
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    make_link: MakeLink | None = None,
    warm_up: Callable[[], None] = lambda: None,
) -> None:
    """Run until SIGTERM or SIGINT, then finish what was taken in, for ten seconds at most.

    `warm_up` builds what the first message would wait for; what comes in meanwhile is kept.

    Raises SettingsError for missing or wrong tokens or staff channel, Unreachable where Slack does not
    answer at the start.
    """
    over = threading.Event()
    sys.setswitchinterval(TURN)
    office = Office(make_desk, store, settings, clock=clock, make_link=make_link)
    before = {number: signal.signal(number, lambda *_: over.set()) for number in _SIGNALS}
    try:
        office.start(warm_up)
        while not over.wait(1):
            pass
    finally:
        office.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Office:
    """The desk in Slack as something that starts and stops; made with the errors that `run` names.

    Without `make_link` it listens over Socket Mode.
    """

    _last_sweep: datetime | None = None
    _last_event: datetime | None = None
    _skew: float | None = None

    def __init__(
        self,
        make_desk: MakeDesk,
        store: Store,
        settings: Settings,
        *,
        clock: Clock,
        ping_interval: float = PING,
        sweep_gap: float = GAP,
        make_link: MakeLink | None = None,
    ) -> None:
        make_link = make_link or _over_socket(settings, ping_interval)
        token = bot_token(settings)
        url, staff_channel = settings.slack_api_url, settings.staff_channel
        sending = Web(token, url, timeout=SENDING)
        waiting = sending.twin(timeout=WAITING)
        self.me = who_we_are(sending)
        check_staff_channel(sending, staff_channel)
        directory = SlackDirectory(waiting, _configured(self.me, settings), clock=clock)
        self.desk = make_desk(store, directory)
        self._clock, self._heartbeat, self._pace = clock, settings.heartbeat, Pace(settings.posts_per_second)
        self._gateway = SlackGateway(sending, staff_channel=staff_channel, name_of=directory.name)
        self._turnstile = Turnstile()
        alarm, self._lanes = Alarm(waiting, staff_channel), Lanes(give_way=self._turnstile.give_way)
        self._worker = Loop("worker", self._think, trouble=alarm.trouble)
        self._sender = Loop("sender", self._send, trouble=alarm.trouble)
        self._reader = Loop("sweep", self._read_back, trouble=alarm.trouble, idle=SWEEP)
        self._escalator = Loop("escalation", self._escalate, trouble=alarm.trouble, idle=TICK)
        self._hook = hook_of(settings)
        self._others = self._side_loops(alarm)
        reception = self._reception = Reception(
            desk=self.desk,
            me=self.me,
            surfaces=Surfaces(waiting),
            staff_channel=staff_channel,
            wake=self._wake,
        )
        self._learner = _learner(self.desk, reception)
        self._learning = Loop("learning", self._learn, trouble=alarm.trouble)
        self._link = make_link(
            Ends(
                reception=reception,
                web=sending,
                clock=clock,
                trouble=alarm.trouble,
                heard=self._hear,
                linked=self._reader.wake,
            )
        )
        self._sweep = Sweep(
            sending,
            self.desk,
            self.me,
            hear=reception.hear,
            alarm=alarm,
            stopping=self._reader.stopping,
            gap=sweep_gap,
        )
        self._started = clock()

    @property
    def connected(self) -> bool:
        return self._link.connected

    def start(self, warm_up: Callable[[], None] = lambda: None) -> None:
        """Take up what was left half done, then listen. Raises SettingsError for a wrong app token."""
        taken_up = worker.recover(self.desk)
        webhook.begin(self.desk, on=self._hook is not None)
        if self._learner is not None:
            self._learner.recover()
            self._learning.start()
        self._sender.start()
        self._link.open()
        self._reader.start()
        for loop in self._others:
            loop.start()
        self._escalator.start()
        _LOG.info("listening", count=taken_up)
        # Before a message is claimed: one that takes long is the one that a crash meets again and again.
        warm_up()
        self._worker.start()

    def stop(self, seconds: float = DRAIN) -> None:
        """Hear nothing more, handle what is in, send what is due; what is left waits for the next start."""
        end = time.monotonic() + seconds
        for loop in self._others:
            loop.finish(end)
        self._escalator.finish(end)
        self._learning.finish(end)
        if self._learner is not None:
            self._learner.stop()
        self._reader.finish(end)
        self._link.close()
        self._worker.finish(end)
        self._sender.finish(end)
        self._lanes.close()
        _LOG.info("stopped")

    def _side_loops(self, alarm: Alarm) -> tuple[Loop, ...]:
        # Each on its own: a call that hangs while a link is made must not look like a dead process, and
        # daily work that fails must hold up no message.
        told = (Loop("webhook", self._tell, trouble=alarm.trouble, idle=HOOK),) if self._hook else ()
        return (
            *told,
            Loop("watchdog", self._watch, trouble=alarm.trouble, idle=LOOK),
            Loop("heartbeat", self._beat, trouble=alarm.trouble, idle=BEAT),
            Loop("daily", self._keep_up, trouble=alarm.trouble, idle=DAILY),
        )

    def _wake(self) -> None:
        self._worker.wake()
        self._sender.wake()

    # --- the steps of the threads ---

    def _think(self) -> bool:
        self._turnstile.give_way()
        busy = worker.run_once(self.desk)
        if busy:
            self._sender.wake()
        return busy

    def _send(self) -> bool:
        self._turnstile.give_way()
        return deliver_abreast(self.desk, self._gateway, self._pace, self._lanes)

    def _escalate(self) -> bool:
        if escalation.tick(self.desk, self._clock()):
            self._sender.wake()
        return False

    def _learn(self) -> bool:
        busy = self._learner is not None and self._learner.step()
        if busy:
            self._sender.wake()
        return busy

    def _keep_up(self) -> bool:
        retention.daily(self.desk)
        drift.weekly(self.desk, models.drift_note)
        return False

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

    def _tell(self) -> bool:
        return self._hook is not None and webhook.step(self.desk, self._hook)

    def _watch(self) -> bool:
        self._link.check()
        return False

    def _hear(self, payload: Mapping[str, Any], again: bool) -> None:
        """Note when Slack last sent something, and by how much our clock is ahead of its own."""
        self._turnstile.heard()
        self._last_event = self._clock()
        sent = (payload.get("event") or {}).get("event_ts")
        if sent and not again:
            self._skew = self._last_event.timestamp() - float(sent)

    def _beat(self) -> bool:
        beat = Heartbeat(
            at=self._clock(),
            started_at=self._started,
            pid=os.getpid(),
            connected=self.connected,
            pong_age=self._link.pong_age,
            last_event=self._last_event,
            last_sweep=self._last_sweep,
            clock_skew=self._skew,
        )
        try:
            write_heartbeat(self._heartbeat, beat)
        except OSError as error:
            _LOG.warning("no_heartbeat", error=type(error).__name__)
        return False


def _learner(desk: Desk, reception: Reception) -> Learner | None:
    if desk.administration is None:
        return None
    return Learner(desk, desk.administration, changed=lambda user: home.show(reception, user))


def _configured(me: Identity, settings: Settings) -> Configured:
    return Configured(
        team=me.team,
        staff_channel=settings.staff_channel,
        staff=settings.staff_ids,
        admins=settings.admin_ids,
        staff_group=settings.staff_group,
        admin_group=settings.admin_group,
    )


def _over_socket(settings: Settings, ping_interval: float) -> MakeLink:
    token = app_token(settings)
    return lambda ends: SocketLink(ends, token, ping_interval)
