"""Reads back what was written while nobody listened; decides how far back, not what concerns the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.clock import JST
from bot.errors import RateLimited, Refused
from bot.logs import logger
from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.slack import inbound
from bot.slack.alarm import Alarm
from bot.slack.ids import Method
from bot.slack.inbound import Heard, Identity
from bot.slack.web import Web
from bot.texts import alerts, labels

#: Seconds read again before the mark: messages can come into the history a little out of order.
OVERLAP = 120
#: Talks in which nothing happened for so long are not looked through for replies.
OPEN = timedelta(days=30)
#: Pages of one channel that are read at most; what lies further back is told to the staff.
REACH = 50
#: Requests of one sweep that follow one another at once, and seconds between the others: Slack allows
#: fifty a minute.
BURST, GAP = 30, 1.3
_PAGE = 200
_KINDS = "public_channel,private_channel,im"
#: The mark for channels that were never read: the newest message that the last sweep saw anywhere.
_ANYWHERE = "swept"

Message = Mapping[str, Any]
S = TypeVar("S")
T = TypeVar("T")
_LOG = logger("sweep")


class Stopped(Exception):
    """The desk is closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    channel: str
    kind: str
    #: What is newer than this was perhaps not heard. Slack's own timestamps, as seconds.
    since: float
    #: Root messages of the talks that are open here.
    roots: frozenset[str]


@dataclass(slots=True, kw_only=True)
class _Look:
    """What one look at a channel's history found."""

    place: _Place
    #: Messages that were new.
    new: int = 0
    newest: float
    #: Threads to look through: root and its latest reply.
    threads: dict[str, float] = field(default_factory=dict)
    #: Staff could not be told of a gap: it is looked for again.
    again: bool = False


