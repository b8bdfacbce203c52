"""A disk that takes no more: nothing is acknowledged, the staff are told, and all comes in afterwards."""

from __future__ import annotations

import pytest

from tests.durability.conftest import Town

pytestmark = pytest.mark.scenario


def _limit(town: Town, pages: int) -> None:
    town.store._conn.execute(f"PRAGMA max_page_count = {pages}")


def test_full_disk_acknowledges_nothing_and_tells_the_staff(town: Town) -> None:
    town.slack.hub.retries = 40
    with town.store.transaction():
        _limit(town, town.store._conn.execute("PRAGMA page_count").fetchone()[0])
    long = "メールが送れません。" * 300
    roots = [town.write(long) for _ in range(10)]
    town.slack.wait_until(lambda: town.slack.bot_messages(town.staff_channel), 10)
    (alarm,) = town.slack.bot_messages(town.staff_channel)
    assert "空き" in alarm["text"]
    unkept = {root for root in roots if not any(root in key for key in town.kept())}
    assert unkept
    acked = {
        e.payload["event"]["ts"] for e in town.slack.hub.envelopes if e.acked_at and e.type == "events_api"
    }
    assert unkept & acked == set()
    with town.store.transaction():
        _limit(town, 1_000_000)
    for root in roots:
        town.answered(root)
    assert all(sum(root in key for key in town.kept()) == 1 for root in roots)
