"""Candidate examples, their reviews and customers' consent in tables; decides no label."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from bot.labelling import Candidate, Review, Source
from bot.storage.records import instant, read_instant
from classifiers.labels import Category, Severity


class Labels:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def add(self, candidate: Candidate) -> int | None:
        cursor = self._conn.execute(
            "INSERT OR IGNORE INTO label_candidates (ticket_id, contract_key, source, text, severity,"
            " category, confidence, model_version, policy_id, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                candidate.ticket_id,
                candidate.contract_key,
                candidate.source,
                candidate.text,
                candidate.severity,
                candidate.category,
                candidate.confidence,
                candidate.model_version,
                candidate.policy_id,
                instant(candidate.created_at),
            ),
        )
        if cursor.rowcount != 1 or cursor.lastrowid is None:
            return None
        for review in candidate.reviews:
            self.review(cursor.lastrowid, review)
        return cursor.lastrowid

    def review(self, candidate_id: int, review: Review) -> None:
        self._conn.execute(
            "INSERT OR IGNORE INTO label_reviews (candidate_id, reviewer, severity, category, note, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                candidate_id,
                review.reviewer,
                review.severity,
                review.category,
                review.note,
                instant(review.at),
            ),
        )

    def get(self, candidate_id: int) -> Candidate | None:
        found = self._read([candidate_id])
        return found[0] if found else None

    def of_ticket(self, ticket_id: str) -> Candidate | None:
        found = self._read(self._ids("SELECT id FROM label_candidates WHERE ticket_id = ?", ticket_id))
        return found[0] if found else None

    def of_text(self, text: str) -> Candidate | None:
        found = self._read(self._ids("SELECT min(id) FROM label_candidates WHERE text = ?", text))
        return found[0] if found else None

    def all(self) -> Sequence[Candidate]:
        return self._read(self._ids("SELECT id FROM label_candidates"))

    def erase(self, contract_key: str) -> int:
        self._conn.execute(
            "DELETE FROM corrections WHERE ticket_id IN (SELECT id FROM tickets WHERE contract_key = ?)",
            (contract_key,),
        )
        cursor = self._conn.execute("DELETE FROM label_candidates WHERE contract_key = ?", (contract_key,))
        return cursor.rowcount

    def consents(self, contract_key: str) -> bool:
        row = self._conn.execute(
            "SELECT allowed FROM label_consent WHERE contract_key = ?", (contract_key,)
        ).fetchone()
        return row is None or bool(row[0])

    def set_consent(self, contract_key: str, allowed: bool, at: datetime) -> None:
        self._conn.execute(
            "INSERT INTO label_consent (contract_key, allowed, at) VALUES (?, ?, ?)"
            " ON CONFLICT (contract_key) DO UPDATE SET allowed = excluded.allowed, at = excluded.at",
            (contract_key, allowed, instant(at)),
        )

    def _ids(self, query: str, *values: str) -> list[int]:
        return [row[0] for row in self._conn.execute(query, values)]

    def _read(self, ids: Sequence[int]) -> list[Candidate]:
        """Return the candidates of these ids, oldest first."""
        wanted = (json.dumps(ids),)
        rows = self._conn.execute(
            "SELECT id, ticket_id, contract_key, source, text, severity, category, confidence,"
            " model_version, policy_id, created_at FROM label_candidates"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            wanted,
        ).fetchall()
        reviews: dict[int, list[Review]] = defaultdict(list)
        for row in self._conn.execute(
            "SELECT candidate_id, reviewer, severity, category, note, at FROM label_reviews"
            " WHERE candidate_id IN (SELECT value FROM json_each(?)) ORDER BY seq",
            wanted,
        ):
            reviews[row[0]].append(
                Review(
                    reviewer=row[1],
                    severity=Severity(row[2]),
                    category=Category(row[3]),
                    note=row[4],
                    at=read_instant(row[5]),
                )
            )
        return [
            Candidate(
                id=row[0],
                ticket_id=row[1],
                contract_key=row[2],
                source=Source(row[3]),
                text=row[4],
                severity=Severity(row[5]),
                category=Category(row[6]),
                confidence=row[7],
                model_version=row[8],
                policy_id=row[9],
                created_at=read_instant(row[10]),
                reviews=tuple(reviews[row[0]]),
            )
            for row in rows
        ]
