"""A database from before numbers were hashed: after the first start no byte of it holds one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from bot.dialogue.state import DialogueState
from bot.storage.records import CONTRACT, DIALOGUE, TICKET
from bot.storage.sqlite.schema import MIGRATIONS
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.ticket import ContractIdentity
from knowledge.contracts.contract import Identification, IdentificationStatus
from tests.builders import CONTRACT as KNOWN
from tests.builders import CUSTOMER, NOW, ticket

AT = "2026-11-20T00:00:00+00:00"


def old_database(path: Path) -> None:
    """What the version before left behind: numbers in five tables, and a trail without a seal."""
    SqliteStore.open(path.with_name("keys.db")).close()
    conn = sqlite3.connect(path, isolation_level=None)
    before = Migrations("madoguchi")
    for migration in MIGRATIONS._migrations[:2]:
        before()(migration.fn)
    before.apply(Database(conn, execute_plugins=False))
    conn.execute("INSERT INTO contracts (number, body) VALUES (?, ?)", (KNOWN.number, CONTRACT.dump(KNOWN)))
    conn.execute("INSERT INTO people VALUES (?, ?, ?)", (CUSTOMER.id, KNOWN.number, AT))
    conn.execute(
        "INSERT INTO identification_attempts (user_id, number, at, succeeded) VALUES (?, ?, ?, 1)",
        (CUSTOMER.id, KNOWN.number, AT),
    )
    held = ticket(contract=ContractIdentity(holder=KNOWN.holder, number=KNOWN.number, policy_id="p"))
    conn.execute(
        "INSERT INTO tickets (id, version, status, severity, category, number, reporter, conversation_id,"
        " source_key, created_at, body) VALUES (?, 1, ?, ?, ?, ?, ?, 'c', 'm1', ?, ?)",
        (
            held.id,
            held.status,
            held.severity,
            held.category,
            KNOWN.number,
            CUSTOMER.id,
            AT,
            TICKET.dump(held),
        ),
    )
    shown = Identification(status=IdentificationStatus.VERIFIED, contract=KNOWN)
    state = DialogueState(conversation_id="c", identification=shown, reporter=CUSTOMER.id)
    conn.execute(
        "INSERT INTO dialogues VALUES ('c', 1, '{\"channel\": \"C1\"}', ?, ?)", (DIALOGUE.dump(state), AT)
    )
    conn.close()


def test_numbers_of_an_older_database_are_hashed_and_still_known(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    old_database(path)
    assert KNOWN.number.encode() in path.read_bytes()
    store = SqliteStore.open(path, exclusive=True)
    with store.transaction() as unit:
        contract = unit.contracts.find(KNOWN.number)
        assert contract is not None
        assert (contract.holder, contract.number) == (KNOWN.holder, "****0200")
        assert unit.people.contract_of(CUSTOMER.id) == contract.key
        (found,) = unit.tickets.find(contract_key=contract.key)
        assert found.contract is not None
        assert (found.contract.number, found.contract.key) == ("****0200", contract.key)
        shown = unit.dialogues.load("c").identification.contract
        assert shown == contract
        (tried,) = unit.people.attempts(since=NOW.replace(year=2000))
        assert tried.number == contract.key
        assert unit.audit.first_bad() is None
    store.scrub()
    store.close()
    assert [file.name for file in tmp_path.iterdir() if KNOWN.number.encode() in file.read_bytes()] == []
