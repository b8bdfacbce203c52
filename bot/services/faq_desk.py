"""Staff turn unanswered questions into entries: a draft, and a second look before it is published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.errors import NotFound, StaleVersion
from bot.ports import FaqDraft, UnitOfWork
from bot.tickets.audit import AuditEntry
from knowledge.faq.entry import FaqEntry
from knowledge.faq.gaps import FaqGap, FaqMiss, find_gaps
from knowledge.faq.terms import TermReader

#: Puts an entry among the operator's own and makes it searchable; raises FaqEntryError.
Shelf = Callable[[FaqEntry], None]
#: A Home is shown at once: that many of the latest questions are grouped for it.
_LATEST = 300
_MARK = "faq_gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqKeeping:
    """What keeping the FAQ from a running desk takes."""

    shelf: Shelf
    #: Ids of the policies an entry may hold for.
    policies: tuple[str, ...]
    #: Reads questions, so that like ones are put together.
    terms: Callable[[], TermReader]


def gaps(unit: UnitOfWork, reader: TermReader, *, latest: int | None = None) -> tuple[FaqGap, ...]:
    """Return the questions nobody answered, grouped by likeness, the most frequent first.

    With `latest`, only that many of the last questions are looked at.
    """
    asked = unit.feedback.unanswered_texts()
    misses = [
        FaqMiss(id=_miss_id(text, at), text=text, policy_id=policy, asked_at=at)
        for text, policy, at in (asked if latest is None else asked[-latest:])
    ]
    return find_gaps(misses, reader)


def open_gaps(unit: UnitOfWork, reader: TermReader, actor: Actor) -> tuple[FaqGap, ...]:
    """Return the latest gaps without those that have a draft and were not asked since; raises NotAllowed."""
    authorize(actor, Verb.FAQ_EDIT)
    return tuple(gap for gap in gaps(unit, reader, latest=_LATEST) if not _taken_up(unit, gap))


def find_gap(unit: UnitOfWork, reader: TermReader, actor: Actor, gap_id: str) -> FaqGap | None:
    """Return the open gap that a question belongs to by its id; raises NotAllowed."""
    found = open_gaps(unit, reader, actor)
    return next((gap for gap in found if gap_id in {miss.id for miss in gap.misses}), None)


def write_draft(
    unit: UnitOfWork, actor: Actor, entry: FaqEntry, now: datetime, *, gap_id: str = ""
) -> FaqDraft:
    """Keep an entry as a draft, for the gap that `gap_id` belongs to; raises NotAllowed."""
    authorize(actor, Verb.FAQ_EDIT)
    draft = FaqDraft(entry=entry, written_by=actor.id, written_at=now)
    unit.feedback.save_draft(draft)
    if gap_id:
        unit.marks.set(f"{_MARK}/{gap_id}", now.isoformat())
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action="faq_draft", note=entry.id))
    return draft


def publish(
    unit: UnitOfWork,
    shelf: Shelf,
    actor: Actor,
    entry_id: str,
    now: datetime,
    *,
    written_at: datetime | None = None,
) -> FaqEntry:
    """Put a reviewed draft among the operator's entries; raises NotAllowed, NotFound or FaqEntryError.

    With `written_at`, only the draft of that moment: raises StaleVersion for one that was rewritten since
    somebody looked at it. The draft goes only after the entry stands on the shelf: a failure in between
    keeps both.
    """
    authorize(actor, Verb.FAQ_EDIT)
    draft = next((draft for draft in unit.feedback.drafts() if draft.entry.id == entry_id), None)
    if draft is None:
        raise NotFound(entry_id)
    if written_at not in (None, draft.written_at):
        raise StaleVersion(entry_id)
    shelf(draft.entry)
    unit.feedback.drop_draft(entry_id)
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action="faq_publish", note=entry_id))
    return draft.entry


def drafts(unit: UnitOfWork, actor: Actor) -> Sequence[FaqDraft]:
    """Return the drafts that wait for a second look; raises NotAllowed."""
    authorize(actor, Verb.FAQ_EDIT)
    return unit.feedback.drafts()


def _miss_id(text: str, at: datetime) -> str:
    """A question keeps its id, whatever is asked after it."""
    return hashlib.sha256(f"{at.timestamp()} {text}".encode()).hexdigest()[:12]


def _taken_up(unit: UnitOfWork, gap: FaqGap) -> bool:
    marks = (unit.marks.get(f"{_MARK}/{miss.id}") for miss in gap.misses)
    return any(mark and datetime.fromisoformat(mark) >= gap.last_asked_at for mark in marks)
