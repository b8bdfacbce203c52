"""The names of everything that can be pressed, and the event each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.dialogue.events import (
    Cancelled,
    CategoryCorrected,
    Confirmed,
    Corrected,
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
    #: Opens the form in which category and extent are put right.
    CORRECT = "correct"
    #: On the Home tab: the bot starts a direct talk.
    NEW_INQUIRY = "new_inquiry"
    #: What customers do with tickets of their own, wherever these are listed.
    OWN_ADD = "own_add"
    OWN_CLOSE = "own_close"
    OWN_REOPEN = "own_reopen"
    OWN_SEVERITY = "own_severity"
    RATE_GOOD = "rate_good"
    RATE_BAD = "rate_bad"
    RATE_WORDS = "rate_words"
    #: The contract that a person has shown is forgotten.
    FORGET_CONTRACT = "contract_forget"
    STAFF_APPROVE = "staff_approve"
    STAFF_CORRECT = "staff_correct"
    STAFF_ASK_BACK = "staff_ask_back"
    STAFF_REJECT = "staff_reject"
    STAFF_TAKE = "staff_take"
    STAFF_ANSWER = "staff_answer"
    STAFF_RESOLVE = "staff_resolve"
    STAFF_CLOSE = "staff_close"
    STAFF_REOPEN = "staff_reopen"
    STAFF_RESUME = "staff_resume"
    STAFF_ASSIGN = "staff_assign"
    STAFF_NOTE = "staff_note"
    STAFF_WAIT = "staff_wait"
    STAFF_SEVERITY = "staff_severity"
    STAFF_MERGE = "staff_merge"
    STAFF_RCA = "staff_rca"
    #: The menu of a card; what is picked names one of the actions above.
    STAFF_MORE = "staff_more"
    #: On the staff's Home: a question nobody answered becomes a draft, a draft is published.
    FAQ_DRAFT = "faq_draft"
    FAQ_PUBLISH = "faq_publish"
    #: On the admins' Home and on the message of a training.
    MODEL_TRAIN = "model_train"
    MODEL_PROMOTE = "model_promote"
    MODEL_ROLLBACK = "model_rollback"
    #: Opens the next candidate example that waits for a review.
    LABEL_REVIEW = "label_review"


#: Forms of customers: who they are, what is put right, and what they tell about a ticket of their own.
CUSTOMER_FORMS = frozenset(
    {
        Action.OPEN_IDENTIFICATION,
        Action.CORRECT,
        Action.OWN_ADD,
        Action.OWN_SEVERITY,
        Action.RATE_WORDS,
    }
)
#: Pressing these opens a form instead of doing something at once.
OPENS_FORM = CUSTOMER_FORMS | frozenset(
    {
        Action.STAFF_CORRECT,
        Action.STAFF_ASK_BACK,
        Action.STAFF_REJECT,
        Action.STAFF_ANSWER,
        Action.STAFF_CLOSE,
        Action.STAFF_ASSIGN,
        Action.STAFF_NOTE,
        Action.STAFF_WAIT,
        Action.STAFF_SEVERITY,
        Action.STAFF_MERGE,
        Action.STAFF_RCA,
        Action.STAFF_MORE,
        Action.FAQ_DRAFT,
        Action.LABEL_REVIEW,
    }
)

#: What ends something, reaches the customer for good or changes what answers: asked about before it is done,
#: by Slack's own question or in the form that it opens.
DESTRUCTIVE = frozenset(
    {
        Action.OWN_CLOSE,
        Action.FORGET_CONTRACT,
        Action.STAFF_REJECT,
        Action.STAFF_RESOLVE,
        Action.STAFF_CLOSE,
        Action.STAFF_REOPEN,
        Action.STAFF_MERGE,
        Action.FAQ_PUBLISH,
        Action.MODEL_TRAIN,
        Action.MODEL_PROMOTE,
        Action.MODEL_ROLLBACK,
    }
)

#: Separates slot and phrase in the value of a slot button.
SEPARATOR = "|"


def picked(action: Action, value: str) -> tuple[Action, str]:
    """Return the action that a menu's choice stands for with its value; any other action as it is.

    Raises ValueError for a choice that no menu of ours offers.
    """
    if action is not Action.STAFF_MORE:
        return action, value
    name, _, rest = value.partition(SEPARATOR)
    return Action(name), rest


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


def correction(values: Mapping[str, str]) -> Corrected:
    """Return what the form of a correction holds; a category that is none of ours is left out."""
    category = values.get("category", "")
    known = Category(category) if category in set(Category) else None
    return Corrected(category=known, text=values.get("extent", ""))


_PLAIN: dict[Action, Event] = {
    Action.SKIP_QUESTION: QuestionSkipped(),
    Action.FAQ_SOLVED: FaqSolved(),
    Action.FAQ_UNSOLVED: FaqUnsolved(),
    Action.ASK_HUMAN: HumanRequested(),
    Action.CONFIRM: Confirmed(),
    Action.CANCEL: Cancelled(),
}
