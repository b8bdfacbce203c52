"""What a step of the talk asks the world to do, as values; services carry it out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """Open a ticket from the state that the step returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToTicket:
    """Further words for the ticket; `human` where the customer asks for a person."""

    text: str
    human: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberContract:
    """The person was verified: link person and contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFaqFeedback:
    entry_id: str
    solved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUnanswered:
    """A question the FAQ could not answer goes to the ledger."""

    text: str


Effect = Say | OpenTicket | AddToTicket | RememberContract | RecordFaqFeedback | RecordUnanswered
