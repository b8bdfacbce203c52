"""The admin's loop in Slack, end to end: corrections, training, gates, promotion, rollback, and poison."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.authorisation import Actor, Role
from bot.dialogue.actions import Action
from bot.services import labels
from bot.texts import learning, surface
from bot.texts.masking import mask
from classifiers.examples import read_examples
from classifiers.gates import Gate
from classifiers.labels import Category, Severity
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS
from tests.bot.slack.conftest import Message, shown
from tests.bot.slack.school import School, said, school
from tests.builders import NOW

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(900)]

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
RIGHT = (Severity.A, Category.THIRD_PARTY)
UNSEEN = "岡山店でレジ丸くんが赤ランプになりました"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with school(tmp_path_factory.mktemp("school")) as made:
        yield made


def buttons(message: Message) -> set[str]:
    """The actions that a message offers."""
    return {
        element["action_id"]
        for block in message.get("blocks", [])
        for element in block.get("elements", [])
        if element.get("type") == "button"
    }


def judged(desk: School) -> tuple[Severity, Category]:
    """What the running desk says of a message that nobody has labelled."""
    assert desk.office is not None
    found = desk.office.desk.brain.classify([UNSEEN])
    return found.severity.label, found.category.label


def verdict(desk: School) -> list[str]:
    """What a customer is told of that message, without the hours."""
    told = desk.ask(UNSEEN, "内容").splitlines()
    return [line for line in told if line.startswith(("内容: ", "重大度: ", "対応範囲: "))]


def test_sixty_corrections_make_a_better_model_that_can_be_taken_back(desk: School) -> None:
    before, told_before, first = judged(desk), verdict(desk), desk.registry.resolve(CHAMPION)
    assert before != RIGHT
    desk.report(TEXTS)
    cards = desk.cards(len(TEXTS))
    for card in cards:
        desk.correct(card, *RIGHT)
    desk.settle()
    desk.clock.advance(minutes=2)
    home = desk.home(desk.admin, f"ラベルの確認待ち {len(TEXTS)}件")
    assert f"次の学習に使えるラベル {len(TEXTS)}件" in said(home)

    for person in (desk.staff, desk.customer):
        assert "管理: モデル" not in said(desk.home(person))
    stopped = _train_until_killed(desk, home)
    assert (desk.registry.aliases(), judged(desk)) == ({CHAMPION: first}, before)
    desk.clock.advance(minutes=1)
    desk.slack.press(desk.staff, stopped, Action.MODEL_TRAIN)
    assert desk.whisper(desk.staff) == surface.REFUSED
    desk.slack.press(desk.admin, stopped, Action.MODEL_TRAIN)
    result = desk.card("採用の条件を満たしています")
    version = desk.registry.resolve(CHALLENGER)
    metrics = desk.registry.describe(version).metrics
    assert metrics["resumed"] > 0
    assert metrics["against"] == []
    assert metrics["desk"]["after"] > metrics["desk"]["before"] + 0.5
    assert (f"窓口のラベル {len(TEXTS)} 件での正解率" in shown(result), judged(desk)) == (True, before)

    desk.slack.press(desk.staff, result, Action.MODEL_PROMOTE)
    desk.slack.wait_until(lambda: ("refused:model.promote", desk.staff) in desk.audit())
    for _ in range(2):  # a double click
        desk.slack.press(desk.admin, result, Action.MODEL_PROMOTE)
    promoted = desk.card(f"モデル {version} を採用しました")
    assert judged(desk) == RIGHT
    assert verdict(desk) != told_before
    desk.settle()
    assert buttons(desk.card("を採用しています")) == {Action.MODEL_ROLLBACK}

    for _ in range(2):
        desk.slack.press(desk.admin, promoted, Action.MODEL_ROLLBACK)
    desk.card(f"モデル {first} に戻しました")
    assert (judged(desk), verdict(desk)) == (before, told_before)
    assert desk.registry.aliases() == {CHAMPION: first, PREVIOUS: version}
    made = [action for action, _ in desk.audit() if action.startswith("model.")]
    assert made == ["model.promote", "model.rollback"]
    with desk.store.reading() as unit:
        assert unit.audit.first_bad() is None


def _train_until_killed(desk: School, home: Message) -> Message:
    """Press 学習する twice, see one training under way, and kill it; returns its message."""
    desk.slack.press(desk.admin, home, Action.MODEL_TRAIN)
    desk.slack.press(desk.admin, home, Action.MODEL_TRAIN)
    assert Action.MODEL_TRAIN not in buttons(desk.home(desk.admin, "管理: モデル"))
    under_way = desk.card("判定と較正")
    assert [action for action, _ in desk.audit() if action.startswith("asked:")] == ["asked:model.train"]
    desk.kill_apprentice()
    stopped = desk.card("学習は途中で止まりました")
    assert (stopped["ts"], buttons(stopped)) == (under_way["ts"], {Action.MODEL_TRAIN})
    return stopped


def test_a_poisoned_batch_is_refused_by_the_gates(desk: School) -> None:
    """Somebody labels critical texts of the corpus as questions."""
    champion, before = desk.registry.resolve(CHAMPION), judged(desk)
    known = [e for e in read_examples(desk.corpus) if e.labels.severity.critical and len(e.turns) == 1]
    actor = Actor(id=desk.second, roles=frozenset({Role.STAFF}))
    with desk.store.transaction() as unit:
        for example in known[:250]:
            flipped = (Severity.C, example.labels.category)
            labels.add(unit, actor, example.turns[0], flipped, NOW, mask=mask)
    desk.clock.advance(days=1)
    desk.slack.press(desk.admin, desk.home(desk.admin, "管理: モデル"), Action.MODEL_TRAIN)
    result = desk.card(learning.BLOCKED)
    version = desk.registry.resolve(CHALLENGER)
    gates = {objection["gate"] for objection in desk.registry.describe(version).metrics["against"]}
    assert {Gate.CRITICAL_RECALL, Gate.UNDER_TRIAGE} <= gates
    assert buttons(result) == set()
    assert Action.MODEL_PROMOTE not in buttons(desk.home(desk.admin, "管理: モデル"))
    assert (desk.registry.resolve(CHAMPION), judged(desk)) == (champion, before)
