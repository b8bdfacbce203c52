"""Tells the staff channel at once what is wrong with the desk itself; repeats nothing for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.errors import GatewayError, StoreError
from bot.logs import logger
from bot.slack.ids import Method
from bot.slack.views.plain import escape
from bot.slack.web import Web
from bot.texts import alerts
from bot.texts.errors import sentence

#: Seconds in which the same kind of alarm is not repeated.
QUIET = 600.0

_LOG = logger("alarm")


class Alarm:
    """Posts directly: nothing can be kept in the outbox when the store itself is the trouble."""

    def __init__(
        self, web: Web, staff_channel: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._web, self._channel, self._now = web, staff_channel, monotonic
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def sound(self, kind: str, text: str) -> bool:
        """Tell it (in Slack's markup); True where the staff know, now or for a while already."""
        with self._lock:
            last = self._last.get(kind)
            if last is not None and self._now() - last < QUIET:
                return True
            self._last[kind] = self._now()
        try:
            self._web.write(Method.POST, channel=self._channel, text=text)
        except GatewayError as error:
            _LOG.warning("not_told", kind=kind, error=type(error).__name__)
            with self._lock:
                self._last.pop(kind, None)
            return False
        return True

    def trouble(self, error: Exception) -> None:
        """Tell of a store that cannot keep anything, without holding anybody up."""
        if isinstance(error, StoreError):
            text = alerts.TROUBLE.format(sentence=escape(sentence(error)))
            threading.Thread(
                target=self.sound, args=(type(error).__name__, text), name="alarm", daemon=True
            ).start()
