"""The command: one's own tickets, a new talk, forgetting a contract, help; answered in the ack."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App

from bot.slack.ids import COMMAND
from bot.slack.listeners.buttons import greet
from bot.slack.listeners.home import own_tickets
from bot.slack.listeners.staff_views import found
from bot.slack.reception import Reception
from bot.slack.views.message import render
from bot.texts import surface as words
from bot.traffic import CustomerMove, OwnMove, Sender


def register(app: App, reception: Reception) -> None:
    """Listen to the command; what it says is seen by the person alone."""

    @app.command(COMMAND)
    def on_command(ack: Ack, body: dict[str, Any]) -> None:
        if body.get("team_id") != reception.me.team or not body.get("user_id"):
            ack()
            return
        text, blocks = answer(reception, body)
        ack(text=text, blocks=blocks, response_type="ephemeral") if blocks else ack(text)


def answer(reception: Reception, body: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return what is told for the words typed after the command; anything unknown gets the help."""
    said = str(body.get("text") or "").strip().casefold()
    sender = Sender(id=str(body["user_id"]), name=str(body.get("user_name") or ""), team=str(body["team_id"]))
    key = f"{reception.me.team}/command/{sender.id}/{body.get('trigger_id', '')}"
    if said in words.STATUS_WORDS:
        shown = render(words.own_tickets(own_tickets(reception, sender.id)))
        return shown.text, list(shown.blocks)
    if said in words.NEW_WORDS:
        greet(reception, sender.id, key)
        return words.STARTED, []
    if said in words.FORGET_WORDS:
        move = CustomerMove(move=OwnMove.FORGET_CONTRACT)
        objection = reception.objection_to_own(move, sender, key)
        if objection:
            return objection, []
        reception.take(reception.own_inbound(move, sender, key))
        return words.FORGOTTEN, []
    command, _, rest = said.partition(" ")
    result = found(reception, sender.id, rest.strip()) if command in words.SEARCH_WORDS else None
    if result is not None:
        shown = render(result)
        return shown.text, list(shown.blocks)
    return words.HELP, []
