"""What the desk learns from: collects candidates, queues them for review, and says which may train."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.authorisation import Actor, Verb, authorize
from bot.errors import NotFound
from bot.labelling import Candidate, Review, Source, Standing
from bot.ports import Correction, UnitOfWork
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import Ticket
from classifiers.examples import Example, Labels
from classifiers.labels import Category, Severity

#: So many unsure and blindly drawn tickets wait for review at most.
DOUBTFUL, DRAWN = 30, 10
#: Nobody teaches the model alone: labels of one reviewer, and of one customer's tickets, that count.
PER_REVIEWER, PER_CUSTOMER = 500, 200
#: Tickets that are looked through for unsure ones, newest first.
_LOOKED_AT = 2_000
_ORDER = tuple(Source)

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How many candidates there are, and what they come to."""

    total: int
    standing: Mapping[Standing, int]
    sources: Mapping[Source, int]
    #: What the next training would learn from.
    usable: int


def collect(unit: UnitOfWork) -> int:
    """Turn corrections that are no candidates yet into ones; return how many were new.

    A correction whose ticket was erased, or whose customer does not want it, is left alone.
    """
    return sum(take_up(unit, correction) for correction in unit.feedback.corrections())


def take_up(unit: UnitOfWork, correction: Correction) -> bool:
    """Turn one correction into a candidate, or into a review of the one there is; True for a new one."""
    ticket = unit.tickets.get(correction.ticket_id)
    if ticket is None or not _consents(unit, ticket):
        return False
    review = Review(
        reviewer=correction.actor,
        severity=correction.severity_after,
        category=correction.category_after,
        at=correction.at,
    )
    known = unit.labels.of_ticket(ticket.id)
    if known is not None:
        unit.labels.review(known.id, review)
        return False
    candidate = Candidate(
        source=Source.CORRECTION,
        text=correction.text,
        severity=correction.severity_before,
        category=correction.category_before,
        confidence=_confidence(ticket),
        model_version=correction.model_version,
        created_at=correction.at,
        ticket_id=ticket.id,
        contract_key=_key(ticket),
        policy_id=correction.policy_id,
        reviews=(review,),
    )
    return unit.labels.add(candidate) is not None


def fill(unit: UnitOfWork, mask: Mask, now: datetime) -> int:
    """Put the least sure tickets and some drawn blindly into the queue; return how many were new."""
    candidates = unit.labels.all()
    known = {candidate.ticket_id for candidate in candidates}
    open_ones = Counter(c.source for c in candidates if c.standing is Standing.OPEN)
    fresh = [
        ticket
        for ticket in unit.tickets.find(limit=_LOOKED_AT)
        if ticket.id not in known and ticket.classification is not None and _consents(unit, ticket)
    ]
    unsure = sorted((t for t in fresh if t.classification and t.classification.abstained), key=_confidence)
    doubtful = unsure[: max(0, DOUBTFUL - open_ones[Source.DOUBT])]
    # The order of digests is as good as chance, and the same each time it is asked for.
    others = sorted(
        (ticket for ticket in fresh if ticket not in doubtful),
        key=lambda ticket: sha256(ticket.id.encode()).digest(),
    )
    drawn = others[: max(0, DRAWN - open_ones[Source.RANDOM])]
    for source, tickets in ((Source.DOUBT, doubtful), (Source.RANDOM, drawn)):
        for ticket in tickets:
            unit.labels.add(_candidate(ticket, source, mask, now))
    return len(doubtful) + len(drawn)


def queue(unit: UnitOfWork, *, reviewer: str | None = None) -> list[Candidate]:
    """Return what wants a review: corrected first, then the least sure, then what was drawn blindly.

    Corrections and disputes wait for a second opinion; what `reviewer` has reviewed is left out.
    """
    waiting = [
        candidate
        for candidate in unit.labels.all()
        if reviewer not in candidate.said
        and (candidate.standing is not Standing.AGREED or _wants_second(candidate))
    ]
    return sorted(waiting, key=lambda c: (_ORDER.index(c.source), c.confidence, c.id))


def counts(unit: UnitOfWork) -> LabelCounts:
    """Count all candidates."""
    candidates = unit.labels.all()
    return LabelCounts(
        total=len(candidates),
        standing=Counter(candidate.standing for candidate in candidates),
        sources=Counter(candidate.source for candidate in candidates),
        usable=len(examples(unit)),
    )


