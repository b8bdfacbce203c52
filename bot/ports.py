"""What services need from the world, as protocols and the values that cross them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.authorisation import Role
from bot.dialogue.replies import Reply
from bot.dialogue.state import DialogueState
from bot.labelling import Candidate, Review
from bot.learning import RunReport
from bot.personal import ContractPort, PeoplePort, VaultPort
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import Address, Card, CardLog, Claimed, Inbound, MessageRef, OutboxItem, OutboxStatus
from classifiers.labels import Category, Severity
from knowledge.faq.entry import FaqEntry
from knowledge.policies.decision import Desk as PolicyDesk
from knowledge.policies.decision import Route

T = TypeVar("T")

#: Returns the present instant, timezone-aware.
Clock = Callable[[], datetime]


class Gateway(Protocol):
    """The outside. Every method raises GatewayError and may be repeated with the same key."""

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef: ...

    def show_card(self, card: Card, previous: MessageRef | None, *, key: str) -> MessageRef: ...

    def log_on_card(self, card: MessageRef, line: CardLog, *, key: str) -> MessageRef: ...

    def tell_desk(self, text: str, *, key: str, channel: str = "") -> MessageRef:
        """Post a note, where the cards stand unless a channel is given."""

    def show_run(
        self, report: RunReport, channel: str, previous: MessageRef | None, *, key: str
    ) -> MessageRef: ...

    def react(self, channel: str, message: str, emoji: str) -> None: ...

    def working(self, address: Address) -> None:
        """Show that an answer is on its way."""

    def find(self, address: Address, *, key: str) -> MessageRef | None:
        """Return the message that carries `key`, if it was posted after all."""

    def find_card(self, *, key: str) -> MessageRef | None: ...

    def thread_of(self, card: MessageRef) -> Address: ...


class Directory(Protocol):
    """Who is who, re-read at the moment of action."""

    def roles(self, user_id: str) -> frozenset[Role]: ...


# --- what is kept --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Staff corrected the model: a candidate example (text masked)."""

    ticket_id: str
    text: str
    severity_before: Severity
    severity_after: Severity
    category_before: Category
    category_after: Category
    actor: str
    at: datetime
    policy_id: str | None
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqDraft:
    """A FAQ entry that waits for a second look."""

    entry: FaqEntry
    written_by: str
    written_at: datetime


class InboxPort(Protocol):
    def put(self, inbound: Inbound) -> bool:
        """Keep it; False where that key is known already."""

    def claim(self, now: datetime) -> Claimed | None:
        """Take the oldest of the most urgent rows whose conversation is free, counting the attempt."""

    def look_ahead(self, limit: int) -> Sequence[Inbound]:
        """Return the oldest waiting rows that were not looked at yet; each is given once."""

    def rank(self, key: str, rank: int) -> None:
        """Set how urgent a waiting row is: 1 before 5, which is what every row starts with."""

    def rewrite(self, inbound: Inbound) -> None:
        """Keep other words in place of those that came in under the same key."""

    def done(self, key: str) -> None: ...

    def release(self, key: str) -> None:
        """Give a claimed row back after a failure that may pass."""

    def abandon_claims(self) -> int:
        """At start: rows left claimed by a dead process wait again. Returns how many."""

    def waiting(self) -> int: ...

    def oldest(self) -> datetime | None:
        """Return when the oldest unfinished row came in."""


class OutboxPort(Protocol):
    def put(self, item: OutboxItem) -> bool:
        """Keep it; False where that key is known already."""

    def due(self, now: datetime, limit: int = 50) -> Sequence[OutboxItem]: ...

    def begin(self, key: str) -> None:
        """The call is about to be made: counts the attempt."""

    def mark(
        self, key: str, status: OutboxStatus, *, not_before: datetime | None = None, error: str = ""
    ) -> None: ...

    def waiting(self) -> int: ...

    def oldest(self) -> datetime | None:
        """Return since when the oldest unsent thing waits."""

    def dead(self) -> int:
        """Return how many were given up."""

    def doubt(self, until: datetime) -> int:
        """At start: calls that were under way may still be carried out; nobody looks before `until`."""

    def remember(self, ticket_id: str, ref: MessageRef) -> None:
        """Keep where a ticket's card stands."""

    def card_of(self, ticket_id: str) -> MessageRef | None: ...


class DialoguePort(Protocol):
    def load(self, conversation_id: str) -> DialogueState: ...

    def save(self, state: DialogueState, address: Address, now: datetime) -> None: ...

    def address_of(self, conversation_id: str) -> Address | None: ...

    def active(self, since: datetime) -> Sequence[Address]:
        """Return where the talks are in which something happened since then."""


class TicketPort(Protocol):
    def reserve_id(self, now: datetime) -> str:
        """Return the next ticket number; it is used up when the transaction commits."""

    def add(self, ticket: Ticket) -> bool:
        """Keep a new ticket; False where its `source_key` has one already."""

    def get(self, ticket_id: str) -> Ticket | None: ...

    def save(self, ticket: Ticket) -> None:
        """Compare-and-set on `version`; raises StaleVersion."""

    def find(
        self,
        *,
        statuses: Sequence[TicketStatus] = (),
        reporter: str | None = None,
        contract_key: str | None = None,
        limit: int = 200,
    ) -> Sequence[Ticket]: ...


