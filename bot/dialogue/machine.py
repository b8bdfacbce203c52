"""What happens next in the talk: one transition table from (phase, event) to a pure step.

Decides neither severity nor scope (those come in with the advice) nor any wording (bot/texts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

from bot.dialogue import replies as r
from bot.dialogue.effects import (
    AddToTicket,
    Effect,
    OpenTicket,
    RecordFaqFeedback,
    RecordUnanswered,
    RememberContract,
    Say,
)
from bot.dialogue.events import (
    EVENT_TYPES,
    Cancelled,
    CategoryCorrected,
    Confirmed,
    Corrected,
    Edited,
    Event,
    FaqChosen,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    Identified,
    IsolationReported,
    QuestionSkipped,
    Said,
    SlotAnswered,
    Thanked,
)
from bot.dialogue.intake import wants_isolation
from bot.dialogue.paths import (
    Advice,
    Step,
    answer,
    ask_for_words,
    assess,
    confirm,
    decline,
    identify_or_confirm,
    isolate,
    not_covered,
    required,
    reread,
    understanding,
    was_told,
    without_faq,
)
from bot.dialogue.state import Details, DialogueState, Phase
from knowledge.contracts.contract import IdentificationStatus

Handler = Callable[[DialogueState, Any, Advice], Step]


def step(state: DialogueState, event: Event, advice: Advice) -> Step:
    """Return the next state and what to do; defined for every phase and event, never raises on them."""
    handled = TABLE[(state.phase, type(event))](state, event, advice)
    return Step(state=handled.state.evolve(version=state.version + 1), effects=handled.effects)


def pending_turns(state: DialogueState, event: Event) -> tuple[str, ...]:
    """Return the user's turns as they stand once `event` is taken in: what has to be triaged for it."""
    before = () if state.phase in (Phase.NEW, Phase.ENDED) else state.turns
    match event:
        case Said(text=text) | SlotAnswered(text=text) | HumanRequested(text=text) | Corrected(text=text):
            return (*before, text) if text.strip() else before
        case Edited(before=said, text=text) if text.strip():
            return tuple(text if turn == said else turn for turn in before)
        case Identified(identification=found, details=details) if found.verified:
            return (*before, *(text for text in (details.extent, details.details) if text.strip()))
        case _:
            return before


# --- words ---------------------------------------------------------------------------------------


def _start(state: DialogueState, event: Said, advice: Advice) -> Step:
    if not event.text.strip():
        return Step(state=state, effects=(Say(reply=r.EmptyMessage()),))
    return assess(_new_matter(state, event), advice)


def _continue(state: DialogueState, event: Said | SlotAnswered, advice: Advice) -> Step:
    if not event.text.strip():
        return Step(state=state, effects=(Say(reply=r.EmptyMessage()),))
    return assess(_with_turns(state, event).evolve(open_slot=None), advice, updated=True)


def _isolation_in_words(state: DialogueState, event: Said, advice: Advice) -> Step:
    return _continue(state.evolve(isolation_asked=True), event, advice)


def _more_before_identification(state: DialogueState, event: Said, advice: Advice) -> Step:
    if not event.text.strip():
        return Step(state=state, effects=(Say(reply=r.EmptyMessage()),))
    more, triage = _with_turns(state, event), required(advice)
    if not more.human_requested and not was_told(more, triage):
        return assess(more, advice, updated=True)
    return Step(state=more, effects=(Say(reply=r.IdentificationRequest(reminder=True)),))


def _more_before_confirmation(state: DialogueState, event: Said, advice: Advice) -> Step:
    if not event.text.strip():
        return Step(state=state, effects=(Say(reply=r.EmptyMessage()),))
    more = _with_turns(state, event)
    if not_covered(required(advice)) and not more.human_requested:
        return decline(more, advice)
    return confirm(more, advice)


def _follow_up(state: DialogueState, event: Said, advice: Advice) -> Step:
    if not event.text.strip():
        return Step(state=state, effects=(Say(reply=r.EmptyMessage()),))
    ticket = state.ticket_id or ""
    return Step(
        state=_with_turns(state, event),
        effects=(AddToTicket(text=event.text), Say(reply=r.Noted(ticket_id=ticket))),
    )


def _edited(state: DialogueState, event: Edited, advice: Advice) -> Step:
    return reread(_with_turns(state, event), advice)


def _left_alone(state: DialogueState, event: Event, advice: Advice) -> Step:
    return Step(state=state)


def _with_turns(state: DialogueState, event: Event) -> DialogueState:
    return state.evolve(turns=pending_turns(state, event))


