"""What crashes the process reaches a human unread; what is severe goes first in a crowd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.dialogue.replies import HandedToHuman
from bot.services import worker
from bot.traffic import OutboxItem, Post
from classifiers.classification import Classification
from classifiers.labels import Severity
from tests.builders import NOW, World, inbound, world


def _crash(made: World) -> None:
    """The process dies while it works, and starts again."""
    with made.store.transaction() as unit:
        assert unit.inbox.claim(NOW) is not None
    worker.recover(made.desk)


def _sent(made: World) -> list[OutboxItem]:
    with made.store.transaction() as unit:
        return list(unit.outbox.due(NOW))


def test_message_that_killed_the_process_three_times_reaches_a_human_unread() -> None:
    made = world()
    worker.accept(made.desk, inbound("メールが送れません"))
    for _ in range(worker.MAX_ATTEMPTS):
        _crash(made)
    heard: list[str] = []
    made = _listening(made, heard)
    assert worker.run_once(made.desk) is True
    assert heard == []
    with made.store.transaction() as unit:
        (ticket,) = unit.tickets.find()
        assert unit.inbox.waiting() == 0
    assert (ticket.description, ticket.human_requested) == ("メールが送れません", True)
    replies = [item.message.reply for item in _sent(made) if isinstance(item.message, Post)]
    assert replies == [HandedToHuman(ticket_id=ticket.id)]


def test_neighbour_of_a_message_that_kills_is_answered_in_between() -> None:
    made = world()
    worker.accept(made.desk, inbound("死", key="bad", conversation="c1"))
    worker.accept(made.desk, inbound("メールが送れません", key="good", conversation="c2"))
    _crash(made)
    _crash(made)
    assert worker.run_once(made.desk) is True
    assert {item.key.split("/")[0] for item in _sent(made)} == {"good"}


def _listening(made: World, heard: list[str]) -> World:
    """The fixed brain, but what cries is critical; it notes what it was asked."""

    def classify(turns: Sequence[str]) -> Classification:
        heard.append(turns[-1])
        found = made.answers.classification
        if "大変" in turns[-1]:
            return replace(found, severity=replace(found.severity, label=Severity.CRITICAL))
        return replace(found, severity=replace(found.severity, label=Severity.C))

    brain = replace(made.desk.brain, classify=classify)
    return replace(made, desk=replace(made.desk, brain=brain))


def test_severe_message_at_the_end_of_a_crowd_goes_first() -> None:
    heard: list[str] = []
    made = _listening(world(), heard)
    for number in range(worker.CROWD):
        text = "大変です" if number == worker.CROWD - 1 else f"質問 {number}"
        worker.accept(made.desk, inbound(text, key=f"m{number}", conversation=f"c{number}"))
    worker.run_once(made.desk)
    assert heard[-1] == "大変です"
    assert {item.key.split("/")[0] for item in _sent(made)} == {f"m{worker.CROWD - 1}"}


def test_few_messages_are_taken_as_they_came_and_read_once() -> None:
    heard: list[str] = []
    made = _listening(world(), heard)
    for number, text in enumerate(("質問", "大変です")):
        worker.accept(made.desk, inbound(text, key=f"m{number}", conversation=f"c{number}"))
    worker.run_once(made.desk)
    assert heard == ["質問"]


def test_words_that_break_what_hides_numbers_are_counted_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    made = world()
    monkeypatch.setattr(worker.typed_numbers, "hide", broken)
    worker.accept(made.desk, inbound("メールが送れません"))
    handled = [worker.run_once(made.desk) for _ in range(worker.MAX_ATTEMPTS + 1)]
    assert handled == [True] * worker.MAX_ATTEMPTS + [False]
    with made.store.transaction() as unit:
        assert [ticket.human_requested for ticket in unit.tickets.find()] == [True]
