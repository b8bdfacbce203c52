"""A hundred ways to tamper with the audit trail, each of them found, and the first bad row named."""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.audit import AuditEntry
from tests.builders import NOW

ROWS = 40
COLUMNS = ("at", "actor", "action", "ticket_id", "before", "after", "note", "previous_digest", "digest")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with forty rows that nobody touched."""
    path = tmp_path_factory.mktemp("sound") / "desk.db"
    store = SqliteStore.open(path, exclusive=True)
    with store.transaction() as unit:
        for number in range(ROWS):
            unit.audit.append(
                AuditEntry(
                    at=NOW + timedelta(minutes=number),
                    actor=f"U{number % 5}",
                    action="approve",
                    ticket_id=f"M-{number:05d}",
                    before="awaiting_approval",
                    after="open",
                )
            )
        assert unit.audit.first_bad() is None
    store.close()
    return path


def tampered(sound: Path, folder: Path, statements: list[tuple[str, tuple[object, ...]]]) -> int | None:
    """The first bad row after somebody with the file, but without the key, ran these statements."""
    path = folder / "desk.db"
    for file in sound.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
        (folder / file.name).chmod(0o600)
    conn = sqlite3.connect(path, isolation_level=None)
    for trigger in ("audit_no_update", "audit_no_delete"):
        conn.execute(f"DROP TRIGGER {trigger}")
    for statement, values in statements:
        conn.execute(statement, values)
    conn.close()
    store = SqliteStore.open(path, exclusive=True)
    try:
        with store.reading() as unit:
            return unit.audit.first_bad()
    finally:
        store.close()


def test_changed_cell_is_found_wherever_it_is(sound: Path, tmp_path: Path) -> None:
    rng = random.Random(5)
    for number in range(80):
        row, column = rng.randrange(1, ROWS + 1), COLUMNS[number % len(COLUMNS)]
        value = "2026-11-20T00:00:00+09:00" if column == "at" else f"x{number}"
        folder = tmp_path / str(number)
        folder.mkdir()
        change = (f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, row))
        assert tampered(sound, folder, [change]) == row, (column, row)


@pytest.mark.parametrize("row", [1, 2, 10, 20, 30, 38, 39])
def test_removed_row_is_found(sound: Path, tmp_path: Path, row: int) -> None:
    assert tampered(sound, tmp_path, [("DELETE FROM audit WHERE seq = ?", (row,))]) == row + 1


@pytest.mark.parametrize("kept", [0, 1, 5, 20, 38, 39])
def test_end_that_was_cut_off_is_found(sound: Path, tmp_path: Path, kept: int) -> None:
    assert tampered(sound, tmp_path, [("DELETE FROM audit WHERE seq > ?", (kept,))]) == kept + 1


@pytest.mark.parametrize("kept", [1, 20, 39])
def test_end_that_was_cut_off_together_with_its_seal_is_found(sound: Path, tmp_path: Path, kept: int) -> None:
    cut = [
        ("DELETE FROM audit WHERE seq > ?", (kept,)),
        ("UPDATE audit_head SET seq = ?, digest = (SELECT digest FROM audit WHERE seq = ?)", (kept, kept)),
    ]
    assert tampered(sound, tmp_path, cut) == kept
    assert tampered(sound, tmp_path, [cut[0], ("DELETE FROM audit_head", ())]) == kept


@pytest.mark.parametrize("row", [1, 7, 39])
def test_rows_that_changed_places_are_found(sound: Path, tmp_path: Path, row: int) -> None:
    swap = [
        ("UPDATE audit SET seq = 0 WHERE seq = ?", (row,)),
        ("UPDATE audit SET seq = ? WHERE seq = ?", (row, row + 1)),
        ("UPDATE audit SET seq = ? WHERE seq = 0", (row + 1,)),
    ]
    assert tampered(sound, tmp_path, swap) == row


@pytest.mark.parametrize("after", [1, 2, 20, 40])
def test_row_that_was_slipped_in_is_found(sound: Path, tmp_path: Path, after: int) -> None:
    slipped = [
        ("UPDATE audit SET seq = -(seq + 1) WHERE seq > ?", (after,)),
        ("UPDATE audit SET seq = -seq WHERE seq < 0", ()),
        (
            "INSERT INTO audit SELECT ?, at, actor, action, ticket_id, before, after, note, previous_digest,"
            " digest FROM audit WHERE seq = 1",
            (after + 1,),
        ),
    ]
    assert tampered(sound, tmp_path, slipped) == after + 1


def test_other_key_accepts_nothing(sound: Path, tmp_path: Path) -> None:
    for file in sound.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    (tmp_path / "audit.key").write_bytes(b"k" * 32)
    store = SqliteStore.open(tmp_path / "desk.db", exclusive=True)
    with store.reading() as unit:
        assert unit.audit.first_bad() == 1
    store.close()


def test_desk_itself_cannot_change_a_row(sound: Path, tmp_path: Path) -> None:
    store = SqliteStore.in_memory()
    with store.transaction() as unit:
        unit.audit.append(AuditEntry(at=NOW, actor="U1", action="open"))
    for statement in ("UPDATE audit SET note = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store._conn.execute(statement)
    store.close()


def test_key_cut_short_is_refused(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path / "desk.db").close()
    (tmp_path / "audit.key").write_bytes(b"short")
    with pytest.raises(StoreError, match="too short"):
        SqliteStore.open(tmp_path / "desk.db")
