"""What staff see of the desk beside the cards: the queues on their Home and what a search finds."""

from __future__ import annotations

from bot.authorisation import Actor, Verb, allowed
from bot.errors import GatewayError
from bot.services import escalation
from bot.services.ticket_search import search
from bot.slack.reception import Reception
from bot.texts import staff_clocks
from bot.texts.message import Message, Part
from bot.tickets.queues import queues


def desk_parts(reception: Reception, user: str) -> list[Part]:
    """Return the queues for those who may see tickets, by the roles of this moment; nothing for others."""
    if not _may_see(reception, user):
        return []
    now = reception.now()
    with reception.desk.store.reading() as unit:
        watched = escalation.watch(reception.desk, unit, now)
    return staff_clocks.queue_parts(queues(watched))


def found(reception: Reception, user: str, said: str) -> Message | None:
    """Return the tickets with these words; None for those who may not see any."""
    if not _may_see(reception, user):
        return None
    with reception.desk.store.reading() as unit:
        return staff_clocks.search_result(said, search(unit, said))


def _may_see(reception: Reception, user: str) -> bool:
    try:
        actor = Actor(id=user, roles=reception.desk.directory.roles(user))
    except GatewayError:
        return False
    return allowed(actor, Verb.TICKET_SEE)
