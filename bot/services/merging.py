"""Joins duplicates: the first report takes in the others, and what becomes of it is told to all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.authorisation import Actor
from bot.ports import UnitOfWork
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import Ticket
from bot.traffic import StaffMove

#: What is told to those whose tickets were merged, too; questions and severities are one customer's own.
SHARED = frozenset({Move.ANSWER, Move.RESOLVE, Move.CLOSE, Move.REOPEN})


def take_in(unit: UnitOfWork, child: Ticket, parent_id: str, actor: Actor, now: datetime) -> Ticket:
    """Put `child` and all that it took in before under its parent; returns the child."""
    parent = unit.tickets.get(parent_id)
    if parent is None:
        raise AssertionError("the target was checked before")
    for grandchild_id in child.children:
        grandchild = unit.tickets.get(grandchild_id)
        if grandchild is not None:
            unit.tickets.save(grandchild.evolve(parent_id=parent.id, updated_at=now))
    children = (*parent.children, child.id, *child.children)
    grown = parent.evolve(children=children, updated_at=now)
    unit.tickets.save(grown)
    unit.audit.append(
        AuditEntry(at=now, actor=actor.id, action="take_in", ticket_id=parent.id, note=child.id)
    )
    show_card(unit, grown, now)
    return replace(child, parent_id=parent.id, children=())


def children_to_tell(unit: UnitOfWork, parent: Ticket, move: StaffMove) -> list[tuple[Ticket, str]]:
    """Return the children of a ticket with the words that each may read.

    Words written to one contract holder are not shown to another: they learn only what became of it.
    """
    if move.move not in SHARED:
        return []
    found = []
    for child_id in parent.children:
        child = unit.tickets.get(child_id)
        if child is None:
            continue
        same = child.contract is not None and parent.contract is not None
        same = same and child.contract.key == parent.contract.key  # type: ignore[union-attr]
        if same or move.move is not Move.ANSWER:
            found.append((child, move.text if same else ""))
    return found
