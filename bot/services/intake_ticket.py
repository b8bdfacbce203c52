"""Opens a ticket from a finished talk and adds what the customer says later; decides no approval."""

from __future__ import annotations

from datetime import datetime

from bot.dialogue.state import DialogueState
from bot.errors import MoveRefused
from bot.ports import UnitOfWork
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move, next_status
from bot.tickets.ticket import ContractIdentity, Ticket, TicketKind, TicketStatus
from bot.traffic import CardLog, Inbound, OutboxItem, ShowCard
from bot.triage import Triage
from classifiers.labels import Category

_REQUESTS = frozenset({Category.ACCOUNT_ADMIN, Category.BILLING_CONTRACT, Category.CLIENT_SETUP})
_INCIDENTS = frozenset(
    {
        Category.CLOUD_INCIDENT,
        Category.CLIENT_TROUBLE,
        Category.CUSTOMER_NETWORK,
        Category.OS_DEVICE,
        Category.SECURITY_INCIDENT,
        Category.THIRD_PARTY,
    }
)
#: Longest summary line; what Zendesk and ServiceNow take without cutting.
SUMMARY_LENGTH = 80


def open_ticket(
    unit: UnitOfWork, state: DialogueState, triage: Triage | None, inbound: Inbound, now: datetime
) -> Ticket:
    """Keep a new ticket awaiting approval, its audit entry and its staff card."""
    ticket = new_ticket(state, triage, inbound, now)
    if unit.tickets.add(ticket):
        unit.audit.append(
            AuditEntry(
                at=now,
                actor=inbound.sender.id,
                action="open",
                ticket_id=ticket.id,
                after=f"{ticket.status} severity={ticket.severity} category={ticket.category}",
            )
        )
        show_card(unit, ticket, now)
    return ticket


def new_ticket(state: DialogueState, triage: Triage | None, inbound: Inbound, now: datetime) -> Ticket:
    """Return the ticket of a talk that was confirmed."""
    contract = state.identification.contract
    if state.ticket_id is None or contract is None or triage is None:
        raise AssertionError("a ticket needs its number, its contract and its triage")
    found = triage.classification
    return Ticket(
        id=state.ticket_id,
        kind=kind_of(found.category.label, found.signals.ongoing),
        status=TicketStatus.AWAITING_APPROVAL,
        severity=found.severity.label,
        category=found.category.label,
        summary=summary_of(state.turns),
        description="\n".join(state.turns),
        contract=ContractIdentity(
            holder=contract.holder,
            number=contract.masked_number,
            key=contract.key,
            policy_id=contract.policy_id,
            plan=contract.plan,
            addons=contract.addons,
        ),
        reporter=state.reporter,
        reporter_name=state.reporter_name,
        conversation_id=state.conversation_id,
        created_at=now,
        decision=triage.decision,
        classification=found,
        product=found.signals.product,
        extent=found.signals.extent,
        contact=state.details.contact,
        started_at=state.details.started_at or (found.signals.started_at or ""),
        attachments=state.details.attachments,
        isolation=state.isolation,
        human_requested=state.human_requested,
        faq_shown=state.faq_shown,
        source_key=inbound.key,
    )


def add_information(
    unit: UnitOfWork, ticket_id: str, text: str, human: bool, inbound: Inbound, now: datetime
) -> None:
    """Add the customer's words to their ticket; words on a closed one are kept with it all the same."""
    ticket = unit.tickets.get(ticket_id)
    if ticket is None:
        return
    try:
        status = next_status(ticket.status, Move.ADD_INFORMATION)
    except MoveRefused:
        status = ticket.status
    words = f"{ticket.description}\n{text}" if text else ticket.description
    unit.tickets.save(
        ticket.evolve(
            status=status,
            description=words,
            human_requested=ticket.human_requested or human,
            updated_at=now,
        )
    )
    unit.audit.append(
        AuditEntry(
            at=now,
            actor=inbound.sender.id,
            action=Move.ADD_INFORMATION,
            ticket_id=ticket.id,
            before=str(ticket.status),
            after=str(status),
        )
    )
    show_card(unit, ticket, now, mark=inbound.key)
    log = CardLog(ticket_id=ticket.id, actor=inbound.sender.id, action=Move.ADD_INFORMATION, text=text)
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/log", message=log, created_at=now))


def show_card(unit: UnitOfWork, ticket: Ticket, now: datetime, *, mark: str = "") -> None:
    """Queue the ticket's card; what it shows is read when it is sent."""
    key = f"card/{ticket.id}/{ticket.version}" + (f"/{mark}" if mark else "")
    unit.outbox.put(OutboxItem(key=key, message=ShowCard(ticket_id=ticket.id), created_at=now))


def kind_of(category: Category, ongoing: bool | None) -> TicketKind:
    """Return the ITSM kind: a live fault, a request, or a question."""
    if category in _REQUESTS:
        return TicketKind.SERVICE_REQUEST
    return TicketKind.INCIDENT if category in _INCIDENTS and ongoing is not False else TicketKind.QUESTION


def summary_of(turns: tuple[str, ...]) -> str:
    """Return one line for lists: the start of the longest thing the customer said."""
    words = " ".join(max(turns, key=len, default="").split())
    return words if len(words) <= SUMMARY_LENGTH else words[: SUMMARY_LENGTH - 1] + "…"
