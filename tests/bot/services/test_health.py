from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.services.health import Heartbeat, Queues, Trouble, Vitals, troubles
from tests.builders import NOW

WELL = Vitals(
    now=NOW,
    heartbeat=Heartbeat(
        at=NOW - timedelta(seconds=2), started_at=NOW, pid=1, connected=True, pong_age=1.0, clock_skew=0.1
    ),
    queues=Queues(inbox=0, inbox_since=None, outbox=0, outbox_since=None, dead=0),
    disk_free=10_000,
    model="2026-11-21.1",
)


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def _beat(**changes: object) -> Vitals:
    assert WELL.heartbeat is not None
    return replace(WELL, heartbeat=replace(WELL.heartbeat, **changes))  # type: ignore[arg-type]


def _queues(**changes: object) -> Vitals:
    return replace(WELL, queues=replace(WELL.queues, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("vitals", "found"),
    [
        (WELL, []),
        (replace(WELL, heartbeat=None), [(Trouble.NOT_RUNNING, 0)]),
        (_beat(at=_ago(16)), [(Trouble.NOT_RUNNING, 0)]),
        (_beat(at=_ago(-3600)), [(Trouble.NOT_RUNNING, 0)]),
        (_beat(connected=False), [(Trouble.NOT_CONNECTED, 0)]),
        (_beat(pong_age=31.0), [(Trouble.SILENT, 31)]),
        (_beat(clock_skew=-3600.0), [(Trouble.CLOCK_OFF, -3600)]),
        (_queues(inbox=1, inbox_since=_ago(60)), []),
        (_queues(inbox=1, inbox_since=_ago(61)), [(Trouble.INBOX_OLD, 61)]),
        (_queues(outbox=1, outbox_since=_ago(301)), [(Trouble.OUTBOX_OLD, 301)]),
        (_queues(dead=2), [(Trouble.DEAD, 2)]),
        (_queues(webhook_dead=3), [(Trouble.WEBHOOK_DEAD, 3)]),
        (replace(WELL, disk_free=199), [(Trouble.DISK_LOW, 199)]),
        (replace(WELL, model=None), [(Trouble.NO_MODEL, 0)]),
    ],
)
def test_troubles_are_told_with_their_measure(vitals: Vitals, found: list[tuple[Trouble, int]]) -> None:
    assert troubles(vitals) == found