class Sweep:
    """Goes through every channel the bot is in, from the newest message that an earlier sweep saw.

    Only Slack's own timestamps are compared, never our clock. Whatever was heard already is known by its
    key, so that reading too much costs nothing but time.
    """

    def __init__(
        self,
        web: Web,
        desk: Desk,
        me: Identity,
        *,
        hear: Callable[[Heard], bool],
        alarm: Alarm,
        stopping: threading.Event,
        gap: float = GAP,
        reach: int = REACH,
    ) -> None:
        self._web, self._desk, self._me, self._hear, self._alarm = web, desk, me, hear, alarm
        self._stopping, self._gap, self._reach = stopping, gap, reach
        self._asked = 0

    def run(self) -> int:
        """Read every channel once; returns how many messages were new.

        Raises GatewayError where Slack does not answer, Stopped where the desk closes meanwhile: what was
        read until then is kept.
        """
        self._asked = 0
        since, roots = self._before()
        channels = self._pages(Method.CONVERSATIONS, "channels", types=_KINDS, exclude_archived=True)
        places = [self._place(channel, since, roots) for channel in channels]
        # What is new somewhere comes before what was added to something that is being dealt with.
        looks = [look for place in places if (look := self._tried(self._look, place)) is not None]
        for look in looks:
            self._tried(self._read_threads, look)
        self._keep(_ANYWHERE, max([since, *(look.newest for look in looks)]))
        found = sum(look.new for look in looks)
        if found:
            _LOG.info("swept", count=found)
        return found

    def _tried(self, step: Callable[[S], T], subject: S) -> T | None:
        """One channel that refuses does not hold up the others."""
        try:
            return step(subject)
        except Refused as error:
            _LOG.warning("not_swept", method=error.method, reason=error.code)
            return None

    def _before(self) -> tuple[float, dict[str, set[str]]]:
        """Return how far channels that were never read count as read, and the open talks by channel."""
        now = self._desk.clock()
        with self._desk.store.reading() as unit:
            known = unit.marks.get(_ANYWHERE)
            active = unit.dialogues.active(now - OPEN)
        roots: dict[str, set[str]] = {}
        for place in active:
            if place.thread:
                roots.setdefault(place.channel, set()).add(place.thread)
        if known is None:
            # The very first run: what was said before is not for us.
            self._keep(_ANYWHERE, now.timestamp())
        return float(known or now.timestamp()), roots

    def _place(self, channel: Message, since: float, roots: Mapping[str, set[str]]) -> _Place:
        name = str(channel["id"])
        with self._desk.store.reading() as unit:
            mark = unit.marks.get(_mark(name))
        return _Place(
            channel=name,
            kind="im" if channel.get("is_im") else "channel",
            since=float(mark or since) - OVERLAP,
            roots=frozenset(roots.get(name, ())),
        )

    def _keep(self, mark: str, seconds: float) -> None:
        self._desk.store.write(lambda unit: unit.marks.set(mark, f"{seconds:.6f}"))

    def _look(self, place: _Place) -> _Look:
        """Hear what is new at the root, and find the open threads that have grown."""
        oldest = min([place.since, *(float(root) - 1 for root in place.roots)])
        look = _Look(place=place, newest=place.since + OVERLAP)
        seen: set[str] = set()
        last = float("inf")
        for number, (page, more) in enumerate(self._history(place, oldest), start=1):
            if number == 1:
                look.newest = max([look.newest, *(_newest(message) for message in page)])
            for message in reversed(page):
                seen.add(str(message["ts"]))
                self._root(look, message)
            last = min([last, *(float(message["ts"]) for message in page)])
            if more and number == self._reach and last > place.since:
                look.again = not self._tell_gap(place)
        look.threads |= {root: look.newest for root in place.roots - seen if float(root) < last}
        return look

    def _root(self, look: _Look, message: Message) -> None:
        stands, latest = str(message["ts"]), float(message.get("latest_reply") or 0)
        new = self._take(look.place, message) if float(stands) > look.place.since else 0
        look.new += new
        if latest > look.place.since and (new or stands in look.place.roots):
            look.threads[stands] = latest

    def _read_threads(self, look: _Look) -> None:
        """Read each thread once for each latest reply; whoever is interrupted goes on where it was."""
        channel = look.place.channel
        for root, latest in look.threads.items():
            mark = f"{_mark(channel)}/{root}"
            with self._desk.store.reading() as unit:
                read = float(unit.marks.get(mark) or 0)
            if read < latest:
                look.new += self._replies(look.place, root)
                self._keep(mark, latest)
        if not look.again:
            since, newest = f"{look.place.since:.6f}", f"{look.newest:.6f}"

            def keep(unit: UnitOfWork) -> None:
                unit.marks.forget(f"{_mark(channel)}/", before=since)
                unit.marks.set(_mark(channel), newest)

            self._desk.store.write(keep)

    def _replies(self, place: _Place, root: str) -> int:
        found = 0
        try:
            for message in self._pages(
                Method.REPLIES, "messages", channel=place.channel, ts=root, oldest=f"{place.since:.6f}"
            ):
                if message.get("ts") != root:
                    found += self._take(place, message)
        except Refused as error:
            if error.code not in ("thread_not_found", "message_not_found"):
                raise
        return found

    def _take(self, place: _Place, message: Message) -> int:
        """Hear a message as if it came now; an edited one as an edit, too."""
        where = {"channel": place.channel, "channel_type": place.kind}
        events = [{**message, **where, "type": "message"}]
        if message.get("edited"):
            events.append({**where, "type": "message", "subtype": "message_changed", "message": message})
        found = 0
        for event in events:
            heard = inbound.message({"team_id": self._me.team, "event": event}, self._me, self._desk.clock())
            found += heard is not None and self._hear(heard)
        return found

    def _tell_gap(self, place: _Place) -> bool:
        since = labels.absolute(datetime.fromtimestamp(place.since + OVERLAP, JST))
        text = alerts.GAP.format(channel=place.channel, since=since)
        return self._alarm.sound(f"gap/{place.channel}", text)

    # --- asking, slowly ---

    def _history(self, place: _Place, oldest: float) -> Iterator[tuple[list[Message], bool]]:
        """Yield up to `reach` pages, each with whether there are more."""
        cursor = None
        for _ in range(self._reach):
            answer = self._ask(
                Method.HISTORY,
                channel=place.channel,
                oldest=f"{max(0.0, oldest):.6f}",
                limit=_PAGE,
                cursor=cursor,
            )
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            yield list(answer.get("messages") or ()), bool(cursor)
            if not cursor:
                return

    def _pages(self, method: Method, key: str, **arguments: Any) -> Iterator[Message]:
        cursor = None
        while True:
            answer = self._ask(method, cursor=cursor, limit=_PAGE, **arguments)
            yield from answer.get(key) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _ask(self, method: Method, **arguments: Any) -> Mapping[str, Any]:
        """Ask as often as Slack tells us to wait: even one request a minute gets through in the end."""
        self._asked += 1
        wait = self._gap if self._asked > BURST else 0.0
        while True:
            if self._stopping.wait(wait):
                raise Stopped
            try:
                return self._web.read(method, **arguments)
            except RateLimited as error:
                wait = max(error.retry_after, self._gap)


def _mark(channel: str) -> str:
    return f"swept/{channel}"


def _newest(message: Message) -> float:
    return max(float(message["ts"]), float(message.get("latest_reply") or 0))
