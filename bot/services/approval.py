"""What staff do to a ticket: re-read the role, check the move, compare-and-set, audit, tell the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.dialogue import replies as r
from bot.dialogue.state import Phase
from bot.errors import NotAllowed, NotFound, StaleVersion
from bot.ports import Correction, UnitOfWork
from bot.services.desk import Desk
from bot.services.intake_ticket import show_card
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import VERBS, Move, next_status
from bot.tickets.ticket import Approval, Ticket, TicketStatus
from bot.traffic import Address, CardLog, Inbound, OutboxItem, Post, StaffMove
from knowledge.policies.decision import DecisionRequest, PolicyDecision

_OVER = frozenset({TicketStatus.REJECTED, TicketStatus.CLOSED, TicketStatus.MERGED})


def handle_move(desk: Desk, unit: UnitOfWork, inbound: Inbound, move: StaffMove, now: datetime) -> Ticket:
    """Carry out a staff move in the caller's transaction and return the ticket as it is then.

    Raises NotFound, NotAllowed, MoveRefused or StaleVersion; a refusal for lack of permission is
    audited by the caller, because the transaction that noticed it is rolled back.
    """
    ticket = unit.tickets.get(move.ticket_id)
    if ticket is None:
        raise NotFound(move.ticket_id)
    actor = Actor(
        id=inbound.sender.id, name=inbound.sender.name, roles=desk.directory.roles(inbound.sender.id)
    )
    authorize(actor, VERBS[move.move], reporter=ticket.reporter)
    if _corrects(move, ticket):
        authorize(actor, Verb.TICKET_CORRECT, reporter=ticket.reporter)
    if move.version is not None and move.version != ticket.version:
        raise StaleVersion(ticket.id)
    moved = _apply(desk, ticket, move, actor, now)
    unit.tickets.save(moved)
    unit.audit.append(_entry(ticket, moved, move, actor, now))
    if _corrects(move, ticket):
        unit.feedback.correction(_correction(desk, ticket, moved, actor, now))
    _tell(unit, ticket, moved, move, inbound, now)
    return moved


def record_refusal(
    unit: UnitOfWork, inbound: Inbound, move: StaffMove, error: Exception, now: datetime
) -> None:
    """Write down that somebody was refused."""
    unit.audit.append(
        AuditEntry(
            at=now,
            actor=inbound.sender.id,
            action=f"refused:{move.move}",
            ticket_id=move.ticket_id,
            note=type(error).__name__,
        )
    )


def _apply(desk: Desk, ticket: Ticket, move: StaffMove, actor: Actor, now: datetime) -> Ticket:
    status = next_status(ticket.status, move.move)
    severity = move.severity or ticket.severity
    category = move.category or ticket.category
    changed = ticket
    if (severity, category) != (ticket.severity, ticket.category):
        corrected = replace(ticket, severity=severity, category=category)
        changed = replace(corrected, decision=_decide_again(desk, corrected))
    approval = changed.approval
    if move.move is Move.APPROVE:
        approval, status = _approve(desk, changed, actor, now, status)
    kept = changed.evolve(
        status=status,
        approval=approval,
        assignee=_assignee(changed, move, actor),
        first_response_at=_first_response(changed, move, now),
        updated_at=now,
    )
    return kept if status is ticket.status else _entered(kept, move, now)


def _entered(ticket: Ticket, move: StaffMove, now: datetime) -> Ticket:
    """Return the ticket with the instants of a status it has just come to; reopening takes them back."""
    if ticket.status is TicketStatus.RESOLVED:
        return replace(ticket, resolved_at=now)
    if ticket.status in _OVER:
        return replace(ticket, closed_at=now, close_reason=move.text)
    if move.move is Move.REOPEN:
        return replace(ticket, resolved_at=None, closed_at=None, close_reason="")
    return ticket


def _approve(
    desk: Desk, ticket: Ticket, actor: Actor, now: datetime, status: TicketStatus
) -> tuple[Approval, TicketStatus]:
    """Return the approval; severity 1 waits for a second approver where the operator wants one."""
    needs_two = desk.configuration.second_approver and ticket.severity.rank == 0
    if not needs_two:
        return Approval(by=actor.id, at=now), status
    if ticket.approval is None:
        return Approval(by=actor.id, at=now), ticket.status
    if ticket.approval.by == actor.id:
        raise NotAllowed(Verb.TICKET_APPROVE)
    return replace(ticket.approval, second_by=actor.id), status


def _decide_again(desk: Desk, ticket: Ticket) -> PolicyDecision | None:
    """Return the promise for corrected labels, counted from when the message came in."""
    if ticket.contract is None or ticket.classification is None:
        return ticket.decision
    request = DecisionRequest(
        severity=ticket.severity,
        category=ticket.category,
        now=ticket.created_at,
        plan=ticket.contract.plan,
        addons=ticket.contract.addons,
        product=ticket.product,
        signals=ticket.classification.signals,
    )
    return desk.brain.decide(ticket.contract.policy_id, request)


def _assignee(ticket: Ticket, move: StaffMove, actor: Actor) -> str | None:
    if move.move is Move.TAKE or (move.move is Move.ANSWER and ticket.assignee is None):
        return actor.id
    return move.assignee if move.move is Move.ASSIGN else ticket.assignee


def _first_response(ticket: Ticket, move: StaffMove, now: datetime) -> datetime | None:
    """A human's words to the customer are the first response; an approval is not."""
    if ticket.first_response_at is None and move.move in (Move.ANSWER, Move.ASK_BACK):
        return now
    return ticket.first_response_at


