"""health, backup, restore, verify and audit verify on the command line."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.app import run
from bot.cli.running import run_desk
from bot.clock import system_clock
from bot.compose import Parts
from bot.errors import StoreBusy
from bot.services.health import Heartbeat
from bot.settings import load_settings
from bot.storage.heartbeat import read_heartbeat, write_heartbeat
from bot.storage.sqlite.store import SqliteStore
from bot.texts import alerts
from bot.tickets.audit import AuditEntry
from classifiers.errors import ModelRefused
from classifiers.registry import Registry
from tests.builders import NOW

#: Runs the command with these arguments; returns exit status, output and complaints.
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def madoguchi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["madoguchi", *arguments])
        with pytest.raises(SystemExit) as stopped:
            run()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return call


def _audited(*actions: str) -> None:
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        for action in actions:
            unit.audit.append(AuditEntry(at=NOW, actor="U1", action=action))
    store.close()


def _beat(age: float) -> None:
    now = system_clock()
    beat = Heartbeat(
        at=now - timedelta(seconds=age),
        started_at=now,
        pid=os.getpid(),
        connected=True,
        pong_age=0.5,
        last_event=now,
    )
    write_heartbeat(load_settings().heartbeat, beat)


def test_health_of_a_running_desk_is_good(madoguchi: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "aliases", lambda self: {"champion": "2026-11-21.1"})
    _audited()
    _beat(1)
    status, out, _ = madoguchi("health")
    told = json.loads(out)
    assert (status, told["ok"], told["problems"], told["model"]) == (0, True, [], "2026-11-21.1")
    assert told["process"]["pid"] == os.getpid()
    assert told["inbox"] == {"waiting": 0, "oldest_seconds": None}


def test_health_of_a_dead_desk_says_so_and_fails(madoguchi: Command) -> None:
    _beat(3600)
    status, out, _ = madoguchi("health")
    assert (status, json.loads(out)["problems"]) == (1, [alerts.NOT_RUNNING, alerts.NO_MODEL])


def test_half_a_heartbeat_is_none(tmp_path: Path) -> None:
    (tmp_path / "heartbeat.json").write_text('{"at": "2026', encoding="utf-8")
    assert read_heartbeat(tmp_path / "heartbeat.json") is None


def test_backup_is_put_back(madoguchi: Command, tmp_path: Path) -> None:
    _audited("a")
    copy = tmp_path / "copy.db"
    assert madoguchi("backup", str(copy))[0] == 0
    _audited("b")
    status, out, _ = madoguchi("restore", str(copy))
    assert (status, str(copy) in out) == (0, True)
    assert madoguchi("audit", "verify") == (0, alerts.AUDIT_OK.format(count=1) + "\n", "")


def test_backup_over_a_file_is_refused(madoguchi: Command, tmp_path: Path) -> None:
    _audited()
    (tmp_path / "copy.db").touch()
    status, _, complaint = madoguchi("backup", str(tmp_path / "copy.db"))
    assert (status, alerts.EXISTS in complaint) == (2, True)


@pytest.mark.parametrize("command", [("verify",), ("audit", "verify")])
def test_first_changed_entry_of_the_audit_trail_is_named(
    madoguchi: Command, command: tuple[str, ...]
) -> None:
    _audited("a", "b", "c")
    assert madoguchi(*command)[0] == 0
    with sqlite3.connect(load_settings().database) as conn:
        conn.execute("DROP TRIGGER audit_no_update")
        conn.execute("UPDATE audit SET action = 'x' WHERE seq = 2")
    conn.close()
    assert madoguchi(*command) == (1, "", alerts.AUDIT_BAD.format(number=2) + "\n")


def test_verify_tells_of_damage(madoguchi: Command) -> None:
    _audited("a")
    database = load_settings().database
    data = bytearray(database.read_bytes())
    data[8_192:12_288] = b"\xff" * 4_096
    database.write_bytes(bytes(data))
    status, _, complaint = madoguchi("verify")
    assert (status, complaint.startswith(alerts.DAMAGED.format(reason=""))) == (1, True)


def test_model_that_cannot_be_used_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Registry, version: str) -> None:
        raise ModelRefused(version, "digest")

    monkeypatch.setattr(Registry, "load", refuse)
    with pytest.raises(ModelRefused):
        run_desk(Parts(load_settings()))


def test_second_desk_does_not_start() -> None:
    store = SqliteStore.open(load_settings().database, exclusive=True)
    with pytest.raises(StoreBusy):
        run_desk(Parts(load_settings()))
    store.close()
