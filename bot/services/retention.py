"""Once a day: forgets what has been kept long enough, and posts how far the audit trail goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.replies import AuditHead
from bot.ports import DeskConfiguration, UnitOfWork
from bot.services.desk import Desk
from bot.tickets.audit import AuditEntry
from bot.traffic import Address, OutboxItem, Post

_MARK = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How much was forgotten."""

    messages: int
    tickets: int


def daily(desk: Desk) -> bool:
    """Do the day's work unless it was done; True where it was done now."""
    now = desk.clock()
    today = now.date().isoformat()
    with desk.store.reading() as unit:
        if unit.marks.get(_MARK) == today:
            return False
        head, bad = unit.audit.head(), unit.audit.first_bad()
    with desk.store.transaction() as unit:
        forget(unit, desk.configuration, now)
        channel = desk.configuration.admin_channel
        if head is not None and channel:
            reply = AuditHead(seq=head.seq, digest=head.digest, at=now, first_bad=bad)
            post = Post(address=Address(channel=channel), reply=reply)
            unit.outbox.put(OutboxItem(key=f"audit/{today}", message=post, created_at=now))
        unit.marks.set(_MARK, today)
    return True


def forget(unit: UnitOfWork, configuration: DeskConfiguration, now: datetime) -> Forgotten:
    """Forget what is older than the operator wants it kept; written down where there was anything."""
    found = Forgotten(
        messages=unit.vault.forget_messages(now - configuration.keep_messages),
        tickets=unit.vault.forget_tickets(now - configuration.keep_tickets, now),
    )
    if found.messages or found.tickets:
        note = f"messages={found.messages} tickets={found.tickets}"
        unit.audit.append(AuditEntry(at=now, actor="madoguchi", action="retention", after=note))
    return found
