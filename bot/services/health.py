"""Judges whether the desk is well from what it leaves behind; measures nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.ports import UnitOfWork
from bot.services.webhook_progress import given_up


class Trouble(StrEnum):
    """What can be wrong; the words stand in bot/texts/alerts."""

    NOT_RUNNING = "not_running"
    NOT_CONNECTED = "not_connected"
    SILENT = "silent"
    INBOX_OLD = "inbox_old"
    OUTBOX_OLD = "outbox_old"
    DEAD = "dead"
    WEBHOOK_DEAD = "webhook_dead"
    DISK_LOW = "disk_low"
    NO_MODEL = "no_model"
    CLOCK_OFF = "clock_off"


#: Seconds.
HEARTBEAT_AGE, PONG_AGE, INBOX_AGE, OUTBOX_AGE, CLOCK_SKEW = 15, 30, 60, 300, 60
#: Megabytes.
DISK_FREE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What the running desk tells of itself every few seconds. Instants are aware."""

    at: datetime
    started_at: datetime
    pid: int
    connected: bool
    pong_age: float
    last_event: datetime | None = None
    last_sweep: datetime | None = None
    #: Seconds that our clock is ahead of Slack's timestamps, measured at the last event.
    clock_skew: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """How much waits, and since when."""

    inbox: int
    inbox_since: datetime | None
    outbox: int
    outbox_since: datetime | None
    dead: int
    #: Events that no webhook took.
    webhook_dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Everything that is looked at."""

    now: datetime
    heartbeat: Heartbeat | None
    queues: Queues
    #: Megabytes.
    disk_free: int
    model: str | None


def queues(unit: UnitOfWork) -> Queues:
    """Read the queues."""
    return Queues(
        inbox=unit.inbox.waiting(),
        inbox_since=unit.inbox.oldest(),
        outbox=unit.outbox.waiting(),
        outbox_since=unit.outbox.oldest(),
        dead=unit.outbox.dead(),
        webhook_dead=given_up(unit),
    )


def troubles(vitals: Vitals) -> list[tuple[Trouble, int]]:
    """Return what is wrong, each with its measure (seconds, megabytes or a count)."""
    return [*_of_process(vitals), *_of_queues(vitals), *_of_machine(vitals)]


def age(since: datetime | None, now: datetime) -> float | None:
    """Return seconds, or None where nothing waits."""
    return None if since is None else (now - since).total_seconds()


def _of_process(vitals: Vitals) -> Iterator[tuple[Trouble, int]]:
    beat = vitals.heartbeat
    if beat is None or abs((vitals.now - beat.at).total_seconds()) > HEARTBEAT_AGE:
        yield Trouble.NOT_RUNNING, 0
        return
    if not beat.connected:
        yield Trouble.NOT_CONNECTED, 0
    if beat.pong_age > PONG_AGE:
        yield Trouble.SILENT, round(beat.pong_age)
    if beat.clock_skew is not None and abs(beat.clock_skew) > CLOCK_SKEW:
        yield Trouble.CLOCK_OFF, round(beat.clock_skew)


def _of_queues(vitals: Vitals) -> Iterator[tuple[Trouble, int]]:
    inbox, outbox = age(vitals.queues.inbox_since, vitals.now), age(vitals.queues.outbox_since, vitals.now)
    if inbox is not None and inbox > INBOX_AGE:
        yield Trouble.INBOX_OLD, round(inbox)
    if outbox is not None and outbox > OUTBOX_AGE:
        yield Trouble.OUTBOX_OLD, round(outbox)
    if vitals.queues.dead:
        yield Trouble.DEAD, vitals.queues.dead
    if vitals.queues.webhook_dead:
        yield Trouble.WEBHOOK_DEAD, vitals.queues.webhook_dead


def _of_machine(vitals: Vitals) -> Iterator[tuple[Trouble, int]]:
    if vitals.disk_free < DISK_FREE:
        yield Trouble.DISK_LOW, vitals.disk_free
    if vitals.model is None:
        yield Trouble.NO_MODEL, 0
