"""The tables, as ordered migrations; each runs in a transaction of its own."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("madoguchi")

_FIRST = """
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'claimed', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX inbox_waiting ON inbox (status, seq);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TEXT,
    created_at TEXT NOT NULL,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_waiting ON outbox (status, seq);
CREATE TABLE dialogues (
    conversation_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    address TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    category TEXT NOT NULL,
    number TEXT,
    reporter TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    source_key TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    due_at TEXT,
    body TEXT NOT NULL
);
CREATE INDEX tickets_status ON tickets (status, created_at);
CREATE INDEX tickets_reporter ON tickets (reporter, created_at);
CREATE TABLE cards (
    ticket_id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    ticket_id TEXT,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    note TEXT NOT NULL,
    previous_digest TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE INDEX audit_ticket ON audit (ticket_id, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TABLE people (
    user_id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    linked_at TEXT NOT NULL
);
CREATE TABLE identification_attempts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    number TEXT NOT NULL,
    at TEXT NOT NULL,
    succeeded INTEGER NOT NULL
);
CREATE INDEX identification_attempts_at ON identification_attempts (at);
CREATE TABLE contracts (
    number TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE faq_feedback (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    solved INTEGER NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE unanswered (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL,
    policy_id TEXT,
    at TEXT NOT NULL
);
CREATE TABLE corrections (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
"""


@MIGRATIONS()
def m001_first_tables(db: Database) -> None:
    """Everything the first version keeps."""
    for statement in _statements(_FIRST):
        db.conn.execute(statement)


_DURABILITY = """
ALTER TABLE inbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 5;
ALTER TABLE inbox ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbox_open ON inbox (conversation_id, seq) WHERE status <> 'done';
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_lane ON outbox (lane, seq) WHERE status IN ('pending', 'sending');
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""


@MIGRATIONS()
def m002_order_of_work(db: Database) -> None:
    """Severe things first, cards of one ticket one after the other, and how far the history was read."""
    for statement in _statements(_DURABILITY):
        db.conn.execute(statement)


_NUMBERS_MASKED = """
CREATE TABLE contracts_keyed (
    key TEXT PRIMARY KEY,
    length INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO contracts_keyed (key, length, body)
    SELECT contract_key(number), length(number),
        json_set(body, '$.number', masked_number(number), '$.key', contract_key(number))
    FROM contracts ORDER BY number;
DROP TABLE contracts;
ALTER TABLE contracts_keyed RENAME TO contracts;
ALTER TABLE people RENAME COLUMN number TO contract_key;
UPDATE people SET contract_key = contract_key(contract_key);
ALTER TABLE identification_attempts RENAME COLUMN number TO contract_key;
UPDATE identification_attempts SET contract_key = contract_key(contract_key);
ALTER TABLE tickets RENAME COLUMN number TO contract_key;
UPDATE tickets SET contract_key = contract_key(contract_key),
    body = json_set(body, '$.contract.number', masked_number(contract_key), '$.contract.key',
        contract_key(contract_key))
    WHERE contract_key IS NOT NULL;
UPDATE dialogues SET body = json_set(body,
    '$.identification.contract.key', contract_key(json_extract(body, '$.identification.contract.number')),
    '$.identification.contract.number', masked_number(json_extract(body, '$.identification.contract.number')))
    WHERE json_extract(body, '$.identification.contract.number') IS NOT NULL;
UPDATE inbox SET body = json_set(body,
    '$.event.identification.contract.key',
    contract_key(json_extract(body, '$.event.identification.contract.number')),
    '$.event.identification.contract.number',
    masked_number(json_extract(body, '$.event.identification.contract.number')))
    WHERE json_extract(body, '$.event.identification.contract.number') IS NOT NULL;
CREATE INDEX tickets_contract ON tickets (contract_key, created_at);
CREATE TABLE actors (
    alias TEXT PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE
);
CREATE TABLE audit_head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    seal TEXT NOT NULL
);
INSERT INTO audit_head (only, seq, digest, seal)
    SELECT 1, seq, digest, audit_seal(seq, digest) FROM audit ORDER BY seq DESC LIMIT 1;
"""


@MIGRATIONS()
def m003_numbers_are_not_kept(db: Database) -> None:
    """Keys in place of customer numbers, aliases in place of people in the trail, and its end sealed."""
    for statement in _statements(_NUMBERS_MASKED):
        db.conn.execute(statement)


@MIGRATIONS()
def m_faq_drafts(db: Database) -> None:
    """Entries that wait for a second look."""
    db.conn.execute("CREATE TABLE faq_drafts (entry_id TEXT PRIMARY KEY, body TEXT NOT NULL)")


_LABELS = """
CREATE TABLE label_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id TEXT UNIQUE,
    contract_key TEXT,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    severity TEXT NOT NULL,
    category TEXT NOT NULL,
    confidence REAL NOT NULL,
    model_version TEXT NOT NULL,
    policy_id TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX label_candidates_contract ON label_candidates (contract_key);
CREATE TABLE label_reviews (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    candidate_id INTEGER NOT NULL REFERENCES label_candidates (id) ON DELETE CASCADE,
    reviewer TEXT NOT NULL,
    severity TEXT NOT NULL,
    category TEXT NOT NULL,
    note TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (candidate_id, reviewer, at)
);
CREATE TABLE label_consent (
    contract_key TEXT PRIMARY KEY,
    allowed INTEGER NOT NULL,
    at TEXT NOT NULL
);
"""


@MIGRATIONS()
def m_label_candidates(db: Database) -> None:
    """Texts that may become examples, what reviewers say of them, and who does not want it."""
    for statement in _statements(_LABELS):
        db.conn.execute(statement)


def _statements(script: str) -> list[str]:
    """Split a script so that it runs inside the migration's transaction (executescript would commit)."""
    statements: list[str] = []
    pending = ""
    for part in script.split(";"):
        pending += part
        inside_trigger = "BEGIN" in pending and not pending.rstrip().endswith("END")
        if inside_trigger:
            pending += ";"
        elif pending.strip():
            statements.append(pending.strip())
            pending = ""
        else:
            pending = ""
    return statements
