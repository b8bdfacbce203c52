"""The short form of the kill harness: a real process, killed forty times while two hundred messages come in.

The long form, with its figures, is `python -m tests.bench.durability.kills`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.compose import Parts
from tests.durability.harness import Plan, run

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(400)]


@pytest.mark.parametrize("faults", [False, True], ids=["sound", "faulty"])
def test_nothing_is_lost_and_nothing_is_doubled(parts: Parts, tmp_path: Path, faults: bool) -> None:
    plan = Plan(messages=200, kills=40, faults=faults)
    account = run(plan, tmp_path / "home", parts.settings.models)
    log = (tmp_path / "home" / "run.log").read_text(encoding="utf-8")
    assert account.faults == {}, f"{account.facts}\n{log[-3000:]}"
    # What was under way in three crashes is handed to a human as a ticket, whatever it was about.
    handed = account.facts["handed_to_human"]
    assert plan.messages // 2 <= account.tickets <= plan.messages // 2 + handed
    assert handed < plan.kills // 4
