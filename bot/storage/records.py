"""Values to JSON and back, checked on the way in; decides no schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from bot.dialogue.state import DialogueState
from bot.learning import Run
from bot.ports import Correction, FaqDraft
from bot.tickets.ticket import Ticket
from bot.traffic import AnyOutbound, Inbound, Outbound
from knowledge.contracts.contract import Contract

T = TypeVar("T")


class Record(Generic[T]):
    """Reads and writes one type of value."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> str:
        return self._adapter.dump_json(value).decode()

    def load(self, text: str) -> T:
        """Raise pydantic.ValidationError where `text` is not such a value."""
        return self._adapter.validate_json(text)


INBOUND: Record[Inbound] = Record(Inbound)
OUTBOUND: Record[Outbound] = Record(AnyOutbound)
DIALOGUE: Record[DialogueState] = Record(DialogueState)
TICKET: Record[Ticket] = Record(Ticket)
CONTRACT: Record[Contract] = Record(Contract)
CORRECTION: Record[Correction] = Record(Correction)
FAQ_DRAFT: Record[FaqDraft] = Record(FaqDraft)
RUN: Record[Run] = Record(Run)


def instant(value: datetime) -> str:
    """Return an aware instant as sortable UTC text."""
    if value.tzinfo is None:
        raise ValueError("a naive instant cannot be stored")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
