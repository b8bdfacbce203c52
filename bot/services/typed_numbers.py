"""Customer numbers that somebody typed where all can read them: hidden at once, and asked to be deleted.

Decides which words of what came in may hold one; how a number looks stands in texts/masking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.dialogue import replies as r
from bot.dialogue.events import Identified
from bot.ports import UnitOfWork
from bot.texts.masking import hide_numbers
from bot.tickets.audit import AuditEntry
from bot.traffic import (
    Claimed,
    CustomerMove,
    Inbound,
    InboundEvent,
    MessageChanged,
    OutboxItem,
    Post,
    StaffMove,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

#: Fields of events, and of what a form tells, that hold somebody's own words.
_WORDS = frozenset({"text", "before", "contact", "started_at", "details", "attachments"})


def hide(unit: UnitOfWork, claimed: Claimed, now: datetime) -> Claimed:
    """Return what was claimed without customer numbers; the inbox row is rewritten to match."""
    inbound = claimed.inbound
    event = _without_numbers(unit, inbound.event)
    if event == inbound.event:
        return claimed
    hidden = replace(inbound, event=event)
    unit.inbox.rewrite(hidden)
    unit.audit.append(AuditEntry(at=now, actor=inbound.sender.id, action="number_hidden"))
    if not isinstance(event, StaffMove | CustomerMove | MessageChanged | Identified):
        _ask_to_delete(unit, inbound, now)
    return replace(claimed, inbound=hidden)


def _without_numbers(unit: UnitOfWork, event: InboundEvent) -> InboundEvent:
    lengths = unit.contracts.lengths()
    clean = partial(hide_numbers, lengths=lengths, known=unit.contracts.knows)
    if isinstance(event, Identified):
        return replace(event, details=_cleaned(event.details, clean))
    return _cleaned(event, clean)


def _cleaned(value: T, clean: Callable[[str], str]) -> T:
    words = {field.name: getattr(value, field.name) for field in fields(value) if field.name in _WORDS}
    return replace(value, **{name: clean(text) for name, text in words.items() if isinstance(text, str)})


def _ask_to_delete(unit: UnitOfWork, inbound: Inbound, now: datetime) -> None:
    post = Post(address=inbound.address, reply=r.NumberSeen())
    unit.outbox.put(OutboxItem(key=f"{inbound.key}/number", message=post, created_at=now))
