"""A ticket and its parts, as values; what may happen to it stands in lifecycle.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from classifiers.classification import Classification
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import masked
from knowledge.policies.decision import PolicyDecision


class TicketKind(StrEnum):
    """ITSM kinds: a fault, a request, a question."""

    INCIDENT = "incident"
    SERVICE_REQUEST = "service_request"
    QUESTION = "question"


class TicketStatus(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    ASKED_BACK = "asked_back"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractIdentity:
    """Who holds the contract (ご契約者名 + お客様番号), as verified when the ticket was opened."""

    holder: str
    number: str
    policy_id: str
    plan: str | None = None
    addons: tuple[str, ...] = ()
    #: Opaque id of the contract; `number` is masked.
    key: str = ""

    @property
    def masked_number(self) -> str:
        return masked(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who let the ticket through, and when."""

    by: str
    at: datetime
    #: Second approver of a severity 1 ticket, where configured.
    second_by: str | None = None


class CloseReason(StrEnum):
    """Why a ticket is over."""

    SOLVED = "solved"
    #: The service is usable again by a way around, the cause known or not.
    WORKAROUND = "workaround"
    NO_OUTAGE = "no_outage"
    NO_REPLY = "no_reply"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChange:
    """One change of the severity after approval. `at` is aware."""

    at: datetime
    by: str
    before: Severity
    after: Severity
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One matter of one contract holder. Instants are aware."""

    id: str
    kind: TicketKind
    status: TicketStatus
    severity: Severity
    category: Category
    summary: str
    #: The customer's own words, turn by turn.
    description: str
    #: None only for a message that could not be processed and went to a human unread.
    contract: ContractIdentity | None
    reporter: str
    reporter_name: str
    conversation_id: str
    created_at: datetime
    #: The promise as given when the ticket was opened; later pack edits never change it.
    decision: PolicyDecision | None
    classification: Classification | None = None
    product: str | None = None
    extent: Extent = Extent.UNKNOWN
    contact: str = ""
    started_at: str = ""
    #: Links that came with the form.
    attachments: str = ""
    #: Isolation steps the customer has ticked.
    isolation: tuple[str, ...] = ()
    approval: Approval | None = None
    assignee: str | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str = ""
    close_code: CloseReason | None = None
    #: The customer asked for a person.
    human_requested: bool = False
    #: The ticket this one was merged into, and those merged into this one.
    parent_id: str | None = None
    children: tuple[str, ...] = ()
    #: The closed ticket that this one continues.
    follows: str | None = None
    severity_changes: tuple[SeverityChange, ...] = ()
    rca_requested_at: datetime | None = None
    #: FAQ entries the customer was shown before.
    faq_shown: tuple[str, ...] = ()
    #: How the customer found it once it was closed, and in which words.
    satisfied: bool | None = None
    satisfaction_words: str = ""
    source_key: str = ""
    updated_at: datetime | None = None
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """When a human owes the first answer, or None without a commitment."""
        return self.decision.first_response.due if self.decision else None

    def evolve(self, **changes: Any) -> Ticket:
        """Return the next version with `changes`."""
        return replace(self, version=self.version + 1, **changes)
