"""What can happen in a talk, as values that also travel through the inbox as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from bot.dialogue.state import Details, Slot
from classifiers.labels import Category
from knowledge.contracts.contract import Identification


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The user wrote something."""

    text: str
    type: Literal["said"] = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAnswered:
    """A choice for the open question, as a phrase in the user's language."""

    slot: Slot
    text: str
    type: Literal["slot_answered"] = "slot_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSkipped:
    type: Literal["question_skipped"] = "question_skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqChosen:
    """One of the suggestions was picked."""

    entry_id: str
    type: Literal["faq_chosen"] = "faq_chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqSolved:
    type: Literal["faq_solved"] = "faq_solved"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqUnsolved:
    type: Literal["faq_unsolved"] = "faq_unsolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanRequested:
    """The user wants a person; `text` is what was said beside that."""

    text: str = ""
    type: Literal["human_requested"] = "human_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationReported:
    """The checklist came back with these steps ticked (possibly none)."""

    done: tuple[str, ...] = ()
    type: Literal["isolation_reported"] = "isolation_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The form was submitted and compared with the registry."""

    identification: Identification
    details: Details = field(default_factory=Details)
    type: Literal["identified"] = "identified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    type: Literal["confirmed"] = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCorrected:
    """The customer says what it really is about."""

    category: Category
    type: Literal["category_corrected"] = "category_corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was understood is put right by hand: the category, and the rest as the customer's own words."""

    category: Category | None = None
    text: str = ""
    type: Literal["corrected"] = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """Something that was said before reads otherwise now."""

    before: str
    text: str
    type: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanked:
    """The customer said thanks and nothing else."""

    type: Literal["thanked"] = "thanked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    type: Literal["cancelled"] = "cancelled"


Event = (
    Said
    | SlotAnswered
    | QuestionSkipped
    | FaqChosen
    | FaqSolved
    | FaqUnsolved
    | HumanRequested
    | IsolationReported
    | Identified
    | Confirmed
    | CategoryCorrected
    | Corrected
    | Edited
    | Thanked
    | Cancelled
)

#: The union as it is read back from JSON.
AnyEvent = Annotated[Event, Field(discriminator="type")]

EVENT_TYPES: tuple[type[Event], ...] = (
    Said,
    SlotAnswered,
    QuestionSkipped,
    FaqChosen,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    IsolationReported,
    Identified,
    Confirmed,
    CategoryCorrected,
    Corrected,
    Edited,
    Thanked,
    Cancelled,
)
