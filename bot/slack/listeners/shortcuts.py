"""Messages that become a matter by a pointing finger: the emoji of a ticket, and the menu of a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.dialogue.events import Said
from bot.slack import flagged, ids
from bot.slack.flagged import Flagged
from bot.slack.ids import EventName
from bot.slack.inbound import conversation_id
from bot.slack.reception import Reception
from bot.texts import surface as words
from bot.traffic import Address, Inbound


def register(app: App, reception: Reception) -> None:
    """Listen to the reaction and to the shortcut."""

    @app.event(EventName.REACTION_ADDED.value)
    def on_reaction(body: dict[str, Any]) -> None:
        found = flagged.by_reaction(body, reception.me)
        if found is not None:
            take_up(reception, found)

    @app.message_shortcut(ids.SHORTCUT)
    def on_shortcut(ack: Ack, body: dict[str, Any]) -> None:
        found = flagged.by_shortcut(body, reception.me)
        if found is not None:
            take_up(reception, found)
        ack()


def take_up(reception: Reception, found: Flagged) -> None:
    """Begin a talk about a message, in its thread or, where the bot is not, directly with the person.

    Raises GatewayError where Slack does not answer: then it is not acknowledged, and comes again.
    """
    told = _complete(reception, found)
    place = Address(channel=told.channel, thread=told.root)
    if reception.knows(conversation_id(reception.me.team, told.channel, told.root)):
        reception.surfaces.whisper(place, told.sender.id, words.ALREADY)
    elif not (told.text or "").strip():
        reception.surfaces.whisper(place, told.sender.id, words.NO_WORDS)
    else:
        reception.take(_said(reception, told, place))


def _complete(reception: Reception, found: Flagged) -> Flagged:
    """Return it with its words and its thread: an event about a reaction tells neither."""
    if found.text is not None:
        return found
    message = reception.surfaces.message(found.channel, found.message) or {}
    if message.get("user") == reception.me.user:
        message = {}
    thread = str(message.get("thread_ts") or "") or None
    return replace(found, text=flagged.words_of(message, reception.me), thread=thread)


def _said(reception: Reception, told: Flagged, place: Address) -> Inbound:
    text = told.text or ""
    # The key of the message itself: whichever way it comes in, it is taken up once.
    key = f"{reception.me.team}/{told.channel}/{told.message}"
    if not reception.surfaces.inside(told.channel):
        place = reception.surfaces.begin(told.sender.id, f"{words.FROM_MESSAGE}\n{text}")
        key = f"{reception.me.team}/{place.channel}/{place.thread}"
    return Inbound(
        key=key,
        conversation_id=conversation_id(reception.me.team, place.channel, place.thread or ""),
        address=place,
        sender=told.sender,
        event=Said(text=text),
        received_at=reception.now(),
    )
