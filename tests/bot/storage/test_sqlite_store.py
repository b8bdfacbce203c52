"""What every store must keep, and what this one does when a process dies or a file is damaged."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.dialogue.state import DialogueState, Phase
from bot.errors import StaleVersion, StoreBusy, StoreCorrupt, StoreError
from bot.ports import Correction
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.audit import AuditEntry
from bot.tickets.ticket import TicketStatus
from bot.traffic import Address, MessageRef, OutboxItem, OutboxStatus, React
from classifiers.labels import Category, Severity
from knowledge.contracts.contract import Contract
from knowledge.contracts.identification import Attempt
from tests.builders import CONTRACT, CUSTOMER, NOW, OTHER_CONTRACT, inbound, ticket

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    made = SqliteStore.in_memory()
    yield made
    made.close()


def item(key: str, **changes: object) -> OutboxItem:
    made = OutboxItem(
        key=key, message=React(channel="C1", message="1", emoji="eyes"), created_at=NOW, attempts=0
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# --- inbox ---------------------------------------------------------------------------------------


def test_inbox_takes_the_same_thing_once(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert unit.inbox.put(inbound("a", key="m1")) is True
        assert unit.inbox.put(inbound("b", key="m1")) is False
        assert unit.inbox.waiting() == 1


def test_inbox_gives_the_oldest_first_and_counts_the_try(store: SqliteStore) -> None:
    with store.transaction() as unit:
        for number in (1, 2):
            unit.inbox.put(inbound("a", key=f"m{number}", conversation=f"C1/{number}"))
        claims = [unit.inbox.claim(NOW) for _ in range(3)]
    assert [(claim.inbound.key, claim.attempts) for claim in claims if claim] == [("m1", 1), ("m2", 1)]


def test_inbox_keeps_a_conversation_in_order(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.inbox.put(inbound("a", key="m1", conversation="C1/1"))
        unit.inbox.put(inbound("b", key="m2", conversation="C1/1"))
        unit.inbox.put(inbound("c", key="m3", conversation="C1/2"))
        taken = []
        while claim := unit.inbox.claim(NOW):
            taken.append(claim.inbound.key)
        assert taken == ["m1", "m3"]
        unit.inbox.done("m1")
        claim = unit.inbox.claim(NOW)
        assert claim is not None
        assert claim.inbound == inbound("b", key="m2", conversation="C1/1")


def test_inbox_row_given_back_waits_again_in_its_place(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.inbox.put(inbound("a", key="m1"))
        unit.inbox.put(inbound("b", key="m2"))
        unit.inbox.claim(NOW)
        unit.inbox.release("m1")
        claim = unit.inbox.claim(NOW)
        assert claim is not None
        assert (claim.inbound.key, claim.attempts) == ("m1", 2)


def test_inbox_row_that_is_done_stays_done(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.inbox.put(inbound("a", key="m1"))
        unit.inbox.claim(NOW)
        unit.inbox.done("m1")
        unit.inbox.release("m1")
        assert unit.inbox.abandon_claims() == 0
        assert unit.inbox.claim(NOW) is None
        assert unit.inbox.put(inbound("a", key="m1")) is False


# --- outbox --------------------------------------------------------------------------------------


def test_outbox_takes_a_key_once_and_gives_things_in_order(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert [unit.outbox.put(item(key)) for key in ("a", "b", "a")] == [True, True, False]
        assert [found.key for found in unit.outbox.due(NOW)] == ["a", "b"]
        assert [found.key for found in unit.outbox.due(NOW, limit=1)] == ["a"]
        assert unit.outbox.due(NOW)[0] == item("a")


@pytest.mark.parametrize(
    ("status", "due"),
    [
        (OutboxStatus.PENDING, True),
        (OutboxStatus.SENDING, True),
        (OutboxStatus.SENT, False),
        (OutboxStatus.DEAD, False),
    ],
)
def test_outbox_gives_what_is_not_settled(store: SqliteStore, status: OutboxStatus, due: bool) -> None:
    with store.transaction() as unit:
        unit.outbox.put(item("a"))
        unit.outbox.mark("a", status)
        assert [found.status for found in unit.outbox.due(NOW)] == [status] * due
        assert unit.outbox.waiting() == int(due)


def test_outbox_holds_back_until_the_instant(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.outbox.put(item("a"))
        unit.outbox.mark("a", OutboxStatus.PENDING, not_before=LATER, error="RateLimited")
        assert list(unit.outbox.due(LATER - timedelta(microseconds=1))) == []
        assert list(unit.outbox.due(LATER)) == [item("a", not_before=LATER)]


def test_outbox_counts_a_try_when_the_call_begins(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.outbox.put(item("a"))
        unit.outbox.begin("a")
        unit.outbox.mark("a", OutboxStatus.SENDING, not_before=NOW)
        unit.outbox.begin("a")
        assert list(unit.outbox.due(NOW)) == [item("a", status=OutboxStatus.SENDING, attempts=2)]


def test_card_place_is_remembered_and_moved(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert unit.outbox.card_of("M-00001") is None
        for message in ("1", "2"):
            unit.outbox.remember("M-00001", MessageRef(channel="S1", message=message))
        assert unit.outbox.card_of("M-00001") == MessageRef(channel="S1", message="2")


# --- dialogues, tickets, audit -------------------------------------------------------------------


def test_dialogue_starts_blank_and_is_kept(store: SqliteStore) -> None:
    state = DialogueState(conversation_id="C1/1", phase=Phase.ASKING, turns=("改行\nあり",), version=3)
    with store.transaction() as unit:
        assert unit.dialogues.load("C1/1") == DialogueState(conversation_id="C1/1")
        assert unit.dialogues.address_of("C1/1") is None
        unit.dialogues.save(state, Address(channel="C1", thread="1"), NOW)
        assert unit.dialogues.load("C1/1") == state
        assert unit.dialogues.address_of("C1/1") == Address(channel="C1", thread="1")


def test_ticket_is_kept_as_given(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert unit.tickets.add(ticket()) is True
        assert unit.tickets.get("M-00001") == ticket()
        assert unit.tickets.get("M-00002") is None


@pytest.mark.parametrize("changes", [{"id": "M-00002"}, {"source_key": "m2"}])
def test_ticket_is_added_once_by_number_and_by_source(store: SqliteStore, changes: dict[str, str]) -> None:
    with store.transaction() as unit:
        unit.tickets.add(ticket())
        assert unit.tickets.add(ticket(**changes)) is False
        assert [found.id for found in unit.tickets.find()] == ["M-00001"]


def test_ticket_saved_from_an_old_version_is_refused(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.tickets.add(ticket())
        unit.tickets.save(ticket().evolve(status=TicketStatus.OPEN))
        with pytest.raises(StaleVersion):
            unit.tickets.save(ticket().evolve(status=TicketStatus.REJECTED))
        found = unit.tickets.get("M-00001")
    assert found is not None
    assert (found.status, found.version) == (TicketStatus.OPEN, 2)


def test_tickets_are_found_by_status_reporter_and_number(store: SqliteStore) -> None:
    mine, other = ticket(), ticket(id="M-00002", source_key="m2", reporter="U2", contract=None)
    newer = ticket(id="M-00003", source_key="m3", status=TicketStatus.OPEN, created_at=LATER)
    with store.transaction() as unit:
        for made in (mine, other, newer):
            unit.tickets.add(made)
        find = unit.tickets.find
        assert [found.id for found in find()] == ["M-00003", "M-00002", "M-00001"]
        assert [found.id for found in find(limit=1)] == ["M-00003"]
        assert [found.id for found in find(statuses=[TicketStatus.OPEN])] == ["M-00003"]
        assert [found.id for found in find(reporter=CUSTOMER.id)] == ["M-00003", "M-00001"]
        assert [found.id for found in find(contract_key="key-1", statuses=[mine.status])] == ["M-00001"]
        assert list(find(statuses=[TicketStatus.CLOSED])) == []


def test_ticket_numbers_count_up(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert [unit.tickets.reserve_id(NOW) for _ in range(3)] == ["M-00001", "M-00002", "M-00003"]


def test_audit_is_chained_in_order(store: SqliteStore) -> None:
    with store.transaction() as unit:
        first = unit.audit.append(AuditEntry(at=NOW, actor="U1", action="open", ticket_id="M-1"))
        second = unit.audit.append(AuditEntry(at=LATER, actor="U2", action="note", ticket_id="M-2"))
        assert second.previous_digest == first.digest
        assert list(unit.audit.all()) == [first, second]
        assert list(unit.audit.of_ticket("M-2")) == [second]
        assert unit.audit.first_bad() is None


# --- people, contracts, feedback -----------------------------------------------------------------


def test_person_is_linked_and_forgotten(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.people.link("U1", "P1", NOW)
        unit.people.link("U1", "P2", LATER)
        assert unit.people.contract_of("U1") == "P2"
        unit.people.unlink("U1")
        assert unit.people.contract_of("U1") is None


def test_attempts_are_given_from_an_instant_on(store: SqliteStore) -> None:
    tries = [
        Attempt(person="U1", number="P1", at=at, succeeded=succeeded)
        for at, succeeded in ((NOW, False), (LATER, True))
    ]
    with store.transaction() as unit:
        for tried in tries:
            unit.people.record_attempt(tried)
        assert list(unit.people.attempts(since=NOW)) == tries
        assert list(unit.people.attempts(since=LATER)) == tries[1:]


def test_contracts_are_counted_as_new_and_changed(store: SqliteStore) -> None:
    renamed = replace(CONTRACT, aliases=("あおば",))

    def kept(contract: Contract) -> Contract:
        """As it is read back: masked, with the key that stands for its number."""
        key = unit.contracts.key_of(contract.number)
        return replace(contract, number=contract.masked_number, key=key)

    with store.transaction() as unit:
        assert unit.contracts.upsert([CONTRACT]) == (1, 0)
        assert unit.contracts.upsert([CONTRACT]) == (0, 0)
        assert unit.contracts.upsert([renamed, OTHER_CONTRACT]) == (1, 1)
        assert unit.contracts.count() == 2
        assert unit.contracts.find(CONTRACT.number) == kept(renamed)
        assert unit.contracts.get(kept(renamed).key) == kept(renamed)
        assert unit.contracts.upsert([kept(renamed)]) == (0, 0)
        assert unit.contracts.find("nobody") is None
        assert list(unit.contracts.all()) == [kept(renamed), kept(OTHER_CONTRACT)]
        assert list(unit.contracts.all(limit=1)) == [kept(renamed)]


def test_feedback_is_kept_in_order(store: SqliteStore) -> None:
    correction = Correction(
        ticket_id="M-1",
        text="[番号]の件",
        severity_before=Severity.B,
        severity_after=Severity.A,
        category_before=Category.CLOUD_HOWTO,
        category_after=Category.CLOUD_INCIDENT,
        actor="U1",
        at=NOW,
        policy_id=None,
        model_version="1",
    )
    with store.transaction() as unit:
        unit.feedback.unanswered("一つ目", "p", NOW)
        unit.feedback.unanswered("二つ目", None, LATER)
        unit.feedback.correction(correction)
        assert list(unit.feedback.unanswered_texts()) == [("一つ目", "p", NOW), ("二つ目", None, LATER)]
        assert list(unit.feedback.corrections()) == [correction]


# --- transactions --------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_transaction_that_fails_leaves_nothing(store: SqliteStore, failure: type[BaseException]) -> None:
    def half_done() -> None:
        with store.transaction() as unit:
            unit.inbox.put(inbound("a"))
            unit.tickets.reserve_id(NOW)
            unit.audit.append(AuditEntry(at=NOW, actor="U1", action="open"))
            raise failure

    with pytest.raises(failure):
        half_done()
    with store.transaction() as unit:
        assert (unit.inbox.waiting(), list(unit.audit.all())) == (0, [])
        assert unit.tickets.reserve_id(NOW) == "M-00001"


def test_naive_instant_is_refused(store: SqliteStore) -> None:
    with pytest.raises(ValueError, match="naive"), store.transaction() as unit:
        unit.people.link("U1", "P1", datetime(2026, 11, 20))  # noqa: DTZ001


# --- the file ------------------------------------------------------------------------------------


def test_what_was_committed_survives_a_process_that_dies(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    dying = SqliteStore.open(path)
    with dying.transaction() as unit:
        unit.inbox.put(inbound("a", key="m1"))
        unit.inbox.claim(NOW)
        unit.audit.append(AuditEntry(at=NOW, actor="U1", action="open"))
    # What a killed process leaves behind: the files as they are on disk, nothing closed.
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in tmp_path.glob("*.*"):
        shutil.copy(file, crashed)
    dying.close()
    store = SqliteStore.open(crashed / "desk.db")
    with store.transaction() as unit:
        assert unit.inbox.claim(NOW) is None
        assert unit.inbox.abandon_claims() == 1
        claim = unit.inbox.claim(NOW)
        assert claim is not None
        assert (claim.inbound.key, claim.attempts) == ("m1", 2)
        assert unit.audit.first_bad() is None
        assert store.integrity() == "ok"
    store.close()


def test_tampering_with_the_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store = SqliteStore.open(path)
    with store.transaction() as unit:
        for number in range(3):
            unit.audit.append(AuditEntry(at=NOW, actor=f"U{number}", action="note"))
    store.close()
    conn = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        conn.execute("UPDATE audit SET actor = 'U9' WHERE seq = 2")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        conn.execute("DELETE FROM audit WHERE seq = 2")
    conn.execute("DROP TRIGGER audit_no_update")
    conn.execute("UPDATE audit SET actor = 'U9' WHERE seq = 2")
    conn.commit()
    conn.close()
    store = SqliteStore.open(path)
    with store.transaction() as unit:
        assert unit.audit.first_bad() == 2
    store.close()


def test_second_desk_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    running = SqliteStore.open(path, exclusive=True)
    with pytest.raises(StoreBusy):
        SqliteStore.open(path, exclusive=True)
    beside = SqliteStore.open(path)
    with beside.transaction() as unit:
        unit.tickets.add(ticket())
    beside.close()
    with running.transaction() as unit:
        assert unit.tickets.get("M-00001") == ticket()
    running.close()
    SqliteStore.open(path, exclusive=True).close()


def test_file_that_is_no_database_is_called_damaged_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"no database at all " * 100)
    for exclusive in (True, False):
        with pytest.raises(StoreCorrupt):
            SqliteStore.open(path, exclusive=exclusive)
    assert path.read_bytes() == b"no database at all " * 100


def test_damaged_page_is_noticed_when_opening(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store = SqliteStore.open(path, exclusive=True)
    with store.transaction() as unit:
        for number in range(200):
            unit.inbox.put(inbound("a" * 500, key=f"m{number}"))
    store.close()
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2 // 4096 * 4096
    whole[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    with pytest.raises(StoreCorrupt):
        SqliteStore.open(path)


def test_locked_database_is_busy_and_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.sqlite.store.WAIT_SECONDS", 0.05)
    path = tmp_path / "desk.db"
    store = SqliteStore.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), store.transaction():
        pass
    other.execute("ROLLBACK")
    with store.transaction() as unit:
        assert unit.inbox.waiting() == 0
    store.close()
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        SqliteStore.open(path)
    other.close()


def test_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreError, match="file"):
        SqliteStore.open(tmp_path / "file" / "desk.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreError, match=r"folder\.db"):
        SqliteStore.open(tmp_path / "folder.db")


def test_database_is_for_the_owner_only(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "desk.db")
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("desk.db*")} == {0o600}
    store.close()


@pytest.mark.parametrize("name", ["audit.key", "identity.key"])
def test_key_is_for_the_owner_only_and_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / "desk.db"
    SqliteStore.open(path).close()
    key = tmp_path / name
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    first = key.read_bytes()
    assert len(first) == 32
    SqliteStore.open(path).close()
    assert key.read_bytes() == first
    assert sorted(file.name for file in tmp_path.glob(f"{name}*")) == [name]


@pytest.mark.parametrize("name", ["audit.key", "identity.key"])
def test_key_that_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    SqliteStore.open(tmp_path / "desk.db").close()
    (tmp_path / name).chmod(0o640)
    with pytest.raises(StoreError, match=rf"{name} can be read by others"):
        SqliteStore.open(tmp_path / "desk.db")


def test_foreign_pepper_is_refused_before_anybody_is_locked_out(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    SqliteStore.open(path).close()
    (tmp_path / "identity.key").unlink()
    with pytest.raises(StoreError, match=r"identity\.key does not belong"):
        SqliteStore.open(path)


# --- what admins count ---------------------------------------------------------------------------


def test_contracts_in_force_are_counted_by_policy_both_ends_included(store: SqliteStore) -> None:
    today = NOW.date()
    days = [
        (None, None, "p"),
        (today, None, "p"),
        (None, today, "q"),
        (today + timedelta(days=1), None, "p"),
        (None, today - timedelta(days=1), "q"),
    ]
    with store.transaction() as unit:
        unit.contracts.upsert(
            [
                Contract(
                    number=f"P{number}00000", holder="甲", policy_id=policy, valid_from=start, valid_until=end
                )
                for number, (start, end, policy) in enumerate(days)
            ]
        )
        assert dict(unit.contracts.in_force(today)) == {"p": 2, "q": 1}
