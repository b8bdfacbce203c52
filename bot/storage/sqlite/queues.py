"""Inbox and outbox tables; decides neither order of work beyond first come nor any retry."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.storage.records import INBOUND, OUTBOUND, instant, read_instant
from bot.traffic import (
    LONGEST_WAIT,
    Claimed,
    Inbound,
    MessageRef,
    OutboxItem,
    OutboxStatus,
    ShowCard,
    ShowRun,
)


class Inbox:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def put(self, inbound: Inbound) -> bool:
        cursor = self._conn.execute(
            "INSERT OR IGNORE INTO inbox (key, conversation_id, body, received_at) VALUES (?, ?, ?, ?)",
            (inbound.key, inbound.conversation_id, INBOUND.dump(inbound), instant(inbound.received_at)),
        )
        return cursor.rowcount == 1

    def claim(self, now: datetime) -> Claimed | None:
        row = self._conn.execute(
            "SELECT seq, body, attempts FROM inbox AS waiting WHERE status = 'new' AND NOT EXISTS ("
            " SELECT 1 FROM inbox AS earlier WHERE earlier.status <> 'done'"
            " AND earlier.conversation_id = waiting.conversation_id"
            " AND (earlier.seq < waiting.seq OR earlier.status = 'claimed')"
            ") ORDER BY rank, seq LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        self._conn.execute(
            "UPDATE inbox SET status = 'claimed', attempts = attempts + 1 WHERE seq = ?", (row[0],)
        )
        return Claimed(inbound=INBOUND.load(row[1]), attempts=row[2] + 1)

    def look_ahead(self, limit: int) -> Sequence[Inbound]:
        rows = self._conn.execute(
            "UPDATE inbox SET looked = 1 WHERE seq IN ("
            " SELECT seq FROM inbox WHERE status = 'new' AND looked = 0 ORDER BY seq LIMIT ?"
            ") RETURNING body",
            (limit,),
        ).fetchall()
        return [INBOUND.load(row[0]) for row in rows]

    def rank(self, key: str, rank: int) -> None:
        self._conn.execute("UPDATE inbox SET rank = ? WHERE key = ? AND status = 'new'", (rank, key))

    def rewrite(self, inbound: Inbound) -> None:
        self._conn.execute("UPDATE inbox SET body = ? WHERE key = ?", (INBOUND.dump(inbound), inbound.key))

    def done(self, key: str) -> None:
        self._conn.execute("UPDATE inbox SET status = 'done' WHERE key = ?", (key,))

    def release(self, key: str) -> None:
        self._conn.execute("UPDATE inbox SET status = 'new' WHERE key = ? AND status = 'claimed'", (key,))

    def abandon_claims(self) -> int:
        # What was under way in more than one crash may be their cause: everything else goes first.
        return self._conn.execute(
            "UPDATE inbox SET status = 'new', rank = CASE WHEN attempts > 1 THEN 9 ELSE rank END"
            " WHERE status = 'claimed'"
        ).rowcount

    def oldest(self) -> datetime | None:
        row = self._conn.execute("SELECT min(received_at) FROM inbox WHERE status <> 'done'").fetchone()
        return read_instant(row[0]) if row[0] else None

    def waiting(self) -> int:
        # Left to itself, SQLite would go through every row there ever was.
        rows = self._conn.execute("SELECT count(*) FROM inbox INDEXED BY inbox_open WHERE status <> 'done'")
        return int(rows.fetchone()[0])


class Outbox:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def put(self, item: OutboxItem) -> bool:
        cursor = self._conn.execute(
            "INSERT OR IGNORE INTO outbox (key, body, created_at, lane) VALUES (?, ?, ?, ?)",
            (item.key, OUTBOUND.dump(item.message), instant(item.created_at), _lane(item)),
        )
        return cursor.rowcount == 1

    def due(self, now: datetime, limit: int = 50) -> Sequence[OutboxItem]:
        rows = self._conn.execute(
            "SELECT key, body, status, attempts, not_before, created_at FROM outbox AS waiting"
            " WHERE status IN ('pending', 'sending')"
            " AND (not_before IS NULL OR not_before <= ? OR not_before > ?)"
            " AND (lane = '' OR NOT EXISTS ("
            " SELECT 1 FROM outbox AS earlier WHERE earlier.status IN ('pending', 'sending')"
            " AND earlier.lane = waiting.lane AND earlier.seq < waiting.seq))"
            " ORDER BY seq LIMIT ?",
            (instant(now), instant(now + LONGEST_WAIT), limit),
        )
        return [
            OutboxItem(
                key=key,
                message=OUTBOUND.load(body),
                status=OutboxStatus(status),
                attempts=attempts,
                not_before=read_instant(not_before) if not_before else None,
                created_at=read_instant(created_at),
            )
            for key, body, status, attempts, not_before, created_at in rows
        ]

    def begin(self, key: str) -> None:
        self._conn.execute(
            "UPDATE outbox SET status = 'sending', not_before = NULL, attempts = attempts + 1 WHERE key = ?",
            (key,),
        )

    def mark(
        self, key: str, status: OutboxStatus, *, not_before: datetime | None = None, error: str = ""
    ) -> None:
        self._conn.execute(
            "UPDATE outbox SET status = ?, not_before = ?, error = ? WHERE key = ?",
            (status, instant(not_before) if not_before else None, error, key),
        )

    def waiting(self) -> int:
        rows = self._conn.execute("SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')")
        return int(rows.fetchone()[0])

    def oldest(self) -> datetime | None:
        row = self._conn.execute(
            "SELECT min(created_at) FROM outbox WHERE status IN ('pending', 'sending')"
        ).fetchone()
        return read_instant(row[0]) if row[0] else None

    def dead(self) -> int:
        return int(self._conn.execute("SELECT count(*) FROM outbox WHERE status = 'dead'").fetchone()[0])

    def doubt(self, until: datetime) -> int:
        return self._conn.execute(
            "UPDATE outbox SET not_before = ? WHERE status = 'sending' AND not_before IS NULL",
            (instant(until),),
        ).rowcount

    def remember(self, ticket_id: str, ref: MessageRef) -> None:
        self._conn.execute(
            "INSERT INTO cards (ticket_id, channel, message) VALUES (?, ?, ?)"
            " ON CONFLICT (ticket_id) DO UPDATE SET channel = excluded.channel, message = excluded.message",
            (ticket_id, ref.channel, ref.message),
        )

    def card_of(self, ticket_id: str) -> MessageRef | None:
        row = self._conn.execute(
            "SELECT channel, message FROM cards WHERE ticket_id = ?", (ticket_id,)
        ).fetchone()
        return MessageRef(channel=row[0], message=row[1]) if row else None


def _lane(item: OutboxItem) -> str:
    """Cards of one ticket go one after the other: the first has to stand before the next can update it."""
    match item.message:
        case ShowCard(ticket_id=ticket_id):
            return f"card/{ticket_id}"
        case ShowRun(run_id=run_id):
            return f"run/{run_id}"
        case _:
            return ""


class Marks:
    """How far something was done, by name."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def get(self, name: str) -> str | None:
        row = self._conn.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set(self, name: str, value: str) -> None:
        self._conn.execute(
            "INSERT INTO marks (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def forget(self, prefix: str, *, before: str) -> None:
        self._conn.execute(
            "DELETE FROM marks WHERE substr(name, 1, length(?)) = ? AND value < ?", (prefix, prefix, before)
        )
