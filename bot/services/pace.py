"""Decides how fast and how much at once is sent: a pace in each place, and places side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from enum import StrEnum

from bot.traffic import OutboxItem, Post, React, Working

#: Messages that may follow one another in a channel without a pause.
BURST = 3
#: Seconds that a round of sending waits for the slowest before it looks for more.
_TURN = 0.05
#: What is no message and has a limit of its own.
_SIGNS = (React, Working)


def place_of(item: OutboxItem) -> str:
    """Return the channel; cards and their logs stand in the one of the staff."""
    match item.message:
        case Post(address=address) | Working(address=address):
            return address.channel
        case React(channel=channel):
            return channel
        case _:
            return ""


class Road(StrEnum):
    """How something goes out. Slack limits each for itself, and the others go on while one is closed."""

    POST = "post"
    UPDATE = "update"
    REACT = "react"
    STATUS = "status"


class Pace:
    """How fast messages follow one another: so many a second in each channel, none while Slack says wait.

    The gaps are kept by the monotonic clock: a clock that is set back must not silence the desk.
    """

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        #: Seconds; no rate sets no pace.
        self._gap = 1 / per_second if per_second else 0.0
        self._now = monotonic
        #: By place; each is used by whoever sends there, one at a time.
        self._free: dict[str, float] = {}
        #: Since and until when a road is closed, by the desk's clock; one that is set back opens it.
        self._closed: dict[Road, tuple[datetime, datetime]] = {}

    def allows(self, item: OutboxItem, road: Road, instant: datetime) -> bool:
        since, until = self._closed.get(road, (instant, instant))
        if since <= instant < until:
            return False
        now = self._now()
        return isinstance(item.message, _SIGNS) or self._free.get(place_of(item), now) <= now + self._gap * (
            BURST - 1
        )

    def sent(self, item: OutboxItem) -> None:
        if self._gap and not isinstance(item.message, _SIGNS):
            place, now = place_of(item), self._now()
            self._free[place] = max(self._free.get(place, now), now) + self._gap

    def close(self, road: Road, since: datetime, seconds: float) -> None:
        """Slack limits a method, not a message: everything that goes the same way waits."""
        self._closed[road] = since, since + timedelta(seconds=seconds)


class Lanes:
    """Sends to several places side by side, in each in order; a call that hangs holds up its own."""

    def __init__(self, width: int = 8, *, give_way: Callable[[], None] = lambda: None) -> None:
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="lane")
        self._give_way = give_way
        self._busy: dict[str, Future[int]] = {}

    def free(self, place: str) -> bool:
        return place not in self._busy

    def run(self, work: Mapping[str, Callable[[], int]]) -> tuple[int, bool]:
        """Begin the work of free places; return how many were sent since the last time, and if some go on.

        Raises what any of the work raised.
        """
        self._busy |= {place: self._pool.submit(self._send, send) for place, send in work.items()}
        wait(self._busy.values(), _TURN)
        done = [place for place, future in self._busy.items() if future.done()]
        sent = [self._busy.pop(place) for place in done]
        return sum(future.result() for future in sent), bool(self._busy)

    def _send(self, send: Callable[[], int]) -> int:
        self._give_way()
        return send()

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
