"""A text that kills the process inside the tokenizer: three deaths, then a human reads it; others go on."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.compose import Parts
from bot.services.worker import MAX_ATTEMPTS
from bot.slack import ids
from bot.storage.sqlite.store import SqliteStore
from tests.durability.brittle import MARK
from tests.durability.harness import MILD, OPENED, ROOT, Desk, Town, prepare
from tests.fake_slack import FakeSlack

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(600)]

BRITTLE = (str(ROOT / "tests" / "durability" / "brittle.py"),)


def test_text_that_crashes_the_tokenizer_reaches_a_human_and_holds_up_nobody(
    parts: Parts, tmp_path: Path
) -> None:
    with FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS) as slack:
        town = Town(slack)
        prepare(tmp_path, parts.settings.models, town.people)
        desk = Desk(tmp_path, slack, town.staff_channel, BRITTLE)
        try:
            desk.start()
            slack.wait_connected(60)
            roots = [
                (place, slack.post_as(town.people[0], place, f"<@{slack.bot}> {text}"))
                for place, text in zip(town.places, (MILD, f"{MARK}です", MILD, MILD), strict=True)
            ]
            deaths = _kept_alive(desk, slack, lambda: all(slack.bot_messages(*root) for root in roots))
            # Nothing that is done with the ticket afterwards reads the text again.
            slack.post_as(town.people[1], town.places[0], f"<@{slack.bot}> {MILD}")
            deaths += _kept_alive(desk, slack, lambda: _idle(tmp_path))
            assert desk.end() == 0
        finally:
            desk.close()
        assert deaths == [-signal.SIGSEGV] * MAX_ATTEMPTS
        _one_ticket_for_a_human(tmp_path, roots[1][1])
        told = slack.bot_messages(*roots[1])
        assert [OPENED in message["text"] for message in told] == [True]
        assert [MARK in card["text"] for card in _cards(slack, town.staff_channel)] == [True]


def _cards(slack: FakeSlack, channel: str) -> list[dict[str, Any]]:
    """Only these: in the morning the desk tells of its queues in the same channel."""
    marked = [m for m in slack.bot_messages(channel) if m.get("metadata")]
    return [m for m in marked if m["metadata"]["event_payload"]["key"].startswith("card/")]


def _kept_alive(desk: Desk, slack: FakeSlack, done: Callable[[], Any], seconds: float = 90.0) -> list[int]:
    """Start the process again whenever it died, as an operator's supervisor does; return how it died."""
    deaths: list[int] = []
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, deaths
        if not desk.running:
            deaths.append(desk.status or 0)
            slack.wait_until(lambda: not slack.hub.connections)
            desk.start()
        time.sleep(0.1)
    return deaths


def _idle(home: Path) -> bool:
    with closing(sqlite3.connect(f"file:{home / 'desk.db'}?mode=ro", uri=True)) as conn:
        rows = conn.execute(
            "SELECT status FROM inbox WHERE status <> 'done'"
            " UNION ALL SELECT status FROM outbox WHERE status IN ('pending', 'sending')"
        ).fetchall()
    return rows == []


def _one_ticket_for_a_human(home: Path, root: str) -> None:
    store = SqliteStore.open(home / "desk.db")
    try:
        with store.reading() as unit:
            (found,) = unit.tickets.find()
            assert unit.audit.first_bad() is None
        assert found.source_key is not None
        assert (found.decision, found.human_requested, root in found.source_key) == (None, True, True)
    finally:
        store.close()
