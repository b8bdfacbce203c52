"""Edited and deleted messages: what was put right counts, and nothing that was said is lost."""

from __future__ import annotations

from bot.dialogue import replies as r
from bot.dialogue.events import Confirmed, Event, Identified
from bot.dialogue.state import DialogueState, Phase
from bot.services import worker
from bot.services.identification import identify
from bot.traffic import CardLog, MessageChanged, Outbound, Post
from classifiers.labels import Category, Extent, Severity
from knowledge.faq.entry import FaqOutcome
from tests.builders import CUSTOMER, ENTRY, NOW, RIGHT_FORM, World, classification, faq, inbound, world

FIRST, BETTER = "全員メールが送れません", "自分だけメールが送れません"


def _take(made: World, event: Event | MessageChanged | str, key: str) -> list[Outbound]:
    """Handle one thing and return what is to be sent for it."""
    worker.accept(made.desk, inbound(event, key=key))
    while worker.run_once(made.desk):
        pass
    with made.store.reading() as unit:
        return [item.message for item in unit.outbox.due(NOW) if item.key.startswith(f"{key}/")]


def _edit(made: World, text: str | None = BETTER, *, before: str = FIRST, key: str = "e1") -> list[Outbound]:
    return _take(made, MessageChanged(source_key="m1", text=text, before=before), key)


def _state(made: World) -> DialogueState:
    with made.store.reading() as unit:
        return unit.dialogues.load("C1/1")


def test_edit_that_changes_the_verdict_is_judged_again_and_told() -> None:
    made = world()
    _take(made, FIRST, "m1")
    made.answers.classification = classification(Severity.C, extent=Extent.SINGLE)
    replies = [message.reply for message in _edit(made) if isinstance(message, Post)]
    assert isinstance(replies[0], r.TriageReply)
    assert (replies[0].updated, replies[0].understanding.extent) == (True, Extent.SINGLE)
    assert _state(made).turns == (BETTER,)


def test_edit_that_changes_nothing_is_kept_without_a_word() -> None:
    made = world()
    _take(made, FIRST, "m1")
    assert _edit(made, "全員、メールが送れません") == []
    assert _state(made).turns == ("全員、メールが送れません",)


def test_summary_that_waits_for_a_yes_is_shown_with_the_new_words() -> None:
    made = world()
    _take(made, FIRST, "m1")
    _take(made, _known(made), "m2")
    (post,) = _edit(made)
    assert isinstance(post, Post)
    assert isinstance(post.reply, r.TicketSummary)
    assert (post.reply.words, _state(made).phase) == (BETTER, Phase.CONFIRMING)


def test_typo_put_right_under_an_answer_is_not_answered_again() -> None:
    made = world()
    made.answers.classification = classification(Severity.C, Category.CLOUD_HOWTO, ongoing=None)
    made.answers.faq = faq(FaqOutcome.ANSWER, ENTRY)
    _take(made, FIRST, "m1")
    assert _edit(made) == []
    assert (_state(made).phase, _state(made).turns) == (Phase.ANSWERED, (BETTER,))


def test_edit_after_the_ticket_reaches_the_ticket_and_its_card() -> None:
    made = world()
    _submit(made)
    sent = _edit(made)
    logs = [message for message in sent if isinstance(message, CardLog)]
    assert [log.text for log in logs] == [BETTER]
    assert [message for message in sent if isinstance(message, Post)] == []
    with made.store.reading() as unit:
        (ticket,) = unit.tickets.find()
    assert ticket.description == f"{FIRST}\n{BETTER}"


def test_deletion_takes_nothing_from_the_ticket_and_staff_see_it() -> None:
    made = world()
    _submit(made)
    (log,) = _edit(made, None)
    assert isinstance(log, CardLog)
    assert (log.action, log.text) == ("message_deleted", "")
    with made.store.reading() as unit:
        assert unit.tickets.find()[0].description == FIRST


def test_edit_of_what_is_no_part_of_the_talk_changes_nothing() -> None:
    made = world()
    _take(made, FIRST, "m1")
    before = _state(made)
    assert _edit(made, before="前の話") == []
    assert _edit(made, " ", key="e2") == []
    assert _edit(made, FIRST, key="e3") == []
    assert _state(made) == before


def _known(made: World) -> Identified:
    with made.store.transaction() as unit:
        found = identify(unit, CUSTOMER, **RIGHT_FORM, now=NOW)
    return Identified(identification=found)


def _submit(made: World) -> None:
    _take(made, FIRST, "m1")
    _take(made, _known(made), "m2")
    _take(made, Confirmed(), "m3")
