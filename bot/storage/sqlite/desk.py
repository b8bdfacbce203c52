"""Dialogues, tickets and the audit trail in tables; decides no move, only that none overtakes another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from bot.dialogue.state import DialogueState
from bot.errors import StaleVersion
from bot.storage.records import DIALOGUE, TICKET, instant, read_instant
from bot.tickets.audit import GENESIS, AuditEntry, chain, first_bad
from bot.tickets.ticket import Ticket, TicketStatus
from bot.traffic import Address

_ADDRESS: TypeAdapter[Address] = TypeAdapter(Address)


class Dialogues:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def load(self, conversation_id: str) -> DialogueState:
        row = self._conn.execute(
            "SELECT body FROM dialogues WHERE conversation_id = ?", (conversation_id,)
        ).fetchone()
        return DIALOGUE.load(row[0]) if row else DialogueState(conversation_id=conversation_id)

    def save(self, state: DialogueState, address: Address, now: datetime) -> None:
        self._conn.execute(
            "INSERT INTO dialogues (conversation_id, version, address, body, updated_at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (conversation_id) DO UPDATE SET"
            " version = excluded.version, body = excluded.body, updated_at = excluded.updated_at",
            (
                state.conversation_id,
                state.version,
                _ADDRESS.dump_json(address).decode(),
                DIALOGUE.dump(state),
                instant(now),
            ),
        )

    def address_of(self, conversation_id: str) -> Address | None:
        row = self._conn.execute(
            "SELECT address FROM dialogues WHERE conversation_id = ?", (conversation_id,)
        ).fetchone()
        return _ADDRESS.validate_json(row[0]) if row else None

    def active(self, since: datetime) -> Sequence[Address]:
        rows = self._conn.execute(
            "SELECT address FROM dialogues WHERE updated_at >= ? ORDER BY updated_at", (instant(since),)
        )
        return [_ADDRESS.validate_json(row[0]) for row in rows]


class Tickets:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def reserve_id(self, now: datetime) -> str:
        row = self._conn.execute(
            "INSERT INTO counters (name, value) VALUES ('ticket', 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        ).fetchone()
        return f"M-{row[0]:05d}"

    def add(self, ticket: Ticket) -> bool:
        cursor = self._conn.execute(
            "INSERT OR IGNORE INTO tickets (id, version, status, severity, category, number, reporter,"
            " conversation_id, source_key, created_at, due_at, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                ticket.id,
                *_columns(ticket),
                ticket.conversation_id,
                ticket.source_key or ticket.id,
                instant(ticket.created_at),
                instant(ticket.due_at) if ticket.due_at else None,
                TICKET.dump(ticket),
            ),
        )
        return cursor.rowcount == 1

    def get(self, ticket_id: str) -> Ticket | None:
        row = self._conn.execute("SELECT body FROM tickets WHERE id = ?", (ticket_id,)).fetchone()
        return TICKET.load(row[0]) if row else None

    def save(self, ticket: Ticket) -> None:
        cursor = self._conn.execute(
            "UPDATE tickets SET version = ?, status = ?, severity = ?, category = ?, number = ?,"
            " reporter = ?, due_at = ?, body = ? WHERE id = ? AND version = ?",
            (
                *_columns(ticket),
                instant(ticket.due_at) if ticket.due_at else None,
                TICKET.dump(ticket),
                ticket.id,
                ticket.version - 1,
            ),
        )
        if cursor.rowcount != 1:
            raise StaleVersion(ticket.id)

    def find(
        self,
        *,
        statuses: Sequence[TicketStatus] = (),
        reporter: str | None = None,
        number: str | None = None,
        limit: int = 200,
    ) -> Sequence[Ticket]:
        wanted = json.dumps(list(statuses))
        rows = self._conn.execute(
            "SELECT body FROM tickets WHERE (? IS NULL OR reporter = ?) AND (? IS NULL OR number = ?)"
            " AND (? = '[]' OR status IN (SELECT value FROM json_each(?)))"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            (reporter, reporter, number, number, wanted, wanted, limit),
        )
        return [TICKET.load(row[0]) for row in rows]


def _columns(ticket: Ticket) -> tuple[object, ...]:
    number = ticket.contract.number if ticket.contract else None
    return (ticket.version, ticket.status, ticket.severity, ticket.category, number, ticket.reporter)


class AuditTrail:
    def __init__(self, conn: sqlite3.Connection, key: bytes) -> None:
        self._conn, self._key = conn, key

    def append(self, entry: AuditEntry) -> AuditEntry:
        row = self._conn.execute("SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        seq, previous = (row[0] + 1, row[1]) if row else (1, GENESIS)
        chained = chain(entry, previous=previous, seq=seq, key=self._key)
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
        return chained

    def of_ticket(self, ticket_id: str) -> Sequence[AuditEntry]:
        return self._read(ticket_id)

    def all(self) -> Sequence[AuditEntry]:
        return self._read(None)

    def first_bad(self) -> int | None:
        return first_bad(self.all(), self._key)

    def _read(self, ticket_id: str | None) -> Sequence[AuditEntry]:
        rows = self._conn.execute(
            "SELECT seq, at, actor, action, ticket_id, before, after, note, previous_digest, digest"
            " FROM audit WHERE ? IS NULL OR ticket_id = ? ORDER BY seq",
            (ticket_id, ticket_id),
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
