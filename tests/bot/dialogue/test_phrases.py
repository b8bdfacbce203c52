from __future__ import annotations

import pytest

from bot.dialogue.events import (
    Cancelled,
    Confirmed,
    Event,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    QuestionSkipped,
    Said,
    Thanked,
)
from bot.dialogue.phrases import interpret
from bot.dialogue.state import DialogueState, Phase


def interpreted(text: str, phase: Phase) -> Event:
    return interpret(text, DialogueState(conversation_id="C1/1", phase=phase))


@pytest.mark.parametrize(
    ("text", "phase", "event"),
    [
        ("はい", Phase.CONFIRMING, Confirmed()),
        ("はい、お願いします。", Phase.CONFIRMING, Confirmed()),
        (" OK! ", Phase.CONFIRMING, Confirmed()),
        ("キャンセル", Phase.CONFIRMING, Cancelled()),
        ("もういいです", Phase.IDENTIFYING, Cancelled()),
        ("解決しました!", Phase.ANSWERED, FaqSolved()),
        ("ありがとうございました", Phase.ANSWERED, FaqSolved()),
        ("解決しません…", Phase.ANSWERED, FaqUnsolved()),
        ("わかりません", Phase.ASKING, QuestionSkipped()),
        ("やめる", Phase.DECLINED, Cancelled()),
        ("やめる", Phase.ISOLATING, Cancelled()),
    ],
)
def test_phrase_stands_for_its_button(text: str, phase: Phase, event: Event) -> None:
    assert interpreted(text, phase) == event


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("はい", Phase.NEW),
        ("はい", Phase.ANSWERED),
        ("はい、全員がメールを送れません", Phase.CONFIRMING),
        ("解決しました", Phase.SUBMITTED),
        ("キャンセルの方法を教えてください", Phase.CONFIRMING),
        ("ログイン画面がわかりません", Phase.ASKING),
        ("担当者が退職しました", Phase.NEW),
        ("", Phase.CONFIRMING),
    ],
)
def test_anything_else_is_just_said(text: str, phase: Phase) -> None:
    assert interpreted(text, phase) == Said(text=text)


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.ANSWERED}))
@pytest.mark.parametrize(
    "text",
    ["ありがとうございます", "迅速なご対応ありがとうございました。", "大変助かりました!", "thanks :pray:"],
)
def test_thanks_and_nothing_else_are_thanks(text: str, phase: Phase) -> None:
    assert interpreted(text, phase) == Thanked()


@pytest.mark.parametrize(
    "text", ["ありがとうございます。大阪の拠点でも同じです。", "とても大変です", "お世話になっております"]
)
def test_more_than_thanks_is_said(text: str) -> None:
    assert interpreted(text, Phase.SUBMITTED) == Said(text=text)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize(
    "text",
    ["担当者", "担当者につないでください", "すみません、担当者と話したいのですが", "至急、人と話したいです"],
)
def test_wish_for_a_person_is_understood_in_every_phase(text: str, phase: Phase) -> None:
    assert interpreted(text, phase) == HumanRequested()


@pytest.mark.parametrize(
    "text",
    [
        "メールが届きません。担当者につないでください",
        "担当者につないでください。全社のVPNが落ちています",
    ],
)
def test_words_beside_the_wish_for_a_person_are_kept(text: str) -> None:
    assert interpreted(text, Phase.SUBMITTED) == HumanRequested(text=text)
