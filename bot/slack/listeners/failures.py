"""What no listener takes is acknowledged; what one could not keep is not, so that Slack sends it again."""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt import App, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.logs import logger

_LOG = logger("listeners")


def register(app: App, trouble: Callable[[Exception], None]) -> None:
    """Answer for everything that goes past the other listeners; `trouble` hears of what failed."""

    @app.error
    def on_error(error: Exception) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return BoltResponse(status=200, body="")
        _LOG.error("not_kept", error=type(error).__name__)
        trouble(error)
        return BoltResponse(status=500, body="")
