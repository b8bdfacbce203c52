"""Finds past tickets by words; who may look is asked before."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.ports import UnitOfWork
from bot.tickets.ticket import Ticket

#: The newest tickets that are looked through.
_SEARCHED = 20_000
MOST = 20


def search(unit: UnitOfWork, said: str, most: int = MOST) -> Sequence[Ticket]:
    """Return the tickets in which every word of `said` occurs, newest first; nothing for no words."""
    words = _plain(said).split()
    if not words:
        return ()
    found = (ticket for ticket in unit.tickets.find(limit=_SEARCHED) if _has(ticket, words))
    return tuple(ticket for ticket, _ in zip(found, range(most), strict=False))


def _has(ticket: Ticket, words: Sequence[str]) -> bool:
    holder = ticket.contract.holder if ticket.contract else ""
    parts = (ticket.id, ticket.summary, ticket.description, holder, ticket.product or "", ticket.close_reason)
    text = _plain(" ".join(parts))
    return all(word in text for word in words)


def _plain(text: str) -> str:
    """Width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()
