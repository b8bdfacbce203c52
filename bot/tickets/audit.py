"""The audit trail: how an entry is chained to the one before it; stores nothing itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

#: What the first entry is chained to.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which ticket. `at` is aware; digests are hexadecimal HMAC-SHA256."""

    seq: int = 0
    at: datetime
    actor: str
    action: str
    ticket_id: str | None = None
    #: Changed fields before and after, as short words (never message texts or numbers).
    before: str = ""
    after: str = ""
    note: str = ""
    previous_digest: str = ""
    digest: str = ""


def chain(entry: AuditEntry, *, previous: str, seq: int, key: bytes) -> AuditEntry:
    """Return `entry` numbered and chained to `previous` under `key`."""
    numbered = replace(entry, seq=seq, previous_digest=previous)
    return replace(numbered, digest=digest(numbered, key))


def digest(entry: AuditEntry, key: bytes) -> str:
    """Return the entry's digest over everything but itself."""
    fields = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.ticket_id,
        entry.before,
        entry.after,
        entry.note,
        entry.previous_digest,
    ]
    return hmac.new(key, json.dumps(fields, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


def first_bad(entries: Iterable[AuditEntry], key: bytes) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None."""
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        intact = entry.seq == expected and entry.previous_digest == previous
        if not intact or not hmac.compare_digest(entry.digest, digest(entry, key)):
            return entry.seq
        previous = entry.digest
    return None