class AuditPort(Protocol):
    def append(self, entry: AuditEntry) -> AuditEntry: ...

    def of_ticket(self, ticket_id: str) -> Sequence[AuditEntry]: ...

    def all(self) -> Sequence[AuditEntry]: ...

    def head(self) -> AuditEntry | None: ...

    def next_of_tickets(self, seq: int) -> AuditEntry | None:
        """Return the first entry after `seq` that tells of a change of a ticket; refusals tell of none."""

    def first_bad(self) -> int | None: ...


class FeedbackPort(Protocol):
    def faq(self, entry_id: str, user_id: str, solved: bool, at: datetime) -> None: ...

    def unanswered(self, text: str, policy_id: str | None, at: datetime) -> None: ...

    def unanswered_texts(self) -> Sequence[tuple[str, str | None, datetime]]: ...

    def save_draft(self, draft: FaqDraft) -> None:
        """Keep a draft; one of the same entry id is replaced."""

    def drafts(self) -> Sequence[FaqDraft]: ...

    def drop_draft(self, entry_id: str) -> None: ...

    def correction(self, correction: Correction) -> None: ...

    def corrections(self) -> Sequence[Correction]: ...


class MarkPort(Protocol):
    """How far something was done, by name."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str) -> None: ...

    def forget(self, prefix: str, *, before: str) -> None:
        """Drop the marks whose names begin so and whose values are lower."""


class LabelPort(Protocol):
    """Candidate examples with every review, and customers who do not want theirs used."""

    def add(self, candidate: Candidate) -> int | None:
        """Keep it with its reviews; return its id, or None where that ticket has a candidate already."""

    def review(self, candidate_id: int, review: Review) -> None:
        """Keep a review beside the others; the same one twice is one."""

    def get(self, candidate_id: int) -> Candidate | None: ...

    def of_ticket(self, ticket_id: str) -> Candidate | None: ...

    def of_text(self, text: str) -> Candidate | None: ...

    def all(self) -> Sequence[Candidate]:
        """Return every candidate, oldest first."""

    def erase(self, contract_key: str) -> int:
        """Forget a customer's candidates and corrections; return how many candidates there were."""

    def consents(self, contract_key: str) -> bool:
        """Tell whether a customer's texts may be learned from: yes unless they said no."""

    def set_consent(self, contract_key: str, allowed: bool, at: datetime) -> None: ...


class UnitOfWork(Protocol):
    """Everything one transaction may touch."""

    @property
    def inbox(self) -> InboxPort: ...
    @property
    def outbox(self) -> OutboxPort: ...
    @property
    def dialogues(self) -> DialoguePort: ...
    @property
    def tickets(self) -> TicketPort: ...
    @property
    def audit(self) -> AuditPort: ...
    @property
    def people(self) -> PeoplePort: ...
    @property
    def contracts(self) -> ContractPort: ...
    @property
    def feedback(self) -> FeedbackPort: ...
    @property
    def marks(self) -> MarkPort: ...
    @property
    def labels(self) -> LabelPort: ...
    @property
    def vault(self) -> VaultPort: ...


class Store(Protocol):
    """Opens units of work: all of it is kept when the block ends well, none of it otherwise."""

    def transaction(self) -> AbstractContextManager[UnitOfWork]: ...

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run short work as a transaction that may be committed together with others' work.

        It may be undone and run once more: it may touch nothing but the unit.
        Returns what it returned once that is on disk, or raises what it raised; nothing of it is kept then.
        """

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work that only reads, and waits for nobody who writes."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTexts:
    """What a policy pack says in words."""

    name: str
    #: Who may ask.
    rule: str
    isolation_steps: tuple[str, ...] = ()
    #: Route -> where that leads.
    pointers: Mapping[Route, str] = field(default_factory=dict)
    #: What the identification form says about the use of personal data.
    data_notice: str = ""
    severity_names: Mapping[Severity, str] = field(default_factory=dict)
    #: Who sets the severity, and for how long a closed request can be reopened: text and clause.
    severity_change: tuple[str, str] = ("", "")
    reopening: tuple[str, str] = ("", "")
    #: Days after closing.
    reopening_days: int = 14
    closing: tuple[str, str] = ("", "")
    #: A desk's own conditions for closing.
    desk_closing: Mapping[PolicyDesk, tuple[str, ...]] = field(default_factory=dict)
    root_cause: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfiguration:
    """What the operator decided, as far as services care."""

    #: Taken where a person's contract is not known yet; None asks for identification first.
    default_policy: str | None = None
    #: Severity 1 needs two approvers.
    second_approver: bool = False
    admins: frozenset[str] = field(default_factory=frozenset)
    #: Where reminders of tickets that nobody has go, and the digest.
    staff_channel: str = ""
    #: Where the daily word on the audit trail goes; nowhere without one.
    admin_channel: str = ""
    keep_messages: timedelta = timedelta(days=30)
    #: Counted from when a ticket was closed.
    keep_tickets: timedelta = timedelta(days=365)
