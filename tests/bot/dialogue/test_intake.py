from __future__ import annotations

import pytest

from bot.dialogue.intake import MAX_QUESTIONS, next_question, wants_isolation
from bot.dialogue.state import DialogueState, Slot
from bot.triage import Triage
from classifiers.labels import Category, Extent, Severity
from knowledge.policies.decision import Flag
from tests.builders import STEPS, classification, decision, triaged

STATE = DialogueState(conversation_id="C1/1", turns=("社内の一部で予定表が開けなくなっています",))


@pytest.mark.parametrize(
    ("triage", "slot"),
    [
        (triaged(classification()), None),
        (triaged(classification(extent=Extent.UNKNOWN)), Slot.EXTENT),
        (triaged(classification(Severity.A, extent=Extent.UNKNOWN)), Slot.EXTENT),
        (triaged(classification(Severity.A, missing=("detail", "started_at"))), None),
        (triaged(classification(Severity.CRITICAL, extent=Extent.UNKNOWN)), None),
        (triaged(classification(Severity.C, extent=Extent.UNKNOWN)), None),
        (triaged(classification(Severity.B, missing=("started_at",))), Slot.STARTED_AT),
        (triaged(classification(Severity.C, missing=("started_at",))), None),
        (triaged(classification(missing=("detail",))), Slot.DETAIL),
        (triaged(classification(category_abstained=True)), Slot.CATEGORY),
        (triaged(classification(category=Category.BILLING_CONTRACT, extent=Extent.UNKNOWN)), None),
        (triaged(classification(category=Category.CLOUD_HOWTO, missing=("started_at",))), None),
    ],
)
def test_next_question_asks_for_what_decides(triage: Triage, slot: Slot | None) -> None:
    assert next_question(STATE, triage) == slot


def test_next_question_on_a_short_doubtful_message_is_about_detail() -> None:
    short = STATE.evolve(turns=("動かない",))
    assert next_question(short, triaged(classification(category_abstained=True))) is Slot.DETAIL


def test_next_question_stops_at_the_limit() -> None:
    asked = (Slot.DETAIL, Slot.PRODUCT, Slot.CATEGORY)
    assert len(asked) == MAX_QUESTIONS
    assert next_question(STATE.evolve(asked=asked), triaged(classification(extent=Extent.UNKNOWN))) is None


def test_next_question_respects_a_category_chosen_by_hand() -> None:
    chosen = STATE.evolve(category=Category.CLOUD_INCIDENT)
    assert next_question(chosen, triaged(classification(category_abstained=True))) is None


def test_next_question_is_none_for_who_wants_a_human() -> None:
    unclear = triaged(classification(extent=Extent.UNKNOWN))
    assert next_question(STATE.evolve(human_requested=True), unclear) is None


@pytest.mark.parametrize(
    ("state", "flags", "done", "due"),
    [
        (STATE, (Flag.DO_ISOLATION_FIRST,), None, True),
        (STATE, (Flag.ISOLATION_ONLY,), None, False),
        (STATE, (Flag.DO_ISOLATION_FIRST,), True, False),
        (STATE.evolve(isolation_asked=True), (Flag.DO_ISOLATION_FIRST,), None, False),
        (STATE.evolve(human_requested=True), (Flag.DO_ISOLATION_FIRST,), None, False),
    ],
)
def test_wants_isolation_follows_the_policy(
    state: DialogueState, flags: tuple[Flag, ...], done: bool | None, due: bool
) -> None:
    triage = triaged(classification(isolation_done=done), decided=decision(flags=flags))
    assert wants_isolation(state, triage, STEPS) is due
