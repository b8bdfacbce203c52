"""The FAQ on the staff's Home: who sees it, what is wrong with a draft, and what is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.compose import Parts
from bot.dialogue.actions import Action
from bot.services.faq_desk import FaqKeeping
from bot.settings import Settings
from bot.slack import ids
from bot.texts import staff_faq, surface
from classifiers.labels import Category
from tests.bot.slack.conftest import Message, Town, office_for, settings_for, shown
from tests.builders import ENTRY, NOW, Answers, classification, world
from tests.fake_slack import FakeSlack, Fault

pytestmark = pytest.mark.scenario

FILLED = {
    "answer": "**本館の裏に3台分あります。**",
    "policies": "p",
    "source": "p 9.9",
    "id": "own/parking",
}


@pytest.fixture
def asked(town: Town) -> Town:
    """A town in which three questions about two things were not answered."""
    with town.world.store.transaction() as unit:
        for text in ("駐車場はありますか", "駐車場はどこにありますか", "食堂は何時までですか"):
            unit.feedback.unanswered(text, "p", NOW)
    return town


def _home(town: Town, person: str) -> Message:
    town.slack.workspace.homes.clear()
    town.slack.open_home(person)
    return town.slack.home(person)


def _read(town: Town, person: str, text: str) -> Message:
    """Wait until the Home of `person` says `text`."""
    return dict(
        town.slack.wait_until(lambda: home if text in _said(home := town.slack.home(person)) else None)
    )


def _said(home: Message) -> str:
    return shown({"text": "", **home})


def _drafted(town: Town) -> Message:
    """Make a draft of the first gap; returns the Home after it."""
    town.slack.press(town.staff, _home(town, town.staff), Action.FAQ_DRAFT)
    assert town.slack.submit(town.staff, town.slack.modal(town.staff), FILLED) == {}
    return _read(town, town.staff, "own/parking")


def _trail(town: Town) -> list[str]:
    with town.world.store.reading() as unit:
        return [entry.action for entry in unit.audit.all()]


def test_gaps_and_drafts_stand_on_the_home_of_staff_only(asked: Town) -> None:
    _drafted(asked)
    for person, seen in ((asked.staff, True), (asked.customer, False)):
        said = _said(_home(asked, person))
        assert ("食堂は何時までですか" in said, FILLED["answer"] in said) == (seen, seen)


def test_gap_becomes_a_draft_and_the_draft_an_entry(asked: Town) -> None:
    home = _drafted(asked)
    assert "答えのない質問 1件" in _said(home)
    assert asked.world.desk.faq_entry("own/parking") is None
    asked.slack.press(asked.staff, home, Action.FAQ_PUBLISH)
    after = _read(asked, asked.staff, "を公開しました")
    entry = asked.world.desk.faq_entry("own/parking")
    assert entry is not None
    assert (entry.question, entry.answer, entry.policies, entry.variants) == (
        "駐車場はありますか",
        FILLED["answer"],
        ("p",),
        ("駐車場はどこにありますか",),
    )
    assert "FAQの下書き" not in _said(after)
    assert _trail(asked) == ["faq_draft", "faq_publish"]


def test_gap_that_is_asked_again_comes_back(asked: Town) -> None:
    _drafted(asked)
    asked.world.clock.advance(minutes=1)
    with asked.world.store.transaction() as unit:
        unit.feedback.unanswered("駐車場はありますか", "p", asked.world.clock())
    assert "答えのない質問 2件" in _said(_home(asked, asked.staff))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("answer", "  ", staff_faq.WRONG["answer"]),
        ("question", "\n ", staff_faq.WRONG["question"]),
        ("source", " ", staff_faq.WRONG["source"]),
        ("id", "駐車場", staff_faq.WRONG["id"]),
        ("id", "../../etc/x", staff_faq.WRONG["id"]),
        ("id", ENTRY.id, staff_faq.TAKEN),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_at_its_field(
    asked: Town, field: str, value: str, said: str
) -> None:
    asked.slack.press(asked.staff, _home(asked, asked.staff), Action.FAQ_DRAFT)
    answer = asked.slack.submit(asked.staff, asked.slack.modal(asked.staff), {**FILLED, field: value})
    assert answer == {"response_action": "errors", "errors": {field: said}}
    assert _trail(asked) == []


def test_policy_that_is_not_ours_is_said_at_its_field(asked: Town) -> None:
    asked.slack.press(asked.staff, _home(asked, asked.staff), Action.FAQ_DRAFT)
    form = asked.slack.modal(asked.staff)
    (select,) = [block["element"] for block in form["blocks"] if block.get("block_id") == "policies"]
    select["options"].append({"text": {"type": "plain_text", "text": "x"}, "value": "nobody"})
    answer = asked.slack.submit(asked.staff, form, {**FILLED, "policies": "nobody"})
    assert answer["errors"] == {"policies": staff_faq.WRONG["policies"]}


def test_second_draft_of_one_gap_is_told_that_the_id_is_taken(asked: Town) -> None:
    asked.slack.press(asked.staff, _home(asked, asked.staff), Action.FAQ_DRAFT)
    form = asked.slack.modal(asked.staff)
    assert asked.slack.submit(asked.staff, form, FILLED) == {}
    answer = asked.slack.submit(asked.staff, {**form, "hash": "another"}, FILLED)
    assert answer["errors"] == {"id": staff_faq.TAKEN}


def test_form_that_comes_twice_is_one_draft(asked: Town) -> None:
    asked.slack.press(asked.staff, _home(asked, asked.staff), Action.FAQ_DRAFT)
    form = asked.slack.modal(asked.staff)
    assert [asked.slack.submit(asked.staff, form, FILLED) for _ in range(2)] == [{}, {}]
    assert _trail(asked) == ["faq_draft"]


def test_draft_is_published_once_however_often_it_is_pressed(asked: Town) -> None:
    home = _drafted(asked)
    for _ in range(2):
        asked.slack.press(asked.staff, home, Action.FAQ_PUBLISH)
    _read(asked, asked.staff, surface.CHANGED)
    assert _trail(asked) == ["faq_draft", "faq_publish"]


def test_draft_that_was_rewritten_since_is_not_published_unseen(asked: Town) -> None:
    home = _drafted(asked)
    asked.world.clock.advance(minutes=1)
    with asked.world.store.transaction() as unit:
        (draft,) = unit.feedback.drafts()
        unit.feedback.save_draft(
            type(draft)(entry=draft.entry, written_by="U9", written_at=asked.world.clock())
        )
    asked.slack.press(asked.staff, home, Action.FAQ_PUBLISH)
    _read(asked, asked.staff, surface.CHANGED)
    assert asked.world.desk.faq_entry("own/parking") is None


def test_whoever_left_the_desk_drafts_and_publishes_nothing(asked: Town) -> None:
    home = _drafted(asked)
    asked.slack.press(asked.staff, home, Action.FAQ_DRAFT)
    form = asked.slack.modal(asked.staff)
    asked.slack.workspace.channels[asked.staff_channel].members.discard(asked.staff)
    # A role is believed for a minute at most.
    asked.world.clock.advance(seconds=60)
    asked.slack.press(asked.staff, home, Action.FAQ_PUBLISH)
    assert "公開する" not in _said(_read(asked, asked.staff, surface.REFUSED))
    answer = asked.slack.submit(asked.staff, form, {**FILLED, "id": "own/canteen"})
    assert answer["errors"] == {"question": surface.REFUSED}
    asked.slack.press(asked.staff, home, Action.FAQ_DRAFT)
    asked.slack.wait_until(lambda: len(_trail(asked)) == 4)
    assert _trail(asked) == ["faq_draft", *(f"refused:faq_{what}" for what in ("publish", "draft", "draft"))]
    assert asked.world.desk.faq_entry("own/parking") is None


def test_roles_that_slack_does_not_tell_publish_nothing(asked: Town) -> None:
    home = _drafted(asked)
    asked.world.clock.advance(seconds=60)
    asked.slack.fail(ids.Method.USER, Fault.server_error(), times=None)
    asked.slack.press(asked.staff, home, Action.FAQ_PUBLISH)
    _read(asked, asked.staff, "Slack から応答がありません")
    assert asked.world.desk.faq_entry("own/parking") is None


def test_published_answer_is_given_to_the_next_who_asks(slack: FakeSlack, tmp_path: Path) -> None:
    parts = Parts(Settings(home=tmp_path))
    asked = classification(category=Category.CLOUD_HOWTO, ongoing=False)
    answers = Answers(classification=asked)
    made = world(answers=answers, default_policy="synnex-csp")
    brain = replace(made.desk.brain, search=parts._search)
    keeping = FaqKeeping(shelf=parts.shelve, policies=parts.policies.ids, terms=lambda: parts.term_reader)
    made = replace(
        made,
        desk=replace(made.desk, brain=brain, faq_entry=parts._entry, faq_keeping=keeping),
    )
    customer, staff = slack.user("田中"), slack.user("鈴木")
    channel = slack.channel("soudan", members=[customer])
    office = office_for(made, settings_for(slack, slack.channel("desk", private=True, members=[staff])))
    office.start()
    town = Town(
        slack=slack,
        world=made,
        office=office,
        customer=customer,
        colleague=customer,
        staff=staff,
        channel=channel,
        staff_channel="",
    )
    question = f"<@{slack.bot}> 来客用の駐車場はどこにありますか"
    slack.wait_connected()
    try:
        first = slack.post_as(customer, channel, question)
        slack.wait_until(lambda: town.thread(first), 20)
        slack.press(staff, _home(town, staff), Action.FAQ_DRAFT)
        filled = {**FILLED, "policies": "synnex-csp"}
        assert slack.submit(staff, slack.modal(staff), filled) == {}
        slack.press(staff, _read(town, staff, "公開する"), Action.FAQ_PUBLISH)
        _read(town, staff, "を公開しました")
        root = slack.post_as(customer, channel, question)
        assert "p 9.9" in shown(town.await_reply(root, FILLED["answer"]))
    finally:
        office.stop(5)
