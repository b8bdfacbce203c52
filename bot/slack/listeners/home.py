"""The Home tab and the Messages tab, each time somebody opens one."""

from __future__ import annotations

from typing import Any

from slack_bolt import App

from bot.authorisation import Actor, Verb, allowed
from bot.errors import GatewayError
from bot.slack.ids import EventName
from bot.slack.listeners.staff_views import desk_parts
from bot.slack.reception import Reception
from bot.texts import surface as words
from bot.tickets.ticket import Ticket

_MOST = 10


def register(app: App, reception: Reception) -> None:
    """Listen to the tabs being opened."""

    @app.event(EventName.APP_HOME_OPENED.value)
    def on_opened(body: dict[str, Any]) -> None:
        event = body.get("event", {})
        if body.get("team_id") != reception.me.team or not event.get("user"):
            return
        if event.get("tab") == "messages":
            reception.surfaces.suggest(str(event.get("channel", "")), words.PROMPTS)
        else:
            show(reception, event["user"])


def show(reception: Reception, user: str, notice: str = "") -> None:
    """Publish the Home of `user` as it is now; a notice stands on top until it is opened again."""
    shown = words.home(own_tickets(reception, user), desk_parts(reception, user), notice)
    reception.surfaces.publish(user, shown)


def own_tickets(reception: Reception, user: str) -> list[Ticket]:
    """Return what `user` reported, newest first; nothing for those who may not see it."""
    try:
        actor = Actor(id=user, roles=reception.desk.directory.roles(user))
    except GatewayError:
        return []
    with reception.desk.store.reading() as unit:
        found = unit.tickets.find(reporter=user, limit=_MOST)
    return [ticket for ticket in found if allowed(actor, Verb.TICKET_SEE_OWN, reporter=ticket.reporter)]
