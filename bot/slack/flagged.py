"""A message that somebody points at, by emoji or from its menu: which one, never what is done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack import ids
from bot.slack.inbound import Identity, person, readable
from bot.traffic import Sender

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """The message in question; who points at it asks in their own name."""

    channel: str
    message: str
    #: None where Slack did not send it along.
    text: str | None
    thread: str | None
    sender: Sender

    @property
    def root(self) -> str:
        return self.thread or self.message


def by_shortcut(body: Payload, me: Identity) -> Flagged | None:
    """Return what was chosen from a message's menu; None for other workspaces and our own messages."""
    message, sender = body.get("message") or {}, person(body, me)
    channel = (body.get("channel") or {}).get("id")
    if sender is None or not channel or not message.get("ts") or message.get("user") == me.user:
        return None
    return Flagged(
        channel=str(channel),
        message=str(message["ts"]),
        text=words_of(message, me),
        thread=str(message.get("thread_ts") or "") or None,
        sender=sender,
    )


def by_reaction(body: Payload, me: Identity) -> Flagged | None:
    """Return what got the emoji; None for other emoji, for what is no message, and for our own doings."""
    event = body.get("event") or {}
    item, user = event.get("item") or {}, event.get("user")
    ours = me.user in (user, event.get("item_user"))
    if body.get("team_id") != me.team or ours or not user or event.get("reaction") != ids.TICKET:
        return None
    if item.get("type") != "message" or not item.get("channel") or not item.get("ts"):
        return None
    return Flagged(
        channel=str(item["channel"]),
        message=str(item["ts"]),
        text=None,
        thread=None,
        sender=Sender(id=str(user), team=me.team),
    )


def words_of(message: Payload, me: Identity) -> str:
    """Return a message's words as people read them."""
    return readable(str(message.get("text") or ""), me)
