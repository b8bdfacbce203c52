"""What the bot has to say, by meaning; the words stand in bot/texts, the blocks in bot/slack/views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.dialogue.desk_replies import ClockReminder, DeskDigest
from bot.dialogue.state import Slot
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import IdentificationStatus
from knowledge.policies.decision import PolicyDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What was understood, small enough for a phone screen."""

    severity: Severity
    category: Category
    severity_sure: bool
    category_sure: bool
    extent: Extent = Extent.UNKNOWN
    product: str | None = None
    #: None as long as no contract is known.
    decision: PolicyDecision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqChoice:
    entry_id: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """First contact or small talk: says what the bot can do."""

    thanks: bool = False
    #: Something is still open in this talk.
    waiting: bool = False
    kind: Literal["greeting"] = "greeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyMessage:
    """Nothing readable was sent."""

    kind: Literal["empty_message"] = "empty_message"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRequest:
    """Nothing was said yet that could be dealt with; `human` where a person is wanted."""

    human: bool = False
    kind: Literal["matter_request"] = "matter_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageReply:
    """What was understood, and one question or the next step."""

    understanding: Understanding
    question: Slot | None = None
    #: For Slot.CATEGORY: the likeliest ones.
    categories: tuple[Category, ...] = ()
    suggestions: tuple[FaqChoice, ...] = ()
    #: Not the first verdict on this matter.
    updated: bool = False
    #: It is the verdict that was told last: not told again.
    unchanged: bool = False
    kind: Literal["triage"] = "triage"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqAnswer:
    entry_id: str
    question: str
    #: Markdown from the knowledge base.
    answer: str
    source: str
    kind: Literal["faq_answer"] = "faq_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqSuggestions:
    choices: tuple[FaqChoice, ...]
    kind: Literal["faq_suggestions"] = "faq_suggestions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The contract does not cover it: clause, where to go instead, and what may help."""

    understanding: Understanding
    #: Where to go instead, from the policy pack, or empty.
    pointer: str = ""
    suggestions: tuple[FaqChoice, ...] = ()
    #: It is the verdict that was told last: not told again.
    unchanged: bool = False
    kind: Literal["declined"] = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationSteps:
    """The policy's first isolation steps as a checklist."""

    steps: tuple[str, ...]
    clause: str = ""
    kind: Literal["isolation_steps"] = "isolation_steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentificationRequest:
    """Please open the form; `reminder` when it was asked for before."""

    reminder: bool = False
    kind: Literal["identification_request"] = "identification_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentificationFailed:
    """The form did not fit; who to ask instead. The same words for every failure of comparison."""

    status: IdentificationStatus
    attempts_left: int = 0
    #: The policy's rule about who may ask, if a policy is known.
    rule: str = ""
    kind: Literal["identification_failed"] = "identification_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """What is about to be sent to the desk."""

    understanding: Understanding
    holder: str
    masked_number: str
    words: str
    contact: str = ""
    started_at: str = ""
    isolation: tuple[str, ...] = ()
    human_requested: bool = False
    kind: Literal["ticket_summary"] = "ticket_summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReceived:
    """受付: number, promise as absolute time, what happens next."""

    ticket_id: str
    understanding: Understanding
    kind: Literal["ticket_received"] = "ticket_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Further words were added to the ticket."""

    ticket_id: str
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    kind: Literal["solved"] = "solved"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledReply:
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingOpen:
    """A button of an older message was pressed; nothing happened."""

    kind: Literal["nothing_open"] = "nothing_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketApproved:
    ticket_id: str
    severity: Severity
    severity_label: str | None
    due: datetime | None
    corrected: bool = False
    kind: Literal["ticket_approved"] = "ticket_approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRejected:
    ticket_id: str
    reason: str
    kind: Literal["ticket_rejected"] = "ticket_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffQuestion:
    """Staff need to know something before they approve."""

    ticket_id: str
    question: str
    kind: Literal["staff_question"] = "staff_question"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAnswer:
    """A human's answer: the only thing that meets a first response."""

    ticket_id: str
    text: str
    kind: Literal["staff_answer"] = "staff_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoved:
    """Any other change the customer should know of."""

    ticket_id: str
    move: str
    text: str = ""
    #: The severity in the policy's words and the due time, where they changed.
    severity_label: str = ""
    due: datetime | None = None
    #: The ticket that another one continues or was merged into.
    other: str = ""
    kind: Literal["ticket_moved"] = "ticket_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRefused:
    """What a customer wanted to do with a ticket cannot be done: `why` is one of the words of own_tickets."""

    why: str
    ticket_id: str = ""
    #: What the policy says about it, and its clause.
    rule: str = ""
    clause: str = ""
    kind: Literal["own_refused"] = "own_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityAsked:
    """The wish for another severity is with the desk."""

    ticket_id: str
    rule: str = ""
    clause: str = ""
    kind: Literal["severity_asked"] = "severity_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """Thanks for a rating; `words` where it came with some."""

    ticket_id: str
    satisfied: bool = True
    words: bool = False
    kind: Literal["rated"] = "rated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractForgotten:
    """What linked the person to a contract is gone; False where there was nothing."""

    known: bool
    kind: Literal["contract_forgotten"] = "contract_forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedToHuman:
    """The bot could not read it; a human will (never a lost message)."""

    ticket_id: str
    kind: Literal["handed_to_human"] = "handed_to_human"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSeen:
    """A customer number was typed where others can read it."""

    kind: Literal["number_seen"] = "number_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """How far the audit trail goes and what vouches for it; posted daily, outside the database."""

    seq: int
    digest: str
    at: datetime
    #: None where the whole trail is intact, else the first bad row.
    first_bad: int | None = None
    kind: Literal["audit_head"] = "audit_head"


Reply = (
    Greeting
    | EmptyMessage
    | MatterRequest
    | TriageReply
    | FaqAnswer
    | FaqSuggestions
    | Declined
    | IsolationSteps
    | IdentificationRequest
    | IdentificationFailed
    | TicketSummary
    | TicketReceived
    | Noted
    | Solved
    | CancelledReply
    | NothingOpen
    | TicketApproved
    | TicketRejected
    | StaffQuestion
    | StaffAnswer
    | TicketMoved
    | HandedToHuman
    | OwnRefused
    | SeverityAsked
    | Rated
    | ContractForgotten
    | NumberSeen
    | AuditHead
    | ClockReminder
    | DeskDigest
)

#: The union as it is read back from JSON.
AnyReply = Annotated[Reply, Field(discriminator="kind")]
