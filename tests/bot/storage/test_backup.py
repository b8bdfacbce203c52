"""Backups of a running desk, put back and verified."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import InputFileError, StoreBusy, StoreCorrupt
from bot.storage.sqlite.backup import backup, restore, verify
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.audit import AuditEntry
from bot.traffic import OutboxItem, OutboxStatus, ShowCard
from tests.builders import NOW, inbound


def _fill(database: Path, key: str) -> None:
    store = SqliteStore.open(database)
    with store.transaction() as unit:
        unit.inbox.put(inbound("x", key=key))
        unit.outbox.put(OutboxItem(key=key, message=ShowCard(ticket_id="M-1"), created_at=NOW))
        unit.audit.append(AuditEntry(at=NOW, actor="U1", action=key))
    store.close()


def _keys(database: Path) -> list[str]:
    store = SqliteStore.open(database)
    with store.transaction() as unit:
        found = [entry.action for entry in unit.audit.all()]
    store.close()
    return found


def test_backup_of_a_running_desk_is_of_one_instant(tmp_path: Path) -> None:
    database, copy = tmp_path / "home" / "desk.db", tmp_path / "copy.db"
    _fill(database, "a")
    running = SqliteStore.open(database, exclusive=True)
    with running.transaction() as unit:
        unit.audit.append(AuditEntry(at=NOW, actor="U1", action="not yet committed"))
        backup(database, copy)
    running.close()
    assert copy.stat().st_mode & 0o777 == 0o600
    _fill(database, "b")
    kept = restore(copy, database)
    assert (kept, _keys(database)) == (tmp_path / "home" / "desk.db.before-1", ["a"])
    assert verify(database) == (1, None)


def test_restored_things_to_send_are_looked_for_before_they_are_sent(tmp_path: Path) -> None:
    database, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    _fill(database, "a")
    backup(database, copy)
    restore(copy, database)
    store = SqliteStore.open(database)
    with store.transaction() as unit:
        (item,) = unit.outbox.due(NOW + timedelta(days=1))
    store.close()
    assert item.status is OutboxStatus.SENDING


def test_restore_leaves_a_running_desk_alone(tmp_path: Path) -> None:
    database, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    _fill(database, "a")
    backup(database, copy)
    running = SqliteStore.open(database, exclusive=True)
    with pytest.raises(StoreBusy):
        restore(copy, database)
    running.close()


def test_backup_overwrites_nothing(tmp_path: Path) -> None:
    database, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    _fill(database, "a")
    copy.write_text("mine", encoding="utf-8")
    with pytest.raises(InputFileError):
        backup(database, copy)
    assert copy.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("damage", ["missing", "no database", "another database", "cut"])
def test_file_that_is_no_sound_backup_is_not_put_back(tmp_path: Path, damage: str) -> None:
    database, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    _fill(database, "a")
    if damage == "no database":
        copy.write_bytes(b"x" * 5_000)
    elif damage == "another database":
        with sqlite3.connect(copy) as conn:
            conn.execute("CREATE TABLE other (x)")
        conn.close()
    elif damage == "cut":
        backup(database, copy)
        copy.write_bytes(copy.read_bytes()[:20_000])
    with pytest.raises((InputFileError, StoreCorrupt)):
        restore(copy, database)
    assert _keys(database) == ["a"]


def test_verify_names_the_first_entry_that_was_changed(tmp_path: Path) -> None:
    database = tmp_path / "desk.db"
    for key in ("a", "b", "c"):
        _fill(database, key)
    with sqlite3.connect(database) as conn:
        conn.execute("DROP TRIGGER audit_no_update")
        conn.execute("UPDATE audit SET actor = 'U9' WHERE seq = 2")
    conn.close()
    assert verify(database) == (3, 2)
