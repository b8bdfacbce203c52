"""What staff do to a ticket: re-read the role, check the move, compare-and-set, audit, tell the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.dialogue import replies as r
from bot.dialogue.state import Phase
from bot.errors import NotAllowed, NotFound, StaleVersion
from bot.ports import Correction, UnitOfWork
from bot.services import labels
from bot.services.desk import Desk
from bot.services.fitness import check
from bot.services.follow_up import open_follow_up
from bot.services.merging import take_in
from bot.services.telling import post, tell
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import VERBS, Move, next_status
from bot.tickets.rules import SPEAKS, reopens_as_follow_up
from bot.tickets.ticket import Approval, CloseReason, SeverityChange, Ticket, TicketStatus
from bot.traffic import Address, CustomerMove, Inbound, StaffMove
from knowledge.policies.decision import DecisionRequest, PolicyDecision

_OVER = frozenset({TicketStatus.REJECTED, TicketStatus.CLOSED, TicketStatus.MERGED})


def handle_move(desk: Desk, unit: UnitOfWork, inbound: Inbound, move: StaffMove, now: datetime) -> Ticket:
    """Carry out a staff move in the caller's transaction and return the ticket as it is then.

    Raises NotFound, NotAllowed, MoveRefused, MoveUnfit or StaleVersion; a refusal for lack of permission is
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
    next_status(ticket.status, move.move)
    check(desk, unit, ticket, move, now)
    if move.move is Move.REOPEN and reopens_as_follow_up(ticket):
        return _follow_up(desk, unit, ticket, inbound, now)
    moved = _apply(desk, ticket, move, actor, now)
    if move.move is Move.MERGE:
        moved = take_in(unit, moved, move.target, actor, now)
    unit.tickets.save(moved)
    unit.audit.append(_entry(ticket, moved, move, actor, now))
    if move.move is Move.APPROVE and _corrects(move, ticket):
        # A severity that changes later on was no mistake of the model.
        correction = _correction(desk, ticket, moved, actor, now)
        unit.feedback.correction(correction)
        labels.take_up(unit, correction)
    tell(unit, ticket, moved, move, inbound, now)
    move_talk_on(unit, moved, unit.dialogues.address_of(moved.conversation_id), now)
    return moved


def _follow_up(desk: Desk, unit: UnitOfWork, ticket: Ticket, inbound: Inbound, now: datetime) -> Ticket:
    opened = open_follow_up(desk, unit, ticket, actor=inbound.sender.id, key=inbound.key, now=now)
    reply = r.TicketMoved(ticket_id=opened.id, move="follow_up", other=ticket.id)
    post(unit, opened, reply, f"{inbound.key}/notice", now)
    return opened


def record_refusal(
    unit: UnitOfWork, inbound: Inbound, move: StaffMove | CustomerMove, error: Exception, now: datetime
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
        changed = replace(
            corrected, decision=_decide_again(desk, corrected, _counted_from(ticket, move, now))
        )
    approval = changed.approval
    if move.move is Move.APPROVE:
        approval, status = _approve(desk, changed, actor, now, status)
    kept = changed.evolve(
        status=status,
        severity_changes=_changes(ticket, move, actor, now),
        rca_requested_at=now if move.move is Move.REQUEST_RCA else changed.rca_requested_at,
        approval=approval,
        assignee=_assignee(changed, move, actor),
        first_response_at=_first_response(changed, move, now),
        updated_at=now,
    )
    return kept if status is ticket.status else entered(kept, move.move, move.text, now, move.reason)


def entered(
    ticket: Ticket, move: Move, reason: str, now: datetime, code: CloseReason | None = None
) -> Ticket:
    """Return the ticket with the instants of a status it has just come to; reopening takes them back."""
    if ticket.status is TicketStatus.RESOLVED:
        return replace(ticket, resolved_at=now)
    if ticket.status in _OVER:
        return replace(ticket, closed_at=now, close_reason=reason, close_code=code)
    if move is Move.REOPEN:
        return replace(ticket, resolved_at=None, closed_at=None, close_reason="", close_code=None)
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


def _counted_from(ticket: Ticket, move: StaffMove, now: datetime) -> datetime:
    """A matter that got worse is owed its shorter time from then on; a correction holds from the start."""
    worse = move.severity is not None and move.severity.rank < ticket.severity.rank
    return now if worse and move.move is Move.CHANGE_SEVERITY else ticket.created_at


def _changes(ticket: Ticket, move: StaffMove, actor: Actor, now: datetime) -> tuple[SeverityChange, ...]:
    if move.move is not Move.CHANGE_SEVERITY or move.severity is None:
        return ticket.severity_changes
    change = SeverityChange(
        at=now, by=actor.id, before=ticket.severity, after=move.severity, reason=move.text
    )
    return (*ticket.severity_changes, change)


def _decide_again(desk: Desk, ticket: Ticket, now: datetime) -> PolicyDecision | None:
    """Return the promise for other labels, counted from `now`."""
    if ticket.contract is None or ticket.classification is None:
        return ticket.decision
    request = DecisionRequest(
        severity=ticket.severity,
        category=ticket.category,
        now=now,
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
    if ticket.first_response_at is None and move.move in SPEAKS and move.text.strip():
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


def move_talk_on(unit: UnitOfWork, ticket: Ticket, address: Address | None, now: datetime) -> None:
    """End the talk of a ticket that is over, and take it up again where the ticket was reopened."""
    state = unit.dialogues.load(ticket.conversation_id)
    phase = Phase.ENDED if ticket.status in _OVER else Phase.SUBMITTED
    if state.ticket_id == ticket.id and state.phase is not phase and address is not None:
        moved = state.evolve(phase=phase, version=state.version + 1)
        unit.dialogues.save(moved, address, now)
