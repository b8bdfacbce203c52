"""Dialogues and tickets in tables; decides no move, only that none overtakes another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from bot.dialogue.state import DialogueState
from bot.errors import StaleVersion
from bot.storage.records import DIALOGUE, TICKET, instant
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
            "INSERT OR IGNORE INTO tickets (id, version, status, severity, category, contract_key, reporter,"
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
            "UPDATE tickets SET version = ?, status = ?, severity = ?, category = ?, contract_key = ?,"
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
        contract_key: str | None = None,
        limit: int = 200,
    ) -> Sequence[Ticket]:
        wanted = json.dumps(list(statuses))
        rows = self._conn.execute(
            "SELECT body FROM tickets WHERE (? IS NULL OR reporter = ?) AND (? IS NULL OR contract_key = ?)"
            " AND (? = '[]' OR status IN (SELECT value FROM json_each(?)))"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            (reporter, reporter, contract_key, contract_key, wanted, wanted, limit),
        )
        return [TICKET.load(row[0]) for row in rows]


def _columns(ticket: Ticket) -> tuple[object, ...]:
    key = ticket.contract.key if ticket.contract else None
    return (ticket.version, ticket.status, ticket.severity, ticket.category, key, ticket.reporter)
