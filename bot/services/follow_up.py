"""What comes after an outage was closed: a technical question of its own, linked to it (sonpo-cloud 4-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.dialogue.state import Phase
from bot.ports import UnitOfWork
from bot.services.desk import Desk
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import Ticket, TicketKind, TicketStatus
from knowledge.policies.decision import DecisionRequest, PolicyDecision


def open_follow_up(
    desk: Desk, unit: UnitOfWork, closed: Ticket, *, actor: str, key: str, now: datetime
) -> Ticket:
    """Open the linked ticket, which awaits approval like any other, and lead the talk to it; returns it."""
    ticket = Ticket(
        id=unit.tickets.reserve_id(now),
        kind=TicketKind.QUESTION,
        status=TicketStatus.AWAITING_APPROVAL,
        severity=closed.severity,
        category=closed.category,
        summary=closed.summary,
        description=closed.description,
        contract=closed.contract,
        reporter=closed.reporter,
        reporter_name=closed.reporter_name,
        conversation_id=closed.conversation_id,
        created_at=now,
        decision=_at_the_technical_desk(desk, closed, now),
        classification=closed.classification,
        product=closed.product,
        extent=closed.extent,
        contact=closed.contact,
        isolation=closed.isolation,
        follows=closed.id,
        source_key=f"{key}/follow_up",
        updated_at=now,
    )
    unit.tickets.add(ticket)
    unit.audit.append(
        AuditEntry(at=now, actor=actor, action="follow_up", ticket_id=closed.id, note=ticket.id)
    )
    unit.audit.append(
        AuditEntry(
            at=now,
            actor=actor,
            action="open",
            ticket_id=ticket.id,
            after=f"{ticket.status} severity={ticket.severity} category={ticket.category}",
            note=closed.id,
        )
    )
    show_card(unit, ticket, now)
    _lead_talk(unit, closed, ticket, now)
    return ticket


def _at_the_technical_desk(desk: Desk, closed: Ticket, now: datetime) -> PolicyDecision | None:
    """The policy decides: with the outage averted, the fault desk's conditions no longer hold."""
    if closed.contract is None or closed.classification is None:
        return None
    signals = replace(closed.classification.signals, workaround=True, outage=False)
    request = DecisionRequest(
        severity=closed.severity,
        category=closed.category,
        now=now,
        plan=closed.contract.plan,
        addons=closed.contract.addons,
        product=closed.product,
        signals=signals,
    )
    return desk.brain.decide(closed.contract.policy_id, request)


def _lead_talk(unit: UnitOfWork, closed: Ticket, ticket: Ticket, now: datetime) -> None:
    state = unit.dialogues.load(closed.conversation_id)
    address = unit.dialogues.address_of(closed.conversation_id)
    if state.ticket_id == closed.id and address is not None:
        moved = state.evolve(ticket_id=ticket.id, phase=Phase.SUBMITTED, version=state.version + 1)
        unit.dialogues.save(moved, address, now)