def review(
    unit: UnitOfWork,
    actor: Actor,
    candidate_id: int,
    labels: tuple[Severity, Category],
    now: datetime,
    *,
    note: str = "",
) -> Candidate:
    """Keep what `actor` says of a candidate and return it as it is then; raises NotAllowed or NotFound."""
    authorize(actor, Verb.LABEL_REVIEW)
    if unit.labels.get(candidate_id) is None:
        raise NotFound(str(candidate_id))
    said = Review(reviewer=actor.id, severity=labels[0], category=labels[1], at=now, note=note)
    unit.labels.review(candidate_id, said)
    _audit(unit, actor, "label.review", now, after=f"{candidate_id} {labels[0]} {labels[1]}")
    found = unit.labels.get(candidate_id)
    if found is None:
        raise NotFound(str(candidate_id))
    return found


def add(
    unit: UnitOfWork,
    actor: Actor,
    text: str,
    labels: tuple[Severity, Category],
    now: datetime,
    *,
    mask: Mask,
) -> Candidate:
    """Keep a text of the actor's own with its labels; the same text again is a review. Raises NotAllowed."""
    authorize(actor, Verb.LABEL_REVIEW)
    masked = mask(text)
    known = unit.labels.of_text(masked)
    if known is not None:
        return review(unit, actor, known.id, labels, now)
    candidate = Candidate(
        source=Source.ADDED,
        text=masked,
        severity=labels[0],
        category=labels[1],
        confidence=1.0,
        model_version="",
        created_at=now,
    )
    made = unit.labels.add(candidate)
    if made is None:
        raise AssertionError("a candidate without a ticket is always new")
    return review(unit, actor, made, labels, now)


def set_consent(unit: UnitOfWork, actor: Actor, contract_key: str, allowed: bool, now: datetime) -> int:
    """Note whether a customer's texts may be learned from; a no forgets what there is.

    Return how many candidates were forgotten; raises NotAllowed.
    """
    authorize(actor, Verb.LABEL_REVIEW)
    unit.labels.set_consent(contract_key, allowed, now)
    _audit(unit, actor, "label.consent", now, after="allowed" if allowed else "refused")
    return 0 if allowed else unit.labels.erase(contract_key)


def examples(unit: UnitOfWork) -> tuple[Example, ...]:
    """Return what a training may learn from: agreed labels of customers who do not mind; the newest count."""
    reviewers: Counter[str] = Counter()
    customers: Counter[str] = Counter()
    found: list[Example] = []
    for candidate in sorted(unit.labels.all(), key=lambda c: (c.created_at, c.id), reverse=True):
        agreed, key = candidate.agreed, candidate.contract_key
        if agreed is None or (key is not None and not unit.labels.consents(key)):
            continue
        backers = {who for who, said in candidate.said.items() if (said.severity, said.category) == agreed}
        if key is not None and customers[key] >= PER_CUSTOMER:
            continue
        if all(reviewers[who] >= PER_REVIEWER for who in backers):
            continue
        reviewers.update(backers)
        customers.update([key] if key else [])
        found.append(_example(candidate, agreed))
    return tuple(reversed(found))


def _example(candidate: Candidate, labels: tuple[Severity, Category]) -> Example:
    return Example(
        id=f"desk-{candidate.id}",
        turns=(candidate.text,),
        labels=Labels(severity=labels[0], category=labels[1]),
        voice=f"desk {candidate.contract_key or candidate.id}",
    )


def _candidate(ticket: Ticket, source: Source, mask: Mask, now: datetime) -> Candidate:
    found = ticket.classification
    if found is None:
        raise AssertionError("only classified tickets are queued")
    return Candidate(
        source=source,
        text=mask(ticket.description),
        severity=found.severity.label,
        category=found.category.label,
        confidence=_confidence(ticket),
        model_version=found.model_version,
        created_at=now,
        ticket_id=ticket.id,
        contract_key=_key(ticket),
        policy_id=ticket.contract.policy_id if ticket.contract else None,
    )


def _wants_second(candidate: Candidate) -> bool:
    return candidate.source is Source.CORRECTION and len(candidate.said) == 1


def _confidence(ticket: Ticket) -> float:
    """The doubt that counts is about the worse-known label; a ticket nobody classified is unknown."""
    found = ticket.classification
    return min(found.severity.confidence, found.category.confidence) if found else 0.0


def _key(ticket: Ticket) -> str | None:
    return ticket.contract.key or None if ticket.contract else None


def _consents(unit: UnitOfWork, ticket: Ticket) -> bool:
    key = _key(ticket)
    return key is None or unit.labels.consents(key)


def _audit(unit: UnitOfWork, actor: Actor, action: str, now: datetime, *, after: str) -> None:
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action=action, after=after))
