"""The table has no hole, and no step raises: every phase with every event in every circumstance."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from bot.dialogue.effects import OpenTicket, Say
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
from bot.dialogue.machine import TABLE, pending_turns, step
from bot.dialogue.paths import Advice
from bot.dialogue.state import Details, DialogueState, Phase, Slot
from bot.triage import Triage
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import Identification, IdentificationStatus
from knowledge.faq.entry import FaqOutcome
from knowledge.policies.decision import Flag, Scope
from tests.builders import ENTRY, OTHER_ENTRY, STEPS, VERIFIED, classification, decision, faq, triaged

EVENTS: tuple[Event, ...] = (
    Said(text="メールが送れません"),
    Said(text="  \n"),
    SlotAnswered(slot=Slot.EXTENT, text="全員です"),
    SlotAnswered(slot=Slot.EXTENT, text=""),
    QuestionSkipped(),
    FaqChosen(entry_id=ENTRY.id),
    FaqSolved(),
    FaqUnsolved(),
    HumanRequested(),
    HumanRequested(text="メールが送れません。担当者につないで"),
    IsolationReported(),
    IsolationReported(done=STEPS),
    Identified(identification=VERIFIED, details=Details(details="補足です")),
    *(
        Identified(identification=Identification(status=status))
        for status in IdentificationStatus
        if status is not IdentificationStatus.VERIFIED
    ),
    Confirmed(),
    *(CategoryCorrected(category=category) for category in Category),
    Corrected(),
    Corrected(category=Category.APP_USAGE, text="影響しているのは自分だけです"),
    Edited(before="メールが送れません", text="メールが送れません。自分だけです"),
    Edited(before="言っていない", text="x"),
    Edited(before="メールが送れません", text=" "),
    Thanked(),
    Cancelled(),
)

TRIAGES: tuple[Triage, ...] = tuple(
    triaged(found, result, decided)
    for found, result, decided in product(
        (
            classification(),
            classification(Severity.CRITICAL, extent=Extent.ALL),
            classification(Severity.A, extent=Extent.UNKNOWN, missing=("extent",)),
            classification(Severity.C, Category.APP_USAGE, ongoing=None),
            classification(category=Category.SMALLTALK),
            classification(
                severity_abstained=True,
                category_abstained=True,
                extent=Extent.UNKNOWN,
                missing=("extent", "detail", "started_at"),
            ),
        ),
        (faq(), faq(FaqOutcome.SUGGEST, ENTRY, OTHER_ENTRY), faq(FaqOutcome.ANSWER, ENTRY)),
        (
            None,
            decision(),
            decision(Scope.OUT_OF_SCOPE),
            decision(flags=(Flag.DO_ISOLATION_FIRST,)),
        ),
    )
)

TURNS: tuple[tuple[str, ...], ...] = ((), ("メールが送れません",))


def states(phase: Phase) -> Iterator[DialogueState]:
    """Every circumstance that a step looks at."""
    for turns, asked, isolation, human, who, shown in product(
        TURNS,
        ((), (Slot.DETAIL,), (Slot.EXTENT, Slot.CATEGORY, Slot.DETAIL)),
        (False, True),
        (False, True),
        (Identification(), VERIFIED),
        ((), (ENTRY.id,)),
    ):
        yield DialogueState(
            conversation_id="C1/1",
            phase=phase,
            turns=turns,
            asked=asked,
            open_slot=asked[-1] if asked and phase is Phase.ASKING else None,
            isolation_asked=isolation,
            human_requested=human,
            identification=who,
            faq_shown=shown,
            faq_answer=shown[-1] if shown else None,
            ticket_id="M-00001" if phase is Phase.SUBMITTED else None,
        )


def test_table_lists_every_phase_and_event() -> None:
    assert set(TABLE) == set(product(Phase, EVENT_TYPES))


def test_every_event_type_is_tried() -> None:
    assert {type(event) for event in EVENTS} == set(EVENT_TYPES)


@pytest.mark.parametrize("phase", Phase)
def test_step_never_raises(phase: Phase) -> None:
    """Whatever happens: no error, one version on, an answer to all but edits, a ticket only from a yes."""
    for number, (state, event) in enumerate(product(states(phase), EVENTS)):
        triages = (None,) if not pending_turns(state, event) else TRIAGES[number % 13 :: 13]
        for triage in triages:
            steps = STEPS if number % 2 else ()
            advice = Advice(triage=triage, isolation_steps=steps, entry=ENTRY, new_ticket_id="M-00009")
            taken = step(state, event, advice)
            assert taken.state.version == state.version + 1
            # A typo put right asks for no answer.
            assert isinstance(event, Edited) or any(isinstance(effect, Say) for effect in taken.effects)
            opens = OpenTicket() in taken.effects
            assert opens == (taken.state.phase is Phase.SUBMITTED and phase is not Phase.SUBMITTED)
            if opens:
                assert (phase, type(event)) == (Phase.CONFIRMING, Confirmed)


@pytest.mark.parametrize("phase", Phase)
def test_step_reaches_confirming_only_when_verified(phase: Phase) -> None:
    if phase is Phase.CONFIRMING:
        return
    for state, event in product(states(phase), EVENTS):
        triage = triaged(decided=decision()) if pending_turns(state, event) else None
        taken = step(state, event, Advice(triage=triage))
        if taken.state.phase is Phase.CONFIRMING:
            assert taken.state.identification.verified
            assert taken.state.turns != ()
