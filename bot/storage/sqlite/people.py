"""People, contracts and what they think of the answers, in tables; decides nobody's identity."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.ports import Correction, FaqDraft
from bot.storage.records import CONTRACT, CORRECTION, FAQ_DRAFT, instant, read_instant
from bot.storage.sqlite.keys import Keys
from knowledge.contracts.contract import Contract
from knowledge.contracts.identification import Attempt


class People:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def link(self, user_id: str, contract_key: str, at: datetime) -> None:
        self._conn.execute(
            "INSERT INTO people (user_id, contract_key, linked_at) VALUES (?, ?, ?) ON CONFLICT (user_id)"
            " DO UPDATE SET contract_key = excluded.contract_key, linked_at = excluded.linked_at",
            (user_id, contract_key, instant(at)),
        )

    def unlink(self, user_id: str) -> None:
        self._conn.execute("DELETE FROM people WHERE user_id = ?", (user_id,))

    def contract_of(self, user_id: str) -> str | None:
        row = self._conn.execute("SELECT contract_key FROM people WHERE user_id = ?", (user_id,)).fetchone()
        return str(row[0]) if row else None

    def record_attempt(self, attempt: Attempt) -> None:
        self._conn.execute(
            "INSERT INTO identification_attempts (user_id, contract_key, at, succeeded) VALUES (?, ?, ?, ?)",
            (attempt.person, attempt.number, instant(attempt.at), attempt.succeeded),
        )

    def attempts(self, *, since: datetime) -> Sequence[Attempt]:
        rows = self._conn.execute(
            "SELECT user_id, contract_key, at, succeeded FROM identification_attempts"
            " WHERE at >= ? ORDER BY seq",
            (instant(since),),
        )
        return [
            Attempt(person=row[0], number=row[1], at=read_instant(row[2]), succeeded=bool(row[3]))
            for row in rows
        ]


class Contracts:
    """Contracts by their key; what is read back knows its number only masked."""

    def __init__(self, conn: sqlite3.Connection, keys: Keys) -> None:
        self._conn, self._keys = conn, keys

    def upsert(self, contracts: Sequence[Contract]) -> tuple[int, int]:
        known = dict(self._conn.execute("SELECT key, body FROM contracts"))
        kept = [(self._kept(contract), len(contract.number)) for contract in contracts]
        rows = [(contract.key, length, CONTRACT.dump(contract)) for contract, length in kept]
        new = sum(key not in known for key, _, _ in rows)
        changed = sum(key in known and known[key] != body for key, _, body in rows)
        self._conn.executemany(
            "INSERT INTO contracts (key, length, body) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET body = excluded.body",
            rows,
        )
        return new, changed

    def find(self, number: str) -> Contract | None:
        return self.get(self.key_of(number))

    def get(self, key: str) -> Contract | None:
        row = self._conn.execute("SELECT body FROM contracts WHERE key = ?", (key,)).fetchone()
        return CONTRACT.load(row[0]) if row else None

    def knows(self, number: str) -> bool:
        found = self._conn.execute("SELECT 1 FROM contracts WHERE key = ?", (self.key_of(number),))
        return found.fetchone() is not None

    def key_of(self, number: str) -> str:
        return self._keys.contract_key(number)

    def lengths(self) -> Sequence[int]:
        return [int(row[0]) for row in self._conn.execute("SELECT DISTINCT length FROM contracts ORDER BY 1")]

    def all(self, limit: int | None = None) -> Sequence[Contract]:
        rows = self._conn.execute(
            "SELECT body FROM contracts ORDER BY rowid LIMIT ?", (-1 if limit is None else limit,)
        )
        return [CONTRACT.load(row[0]) for row in rows]

    def _kept(self, contract: Contract) -> Contract:
        """Return the contract as it is kept; one that was read back has its key already."""
        if contract.key:
            return contract
        return replace(contract, key=self.key_of(contract.number), number=contract.masked_number)

    def count(self) -> int:
        return int(self._conn.execute("SELECT count(*) FROM contracts").fetchone()[0])

    def in_force(self, day: date) -> Mapping[str, int]:
        rows = self._conn.execute(
            "SELECT json_extract(body, '$.policy_id'), count(*) FROM contracts"
            " WHERE coalesce(json_extract(body, '$.valid_from'), :day) <= :day"
            " AND coalesce(json_extract(body, '$.valid_until'), :day) >= :day GROUP BY 1 ORDER BY 1",
            {"day": day.isoformat()},
        )
        return {str(policy): int(count) for policy, count in rows}


class Feedback:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def faq(self, entry_id: str, user_id: str, solved: bool, at: datetime) -> None:
        self._conn.execute(
            "INSERT INTO faq_feedback (entry_id, user_id, solved, at) VALUES (?, ?, ?, ?)",
            (entry_id, user_id, solved, instant(at)),
        )

    def unanswered(self, text: str, policy_id: str | None, at: datetime) -> None:
        self._conn.execute(
            "INSERT INTO unanswered (text, policy_id, at) VALUES (?, ?, ?)", (text, policy_id, instant(at))
        )

    def unanswered_texts(self) -> Sequence[tuple[str, str | None, datetime]]:
        rows = self._conn.execute("SELECT text, policy_id, at FROM unanswered ORDER BY seq")
        return [(row[0], row[1], read_instant(row[2])) for row in rows]

    def save_draft(self, draft: FaqDraft) -> None:
        self._conn.execute(
            "INSERT INTO faq_drafts (entry_id, body) VALUES (?, ?)"
            " ON CONFLICT (entry_id) DO UPDATE SET body = excluded.body",
            (draft.entry.id, FAQ_DRAFT.dump(draft)),
        )

    def drafts(self) -> Sequence[FaqDraft]:
        rows = self._conn.execute("SELECT body FROM faq_drafts ORDER BY rowid")
        return [FAQ_DRAFT.load(row[0]) for row in rows]

    def drop_draft(self, entry_id: str) -> None:
        self._conn.execute("DELETE FROM faq_drafts WHERE entry_id = ?", (entry_id,))

    def correction(self, correction: Correction) -> None:
        self._conn.execute(
            "INSERT INTO corrections (ticket_id, body) VALUES (?, ?)",
            (correction.ticket_id, CORRECTION.dump(correction)),
        )

    def corrections(self) -> Sequence[Correction]:
        rows = self._conn.execute("SELECT body FROM corrections ORDER BY seq")
        return [CORRECTION.load(row[0]) for row in rows]
