"""Copies the database while the desk runs, puts a copy back while it does not, and verifies one."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import InputFileError, StoreBusy, StoreCorrupt, StoreError
from bot.storage.sqlite.store import SqliteStore, read_only
from bot.texts import alerts


def backup(database: Path, target: Path) -> None:
    """Write a copy of one instant to a new file (mode 0600); writers are not held up.

    Keys stand in files of their own and are not in it. Raises InputFileError where `target` exists or cannot
    be written, StoreError for a database that cannot be read.
    """
    if target.exists():
        raise InputFileError(str(target), alerts.EXISTS)
    draft = target.with_name(f"{target.name}.part")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(read_only(database)) as conn:
            conn.execute("VACUUM INTO ?", (str(draft),))
        _sync(draft)
        os.rename(draft, target)
        _sync(target.parent)
    except OSError as error:
        raise InputFileError(str(target), error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise StoreError(f"{database}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def restore(source: Path, database: Path) -> Path | None:
    """Put a backup in the database's place; returns where the database before it was kept, if there was one.

    What the backup believed unsent may have been sent since: it is looked for before it is sent again.
    Raises StoreBusy while the desk runs, StoreCorrupt or InputFileError for a file that is no sound backup.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_suffix(f"{database.suffix}.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreBusy(str(database)) from None
        draft = database.with_name(f"{database.name}.restoring")
        draft.unlink(missing_ok=True)
        _copy(source, draft)
        _doubt(draft)
        kept = _put_aside(database)
        os.rename(draft, database)
        _sync(database.parent)
    return kept


def verify(database: Path) -> tuple[int, int | None]:
    """Return how many audit entries there are, and the first one that was tampered with.

    Raises StoreCorrupt for a damaged file.
    """
    store = SqliteStore.open(database)
    try:
        complaint = store.integrity()
        if complaint != "ok":
            raise StoreCorrupt(complaint)
        with store.reading() as unit:
            return len(unit.audit.all()), unit.audit.first_bad()
    finally:
        store.close()


def _copy(source: Path, draft: Path) -> None:
    if not source.is_file():
        raise InputFileError(str(source), alerts.NOT_A_DATABASE)
    try:
        with closing(read_only(source)) as conn:
            tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            complaint = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if complaint != "ok":
                raise StoreCorrupt(f"{source}: {complaint}")
            if not {"inbox", "tickets", "audit"} <= tables:
                raise InputFileError(str(source), alerts.NOT_A_DATABASE)
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            conn.execute("VACUUM INTO ?", (str(draft),))
    except sqlite3.DatabaseError as error:
        raise StoreCorrupt(f"{source}: {error}") from error


def _doubt(draft: Path) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as conn:
        conn.execute("UPDATE outbox SET status = 'sending', not_before = NULL WHERE status = 'pending'")
    _sync(draft)


def _put_aside(database: Path) -> Path | None:
    """Keep the database and its log under another name."""
    if not database.exists():
        return None
    number = 1
    while (kept := database.with_name(f"{database.name}.before-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = database.with_name(database.name + suffix)
        if part.exists():
            os.rename(part, kept.with_name(kept.name + suffix))
    return kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
