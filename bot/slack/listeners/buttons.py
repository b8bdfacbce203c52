"""Buttons and menus that do something at once: parsed, checked against their owner, kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from slack_bolt import Ack, App

from bot.dialogue.actions import OPENS_FORM, Action
from bot.dialogue.replies import Greeting
from bot.services import own_tickets
from bot.slack import inbound
from bot.slack.ids import REPEAT
from bot.slack.inbound import Click
from bot.slack.listeners import administration, faq_desk
from bot.slack.reception import Reception
from bot.texts import staff
from bot.texts import surface as words
from bot.traffic import Address, OutboxItem, Post


def register(app: App, reception: Reception) -> None:
    """Listen to every button that opens no form."""

    @app.action(pattern(action for action in Action if action not in OPENS_FORM))
    def on_button(ack: Ack, body: dict[str, Any]) -> None:
        pressed = inbound.click(body, reception.me)
        if pressed is not None:
            press(reception, pressed)
        ack()


def pattern(actions: Iterable[Action]) -> re.Pattern[str]:
    """Return what matches the ids of these actions, repeated ones included."""
    names = "|".join(sorted(re.escape(action) for action in actions))
    return re.compile(f"^(?:{names})(?:{REPEAT}[0-9]+)?$")


def press(reception: Reception, pressed: Click) -> None:
    if pressed.action is Action.NEW_INQUIRY:
        greet(reception, pressed.sender.id, pressed.key)
    elif pressed.action is Action.FAQ_PUBLISH:
        faq_desk.publish(reception, pressed)
    elif pressed.action in administration.JOBS:
        administration.press(reception, pressed)
    elif pressed.action in own_tickets.MOVES:
        _own(reception, pressed)
    elif pressed.action in staff.MOVES:
        _move(reception, pressed)
    else:
        _go_on(reception, pressed)


def greet(reception: Reception, user: str, key: str) -> None:
    """Begin a direct talk: to a person's id, Slack posts into the Messages tab."""
    post = Post(address=Address(channel=user), reply=Greeting())
    reception.send(OutboxItem(key=key, message=post, created_at=reception.now()))


def _own(reception: Reception, pressed: Click) -> None:
    move = own_tickets.move_of(pressed.action, pressed.value)
    objection = reception.objection_to_own(move, pressed.sender, pressed.key)
    if objection:
        reception.surfaces.whisper(pressed.address, pressed.sender.id, objection)
    else:
        reception.take(reception.own_inbound(move, pressed.sender, pressed.key))


def _move(reception: Reception, pressed: Click) -> None:
    move = inbound.staff_move(pressed)
    if move is None:
        return
    objection = reception.objection(move, pressed.sender, pressed.key)
    if objection:
        reception.surfaces.whisper(pressed.address, pressed.sender.id, objection)
    else:
        reception.take(reception.staff_inbound(move, pressed.sender, pressed.key))


def _go_on(reception: Reception, pressed: Click) -> None:
    if not reception.owns(pressed.conversation_id, pressed.sender.id):
        reception.surfaces.whisper(pressed.address, pressed.sender.id, words.NOT_YOURS)
        return
    taken = inbound.customer_move(pressed, reception.now())
    if taken is not None:
        reception.take(taken)
