"""Collects what a staff card and its forms show beside the ticket itself; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.ports import PolicyTexts, UnitOfWork
from bot.services.desk import Desk
from bot.services.fitness import texts_of
from bot.tickets import similarity
from bot.tickets.rules import LIVE
from bot.tickets.ticket import Ticket
from bot.traffic import StaffMove
from knowledge.faq.entry import FaqEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMaterial:
    """What staff are offered while they work on one ticket."""

    texts: PolicyTexts | None = None
    #: FAQ entries to answer with.
    canned: tuple[FaqEntry, ...] = ()
    #: Open tickets like this one, most similar first.
    similar: tuple[Ticket, ...] = ()
    #: The one that reported the same incident first.
    parent: str = ""


#: How many tickets are compared with one, the newest first.
_COMPARED = 200
_CANNED = 5


def material(desk: Desk, ticket: Ticket) -> StaffMaterial:
    """Return what the forms of a ticket offer: policy texts, FAQ entries to answer with, similar tickets."""
    with desk.store.reading() as unit:
        others = unit.tickets.find(statuses=LIVE, limit=_COMPARED)
    parent = similarity.suggested_parent(ticket, others)
    return StaffMaterial(
        texts=texts_of(desk, ticket),
        canned=_canned(desk, ticket),
        similar=similarity.similar(ticket, others, most=20),
        parent=parent.id if parent else "",
    )


def similar_to(unit: UnitOfWork, ticket: Ticket) -> tuple[tuple[Ticket, ...], Ticket | None]:
    """Return similar tickets of any status, and the one that reports the same incident first."""
    others = unit.tickets.find(limit=_COMPARED)
    return similarity.similar(ticket, others), similarity.suggested_parent(ticket, others)


def with_canned(desk: Desk, move: StaffMove, entry_id: str) -> StaffMove:
    """Return the move with the answer of a FAQ entry after the words that were typed."""
    entry = desk.faq_entry(entry_id) if entry_id else None
    if entry is None:
        return move
    return replace(move, text="\n\n".join(filter(None, [move.text.strip(), entry.answer])))


def _canned(desk: Desk, ticket: Ticket) -> tuple[FaqEntry, ...]:
    policy = ticket.contract.policy_id if ticket.contract else desk.configuration.default_policy
    hits = desk.brain.search(ticket.description, policy).hits if ticket.description else ()
    shown = (desk.faq_entry(entry_id) for entry_id in ticket.faq_shown)
    found = {entry.id: entry for entry in (*(hit.entry for hit in hits), *shown) if entry is not None}
    return tuple(found.values())[:_CANNED]
