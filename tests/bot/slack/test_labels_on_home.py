"""The review queue on the Home: one candidate after the other, every opinion kept, roles as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.actions import Action
from bot.labelling import Candidate, Source, Standing
from bot.slack.views.form import context_of
from bot.texts import administration, surface
from classifiers.labels import Category, Severity
from tests.bot.slack.conftest import Message, Town, shown
from tests.builders import NOW

pytestmark = pytest.mark.scenario

CANDIDATE = Candidate(
    source=Source.RANDOM,
    text="プリンターの使い方",
    severity=Severity.C,
    category=Category.OS_DEVICE,
    confidence=0.9,
    model_version="1",
    created_at=NOW,
)
AS_SAID = {"severity": "A", "category": "cloud_incident", "note": "全員が使えない"}


@pytest.fixture
def queued(town: Town) -> Town:
    """A blindly drawn text, two doubtful ones and a corrected one wait."""
    with town.world.store.transaction() as unit:
        unit.labels.add(CANDIDATE)
        for confidence in (0.5, 0.3):
            text = f"迷った文 {confidence}"
            unit.labels.add(replace(CANDIDATE, source=Source.DOUBT, text=text, confidence=confidence))
        unit.labels.add(replace(CANDIDATE, source=Source.CORRECTION, text="直された文"))
    return town


def home(town: Town, person: str) -> Message:
    town.slack.workspace.homes.clear()
    town.slack.open_home(person)
    return town.slack.home(person)


def said(view: Message) -> str:
    return shown({"text": "", **view})


def test_one_candidate_follows_the_other_in_the_order_of_the_queue(queued: Town) -> None:
    assert "ラベルの確認待ち 4件" in said(home(queued, queued.staff))
    queued.slack.press(queued.staff, home(queued, queued.staff), Action.LABEL_REVIEW)
    seen = []
    for left in (4, 3, 2, 1):
        form = queued.slack.modal(queued.staff)
        seen.append(said(form).strip().splitlines()[0])
        assert f"残り {left}件" in said(form)
        answer = queued.slack.submit(queued.staff, form, AS_SAID)
    assert answer == {}
    assert seen == ["直された文", "迷った文 0.3", "迷った文 0.5", "プリンターの使い方"]
    assert not queued.slack.has_modal(queued.staff)
    assert "ラベルの確認待ち 0件" in said(queued.slack.home(queued.staff))
    with queued.world.store.reading() as unit:
        found = unit.labels.all()
        trail = [entry.action for entry in unit.audit.all()]
    assert {candidate.agreed for candidate in found} == {(Severity.A, Category.CLOUD_INCIDENT)}
    assert trail == ["label.review"] * 4


def test_two_who_disagree_are_both_kept(queued: Town) -> None:
    other = queued.slack.user("佐藤")
    queued.slack.workspace.channels[queued.staff_channel].members.add(other)
    queued.world.clock.advance(minutes=2)
    for person, severity in ((queued.staff, "A"), (other, "C")):
        queued.slack.press(person, home(queued, person), Action.LABEL_REVIEW)
        form = queued.slack.modal(person)
        queued.slack.submit(person, form, {**AS_SAID, "severity": severity})
        queued.world.clock.advance(seconds=1)
    assert "ほかの人の判定: A/" in said(form)
    number = int(context_of(form["private_metadata"])["candidate"])
    with queued.world.store.reading() as unit:
        found = unit.labels.get(number)
    assert found is not None
    assert (found.standing, set(found.said)) == (Standing.DISPUTED, {queued.staff, other})


def test_a_form_that_comes_twice_is_one_review(queued: Town) -> None:
    queued.slack.press(queued.staff, home(queued, queued.staff), Action.LABEL_REVIEW)
    form = queued.slack.modal(queued.staff)
    for _ in range(2):
        assert queued.slack.submit(queued.staff, form, AS_SAID)["response_action"] == "update"
    with queued.world.store.reading() as unit:
        assert sum(len(candidate.reviews) for candidate in unit.labels.all()) == 1


def test_a_candidate_that_was_forgotten_meanwhile_is_told(queued: Town) -> None:
    with queued.world.store.transaction() as unit:
        unit.labels.add(
            replace(CANDIDATE, source=Source.CORRECTION, text="消える文", confidence=0.1, contract_key="k")
        )
    queued.slack.press(queued.staff, home(queued, queued.staff), Action.LABEL_REVIEW)
    form = queued.slack.modal(queued.staff)
    with queued.world.store.transaction() as unit:
        unit.labels.set_consent("k", False, NOW)
        unit.labels.erase("k")
    answer = queued.slack.submit(queued.staff, form, AS_SAID)
    assert answer == {"response_action": "errors", "errors": {"severity": administration.GONE}}


def test_whoever_left_the_desk_reviews_nothing(queued: Town) -> None:
    view = home(queued, queued.staff)
    queued.slack.press(queued.staff, view, Action.LABEL_REVIEW)
    form = queued.slack.modal(queued.staff)
    queued.slack.workspace.channels[queued.staff_channel].members.discard(queued.staff)
    queued.world.clock.advance(seconds=60)
    answer = queued.slack.submit(queued.staff, form, AS_SAID)
    assert answer["errors"] == {"severity": surface.REFUSED}
    assert "ラベル" not in said(home(queued, queued.customer))
    with queued.world.store.reading() as unit:
        assert [entry.action for entry in unit.audit.all()] == ["refused:label.review"]
        assert [candidate.reviews for candidate in unit.labels.all()] == [()] * 4


def test_nothing_to_review_is_said(town: Town) -> None:
    with town.world.store.transaction() as unit:
        unit.labels.add(replace(CANDIDATE, contract_key="k"))
    view = home(town, town.staff)
    with town.world.store.transaction() as unit:
        unit.labels.erase("k")
    town.slack.press(town.staff, view, Action.LABEL_REVIEW)
    town.slack.wait_until(lambda: administration.NOTHING_TO_REVIEW in said(town.slack.home(town.staff)))
