"""What comes in and what goes out, as values; decides nothing about either."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.dialogue.events import AnyEvent, Event
from bot.dialogue.replies import AnyReply
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.tickets.sla import ClockView
from bot.tickets.ticket import CloseReason, Ticket
from classifiers.labels import Category, Severity

# --- what comes in -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    id: str
    name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a conversation is: a channel and the timestamp of its root message."""

    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMove:
    """Staff do something to a ticket; `version` is the one they saw."""

    ticket_id: str
    move: Move
    version: int | None = None
    #: Question, reason, answer or note.
    text: str = ""
    severity: Severity | None = None
    category: Category | None = None
    assignee: str | None = None
    #: The ticket to merge into.
    target: str = ""
    reason: CloseReason | None = None
    type: Literal["staff_move"] = "staff_move"


class OwnMove(StrEnum):
    """What customers may do with tickets of their own, and with what is known of them."""

    ADD = "add"
    CLOSE = "close"
    REOPEN = "reopen"
    ASK_SEVERITY = "ask_severity"
    RATE_GOOD = "rate_good"
    RATE_BAD = "rate_bad"
    RATE_WORDS = "rate_words"
    FORGET_CONTRACT = "forget_contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMove:
    """A customer does something outside the talk; no ticket where it is about the person."""

    move: OwnMove
    ticket_id: str = ""
    #: Information, reason or words to a rating.
    text: str = ""
    #: The severity that is asked for.
    severity: Severity | None = None
    type: Literal["customer_move"] = "customer_move"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged:
    """A message was edited (`text`) or deleted (None) after it was taken in."""

    source_key: str
    text: str | None
    #: What an edited one said before, as far as Slack tells.
    before: str = ""
    type: Literal["message_changed"] = "message_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Acknowledged and kept as a fact only."""

    what: str
    type: Literal["ignored"] = "ignored"


InboundEvent = Event | StaffMove | CustomerMove | MessageChanged | Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that came in. `key` is its identity: a second one with the same key is the same thing."""

    key: str
    conversation_id: str
    address: Address
    sender: Sender
    event: Annotated[
        AnyEvent | StaffMove | CustomerMove | MessageChanged | Ignored, Field(union_mode="smart")
    ]
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An inbox row taken by the worker; `attempts` counts this one."""

    inbound: Inbound
    attempts: int


# --- what goes out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A reply into a conversation."""

    address: Address
    reply: AnyReply
    type: Literal["post"] = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """The staff card of a ticket, posted once and then updated in place."""

    ticket_id: str
    type: Literal["card"] = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRun:
    """How far some work on models is, posted once and then updated in place."""

    run_id: str
    type: Literal["run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLog:
    """One line in the thread of a ticket's card."""

    ticket_id: str
    actor: str
    action: str
    text: str = ""
    type: Literal["card_log"] = "card_log"


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """An emoji on a customer's message."""

    channel: str
    message: str
    emoji: str
    type: Literal["react"] = "react"


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """The line that says that an answer is on its way; worth nothing once it is there."""

    address: Address
    type: Literal["working"] = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskNote:
    """Something the desk itself should know; no customer's words. Without a channel: where the cards are."""

    text: str
    channel: str = ""
    type: Literal["desk_note"] = "desk_note"


Outbound = Post | ShowCard | ShowRun | CardLog | React | Working | DeskNote
AnyOutbound = Annotated[Outbound, Field(discriminator="type")]


class OutboxStatus(StrEnum):
    PENDING = "pending"
    #: The call is under way; after a crash its outcome is unknown.
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


#: Nothing is put off for longer. What seems to be waits only because the clock was set back.
LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One thing to be sent. `key` is unique and travels as the message's idempotency mark."""

    key: str
    message: AnyOutbound
    status: OutboxStatus = OutboxStatus.PENDING
    attempts: int = 0
    not_before: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """A message that stands in Slack (or in the terminal)."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the staff card shows of a ticket."""

    ticket: Ticket
    log: tuple[AuditEntry, ...] = ()
    #: Similar tickets, as id and summary.
    similar: tuple[str, ...] = ()
    #: The ticket that reported what looks like the same incident first.
    same_incident: str = ""
    clocks: tuple[ClockView, ...] = ()
    #: Questions of the FAQ entries that the customer was shown.
    faq: tuple[str, ...] = ()
