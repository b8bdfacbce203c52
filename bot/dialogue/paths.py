"""The ways on that several events share: assess, ask, answer, decline, isolate, identify, confirm.

Decides the next step of the talk from an advice; which event leads here stands in machine.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue import replies as r
from bot.dialogue.effects import Effect, Say
from bot.dialogue.intake import next_question, says_little, wants_isolation
from bot.dialogue.state import DialogueState, Phase, Slot
from bot.triage import NextStep, Triage, next_step
from classifiers.labels import Category
from knowledge.faq.entry import FaqEntry, FaqOutcome, FaqResult

_NO_FAQ = FaqResult(outcome=FaqOutcome.SILENT, confidence=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the step may know beside state and event; computed beforehand, never fetched."""

    #: Of `pending_turns(state, event)`; None where no word has been said yet.
    triage: Triage | None = None
    #: The active policy's first isolation steps.
    isolation_steps: tuple[str, ...] = ()
    #: The policy's sentence on who may ask.
    rule: str = ""
    #: Where the decision's route leads, in words.
    pointer: str = ""
    #: The entry of a FaqChosen event.
    entry: FaqEntry | None = None
    #: Failed identifications this person may still make.
    attempts_left: int = 0
    #: The number a ticket opened by this step gets.
    new_ticket_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    state: DialogueState
    effects: tuple[Effect, ...] = ()


def assess(state: DialogueState, advice: Advice, *, updated: bool = False) -> Step:
    """Look at the whole matter again and take the next step."""
    triage = required(advice)
    if state.human_requested:
        return identify_or_confirm(state, advice)
    if triage.next is NextStep.NONE and state.category is None:
        thanks = "thanks" in triage.classification.signals.cues
        quiet = state.evolve(phase=Phase.NEW, turns=())
        return Step(state=quiet, effects=(Say(reply=r.Greeting(thanks=thanks)),))
    if _says_nothing(state, triage) and Slot.DETAIL not in state.asked and state.category is None:
        return ask_for_words(state)
    hit = triage.faq.hits[0].entry if triage.faq.hits else None
    if triage.next is NextStep.ANSWER and hit is not None and hit.id not in state.faq_shown:
        return answer(state, hit)
    return without_faq(state, advice, updated=updated)


def _says_nothing(state: DialogueState, triage: Triage) -> bool:
    """Small talk or too few words: asked about before a verdict is shown, unless it sounds severe."""
    found = triage.classification
    small = found.category.label is Category.SMALLTALK or says_little(state)
    severe = found.severity.label.critical and not found.severity.abstained
    return small and found.category.abstained and not severe


def reread(state: DialogueState, advice: Advice) -> Step:
    """Words were put right: told only where the verdict changes, or the summary that shows them."""
    if advice.triage is None or state.phase is Phase.ANSWERED:
        return Step(state=state)
    if state.phase is Phase.CONFIRMING:
        declined = not_covered(advice.triage) and not state.human_requested
        return decline(state, advice) if declined else confirm(state, advice)
    if state.human_requested or was_told(state, advice.triage):
        return Step(state=state)
    return assess(state.evolve(open_slot=None), advice, updated=True)


def ask_for_words(state: DialogueState) -> Step:
    """Nothing has been said yet that could be acted on: ask for it."""
    asking = state.evolve(phase=Phase.ASKING, open_slot=Slot.DETAIL, asked=(*state.asked, Slot.DETAIL))
    return Step(state=asking, effects=(Say(reply=r.MatterRequest(human=state.human_requested)),))


def without_faq(state: DialogueState, advice: Advice, *, updated: bool = False) -> Step:
    """Go on where no FAQ answer helps: what is not covered does not become a ticket by itself."""
    if not_covered(required(advice)) and not state.human_requested:
        return decline(state, advice)
    return go_on(state, advice, updated=updated)


def not_covered(triage: Triage) -> bool:
    """Tell whether the contract declines the matter, whatever the FAQ knows about it."""
    return next_step(triage.classification, _NO_FAQ, triage.decision) is NextStep.DECLINE


def go_on(state: DialogueState, advice: Advice, *, updated: bool = False) -> Step:
    """Ask, show suggestions, isolate, or go for the ticket: whichever is due first."""
    triage = required(advice)
    slot = next_question(state, triage)
    choices = _suggestions(state, triage) if slot is None and _may_suggest(triage) else ()
    lead = Say(
        reply=r.TriageReply(
            understanding=understanding(triage),
            question=slot,
            categories=_likeliest(triage) if slot is Slot.CATEGORY else (),
            suggestions=choices,
            updated=updated,
            unchanged=was_told(state, triage),
        )
    )
    told = state.evolve(told=verdict(triage))
    if slot is not None:
        asking = told.evolve(phase=Phase.ASKING, open_slot=slot, asked=(*state.asked, slot))
        return Step(state=asking, effects=(lead,))
    if choices:
        listed = (*state.faq_shown, *(choice.entry_id for choice in choices))
        offered = told.evolve(phase=Phase.ANSWERED, faq_shown=listed, faq_answer=None)
        return Step(state=offered, effects=(lead,))
    if wants_isolation(state, triage, advice.isolation_steps):
        return isolate(told, advice, lead=(lead,))
    went_on = identify_or_confirm(told, advice)
    return Step(state=went_on.state, effects=(lead, *went_on.effects))


