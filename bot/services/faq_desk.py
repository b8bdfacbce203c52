"""Staff turn unanswered questions into entries: a draft, and a second look before it is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.errors import NotFound
from bot.ports import FaqDraft, UnitOfWork
from bot.tickets.audit import AuditEntry
from knowledge.faq.entry import FaqEntry
from knowledge.faq.gaps import FaqGap, FaqMiss, find_gaps
from knowledge.faq.terms import TermReader

#: Puts an entry among the operator's own and makes it searchable; raises FaqEntryError.
Shelf = Callable[[FaqEntry], None]


def gaps(unit: UnitOfWork, reader: TermReader) -> tuple[FaqGap, ...]:
    """Return the questions nobody answered, grouped by likeness, the most frequent first."""
    asked = unit.feedback.unanswered_texts()
    misses = [
        FaqMiss(id=str(number), text=text, policy_id=policy, asked_at=at)
        for number, (text, policy, at) in enumerate(asked, start=1)
    ]
    return find_gaps(misses, reader)


def write_draft(unit: UnitOfWork, actor: Actor, entry: FaqEntry, now: datetime) -> FaqDraft:
    """Keep an entry as a draft; raises NotAllowed."""
    authorize(actor, Verb.FAQ_EDIT)
    draft = FaqDraft(entry=entry, written_by=actor.id, written_at=now)
    unit.feedback.save_draft(draft)
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action="faq_draft", note=entry.id))
    return draft


def publish(unit: UnitOfWork, shelf: Shelf, actor: Actor, entry_id: str, now: datetime) -> FaqEntry:
    """Put a reviewed draft among the operator's entries; raises NotAllowed, NotFound or FaqEntryError.

    The draft goes only after the entry stands on the shelf: a failure in between keeps both.
    """
    authorize(actor, Verb.FAQ_EDIT)
    draft = next((draft for draft in unit.feedback.drafts() if draft.entry.id == entry_id), None)
    if draft is None:
        raise NotFound(entry_id)
    shelf(draft.entry)
    unit.feedback.drop_draft(entry_id)
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action="faq_publish", note=entry_id))
    return draft.entry


def drafts(unit: UnitOfWork, actor: Actor) -> Sequence[FaqDraft]:
    """Return the drafts that wait for a second look; raises NotAllowed."""
    authorize(actor, Verb.FAQ_EDIT)
    return unit.feedback.drafts()
