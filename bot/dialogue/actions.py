"""The names of everything that can be pressed, and the event each stands for."""

from __future__ import annotations

from enum import StrEnum

from bot.dialogue.events import (
    Cancelled,
    CategoryCorrected,
    Confirmed,
    Event,
    FaqChosen,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    IsolationReported,
    QuestionSkipped,
    SlotAnswered,
)
from bot.dialogue.state import Slot
from classifiers.labels import Category


class Action(StrEnum):
    """Action ids: the same in Slack, in the terminal and in transcripts."""

    ANSWER_SLOT = "slot_answer"
    SKIP_QUESTION = "slot_skip"
    CHOOSE_FAQ = "faq_choose"
    FAQ_SOLVED = "faq_solved"
    FAQ_UNSOLVED = "faq_unsolved"
    ASK_HUMAN = "human"
    REPORT_ISOLATION = "isolation_report"
    OPEN_IDENTIFICATION = "identification_open"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    CORRECT_CATEGORY = "category_correct"
    #: On the Home tab: the bot starts a direct talk.
    NEW_INQUIRY = "new_inquiry"
    STAFF_APPROVE = "staff_approve"
    STAFF_CORRECT = "staff_correct"
    STAFF_ASK_BACK = "staff_ask_back"
    STAFF_REJECT = "staff_reject"
    STAFF_TAKE = "staff_take"
    STAFF_ANSWER = "staff_answer"
    STAFF_RESOLVE = "staff_resolve"
    STAFF_CLOSE = "staff_close"
    STAFF_REOPEN = "staff_reopen"


#: Pressing these opens a form instead of doing something at once.
OPENS_FORM = frozenset(
    {
        Action.OPEN_IDENTIFICATION,
        Action.STAFF_CORRECT,
        Action.STAFF_ASK_BACK,
        Action.STAFF_REJECT,
        Action.STAFF_ANSWER,
        Action.STAFF_CLOSE,
    }
)

#: Separates slot and phrase in the value of a slot button.
SEPARATOR = "|"


def customer_event(action: Action, value: str = "", ticked: tuple[str, ...] = ()) -> Event | None:
    """Return the event of a customer's button, or None where the action is not a customer's.

    Raises ValueError for a value that no button of ours carries.
    """
    match action:
        case Action.ANSWER_SLOT:
            slot, _, text = value.partition(SEPARATOR)
            if Slot(slot) is Slot.CATEGORY:
                return CategoryCorrected(category=Category(text))
            return SlotAnswered(slot=Slot(slot), text=text)
        case Action.CHOOSE_FAQ:
            return FaqChosen(entry_id=value)
        case Action.REPORT_ISOLATION:
            return IsolationReported(done=ticked)
        case Action.CORRECT_CATEGORY:
            return CategoryCorrected(category=Category(value))
        case _:
            return _PLAIN.get(action)


_PLAIN: dict[Action, Event] = {
    Action.SKIP_QUESTION: QuestionSkipped(),
    Action.FAQ_SOLVED: FaqSolved(),
    Action.FAQ_UNSOLVED: FaqUnsolved(),
    Action.ASK_HUMAN: HumanRequested(),
    Action.CONFIRM: Confirmed(),
    Action.CANCEL: Cancelled(),
}
