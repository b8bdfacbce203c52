"""The admin's loop from end to end: corrections, training, gates, promotion, rollback, and poison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.authorisation import Actor, Role
from bot.errors import NotAllowed
from bot.labelling import Standing
from bot.ports import Correction
from bot.services import labels, models
from bot.services.training import Trained, retrain
from bot.services.workshop import Workshop
from classifiers.champion import Champion
from classifiers.examples import EVALUATION_FILE, Example, read_examples
from classifiers.gates import Gate
from classifiers.labels import Category, Severity
from classifiers.reading import Reader
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry
from classifiers.rules import Rules
from tests.builders import ADMIN, CONTRACT, NOW, OPENED, STAFF, World, classification, ticket, world

pytestmark = [pytest.mark.quality, pytest.mark.timeout(600)]

HEAD = Actor(id=ADMIN.id, roles=frozenset({Role.STAFF, Role.ADMIN}))
AGENT = Actor(id=STAFF.id, roles=frozenset({Role.STAFF}))
#: What this desk calls its till system; nobody else does, and it stops the shops.
PLACES = ("札幌", "仙台", "新宿", "横浜", "名古屋", "京都", "梅田", "広島", "高松", "博多")
TROUBLES = (
    "{place}店です。レジ丸くんが赤ランプになっています",
    "{place}からです、またレジ丸くんの赤ランプが出ました",
    "レジ丸くん赤ランプ。{place}店",
    "開店前に見たら{place}のレジ丸くんが赤ランプでした",
    "{place}店レジ丸くん、赤ランプ点灯中",
    "お世話になります。{place}店のレジ丸くんが赤ランプのままです",
)
TEXTS = tuple(trouble.format(place=place) for trouble in TROUBLES for place in PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A workshop with a champion, and a desk."""

    shop: Workshop
    world: World
    champion: Champion
    first: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    reader = Reader.load()
    shop = Workshop(
        registry=Registry(tmp_path_factory.mktemp("models")),
        reader=reader,
        rules=Rules.load(cues=reader.cues.names),
        corpus=read_examples()[::3],
        held_out=read_examples(EVALUATION_FILE),
    )
    first = retrain(shop, (), now=NOW)
    desk = world()
    OPENED.remove(desk.store)  # it lives as long as this module's tests
    yield Shop(shop=shop, world=desk, champion=Champion(shop.registry, shop.classifier), first=first.version)
    desk.store.close()


def corrected(made: World, text: str, number: int, right: tuple[Severity, Category]) -> None:
    """Staff corrected the verdict on a ticket."""
    wrong = ticket(
        id=f"M-{number:05d}",
        source_key=f"m{number}",
        description=text,
        severity=Severity.C,
        category=Category.CLOUD_HOWTO,
        classification=classification(Severity.C, Category.CLOUD_HOWTO),
    )
    with made.store.transaction() as unit:
        unit.tickets.add(wrong)
        unit.feedback.correction(
            Correction(
                ticket_id=wrong.id,
                text=text,
                severity_before=wrong.severity,
                severity_after=right[0],
                category_before=wrong.category,
                category_after=right[1],
                actor=STAFF.id,
                at=NOW + timedelta(minutes=number),
                policy_id=CONTRACT.policy_id,
                model_version="test.1",
            )
        )


def learned(made: World) -> tuple[Example, ...]:
    with made.store.transaction() as unit:
        labels.collect(unit)
        return labels.examples(unit)


def share_right(shop: Shop, texts: Sequence[str], right: tuple[Severity, Category]) -> float:
    classifier = shop.champion.current()
    verdicts = [classifier.classify(text) for text in texts]
    return sum((v.severity.label, v.category.label) == right for v in verdicts) / len(verdicts)


def test_sixty_corrections_make_a_better_model_that_can_be_taken_back(made: Shop) -> None:
    right = (Severity.A, Category.THIRD_PARTY)
    for number, text in enumerate(TEXTS, 1):
        corrected(made.world, text, number, right)
    before = share_right(made, TEXTS, right)
    examples = learned(made.world)
    assert len(examples) == len(TEXTS) == 60
    trained: Trained = retrain(made.shop, examples, now=NOW + timedelta(days=1))
    assert trained.desk is not None
    assert trained.desk.after > trained.desk.before + 0.5
    assert trained.objections == ()
    with pytest.raises(NotAllowed):
        models.promote(made.shop, made.world.store, AGENT, now=NOW)
    promotion = models.promote(made.shop, made.world.store, HEAD, now=NOW)
    assert (promotion.done, promotion.version) == (True, trained.version)
    unseen = ["岡山店でレジ丸くんが赤ランプになりました", "レジ丸くんが赤ランプです。金沢店"]
    assert share_right(made, TEXTS, right) > before + 0.5
    assert share_right(made, unseen, right) == 1.0
    assert made.champion.current().model.version == trained.version
    assert models.rollback(made.shop, made.world.store, HEAD, now=NOW) == made.first
    assert share_right(made, TEXTS, right) == before
    with made.world.store.reading() as unit:
        actions = [(entry.action, entry.before, entry.after) for entry in unit.audit.all()]
    assert actions == [
        ("model.promote", made.first, trained.version),
        ("model.rollback", trained.version, made.first),
    ]


def test_a_poisoned_batch_is_refused_unless_somebody_says_why(made: Shop) -> None:
    poison = [
        replace(
            example,
            id=f"desk-{number}",
            turns=(f"{example.turns[0]} {number}",),
            labels=replace(example.labels, severity=Severity.C),
            first=None,
            voice="",
        )
        for number, example in enumerate(e for e in made.shop.corpus if e.labels.severity.critical)
    ]
    trained = retrain(made.shop, poison, now=NOW + timedelta(days=2))
    assert {objection.gate for objection in trained.objections} & {Gate.CRITICAL_RECALL, Gate.CALIBRATION}
    champion = made.shop.registry.resolve(CHAMPION)
    refused = models.promote(made.shop, made.world.store, HEAD, now=NOW)
    assert (refused.done, refused.champion) == (False, champion)
    assert made.shop.registry.resolve(CHAMPION) == champion
    forced = models.promote(made.shop, made.world.store, HEAD, CHALLENGER, now=NOW, reason="試験")
    assert (forced.done, made.shop.registry.resolve(CHAMPION)) == (True, trained.version)
    assert made.shop.registry.resolve(PREVIOUS) == champion
    with made.world.store.reading() as unit:
        last = unit.audit.all()[-2:]
    assert [entry.action for entry in last] == ["refused:model.promote", "model.promote"]
    assert last[1].note.startswith("forced: 試験 (")
    assert models.rollback(made.shop, made.world.store, HEAD, now=NOW) == champion


def test_who_says_no_is_forgotten(made: Shop) -> None:
    with made.world.store.transaction() as unit:
        assert {candidate.standing for candidate in unit.labels.all()} == {Standing.AGREED}
        forgotten = labels.set_consent(unit, HEAD, "key-1", allowed=False, now=NOW)
        labels.collect(unit)
        assert (forgotten, labels.examples(unit), unit.labels.all()) == (60, (), [])
