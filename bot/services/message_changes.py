"""What becomes of a message edited or deleted after it was taken in: nothing that was said is lost."""

from __future__ import annotations

from datetime import datetime

from bot.dialogue.events import Edited
from bot.ports import UnitOfWork
from bot.services import conversation
from bot.services.desk import Desk
from bot.services.intake_ticket import add_information
from bot.tickets.audit import AuditEntry
from bot.traffic import CardLog, Inbound, MessageChanged, OutboxItem


def handle(desk: Desk, unit: UnitOfWork, inbound: Inbound, changed: MessageChanged, now: datetime) -> None:
    """Write it down; new words reach the talk, or the ticket it became. A deletion takes nothing back."""
    deleted = changed.text is None
    action = "message_deleted" if deleted else "message_edited"
    unit.audit.append(AuditEntry(at=now, actor=inbound.sender.id, action=action, note=changed.source_key))
    state = unit.dialogues.load(inbound.conversation_id)
    if state.ticket_id and deleted:
        log = CardLog(ticket_id=state.ticket_id, actor=inbound.sender.id, action=action, text="")
        unit.outbox.put(OutboxItem(key=f"{inbound.key}/log", message=log, created_at=now))
    words = (changed.text or "").strip()
    if not words or changed.before not in state.turns or words == changed.before.strip():
        return
    edited = Edited(before=changed.before, text=words)
    if state.ticket_id:
        kept = state.evolve(turns=tuple(words if turn == changed.before else turn for turn in state.turns))
        unit.dialogues.save(kept, inbound.address, now)
        add_information(unit, state.ticket_id, words, False, inbound, now)
    else:
        conversation.handle(desk, unit, inbound, edited, now)
