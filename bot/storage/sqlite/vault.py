"""Everything that is kept about a person or a contract, over all tables: read, corrected, erased.

Decides neither who may ask for it nor how long anything is kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.personal import About, Affected
from bot.storage.records import CONTRACT, TICKET, instant
from bot.tickets.ticket import Ticket, TicketStatus

#: What stands in place of a person who was erased.
ERASED = "erased"
_OVER = json.dumps([TicketStatus.CLOSED, TicketStatus.REJECTED, TicketStatus.MERGED])

# What belongs to somebody: tickets they reported or that were opened for the contract, talks they began or in
# which the contract was shown, and whatever came in or went out there. `:user` or `:key` is NULL.
_TICKETS = "SELECT id FROM tickets WHERE reporter = :user OR contract_key = :key"
_TALKS = (
    "SELECT conversation_id FROM dialogues WHERE json_extract(body, '$.reporter') = :user"
    " OR json_extract(body, '$.identification.contract.key') = :key"
    " UNION SELECT conversation_id FROM tickets WHERE reporter = :user OR contract_key = :key"
)
_PLACES = (
    "SELECT json_extract(address, '$.channel') || '/' || coalesce(json_extract(address, '$.thread'), '')"
    " FROM dialogues WHERE conversation_id IN talks UNION SELECT :user || '/'"
)


class Vault:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    # --- somebody's data ---

    def about(self, whose: About) -> dict[str, list[Any]]:
        """Return every row about somebody by table, as JSON can hold it."""
        self._gather(whose)
        found: dict[str, list[Any]] = {
            "contracts": self._bodies("SELECT body FROM contracts WHERE key = :key", whose),
            "tickets": self._bodies("SELECT body FROM tickets WHERE id IN mine", whose),
            "talks": self._bodies("SELECT body FROM dialogues WHERE conversation_id IN talks", whose),
            "received": self._bodies(
                "SELECT body FROM inbox WHERE body <> '{}' AND (conversation_id IN talks"
                " OR json_extract(body, '$.sender.id') = :user)",
                whose,
            ),
            "sent": self._bodies(
                "SELECT body FROM outbox WHERE body <> '{}' AND (json_extract(body, '$.ticket_id') IN mine"
                " OR json_extract(body, '$.address.channel') || '/'"
                " || coalesce(json_extract(body, '$.address.thread'), '') IN places)",
                whose,
            ),
            "labels": self._bodies("SELECT body FROM corrections WHERE ticket_id IN mine", whose),
            "label_candidates": self._rows(
                "SELECT ticket_id, source, text, severity, category, created_at FROM label_candidates"
                " WHERE ticket_id IN mine OR contract_key = :key ORDER BY id",
                whose,
            ),
            "links": self._rows(
                "SELECT user_id, contract_key, linked_at FROM people"
                " WHERE user_id = :user OR contract_key = :key",
                whose,
            ),
            "identification_attempts": self._rows(
                "SELECT user_id, at, succeeded FROM identification_attempts"
                " WHERE user_id = :user OR contract_key = :key ORDER BY seq",
                whose,
            ),
            "faq_feedback": self._rows(
                "SELECT entry_id, solved, at FROM faq_feedback WHERE user_id = :user ORDER BY seq", whose
            ),
        }
        return {name: rows for name, rows in found.items() if rows}

    def open_tickets(self, whose: About) -> Sequence[str]:
        rows = self._conn.execute(
            "SELECT id FROM tickets WHERE (reporter = :user OR contract_key = :key)"
            " AND status NOT IN (SELECT value FROM json_each(:over)) ORDER BY id",
            {**_named(whose), "over": _OVER},
        )
        return [str(row[0]) for row in rows]

    def erase(self, whose: About, at: datetime) -> Sequence[str]:
        """Take everything about somebody out of every table; returns the tickets that were emptied.

        What stays names nobody: that a message was taken in once, and the audit trail under an alias.
        """
        self._gather(whose)
        named = _named(whose)
        tickets = [str(row[0]) for row in self._conn.execute("SELECT id FROM mine ORDER BY id")]
        for statement in _ERASING:
            self._conn.execute(statement, named)
        for ticket_id in tickets:
            self._empty(ticket_id, at)
        self._forget_contact(whose.user)
        return tickets

    def rename(self, whose: About, name: str) -> int:
        """Correct a reporter's name or a contract's holder wherever it is kept; returns how many rows."""
        named = {**_named(whose), "name": name}
        statements = _RENAMING["contract" if whose.user is None else "person"]
        return sum(self._conn.execute(statement, named).rowcount for statement in statements)

    # --- by age ---

    def forget_messages(self, before: datetime) -> int:
        """Take the words out of what was handled or sent before, and talks out that led to no ticket."""
        named = {"before": instant(before)}
        return sum(self._conn.execute(statement, named).rowcount for statement in _FORGETTING)

    def forget_tickets(self, before: datetime, at: datetime) -> int:
        """Empty the tickets that were over before; returns how many."""
        rows = self._conn.execute(
            "SELECT id FROM tickets WHERE reporter <> :erased"
            " AND julianday(json_extract(body, '$.closed_at')) < julianday(:before)"
            " AND status IN (SELECT value FROM json_each(:over))",
            {"erased": ERASED, "before": instant(before), "over": _OVER},
        ).fetchall()
        for (ticket_id,) in rows:
            self._conn.execute(
                "DELETE FROM dialogues WHERE conversation_id ="
                " (SELECT conversation_id FROM tickets WHERE id = ?)"
                " AND json_extract(body, '$.ticket_id') = ?",
                (ticket_id, ticket_id),
            )
            self._conn.execute("DELETE FROM corrections WHERE ticket_id = ?", (ticket_id,))
            self._conn.execute("DELETE FROM label_candidates WHERE ticket_id = ?", (ticket_id,))
            self._empty(ticket_id, at)
        return len(rows)

    def touched(self, since: datetime, until: datetime) -> Sequence[Affected]:
        """Return whose data was kept or changed in that time."""
        rows = self._conn.execute(
            "SELECT reporter, coalesce(max(contract_key), ''), count(*),"
            " coalesce(max(json_extract(body, '$.contract.holder')), '')"
            " FROM tickets WHERE reporter <> :erased AND julianday(created_at) <= julianday(:until)"
            " AND julianday(coalesce(json_extract(body, '$.updated_at'), created_at)) >= julianday(:since)"
            " GROUP BY reporter UNION ALL"
            " SELECT json_extract(body, '$.reporter'), '', 0, '' FROM dialogues"
            " WHERE updated_at BETWEEN :since AND :until AND json_extract(body, '$.reporter') NOT IN"
            " (SELECT reporter FROM tickets) GROUP BY 1 ORDER BY 1",
            {"erased": ERASED, "since": instant(since), "until": instant(until)},
        )
        return [
            Affected(user=row[0], contract_key=row[1], tickets=row[2], holder=row[3])
            for row in rows
            if row[0]
        ]

    # --- inside ---

    def _gather(self, whose: About) -> None:
        """Note whose tickets, talks and places these are: erasing one table must not hide another's rows."""
        for name, query in (("mine", _TICKETS), ("talks", _TALKS), ("places", _PLACES)):
            self._conn.execute(_DROP[name])
            self._conn.execute(_CREATE[name])
            self._conn.execute(_FILL[name] + query, _named(whose))

    def _bodies(self, query: str, whose: About) -> list[Any]:
        return [json.loads(row[0]) for row in self._conn.execute(query, _named(whose))]

    def _rows(self, query: str, whose: About) -> list[Any]:
        cursor = self._conn.execute(query, _named(whose))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _forget_contact(self, user: str | None) -> None:
        """Take somebody out of the people whom contracts name."""
        rows = self._conn.execute(
            "SELECT body FROM contracts WHERE instr(body, ?) > 0", (json.dumps(user),)
        ).fetchall()
        for contract in (CONTRACT.load(row[0]) for row in rows):
            others = tuple(contact for contact in contract.contacts if contact.slack_user != user)
            self._conn.execute(
                "UPDATE contracts SET body = ? WHERE key = ?",
                (CONTRACT.dump(replace(contract, contacts=others)), contract.key),
            )

    def _empty(self, ticket_id: str, at: datetime) -> None:
        row = self._conn.execute("SELECT body FROM tickets WHERE id = ?", (ticket_id,)).fetchone()
        emptied = _emptied(TICKET.load(row[0]), at)
        self._conn.execute(
            "UPDATE tickets SET version = ?, status = ?, contract_key = NULL, reporter = ?,"
            " conversation_id = ?, source_key = ?, body = ? WHERE id = ?",
            (
                emptied.version,
                emptied.status,
                emptied.reporter,
                emptied.conversation_id,
                emptied.source_key,
                TICKET.dump(emptied),
                ticket_id,
            ),
        )