def identify_or_confirm(state: DialogueState, advice: Advice) -> Step:
    if state.identification.verified:
        return confirm(state, advice)
    return Step(state=state.evolve(phase=Phase.IDENTIFYING), effects=(Say(reply=r.IdentificationRequest()),))


def confirm(state: DialogueState, advice: Advice) -> Step:
    contract = state.identification.contract
    summary = r.TicketSummary(
        understanding=understanding(required(advice)),
        holder=contract.holder if contract else "",
        masked_number=contract.masked_number if contract else "",
        words="\n".join(state.turns),
        contact=state.details.contact,
        started_at=state.details.started_at,
        isolation=state.isolation,
        human_requested=state.human_requested,
    )
    confirming = state.evolve(phase=Phase.CONFIRMING, told=verdict(required(advice)))
    return Step(state=confirming, effects=(Say(reply=summary),))


def answer(state: DialogueState, entry: FaqEntry) -> Step:
    reply = r.FaqAnswer(entry_id=entry.id, question=entry.question, answer=entry.answer, source=entry.source)
    seen = (*state.faq_shown, entry.id)
    shown = state.evolve(phase=Phase.ANSWERED, faq_shown=seen, faq_answer=entry.id)
    return Step(state=shown, effects=(Say(reply=reply),))


def decline(state: DialogueState, advice: Advice) -> Step:
    triage = required(advice)
    reply = r.Declined(
        understanding=understanding(triage),
        pointer=advice.pointer,
        suggestions=_suggestions(state, triage),
        unchanged=was_told(state, triage),
    )
    declined = state.evolve(phase=Phase.DECLINED, faq_answer=None, told=verdict(triage))
    return Step(state=declined, effects=(Say(reply=reply),))


def isolate(state: DialogueState, advice: Advice, *, lead: tuple[Say, ...]) -> Step:
    clause = required(advice).decision
    steps = r.IsolationSteps(steps=advice.isolation_steps, clause=clause.clause if clause else "")
    waiting = state.evolve(phase=Phase.ISOLATING, isolation_asked=True)
    return Step(state=waiting, effects=(*lead, Say(reply=steps)))


def required(advice: Advice) -> Triage:
    if advice.triage is None:
        raise AssertionError("a step that judges words needs their triage")
    return advice.triage


def understanding(triage: Triage) -> r.Understanding:
    """Return what is shown of a triage."""
    found = triage.classification
    return r.Understanding(
        severity=found.severity.label,
        category=found.category.label,
        severity_sure=not found.severity.abstained,
        category_sure=not found.category.abstained,
        extent=found.signals.extent,
        product=found.signals.product,
        decision=triage.decision,
    )


def verdict(triage: Triage) -> tuple[str, ...]:
    """Return what has to be told again once it differs; the hour of the promise moves with every message."""
    found, decision = understanding(triage), triage.decision
    facts: list[object] = [
        found.severity,
        found.category,
        found.severity_sure,
        found.category_sure,
        found.extent,
        found.product,
    ]
    if decision is not None:
        facts += [decision.policy_id, decision.scope, decision.clause, decision.desk, decision.severity_label]
    return tuple(str(fact) for fact in facts)


def was_told(state: DialogueState, triage: Triage) -> bool:
    return state.told == verdict(triage)


def _may_suggest(triage: Triage) -> bool:
    """Suggestions are for questions: neither a live fault nor anything severe waits for them."""
    found = triage.classification
    held_up = found.signals.ongoing or found.severity.label.critical
    return triage.faq.outcome is FaqOutcome.SUGGEST and not held_up


def _likeliest(triage: Triage) -> tuple[Category, ...]:
    probabilities = triage.classification.category.probabilities
    best = sorted(probabilities, key=lambda label: -probabilities[label])
    return tuple(label for label in best if label is not Category.SMALLTALK)[:3]


def _suggestions(state: DialogueState, triage: Triage) -> tuple[r.FaqChoice, ...]:
    if triage.faq.outcome is FaqOutcome.SILENT:
        return ()
    fresh = [hit.entry for hit in triage.faq.hits if hit.entry.id not in state.faq_shown]
    return tuple(r.FaqChoice(entry_id=entry.id, question=entry.question) for entry in fresh[:3])
