"""The audit trail in a table: append-only, chained, its end sealed; people stand in it under aliases."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from bot.storage.records import read_instant
from bot.storage.sqlite.keys import Keys
from bot.tickets.audit import GENESIS, AuditEntry, chain, first_bad


class AuditTrail:
    """Rows hold an alias in place of a user id; what stands behind an alias can be erased, a row cannot."""

    def __init__(self, conn: sqlite3.Connection, keys: Keys) -> None:
        self._conn, self._keys = conn, keys

    def append(self, entry: AuditEntry) -> AuditEntry:
        row = self._conn.execute("SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        seq, previous = (row[0] + 1, row[1]) if row else (1, GENESIS)
        named = replace(entry, actor=self._alias(entry.actor))
        chained = chain(named, previous=previous, seq=seq, key=self._keys.audit)
        self._conn.execute(
            "INSERT INTO audit (seq, at, actor, action, ticket_id, before, after, note, previous_digest,"
            " digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chained.seq,
                chained.at.isoformat(),
                chained.actor,
                chained.action,
                chained.ticket_id,
                chained.before,
                chained.after,
                chained.note,
                chained.previous_digest,
                chained.digest,
            ),
        )
        self._conn.execute(
            "INSERT INTO audit_head (only, seq, digest, seal) VALUES (1, ?, ?, ?) ON CONFLICT (only) DO"
            " UPDATE SET seq = excluded.seq, digest = excluded.digest, seal = excluded.seal",
            (seq, chained.digest, self._keys.seal(seq, chained.digest)),
        )
        return replace(chained, actor=entry.actor)

    def of_ticket(self, ticket_id: str) -> Sequence[AuditEntry]:
        return self._named(self._read(ticket_id))

    def all(self) -> Sequence[AuditEntry]:
        return self._named(self._read(None))

    def head(self) -> AuditEntry | None:
        """Return the last row, whose digest vouches for all before it."""
        entries = self._conn.execute("SELECT max(seq) FROM audit").fetchone()
        found = [entry for entry in self._read(None, entries[0]) if entry.seq == entries[0]]
        return found[0] if found else None

    def next_of_tickets(self, seq: int) -> AuditEntry | None:
        row = self._conn.execute(
            "SELECT seq, ticket_id FROM audit WHERE seq > ? AND ticket_id IS NOT NULL"
            " AND substr(action, 1, 8) != 'refused:' ORDER BY seq LIMIT 1",
            (seq,),
        ).fetchone()
        if row is None:
            return None
        return next(entry for entry in self.of_ticket(row[1]) if entry.seq == row[0])

    def first_bad(self) -> int | None:
        """Return the number of the first row that was changed, moved or is missing, or None."""
        entries = self._read(None)
        bad = first_bad(entries, self._keys.audit)
        if bad is not None:
            return bad
        last = (entries[-1].seq, entries[-1].digest) if entries else (0, GENESIS)
        row = self._conn.execute("SELECT seq, digest, seal FROM audit_head").fetchone()
        if row is None:
            return None if not entries else last[0]
        if (row[0], row[1]) != last or row[2] != self._keys.seal(*last):
            return last[0] + 1 if row[0] != last[0] else last[0]
        return None

    def _alias(self, user_id: str) -> str:
        row = self._conn.execute("SELECT alias FROM actors WHERE user_id = ?", (user_id,)).fetchone()
        if row:
            return str(row[0])
        alias = f"p-{secrets.token_hex(8)}"
        self._conn.execute("INSERT INTO actors (alias, user_id) VALUES (?, ?)", (alias, user_id))
        return alias

    def _named(self, entries: Sequence[AuditEntry]) -> Sequence[AuditEntry]:
        """Return the entries with user ids, as far as they are still known."""
        known = dict(self._conn.execute("SELECT alias, user_id FROM actors"))
        return [replace(entry, actor=known.get(entry.actor, entry.actor)) for entry in entries]

    def _read(self, ticket_id: str | None, since: int | None = None) -> Sequence[AuditEntry]:
        rows = self._conn.execute(
            "SELECT seq, at, actor, action, ticket_id, before, after, note, previous_digest, digest"
            " FROM audit WHERE (? IS NULL OR ticket_id = ?) AND seq >= coalesce(?, 0) ORDER BY seq",
            (ticket_id, ticket_id, since),
        )
        return [
            AuditEntry(
                seq=row[0],
                at=read_instant(row[1]),
                actor=row[2],
                action=row[3],
                ticket_id=row[4],
                before=row[5],
                after=row[6],
                note=row[7],
                previous_digest=row[8],
                digest=row[9],
            )
            for row in rows
        ]