def _new_matter(state: DialogueState, event: Event) -> DialogueState:
    """Return the state at the start of a matter: who talks and for which contract is all that stays."""
    return DialogueState(
        conversation_id=state.conversation_id,
        turns=pending_turns(state, event),
        identification=state.identification,
        # A form that was filled in beforehand belongs to this matter; of an older one only the contact stays.
        details=state.details if state.phase is Phase.NEW else Details(contact=state.details.contact),
        reporter=state.reporter,
        reporter_name=state.reporter_name,
        version=state.version,
    )


def _about_words(handler: Handler) -> Handler:
    """Return the handler for talks in which something was said; else the words are asked for first."""

    @wraps(handler)
    def guarded(state: DialogueState, event: Any, advice: Advice) -> Step:
        return ask_for_words(state) if advice.triage is None else handler(state, event, advice)

    return guarded


# --- buttons -------------------------------------------------------------------------------------


@_about_words
def _skip(state: DialogueState, event: QuestionSkipped, advice: Advice) -> Step:
    return assess(state.evolve(open_slot=None), advice)


@_about_words
def _correct(state: DialogueState, event: CategoryCorrected, advice: Advice) -> Step:
    return assess(state.evolve(category=event.category, open_slot=None), advice, updated=True)


@_about_words
def _amend(state: DialogueState, event: Corrected, advice: Advice) -> Step:
    amended = _with_turns(state, event).evolve(category=event.category or state.category, open_slot=None)
    return assess(amended, advice, updated=True)


def _thanks(state: DialogueState, event: Thanked, advice: Advice) -> Step:
    """Thanks are answered and change nothing; they belong to no ticket."""
    waiting = state.phase in _BEFORE_TICKET
    return Step(state=state, effects=(Say(reply=r.Greeting(thanks=True, waiting=waiting)),))


def _choose(state: DialogueState, event: FaqChosen, advice: Advice) -> Step:
    if advice.entry is None:
        return _nothing_open(state, event, advice)
    return answer(state, advice.entry)


def _solved(state: DialogueState, event: FaqSolved, advice: Advice) -> Step:
    return Step(
        state=state.evolve(phase=Phase.ENDED),
        effects=(*_feedback(state, solved=True), Say(reply=r.Solved())),
    )


@_about_words
def _unsolved(state: DialogueState, event: FaqUnsolved, advice: Advice) -> Step:
    ledger = RecordUnanswered(text="\n".join(state.turns))
    went_on = without_faq(state.evolve(faq_answer=None), advice)
    return Step(state=went_on.state, effects=(*_feedback(state, solved=False), ledger, *went_on.effects))


def _feedback(state: DialogueState, *, solved: bool) -> tuple[Effect, ...]:
    """Return the verdict on the answer that stands open; a list of suggestions earns none."""
    if state.faq_answer is None:
        return ()
    return (RecordFaqFeedback(entry_id=state.faq_answer, solved=solved),)


def _human(state: DialogueState, event: HumanRequested, advice: Advice) -> Step:
    begins = state.phase in (Phase.NEW, Phase.ENDED)
    matter = _new_matter(state, event) if begins else _with_turns(state, event)
    asked = matter.evolve(human_requested=True, open_slot=None)
    return identify_or_confirm(asked, advice) if asked.turns else ask_for_words(asked)


def _human_after_submission(state: DialogueState, event: HumanRequested, advice: Advice) -> Step:
    ticket = state.ticket_id or ""
    return Step(
        state=_with_turns(state, event).evolve(human_requested=True),
        effects=(AddToTicket(text=event.text, human=True), Say(reply=r.Noted(ticket_id=ticket))),
    )


@_about_words
def _isolated(state: DialogueState, event: IsolationReported, advice: Advice) -> Step:
    done = state.evolve(isolation=event.done, isolation_asked=True)
    return identify_or_confirm(done, advice)


def _cancel(state: DialogueState, event: Cancelled, advice: Advice) -> Step:
    return Step(state=state.evolve(phase=Phase.ENDED), effects=(Say(reply=r.CancelledReply()),))


def _nothing_open(state: DialogueState, event: Event, advice: Advice) -> Step:
    return Step(state=state, effects=(Say(reply=r.NothingOpen()),))


# --- identification and ticket -------------------------------------------------------------------


