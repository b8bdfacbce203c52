"""One message against model, FAQ and policy: composes their answers and decides only what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.extents import classified
from classifiers.classification import Classification, Signals
from classifiers.labels import Category, Extent, Severity
from knowledge.faq.entry import FaqOutcome, FaqResult
from knowledge.policies.decision import Asker, DecisionContext, DecisionRequest, PolicyDecision, Scope


class NextStep(StrEnum):
    """What the bot would do with a message, before any dialogue."""

    ANSWER = "answer"
    ASK = "ask"
    OFFER_TICKET = "offer_ticket"
    DECLINE = "decline"
    HANDOFF = "handoff"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What was said, what the FAQ knows and what was promised."""

    classification: Classification
    faq: FaqResult
    #: None as long as no policy is known for the asker.
    decision: PolicyDecision | None
    next: NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who asks, under which contract, and when."""

    now: datetime
    policy_id: str | None = None
    plan: str | None = None
    addons: tuple[str, ...] = ()
    asker: Asker = Asker.CONTRACT_HOLDER
    context: DecisionContext = field(default_factory=DecisionContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    """What is asked on every message, as functions."""

    classify: Callable[[Sequence[str]], Classification]
    #: What one turn says by itself.
    read: Callable[[str], Signals]
    #: (query, policy id or None) -> result.
    search: Callable[[str, str | None], FaqResult]
    #: (policy id, request) -> decision.
    decide: Callable[[str, DecisionRequest], PolicyDecision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the customer settled by hand; it overrides what was read from the words."""

    category: Category | None = None
    isolation_done: bool = False
    #: Chosen before the first word was said; what is said or chosen later on stands in the turns.
    extent: Extent | None = None


def triage(brain: Brain, turns: Sequence[str], situation: Situation, stated: Stated | None = None) -> Triage:
    """Return the whole decision for the user's turns so far (oldest first, at least one)."""
    settled = stated or Stated()
    classification = with_stated(classified(brain.classify, brain.read, turns, settled.extent), settled)
    faq = brain.search(turns[-1] if len(turns) == 1 else "\n".join(turns), situation.policy_id)
    decision = decide_on(brain, classification, situation)
    return Triage(
        classification=classification,
        faq=faq,
        decision=decision,
        next=next_step(classification, faq, decision),
    )


def with_stated(classification: Classification, stated: Stated) -> Classification:
    """Return the classification with what the customer settled by hand."""
    if stated.isolation_done:
        classification = replace(classification, signals=replace(classification.signals, isolation_done=True))
    if stated.category is not None:
        chosen = replace(classification.category, label=stated.category, abstained=False)
        classification = replace(classification, category=chosen)
    return classification


def decide_on(brain: Brain, classification: Classification, situation: Situation) -> PolicyDecision | None:
    """Return the policy's answer to a classification, or None without a policy."""
    if situation.policy_id is None:
        return None
    request = DecisionRequest(
        severity=classification.severity.label,
        category=classification.category.label,
        now=situation.now,
        asker=situation.asker,
        plan=situation.plan,
        addons=situation.addons,
        product=classification.signals.product,
        signals=classification.signals,
        context=_context(classification, situation.context),
    )
    return brain.decide(situation.policy_id, request)


def _context(classification: Classification, told: DecisionContext) -> DecisionContext:
    """Return the circumstances: who asks for the cause of something past asks about a closed incident."""
    asks_why = classification.category.label is Category.ROOT_CAUSE
    closed = told.incident_closed or (asks_why and classification.signals.past)
    return replace(told, incident_closed=closed)


#: Prices and terms are facts that anybody may know, also where the desk deals with no such matter.
_FACTS_FIRST = frozenset({Category.PRESALES, Category.BILLING_CONTRACT})


def next_step(classification: Classification, faq: FaqResult, decision: PolicyDecision | None) -> NextStep:
    """Return what to do: severe things are never answered from the FAQ nor held up by questions."""
    if classification.category.label is Category.SMALLTALK and not classification.category.abstained:
        return NextStep.NONE
    severity = classification.severity
    declined = _declined(decision) and not classification.category.abstained
    if severity.label.critical:
        return NextStep.DECLINE if declined else NextStep.OFFER_TICKET
    if declined and classification.category.label not in _FACTS_FIRST:
        return NextStep.DECLINE
    if faq.outcome is FaqOutcome.ANSWER and _may_be_answered(classification):
        return NextStep.ANSWER
    if declined:
        return NextStep.DECLINE
    if classification.category.abstained and severity.abstained:
        return NextStep.HANDOFF if not classification.missing else NextStep.ASK
    if classification.abstained or "extent" in classification.missing:
        return NextStep.ASK
    return NextStep.OFFER_TICKET


def unanswered_question(found: Triage) -> bool:
    """Tell whether somebody asked what the FAQ should know and does not: no fault, no task."""
    asked = found.classification
    question = asked.category.label in _QUESTIONS and asked.signals.ongoing is not True
    return question and found.faq.outcome is FaqOutcome.SILENT


_QUESTIONS = frozenset({Category.CLOUD_HOWTO, Category.BILLING_CONTRACT, Category.PRESALES})


def _declined(decision: PolicyDecision | None) -> bool:
    return decision is not None and decision.scope in (Scope.OUT_OF_SCOPE, Scope.ROUTED)


def _may_be_answered(classification: Classification) -> bool:
    """A question may be answered from the FAQ; a live fault above C may not."""
    faulty = classification.signals.ongoing is True and classification.severity.label is not Severity.C
    return not faulty
