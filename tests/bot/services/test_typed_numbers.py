"""A customer number typed into a talk: stored nowhere, hidden in everything that is shown, told."""

from __future__ import annotations

import pytest

from bot.console.gateway import STAFF_CHANNEL
from bot.dialogue.replies import NumberSeen
from bot.services import worker
from bot.traffic import MessageChanged, Post
from tests.builders import CONTRACT, NOW, RIGHT_FORM, World, inbound, session, world

SHAPES = ("P100200", "p-100-200", "Ｐ１００２００", "P 100 200")


def stored(made: World) -> str:
    """Every text in every table."""
    conn = made.store._conn
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return "\n".join(repr(row) for name in tables for row in conn.execute(f"SELECT * FROM {name}"))


@pytest.mark.parametrize("shape", SHAPES)
def test_typed_number_is_hidden_in_every_table_and_the_person_is_told(shape: str) -> None:
    made = world()
    worker.accept(made.desk, inbound(f"{shape} です。メールが送れません"))
    assert shape in stored(made)
    assert worker.run_once(made.desk)
    assert shape not in stored(made)
    assert "****0200 です。メールが送れません" in stored(made)
    with made.store.transaction() as unit:
        told = [item for item in unit.outbox.due(NOW) if item.key == "m1/number"]
        actions = [entry.action for entry in unit.audit.all()]
    assert [item.message for item in told] == [Post(address=inbound("").address, reply=NumberSeen())]
    assert actions == ["number_hidden"]


def test_number_never_reaches_ticket_card_or_thread() -> None:
    made = world()
    talk = session(made)
    talk.say("お客様番号 P100200 です。全員メールが送れません")
    for _ in range(3):
        talk.say("大阪も P-100-200 です")
    assert "P100200" not in stored(made)
    assert "P-100-200" not in stored(made)
    shown = [str(item.message) for item in talk.gateway.shown]
    assert [text for text in shown if "P100200" in text or "P-100-200" in text] == []
    assert [item for item in talk.gateway.shown if item.ref.channel == STAFF_CHANNEL] == []


def test_number_in_a_message_that_cannot_be_read_is_hidden_too() -> None:
    made = world()
    made.answers.failure = RuntimeError("boom")
    worker.accept(made.desk, inbound("P100200 の件です"))
    for _ in range(worker.MAX_ATTEMPTS):
        worker.run_once(made.desk)
    with made.store.transaction() as unit:
        (found,) = unit.tickets.find()
    assert found.description == "****0200 の件です"


def test_number_in_an_edited_message_is_hidden() -> None:
    made = world()
    worker.accept(made.desk, inbound(MessageChanged(source_key="m0", text="P100200")))
    worker.run_once(made.desk)
    assert "P100200" not in stored(made)


def test_words_without_a_number_stay_as_they_are() -> None:
    made = world()
    worker.accept(made.desk, inbound("12345678 台の PC です"))
    worker.run_once(made.desk)
    with made.store.transaction() as unit:
        assert [item.key for item in unit.outbox.due(NOW) if item.key.endswith("/number")] == []
        assert unit.audit.all() == []


def test_right_form_is_stored_without_its_number() -> None:
    made = world()
    assert RIGHT_FORM["number"] not in stored(made)
    assert CONTRACT.number not in stored(made)
