"""Messages, mentions, edits and deletions: parsed and kept, nothing else."""

from __future__ import annotations

from typing import Any

from slack_bolt import App

from bot.slack import inbound
from bot.slack.ids import EventName
from bot.slack.reception import Reception


def register(app: App, reception: Reception) -> None:
    """Listen to everything that is written where the bot is."""

    @app.event(EventName.MESSAGE.value)
    def on_message(body: dict[str, Any]) -> None:
        hear(reception, body)

    @app.event(EventName.APP_MENTION.value)
    def on_mention(body: dict[str, Any]) -> None:
        hear(reception, body)


def hear(reception: Reception, body: dict[str, Any]) -> None:
    heard = inbound.message(body, reception.me, reception.now())
    if heard is not None:
        reception.hear(heard)
