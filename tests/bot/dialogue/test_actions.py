from __future__ import annotations

import pytest

from bot.dialogue.actions import Action, customer_event
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
from bot.dialogue.state import Slot
from classifiers.labels import Category

#: Every customer's button, with what it carries, and the event it stands for.
EVENTS: dict[Action, tuple[str, Event]] = {
    Action.ANSWER_SLOT: ("extent|社内の全員です", SlotAnswered(slot=Slot.EXTENT, text="社内の全員です")),
    Action.SKIP_QUESTION: ("", QuestionSkipped()),
    Action.CHOOSE_FAQ: ("hours", FaqChosen(entry_id="hours")),
    Action.FAQ_SOLVED: ("", FaqSolved()),
    Action.FAQ_UNSOLVED: ("", FaqUnsolved()),
    Action.ASK_HUMAN: ("", HumanRequested()),
    Action.REPORT_ISOLATION: ("", IsolationReported(done=("Web版で試す",))),
    Action.CONFIRM: ("", Confirmed()),
    Action.CANCEL: ("", Cancelled()),
    Action.CORRECT_CATEGORY: ("app_usage", CategoryCorrected(category=Category.APP_USAGE)),
}


@pytest.mark.parametrize("action", EVENTS)
def test_customer_button_stands_for_its_event(action: Action) -> None:
    value, event = EVENTS[action]
    assert customer_event(action, value, ("Web版で試す",)) == event


def test_every_event_but_words_and_forms_has_a_button() -> None:
    without = {Said, Thanked, Identified, Corrected, Edited}
    assert {type(event) for _, event in EVENTS.values()} == set(EVENT_TYPES) - without


@pytest.mark.parametrize("action", sorted(set(Action) - set(EVENTS)))
def test_other_buttons_are_no_event_of_the_customer(action: Action) -> None:
    assert customer_event(action) is None


def test_category_choice_is_a_correction() -> None:
    chosen = customer_event(Action.ANSWER_SLOT, "category|billing_contract")
    assert chosen == CategoryCorrected(category=Category.BILLING_CONTRACT)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        (Action.ANSWER_SLOT, "weather|晴れ"),
        (Action.ANSWER_SLOT, ""),
        (Action.ANSWER_SLOT, "category|weather"),
        (Action.CORRECT_CATEGORY, "weather"),
    ],
)
def test_foreign_value_is_refused(action: Action, value: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        customer_event(action, value)
