"""A thread that takes steps while there is something to do, and sleeps until it is woken; decides no step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.logs import logger

#: Seconds between two looks at an empty queue; whatever comes in wakes its thread at once.
IDLE = 0.5
#: Seconds after a failure of the store itself.
PAUSE = 1.0
#: Events that come closer together than this pour in; how long the rest waits for them, in seconds.
POURING, PATIENCE = 0.005, 0.3

_LOG = logger("loop")


class Loop:
    """`step` tells whether it did something; `trouble` hears of whatever it raises."""

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        *,
        trouble: Callable[[Exception], None],
        idle: float = IDLE,
    ) -> None:
        self._step, self._name, self._idle, self._trouble = step, name, idle, trouble
        self._bell, self.stopping = threading.Event(), threading.Event()
        self._end = float("inf")
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._bell.set()

    def finish(self, end: float) -> None:
        """Let it go on until nothing is left to do, or until `end` by the monotonic clock."""
        self._end = end
        self.stopping.set()
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
                self._trouble(error)
                busy = False
                self.stopping.wait(PAUSE)
            if busy:
                continue
            if self.stopping.is_set():
                return
            self._bell.wait(self._idle)


class Turnstile:
    """While events pour in, taking them in comes first: somebody may be waiting for a button."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now, self._heard_at = monotonic, float("-inf")

    def heard(self) -> None:
        """Something came in."""
        self._heard_at = self._now()

    def give_way(self) -> None:
        """Wait until nothing came in for a moment, though not for long."""
        end = self._now() + PATIENCE
        while (now := self._now()) < end and now - self._heard_at < POURING:
            time.sleep(POURING)
