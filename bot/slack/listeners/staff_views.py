"""What staff see of the desk beside the cards: the queues on their Home and what a search finds."""

from __future__ import annotations

from bot.authorisation import Actor, Verb, allowed
from bot.errors import GatewayError
from bot.ports import UnitOfWork
from bot.services import escalation, faq_desk, labels
from bot.services.administration import overview
from bot.services.ticket_search import search
from bot.slack.reception import Reception
from bot.texts import administration, staff_clocks, staff_faq
from bot.texts.message import Message, Part
from bot.tickets.queues import queues


def desk_parts(reception: Reception, user: str) -> list[Part]:
    """Return the queues for those who may see tickets, by the roles of this moment; nothing for others."""
    actor = _actor(reception, user)
    if not allowed(actor, Verb.TICKET_SEE):
        return []
    now = reception.now()
    with reception.desk.store.reading() as unit:
        watched = escalation.watch(reception.desk, unit, now)
        faq = _faq_parts(reception, unit, actor)
        behind = _behind_parts(reception, unit, actor)
    return [*staff_clocks.queue_parts(queues(watched)), *faq, *behind]


def found(reception: Reception, user: str, said: str) -> Message | None:
    """Return the tickets with these words; None for those who may not see any."""
    if not allowed(_actor(reception, user), Verb.TICKET_SEE):
        return None
    with reception.desk.store.reading() as unit:
        return staff_clocks.search_result(said, search(unit, said))


def _faq_parts(reception: Reception, unit: UnitOfWork, actor: Actor) -> list[Part]:
    if not allowed(actor, Verb.FAQ_EDIT):
        return []
    gaps = faq_desk.open_gaps(unit, reception.desk.faq_keeping.terms(), actor)
    return [*staff_faq.gap_parts(gaps), *staff_faq.draft_parts(faq_desk.drafts(unit, actor))]


def _behind_parts(reception: Reception, unit: UnitOfWork, actor: Actor) -> list[Part]:
    """Labels for reviewers; models, contracts and health for admins."""
    found: list[Part] = []
    if allowed(actor, Verb.LABEL_REVIEW):
        found += administration.label_parts(labels.queue(unit, reviewer=actor.id))
    steered = reception.desk.administration
    if steered is not None and allowed(actor, Verb.MODEL_TRAIN):
        found += administration.parts(overview(unit, steered, reception.now()))
    return found


def _actor(reception: Reception, user: str) -> Actor:
    """Return who looks; nobody known, where Slack does not tell the roles."""
    try:
        return Actor(id=user, roles=reception.desk.directory.roles(user))
    except GatewayError:
        return Actor(id=user, roles=frozenset())