def _corrects(move: StaffMove, ticket: Ticket) -> bool:
    severity = move.severity is not None and move.severity is not ticket.severity
    return severity or (move.category is not None and move.category is not ticket.category)


def _correction(desk: Desk, before: Ticket, after: Ticket, actor: Actor, now: datetime) -> Correction:
    return Correction(
        ticket_id=before.id,
        text=desk.mask(before.description),
        severity_before=before.severity,
        severity_after=after.severity,
        category_before=before.category,
        category_after=after.category,
        actor=actor.id,
        at=now,
        policy_id=before.contract.policy_id if before.contract else None,
        model_version=before.classification.model_version if before.classification else "",
    )


def _entry(before: Ticket, after: Ticket, move: StaffMove, actor: Actor, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=actor.id,
        action=move.move,
        ticket_id=before.id,
        before=f"{before.status} severity={before.severity} category={before.category}",
        after=f"{after.status} severity={after.severity} category={after.category}",
    )


def _tell(
    unit: UnitOfWork, before: Ticket, after: Ticket, move: StaffMove, inbound: Inbound, now: datetime
) -> None:
    """Queue the customer's notice, the card and its log line; move the talk on."""
    show_card(unit, after, now)
    log = CardLog(ticket_id=after.id, actor=inbound.sender.id, action=move.move, text=move.text)
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/log", message=log, created_at=now))
    notice = _notice(before, after, move)
    address = unit.dialogues.address_of(after.conversation_id)
    if notice is not None and address is not None:
        post = Post(address=address, reply=notice)
        unit.outbox.put(OutboxItem(key=f"{inbound.key}/notice", message=post, created_at=now))
    _move_talk_on(unit, after, address, now)


def _move_talk_on(unit: UnitOfWork, ticket: Ticket, address: Address | None, now: datetime) -> None:
    """End the talk of a ticket that is over, and take it up again where the ticket was reopened."""
    state = unit.dialogues.load(ticket.conversation_id)
    phase = Phase.ENDED if ticket.status in _OVER else Phase.SUBMITTED
    if state.ticket_id == ticket.id and state.phase is not phase and address is not None:
        moved = state.evolve(phase=phase, version=state.version + 1)
        unit.dialogues.save(moved, address, now)


def _notice(before: Ticket, after: Ticket, move: StaffMove) -> r.Reply | None:
    """Return what the customer is told, or None for what stays inside."""
    match move.move:
        case Move.APPROVE if after.status is TicketStatus.OPEN:
            return r.TicketApproved(
                ticket_id=after.id,
                severity=after.severity,
                severity_label=after.decision.severity_label if after.decision else None,
                due=after.due_at,
                corrected=_corrects(move, before),
            )
        case Move.REJECT:
            return r.TicketRejected(ticket_id=after.id, reason=move.text)
        case Move.ASK_BACK:
            return r.StaffQuestion(ticket_id=after.id, question=move.text)
        case Move.ANSWER:
            return r.StaffAnswer(ticket_id=after.id, text=move.text)
        case Move.NOTE | Move.ADD_INFORMATION | Move.TAKE | Move.ASSIGN | Move.APPROVE:
            return None
        case _:
            return r.TicketMoved(ticket_id=after.id, move=move.move, text=move.text)
