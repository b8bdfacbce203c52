"""How alike two tickets are, from their words, labels and times; joins nothing itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from bot.tickets.rules import LIVE
from bot.tickets.ticket import Ticket

#: Below this nobody calls them alike.
ALIKE = 0.45
#: Above this, reports within WINDOW are taken for one incident.
SAME = 0.6
WINDOW = timedelta(hours=2)
_READ = 600


def likeness(one: Ticket, other: Ticket) -> float:
    """Return 0..1: half the words, the rest category, product and how close in time they came in."""
    apart = abs(one.created_at - other.created_at)
    near = max(0.0, 1 - apart / timedelta(days=7))
    product = one.product is not None and one.product == other.product
    words = _overlap(_pairs(one.description), _pairs(other.description))
    return 0.5 * words + 0.2 * (one.category is other.category) + 0.2 * product + 0.1 * near


def similar(ticket: Ticket, others: Iterable[Ticket], most: int = 5) -> tuple[Ticket, ...]:
    """Return those of `others` that are alike, most alike first."""
    scored = [(likeness(ticket, other), other) for other in others if other.id != ticket.id]
    alike = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].id))
    return tuple(other for _, other in alike[:most])


def suggested_parent(ticket: Ticket, others: Iterable[Ticket]) -> Ticket | None:
    """Return the first report of what looks like the same incident, or None."""
    if ticket.status not in LIVE:
        return None
    same = [
        other
        for other in others
        if other.id != ticket.id
        and other.status in LIVE
        and timedelta() <= ticket.created_at - other.created_at <= WINDOW
        and (other.created_at, other.id) < (ticket.created_at, ticket.id)
        and likeness(ticket, other) >= SAME
    ]
    return min(same, key=lambda other: (other.created_at, other.id), default=None)


def _pairs(text: str) -> frozenset[str]:
    """Neighbouring letters: Japanese needs no words for this."""
    kept = "".join(char for char in unicodedata.normalize("NFKC", text[:_READ]).lower() if char.isalnum())
    return frozenset(kept[place : place + 2] for place in range(len(kept) - 1))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
