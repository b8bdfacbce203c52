"""Opens the database file, keeps it sound, and runs units of work on its one writing connection."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlite_utils import Database

from bot.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull
from bot.storage.sqlite.desk import Dialogues, Tickets
from bot.storage.sqlite.keys import Keys, check_pepper
from bot.storage.sqlite.labels import Labels
from bot.storage.sqlite.people import Contracts, Feedback, People
from bot.storage.sqlite.queues import Inbox, Marks, Outbox
from bot.storage.sqlite.schema import MIGRATIONS
from bot.storage.sqlite.trail import AuditTrail
from bot.storage.sqlite.vault import Vault

T = TypeVar("T")


class SqliteUnitOfWork:
    """The tables of one transaction."""

    def __init__(self, conn: sqlite3.Connection, keys: Keys) -> None:
        self.inbox = Inbox(conn)
        self.outbox = Outbox(conn)
        self.dialogues = Dialogues(conn)
        self.tickets = Tickets(conn)
        self.audit = AuditTrail(conn, keys)
        self.people = People(conn)
        self.contracts = Contracts(conn, keys)
        self.feedback = Feedback(conn)
        self.marks = Marks(conn)
        self.labels = Labels(conn)
        self.vault = Vault(conn)


class _Job:
    """Work that waits for the next commit."""

    __slots__ = ("error", "leads", "ready", "value", "work")

    def __init__(self, work: Callable[[SqliteUnitOfWork], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        #: Free once it is done, or once it is this one's turn to commit for everybody who waits.
        self.ready = threading.Lock()
        self.ready.acquire()
        self.leads = False


class SqliteStore:
    """One SQLite file in WAL mode with synchronous=FULL: what is committed survives a crash.

    `exclusive` takes the lock that a running bot holds, and is the only one that checkpoints the log:
    two connections that checkpoint at once can corrupt a WAL database in SQLite before 3.51.3.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        keys: Keys,
        lock: IO[str] | None = None,
        path: Path | None = None,
    ) -> None:
        self._conn, self._lock_file, self._path, self._keys = conn, lock, path, keys
        self._lock = threading.RLock()
        self._unit = SqliteUnitOfWork(conn, keys)
        self._jobs: list[_Job] = []
        self._jobs_lock = threading.Lock()
        #: Somebody commits, or is about to.
        self._led = False
        #: Connections that only read and are free.
        self._readers: list[sqlite3.Connection] = []

    @classmethod
    def open(cls, path: Path, *, exclusive: bool = False) -> SqliteStore:
        """Open or create the database at `path`.

        Raises StoreBusy where another process runs the desk on it, StoreCorrupt where the file is
        damaged, StoreError where it cannot be read or written.
        """
        with ExitStack() as undo:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
                lock = undo.enter_context(_take_lock(path)) if exclusive else None
                keys = Keys.beside(path)
                conn = undo.enter_context(closing(_connect(str(path))))
                _prepare(conn, keys, checkpoints=exclusive)
                check_pepper(conn, keys, path)
            except sqlite3.OperationalError as error:
                raise _unusable(path, error) from error
            except sqlite3.DatabaseError as error:
                raise StoreCorrupt(f"{path}: {error}") from error
            except OSError as error:
                raise StoreError(f"{path}: {error}") from error
            undo.pop_all()
        return cls(conn, keys, lock, path)

    @classmethod
    def in_memory(cls) -> SqliteStore:
        """Return an empty store that vanishes with the process."""
        conn, keys = _connect(":memory:"), Keys.fresh()
        _prepare(conn, keys, checkpoints=True)
        return cls(conn, keys)

    @contextmanager
    def transaction(self) -> Iterator[SqliteUnitOfWork]:
        """Run one unit of work; everything in it is committed at the end or nothing is.

        Raises StoreBusy where another process writes for longer than WAIT_SECONDS, StoreFull where the disk
        takes no more.
        """
        with self._lock, self._committed():
            yield self._unit

    def write(self, work: Callable[[SqliteUnitOfWork], T]) -> T:
        """Run short work as a transaction; whoever waits at the same time shares one commit.

        Where another's work fails, it is undone and run once more: it may touch nothing but the unit. Raises
        what `work` raises, and as `transaction`.
        """
        job = _Job(work)
        with self._jobs_lock:
            self._jobs.append(job)
            job.leads, self._led = not self._led, True
        if not job.leads:
            # On a lock of its own: whoever waits for the one all share is woken one after the other.
            job.ready.acquire()
        if job.leads:
            self._lead()
        if job.error is not None:
            raise job.error
        value: T = job.value
        return value

    @contextmanager
    def reading(self) -> Iterator[SqliteUnitOfWork]:
        """Open a unit of work on a snapshot, on a connection that cannot write."""
        if self._path is None:
            with self._lock:
                yield self._unit
            return
        try:
            conn = self._readers.pop()
        except IndexError:
            conn = read_only(self._path)
        conn.execute("BEGIN")
        try:
            yield SqliteUnitOfWork(conn, self._keys)
        finally:
            conn.execute("ROLLBACK")
            self._readers.append(conn)

    def _lead(self) -> None:
        """Commit for everybody who waits by now, and let one of those who came meanwhile go on."""
        with self._lock:
            jobs = self._gather()
            try:
                if not self._all_at_once(jobs):
                    with self._committed():
                        for job in jobs:
                            self._run(job)
            except BaseException as error:
                # Nothing was committed: nobody may believe that theirs was.
                for job in jobs:
                    job.error = job.error or error
        with self._jobs_lock:
            self._led = bool(self._jobs)
            if self._led:
                self._jobs[0].leads = True
                self._jobs[0].ready.release()
        for job in jobs:
            if not job.leads:
                job.ready.release()

    def _gather(self) -> list[_Job]:
        """Everybody who waits; where several do, more are about to, and a commit costs more than that."""
        if len(self._jobs) > 1:
            time.sleep(GATHERING)
        with self._jobs_lock:
            jobs, self._jobs = self._jobs, []
        return jobs

    def _all_at_once(self, jobs: Sequence[_Job]) -> bool:
        """Run and commit all; False where one failed: nothing was kept, and each is to be run apart."""
        try:
            with self._committed():
                for job in jobs:
                    job.value = job.work(self._unit)
        except StoreError:
            raise
        except Exception as error:
            if len(jobs) > 1:
                return False
            jobs[0].error = error
        return True

    def _run(self, job: _Job) -> None:
        self._conn.execute("SAVEPOINT job")
        try:
            job.value = job.work(self._unit)
        except BaseException as error:
            if not self._conn.in_transaction:
                # SQLite gave the whole transaction up, as it does on a full disk.
                raise
            self._conn.execute("ROLLBACK TO job")
            job.error = error
        self._conn.execute("RELEASE job")

    @contextmanager
    def _committed(self) -> Iterator[None]:
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise _unusable("database", error) from error
        try:
            yield
            self._conn.execute("COMMIT")
        except BaseException as error:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and _full(error):
                raise StoreFull(str(error)) from error
            raise

    def scrub(self) -> None:
        """Leave nothing of what was erased, in the file or in its log; for the one who holds the lock."""
        with self._lock:
            self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._conn.execute("VACUUM")
            self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def integrity(self) -> str:
        """Return `ok` or SQLite's first complaint."""
        with self._lock:
            return str(self._conn.execute("PRAGMA integrity_check(1)").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            while self._readers:
                self._readers.pop().close()
            self._conn.close()
            if self._lock_file is not None:
                self._lock_file.close()


#: How long a transaction waits for another process to finish writing.
WAIT_SECONDS = 5.0
#: Seconds that a commit waits for others to join it, where some have already.
GATHERING = 0.0002
#: After so many pages of the log a commit brings them into the database, which takes many times as long.
CHECKPOINTS = "PRAGMA wal_autocheckpoint = 4000"


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=WAIT_SECONDS)


def read_only(path: Path) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=WAIT_SECONDS)


def _prepare(conn: sqlite3.Connection, keys: Keys, *, checkpoints: bool) -> None:
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA foreign_keys = ON")
    # What is erased is overwritten: no customer's words stay behind in free pages.
    conn.execute("PRAGMA secure_delete = ON")
    conn.execute(CHECKPOINTS if checkpoints else "PRAGMA wal_autocheckpoint = 0")
    result = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        raise sqlite3.DatabaseError(result)
    db = Database(conn, execute_plugins=False)
    keys.register(conn)
    if MIGRATIONS.pending(db):
        MIGRATIONS.apply(db)


def _take_lock(path: Path) -> IO[str]:
    lock = path.with_suffix(path.suffix + ".lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StoreBusy(str(path)) from None
    return lock


def _unusable(where: Path | str, error: sqlite3.OperationalError) -> StoreError:
    """Return the error of a database that is whole but cannot be used now."""
    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(str(where))
    return StoreFull(f"{where}: {error}") if _full(error) else StoreError(f"{where}: {error}")


def _full(error: sqlite3.OperationalError) -> bool:
    """A disk that takes no more answers so, or as a failed write of the log."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
