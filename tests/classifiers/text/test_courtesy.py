from __future__ import annotations

import pytest

from classifiers.text.courtesy import Courtesy


@pytest.fixture(scope="module")
def courtesy() -> Courtesy:
    return Courtesy.load()


@pytest.mark.parametrize(
    ("text", "padding"),
    [
        (
            "お世話になっております。株式会社山田の佐藤です。メールが届きません。よろしくお願いいたします。",
            ["お世話になっております。", "株式会社山田の佐藤です。", "よろしくお願いいたします。"],
        ),
        ("メールが届きません。", []),
        ("お疲れ様です。よろしくお願いします。", []),
        (
            "お世話になっておりますが、昨日からメールが全員届かず、受注の締切に間に合わない状況が続いております。",
            [],
        ),
        ("", []),
    ],
)
def test_padding_is_what_carries_nothing(courtesy: Courtesy, text: str, padding: list[str]) -> None:
    assert [text[start:end] for start, end in courtesy.padding(text)] == padding


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("株式会社山田製作所の佐藤です", "株式会社山田製作所"),
        ("お世話になります。みどり商事株式会社 佐藤です", "みどり商事株式会社"),
        ("佐藤です", None),
    ],
)
def test_company_is_a_candidate_with_its_legal_form(
    courtesy: Courtesy, text: str, company: str | None
) -> None:
    assert courtesy.company(text) == company
