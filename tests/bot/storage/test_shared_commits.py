"""Shared commits, readers that cannot write, order of work, and a disk that takes no more."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreFull
from bot.ports import UnitOfWork
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.lifecycle import Move
from bot.traffic import OutboxItem, OutboxStatus, ShowCard, StaffMove
from tests.builders import NOW, inbound


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "desk.db", exclusive=True)
    yield opened
    opened.close()


def test_work_that_waits_together_is_committed_together_and_kept_apart(store: SqliteStore) -> None:
    """One that fails takes nothing of its neighbours with it."""
    entered, barrier = threading.Event(), threading.Barrier(9)
    outcomes: dict[int, object] = {}

    def submit(number: int) -> None:
        def work(unit: UnitOfWork) -> bool:
            kept = unit.inbox.put(inbound("x", key=f"m{number}", conversation=f"c{number}"))
            if number == 3:
                raise KeyError(number)
            return kept

        barrier.wait()
        try:
            outcomes[number] = store.write(work)
        except KeyError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    with store.transaction():
        barrier.wait()
        entered.wait(0.2)
    for thread in threads:
        thread.join()
    assert {number for number, outcome in outcomes.items() if outcome is True} == {0, 1, 2, 4, 5, 6, 7}
    with store.reading() as unit:
        assert unit.inbox.waiting() == 7


def test_write_raises_what_its_work_raised_and_keeps_nothing(store: SqliteStore) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.inbox.put(inbound("x"))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.write(work)
    with store.reading() as unit:
        assert unit.inbox.waiting() == 0


def test_reader_sees_one_instant_and_waits_for_nobody(store: SqliteStore) -> None:
    with store.reading() as reader:
        assert reader.inbox.waiting() == 0
        store.write(lambda unit: unit.inbox.put(inbound("x")))
        with store.transaction():
            assert reader.inbox.waiting() == 0
    with store.reading() as reader:
        assert reader.inbox.waiting() == 1


def test_reader_cannot_write(store: SqliteStore) -> None:
    with store.reading() as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.inbox.put(inbound("x"))


def test_full_disk_is_told_keeps_nothing_and_is_over_when_there_is_room(store: SqliteStore) -> None:
    pages = store._conn.execute("PRAGMA page_count").fetchone()[0]
    store._conn.execute(f"PRAGMA max_page_count = {pages}")
    long = "あ" * 100_000
    for attempt in (store.write, _in_transaction(store)):
        with pytest.raises(StoreFull):
            attempt(lambda unit: unit.inbox.put(inbound(long)))
    with store.reading() as unit:
        assert unit.inbox.waiting() == 0
    store._conn.execute("PRAGMA max_page_count = 1000000")
    assert store.write(lambda unit: unit.inbox.put(inbound(long))) is True


def _in_transaction(store: SqliteStore):  # type: ignore[no-untyped-def]
    def write(work):  # type: ignore[no-untyped-def]
        with store.transaction() as unit:
            return work(unit)

    return write


def test_severe_row_goes_first_but_no_conversation_is_overtaken(store: SqliteStore) -> None:
    with store.transaction() as unit:
        for key, talk in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            unit.inbox.put(inbound("x", key=key, conversation=talk))
        unit.inbox.rank("a2", 1)
        unit.inbox.rank("b1", 2)
        order = []
        while (claimed := unit.inbox.claim(NOW)) is not None:
            order.append(claimed.inbound.key)
            unit.inbox.done(claimed.inbound.key)
    assert order == ["b1", "a1", "a2"]


def test_look_ahead_gives_each_waiting_row_once(store: SqliteStore) -> None:
    with store.transaction() as unit:
        for number in range(3):
            unit.inbox.put(inbound("x", key=f"m{number}", conversation=f"c{number}"))
        seen = [[row.key for row in unit.inbox.look_ahead(2)] for _ in range(3)]
    assert seen == [["m0", "m1"], ["m2"], []]


def test_row_of_two_crashes_lets_the_others_pass(store: SqliteStore) -> None:
    with store.transaction() as unit:
        unit.inbox.put(inbound("x", key="bad", conversation="c1"))
        unit.inbox.put(inbound("x", key="good", conversation="c2"))
        claimed = []
        for _ in range(3):
            found = unit.inbox.claim(NOW)
            claimed.append((found.inbound.key, found.attempts) if found else None)
            unit.inbox.abandon_claims()
    assert claimed == [("bad", 1), ("bad", 2), ("good", 1)]


def test_cards_of_one_ticket_wait_for_one_another(store: SqliteStore) -> None:
    with store.transaction() as unit:
        for key, ticket in (("1", "M-1"), ("2", "M-1"), ("3", "M-2")):
            unit.outbox.put(OutboxItem(key=key, message=ShowCard(ticket_id=ticket), created_at=NOW))
        first = [item.key for item in unit.outbox.due(NOW)]
        unit.outbox.mark("1", OutboxStatus.SENDING, not_before=NOW + timedelta(minutes=10))
        second = [item.key for item in unit.outbox.due(NOW)]
        unit.outbox.mark("1", OutboxStatus.SENT)
        third = [item.key for item in unit.outbox.due(NOW)]
    assert (first, second, third) == (["1", "3"], ["3"], ["2", "3"])


def test_call_under_way_in_a_crash_is_left_alone_for_a_while(store: SqliteStore) -> None:
    until = NOW + timedelta(seconds=10)
    with store.transaction() as unit:
        for key in ("a", "b"):
            unit.outbox.put(OutboxItem(key=key, message=ShowCard(ticket_id=key), created_at=NOW))
        unit.outbox.begin("a")
        assert unit.outbox.doubt(until) == 1
        assert [item.key for item in unit.outbox.due(NOW)] == ["b"]
        assert [item.key for item in unit.outbox.due(until)] == ["a", "b"]


def test_clock_that_is_set_back_puts_nothing_off(store: SqliteStore) -> None:
    with store.transaction() as unit:
        for key in ("a", "b"):
            unit.outbox.put(OutboxItem(key=key, message=ShowCard(ticket_id=key), created_at=NOW))
        unit.outbox.mark("a", OutboxStatus.SENDING, not_before=NOW + timedelta(minutes=5))
        assert [item.key for item in unit.outbox.due(NOW)] == ["b"]
        assert [item.key for item in unit.outbox.due(NOW - timedelta(hours=1))] == ["a", "b"]


def test_queues_tell_their_age_and_what_was_given_up(store: SqliteStore) -> None:
    move = StaffMove(ticket_id="M-1", move=Move.TAKE)
    with store.transaction() as unit:
        assert (unit.inbox.oldest(), unit.outbox.oldest(), unit.outbox.dead()) == (None, None, 0)
        unit.inbox.put(inbound(move))
        unit.outbox.put(OutboxItem(key="a", message=ShowCard(ticket_id="M-1"), created_at=NOW))
        assert (unit.inbox.oldest(), unit.outbox.oldest()) == (inbound(move).received_at, NOW)
        unit.outbox.mark("a", OutboxStatus.DEAD)
        assert (unit.outbox.oldest(), unit.outbox.dead()) == (None, 1)


def test_marks_are_kept_by_name(store: SqliteStore) -> None:
    with store.transaction() as unit:
        assert unit.marks.get("swept") is None
        unit.marks.set("swept", "1")
        unit.marks.set("swept", "2")
        assert unit.marks.get("swept") == "2"
