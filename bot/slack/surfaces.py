"""What has to be shown within three seconds of a click: forms, whispers, the Home tab; decides no words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import GatewayError, Refused
from bot.logs import logger
from bot.slack.ids import Method
from bot.slack.views.form import modal
from bot.slack.views.home import home
from bot.slack.views.plain import escape
from bot.slack.web import Web
from bot.texts.message import Form, Message
from bot.traffic import Address

_LOG = logger("surfaces")


class Surfaces:
    """Every call is made once. Whatever must not be lost goes through the outbox instead."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def open(self, trigger_id: str, form: Form) -> bool:
        """Open a form before the person who clicked; False where that failed."""
        return self._tried(Method.OPEN_VIEW, trigger_id=trigger_id, view=modal(form))

    def whisper(self, address: Address | None, user: str, text: str) -> bool:
        """Say something to one person only, where they clicked."""
        if address is None:
            return False
        return self._tried(
            Method.WHISPER, channel=address.channel, thread_ts=address.thread, user=user, text=escape(text)
        )

    def publish(self, user: str, message: Message) -> bool:
        return self._tried(Method.PUBLISH_HOME, user_id=user, view=home(message))

    def message(self, channel: str, stands: str) -> Mapping[str, Any] | None:
        """Return the message that stands there, in a thread or not; None where we cannot see it.

        Raises RateLimited or Unreachable.
        """
        place = {"channel": channel, "latest": stands, "oldest": stands, "inclusive": True, "limit": 1}
        for method, more in ((Method.HISTORY, {}), (Method.REPLIES, {"ts": stands})):
            try:
                found = self._web.read(method, **place, **more).get("messages") or ()
            except Refused:
                continue
            there = next((message for message in found if message.get("ts") == stands), None)
            if there is not None:
                return dict(there)
        return None

    def inside(self, channel: str) -> bool:
        """Tell whether we can write there. Raises RateLimited or Unreachable."""
        try:
            found = self._web.read(Method.CHANNEL, channel=channel).get("channel") or {}
        except Refused:
            return False
        writable = found.get("is_member") or found.get("is_im")
        return bool(writable) and not found.get("is_archived")

    def begin(self, user: str, text: str) -> Address:
        """Begin a talk in somebody's direct channel and return its place. Raises GatewayError."""
        answer = self._web.write(Method.POST, channel=user, text=escape(text))
        return Address(channel=str(answer["channel"]), thread=str(answer["ts"]))

    def suggest(self, channel: str, prompts: tuple[tuple[str, str], ...]) -> bool:
        offered = [{"title": title, "message": text} for title, text in prompts]
        return self._tried(Method.SUGGEST, channel_id=channel, prompts=offered)

    def _tried(self, method: Method, **arguments: Any) -> bool:
        try:
            self._web.write(method, **arguments)
        except GatewayError as error:
            _LOG.warning("not_shown", method=method, error=type(error).__name__, reason=str(error))
            return False
        return True