def _emptied(ticket: Ticket, at: datetime) -> Ticket:
    """Return what may be kept for ever: what kind of matter it was, and how long it took."""
    return Ticket(
        id=ticket.id,
        kind=ticket.kind,
        status=ticket.status,
        severity=ticket.severity,
        category=ticket.category,
        summary="",
        description="",
        contract=None,
        reporter=ERASED,
        reporter_name="",
        conversation_id=f"{ERASED}/{ticket.id}",
        created_at=ticket.created_at,
        decision=ticket.decision,
        approval=ticket.approval,
        first_response_at=ticket.first_response_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        source_key=f"{ERASED}/{ticket.id}",
        updated_at=at,
        version=ticket.version + 1,
    )


def _named(whose: About) -> dict[str, str | None]:
    return {"user": whose.user, "key": whose.contract_key}


_DROP = {
    "mine": "DROP TABLE IF EXISTS temp.mine",
    "talks": "DROP TABLE IF EXISTS temp.talks",
    "places": "DROP TABLE IF EXISTS temp.places",
}
_CREATE = {
    "mine": "CREATE TEMP TABLE mine (id TEXT)",
    "talks": "CREATE TEMP TABLE talks (id TEXT)",
    "places": "CREATE TEMP TABLE places (id TEXT)",
}
_FILL = {
    "mine": "INSERT INTO mine ",
    "talks": "INSERT INTO talks ",
    "places": "INSERT INTO places ",
}
_ERASING = (
    "DELETE FROM outbox WHERE json_extract(body, '$.ticket_id') IN mine"
    " OR json_extract(body, '$.address.channel') || '/'"
    " || coalesce(json_extract(body, '$.address.thread'), '') IN places"
    " OR instr(key, '/' || :user || '/') > 0",
    # The row stays as the mark that this was taken in; an id of a click holds who clicked.
    "UPDATE inbox SET status = 'done', body = '{}',"
    " key = CASE WHEN instr(key, '/' || :user || '/') > 0 THEN 'erased/' || seq ELSE key END,"
    " conversation_id = 'erased/' || seq"
    " WHERE conversation_id IN talks OR json_extract(body, '$.sender.id') = :user"
    " OR instr(key, '/' || :user || '/') > 0",
    "DELETE FROM dialogues WHERE conversation_id IN talks",
    "DELETE FROM corrections WHERE ticket_id IN mine",
    "DELETE FROM label_candidates WHERE ticket_id IN mine OR contract_key = :key",
    "DELETE FROM label_consent WHERE contract_key = :key",
    "DELETE FROM people WHERE user_id = :user OR contract_key = :key",
    "DELETE FROM identification_attempts WHERE user_id = :user OR contract_key = :key",
    "DELETE FROM faq_feedback WHERE user_id = :user",
    "DELETE FROM actors WHERE user_id = :user",
    "DELETE FROM contracts WHERE key = :key",
)
_RENAMING = {
    "person": (
        "UPDATE tickets SET body = json_set(body, '$.reporter_name', :name) WHERE reporter = :user",
        "UPDATE dialogues SET body = json_set(body, '$.reporter_name', :name)"
        " WHERE json_extract(body, '$.reporter') = :user",
    ),
    "contract": (
        "UPDATE contracts SET body = json_set(body, '$.holder', :name) WHERE key = :key",
        "UPDATE tickets SET body = json_set(body, '$.contract.holder', :name) WHERE contract_key = :key",
        "UPDATE dialogues SET body = json_set(body, '$.identification.contract.holder', :name)"
        " WHERE json_extract(body, '$.identification.contract.key') = :key",
    ),
}
_FORGETTING = (
    "UPDATE inbox SET body = '{}' WHERE status = 'done' AND body <> '{}' AND received_at < :before",
    "UPDATE outbox SET body = '{}' WHERE status IN ('sent', 'dead') AND body <> '{}'"
    " AND created_at < :before",
    "DELETE FROM dialogues WHERE json_extract(body, '$.ticket_id') IS NULL AND updated_at < :before",
    "DELETE FROM identification_attempts WHERE at < :before",
)
