from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.authorisation import Actor, Role
from bot.errors import NotAllowed, NotFound
from bot.labelling import Source, Standing
from bot.ports import Correction
from bot.services import labels
from bot.texts.masking import mask
from bot.tickets.ticket import Ticket
from classifiers.labels import Category, Severity
from tests.builders import CUSTOMER, NOW, SECOND, STAFF, World, classification, prediction, ticket, world

AGENT = Actor(id=STAFF.id, roles=frozenset({Role.STAFF}))
OTHER = Actor(id=SECOND.id, roles=frozenset({Role.STAFF}))
A_INCIDENT = (Severity.A, Category.CLOUD_INCIDENT)
C_HOWTO = (Severity.C, Category.CLOUD_HOWTO)


def numbered(number: int, *, confidence: float = 0.9, abstained: bool = False, **changes: object) -> Ticket:
    sure = prediction(Severity.B, confidence=confidence, abstained=abstained)
    return ticket(
        id=f"M-{number:05d}",
        source_key=f"m{number}",
        classification=replace(classification(), severity=sure),
        **changes,
    )


def correction(number: int, *, text: str = "メールが送れません", actor: str = STAFF.id) -> Correction:
    return Correction(
        ticket_id=f"M-{number:05d}",
        text=text,
        severity_before=Severity.B,
        severity_after=Severity.A,
        category_before=Category.CLOUD_INCIDENT,
        category_after=Category.CLOUD_INCIDENT,
        actor=actor,
        at=NOW,
        policy_id="p",
        model_version="test.1",
    )


@pytest.fixture
def desk() -> World:
    """Ticket 1 was corrected, 2 to 4 were doubtful, 5 to 9 were clear."""
    made = world()
    with made.store.transaction() as unit:
        for number in range(1, 10):
            doubtful = 2 <= number <= 4
            unit.tickets.add(
                numbered(number, confidence=0.9 - number / 20 if doubtful else 0.95, abstained=doubtful)
            )
        unit.feedback.correction(correction(1))
    return made


def test_the_queue_has_corrected_ones_first_then_the_least_sure_then_drawn_ones(desk: World) -> None:
    with desk.store.transaction() as unit:
        assert (labels.collect(unit), labels.fill(unit, mask, NOW)) == (1, 8)
        assert (labels.collect(unit), labels.fill(unit, mask, NOW)) == (0, 0)
        queue = labels.queue(unit)
        assert [candidate.source for candidate in queue] == [
            Source.CORRECTION,
            *[Source.DOUBT] * 3,
            *[Source.RANDOM] * 5,
        ]
        assert [candidate.ticket_id for candidate in queue[:4]] == [
            "M-00001",
            "M-00004",
            "M-00003",
            "M-00002",
        ]
        assert [c.ticket_id for c in labels.queue(unit, reviewer=STAFF.id)[:1]] == ["M-00004"]


def test_two_opinions_are_both_kept_and_not_learned_from_until_a_third(desk: World) -> None:
    with desk.store.transaction() as unit:
        labels.collect(unit)
        (candidate,) = unit.labels.all()
        assert [e.labels.severity for e in labels.examples(unit)] == [Severity.A]
        disputed = labels.review(unit, OTHER, candidate.id, C_HOWTO, NOW, note="質問では")
        assert (disputed.standing, len(disputed.reviews), labels.examples(unit)) == (Standing.DISPUTED, 2, ())
        third = Actor(id="U-THIRD", roles=frozenset({Role.STAFF}))
        settled = labels.review(unit, third, candidate.id, A_INCIDENT, NOW)
        assert (settled.standing, settled.agreed, len(settled.reviews)) == (Standing.AGREED, A_INCIDENT, 3)
        later = labels.review(unit, OTHER, candidate.id, A_INCIDENT, NOW + timedelta(minutes=1))
        assert (len(later.reviews), later.said[SECOND.id].severity) == (4, Severity.A)


def test_only_staff_review_and_only_what_is_there(desk: World) -> None:
    customer = Actor(id=CUSTOMER.id)
    with desk.store.transaction() as unit:
        with pytest.raises(NotAllowed):
            labels.review(unit, customer, 1, A_INCIDENT, NOW)
        with pytest.raises(NotAllowed):
            labels.add(unit, customer, "x", A_INCIDENT, NOW, mask=mask)
        with pytest.raises(NotFound):
            labels.review(unit, AGENT, 99, A_INCIDENT, NOW)


def test_an_added_text_is_masked_and_the_same_again_is_a_review(desk: World) -> None:
    with desk.store.transaction() as unit:
        text = "03-1234-5678 の田中です。メールが来ません"
        first = labels.add(unit, AGENT, text, A_INCIDENT, NOW, mask=mask)
        again = labels.add(unit, OTHER, text, C_HOWTO, NOW, mask=mask)
        assert (first.id, first.source, first.text) == (
            again.id,
            Source.ADDED,
            "[電話] の田中です。メールが来ません",
        )
        assert again.standing is Standing.DISPUTED


def test_who_does_not_want_it_is_forgotten_and_never_asked_again(desk: World) -> None:
    with desk.store.transaction() as unit:
        labels.collect(unit)
        labels.fill(unit, mask, NOW)
        assert labels.set_consent(unit, AGENT, "key-1", False, NOW) == 9
        unit.feedback.correction(correction(2))
        assert (labels.collect(unit), labels.fill(unit, mask, NOW), unit.labels.all()) == (0, 0, [])
        labels.set_consent(unit, AGENT, "key-1", True, NOW)
        assert labels.collect(unit) == 1


def test_nobody_teaches_the_model_alone(monkeypatch: pytest.MonkeyPatch, desk: World) -> None:
    monkeypatch.setattr(labels, "PER_REVIEWER", 3)
    with desk.store.transaction() as unit:
        for number in range(6):
            labels.add(unit, AGENT, f"文{number}", A_INCIDENT, NOW + timedelta(minutes=number), mask=mask)
        assert [example.turns for example in labels.examples(unit)] == [("文3",), ("文4",), ("文5",)]
        assert labels.counts(unit).usable == 3
