"""What staff are told of the clocks, as values; no customer ever gets one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.tickets.queues import Queue
from bot.tickets.sla import ClockKind, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReminder:
    """For whoever is responsible for a ticket: a clock of it has come this far."""

    ticket_id: str
    summary: str
    clock: ClockKind
    step: Step
    due: datetime
    kind: Literal["clock_reminder"] = "clock_reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDigest:
    """For staff, once a business day: what waits, as ticket ids by queue."""

    at: datetime
    live: int
    queues: tuple[tuple[Queue, tuple[str, ...]], ...]
    kind: Literal["desk_digest"] = "desk_digest"
