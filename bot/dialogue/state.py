"""Where the talk stands, as a value; what comes next stands in machine.py."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from classifiers.labels import Category
from knowledge.contracts.contract import Identification


class Phase(StrEnum):
    """What the bot is waiting for."""

    NEW = "new"
    #: A clarifying question is open.
    ASKING = "asking"
    #: A FAQ answer or suggestions were shown.
    ANSWERED = "answered"
    #: Told that the contract does not cover it.
    DECLINED = "declined"
    #: The isolation checklist is open.
    ISOLATING = "isolating"
    #: The identification form is open.
    IDENTIFYING = "identifying"
    #: The summary waits for a yes.
    CONFIRMING = "confirming"
    #: A ticket exists; further words belong to it.
    SUBMITTED = "submitted"
    #: Over; a new message starts again.
    ENDED = "ended"


class Slot(StrEnum):
    """What a clarifying question can be about."""

    DETAIL = "detail"
    EXTENT = "extent"
    STARTED_AT = "started_at"
    PRODUCT = "product"
    #: Which of the two likeliest categories is meant.
    CATEGORY = "category"
    ISOLATION = "isolation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the identification form tells beside the identification itself."""

    contact: str = ""
    started_at: str = ""
    #: How many are affected, as a phrase in the customer's language.
    extent: str = ""
    details: str = ""
    attachments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueState:
    """One conversation."""

    conversation_id: str
    phase: Phase = Phase.NEW
    #: The user's words about the present matter, oldest first.
    turns: tuple[str, ...] = ()
    #: Slots asked so far (answered or skipped), in order.
    asked: tuple[Slot, ...] = ()
    #: The question that is open, in phase ASKING.
    open_slot: Slot | None = None
    #: The category the customer chose by hand, overriding the model's.
    category: Category | None = None
    #: Isolation steps reported as done.
    isolation: tuple[str, ...] = ()
    isolation_asked: bool = False
    identification: Identification = field(default_factory=Identification)
    details: Details = field(default_factory=Details)
    #: Who talks: the first person who wrote.
    reporter: str = ""
    reporter_name: str = ""
    human_requested: bool = False
    #: The verdict as the customer was last told it.
    told: tuple[str, ...] = ()
    #: FAQ entries shown, as answers or as suggestions.
    faq_shown: tuple[str, ...] = ()
    #: The FAQ entry whose answer stands open.
    faq_answer: str | None = None
    ticket_id: str | None = None
    version: int = 0

    def evolve(self, **changes: Any) -> DialogueState:
        """Return the state with `changes`."""
        return replace(self, **changes)
