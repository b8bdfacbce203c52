"""The short form of the kill harness: a real process, killed forty times while two hundred messages come in.

The processes are forks of one that has done the imports. The long form, with its figures and with every start
from nothing, is `python -m tests.bench.durability.kills`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.compose import Parts
from tests.durability.harness import ROOT

#: Of these, the first training of a run takes its share.
pytestmark = [pytest.mark.scenario, pytest.mark.timeout(900)]

MESSAGES, KILLS = 200, 40
MODES = ("sound", "faulty")


@pytest.fixture(scope="module")
def homes(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each mode left its account and its log; both run at once, each in processes of its own."""
    homes = {mode: tmp_path_factory.mktemp(mode) for mode in MODES}
    with ExitStack() as stack:
        running = [stack.enter_context(_run(mode, home, parts)) for mode, home in homes.items()]
        try:
            for process in running:
                process.wait(400)
        finally:
            for process in running:
                process.terminate()
    return homes


def _run(mode: str, home: Path, parts: Parts) -> subprocess.Popen[bytes]:
    told = ["--models", str(parts.settings.models), "--home", str(home)]
    size = ["--messages", str(MESSAGES), "--kills", str(KILLS), "--patience", "120", "--forked"]
    command = [sys.executable, "-m", "tests.bench.durability.kills", *told, *size]
    with (home / "account.json").open("wb") as account, (home / "harness.log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--faults"] if mode == "faulty" else command, cwd=ROOT, stdout=account, stderr=log
        )


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_lost_and_nothing_is_doubled(homes: dict[str, Path], mode: str) -> None:
    account = _account(homes[mode])
    assert account["faults"] == {}, f"{account['facts']}\n{_tail(homes[mode] / 'run.log')}"
    assert (account["messages"], account["kills"]) == (MESSAGES, KILLS)
    # What was under way in three crashes is handed to a human as a ticket, whatever it was about.
    handed = account["facts"]["handed_to_human"]
    assert MESSAGES // 2 <= account["tickets"] <= MESSAGES // 2 + handed
    assert handed < KILLS // 4


def _account(home: Path) -> Any:
    text = (home / "account.json").read_text(encoding="utf-8")
    assert text, _tail(home / "harness.log") + _tail(home / "run.log")
    return json.loads(text)


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-3000:] if log.exists() else ""