def _identified(state: DialogueState, event: Identified, advice: Advice) -> Step:
    if not event.identification.verified:
        # A wrong form later on takes nothing away from somebody who is known already.
        kept = state.identification if state.identification.verified else event.identification
        return Step(state=state.evolve(identification=kept), effects=(Say(reply=_failure(event, advice)),))
    known = _with_turns(state, event).evolve(identification=event.identification, details=event.details)
    remember = RememberContract()
    waited = known.phase in (Phase.IDENTIFYING, Phase.CONFIRMING)
    if not waited or not known.turns or advice.triage is None:
        quiet = known.evolve(phase=state.phase)
        return Step(state=quiet, effects=(remember, Say(reply=r.Greeting())))
    went_on = _after_identification(known, advice)
    return Step(state=went_on.state, effects=(remember, *went_on.effects))


def _after_identification(state: DialogueState, advice: Advice) -> Step:
    triage = required(advice)
    if not_covered(triage) and not state.human_requested:
        return decline(state, advice)
    if wants_isolation(state, triage, advice.isolation_steps):
        return isolate(state, advice, lead=())
    return confirm(state, advice)


def _failure(event: Identified, advice: Advice) -> r.IdentificationFailed:
    status = event.identification.status
    # Unknown number and wrong name look the same to the person who types: no guessing oracle.
    shown = IdentificationStatus.MISMATCH if status is IdentificationStatus.UNKNOWN else status
    return r.IdentificationFailed(status=shown, attempts_left=advice.attempts_left, rule=advice.rule)


@_about_words
def _submit(state: DialogueState, event: Confirmed, advice: Advice) -> Step:
    ticket = advice.new_ticket_id
    received = r.TicketReceived(ticket_id=ticket, understanding=understanding(required(advice)))
    return Step(
        state=state.evolve(phase=Phase.SUBMITTED, ticket_id=ticket),
        effects=(OpenTicket(), Say(reply=received)),
    )


# --- the table -----------------------------------------------------------------------------------

_BEFORE_TICKET = (
    Phase.ASKING,
    Phase.ANSWERED,
    Phase.DECLINED,
    Phase.ISOLATING,
    Phase.IDENTIFYING,
    Phase.CONFIRMING,
)


def _rows(event: type[Event], handlers: Mapping[Phase, Handler]) -> dict[tuple[Phase, type[Event]], Handler]:
    return {(phase, event): handlers.get(phase, _nothing_open) for phase in Phase}


def _in(phases: tuple[Phase, ...], handler: Handler) -> dict[Phase, Handler]:
    return dict.fromkeys(phases, handler)


#: Every (phase, event type) -> handler.
TABLE: Mapping[tuple[Phase, type[Event]], Handler] = MappingProxyType(
    _rows(
        Said,
        {
            Phase.NEW: _start,
            Phase.ASKING: _continue,
            Phase.ANSWERED: _continue,
            Phase.DECLINED: _continue,
            Phase.ISOLATING: _isolation_in_words,
            Phase.IDENTIFYING: _more_before_identification,
            Phase.CONFIRMING: _more_before_confirmation,
            Phase.SUBMITTED: _follow_up,
            Phase.ENDED: _start,
        },
    )
    | _rows(SlotAnswered, {Phase.ASKING: _continue})
    | _rows(QuestionSkipped, {Phase.ASKING: _skip})
    | _rows(FaqChosen, _in((Phase.ANSWERED, Phase.DECLINED, Phase.ASKING), _choose))
    | _rows(FaqSolved, _in((Phase.ANSWERED, Phase.DECLINED), _solved))
    | _rows(FaqUnsolved, {Phase.ANSWERED: _unsolved})
    | _rows(
        HumanRequested,
        _in((Phase.NEW, Phase.ENDED, *_BEFORE_TICKET), _human) | {Phase.SUBMITTED: _human_after_submission},
    )
    | _rows(IsolationReported, {Phase.ISOLATING: _isolated})
    | _rows(Identified, _in((Phase.NEW, Phase.ENDED, *_BEFORE_TICKET), _identified))
    | _rows(Confirmed, {Phase.CONFIRMING: _submit})
    | _rows(CategoryCorrected, _in(_BEFORE_TICKET, _correct))
    | _rows(Corrected, _in(_BEFORE_TICKET, _amend))
    | _rows(Edited, _in(tuple(Phase), _left_alone) | _in(_BEFORE_TICKET, _edited))
    | _rows(Thanked, _in(tuple(Phase), _thanks))
    | _rows(Cancelled, _in(_BEFORE_TICKET, _cancel))
)

if set(TABLE) != {(phase, event) for phase in Phase for event in EVENT_TYPES}:
    raise AssertionError("the dialogue table has a hole")
