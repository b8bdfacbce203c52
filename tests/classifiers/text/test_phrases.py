from __future__ import annotations

import pytest

from classifiers.text.phrases import PhraseError, compile_phrases


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("全員", "今日は全員が", ["全員"]),
        ("(メール|予定)が", "予定がない。メールが来ない", ["予定が", "メールが"]),
        ("電話(も)?不通", "電話不通、電話も不通", ["電話不通", "電話も不通"]),
        ("誰も…ない", "誰も使えない", ["誰も使えない"]),
        ("誰も…ない", "誰もいた。使えない", []),
        ("誰も…ない", "誰も" + "あ" * 30 + "ない", []),
        ("nas", "nasaからの連絡、nasが", ["nas"]),
        ("nas", "anasは", []),
        ("error", "errors", ["error"]),
    ],
)
def test_phrases_find(phrase: str, text: str, found: list[str]) -> None:
    assert [text[hit.start : hit.end] for hit in compile_phrases({"x": [phrase]}).find(text)] == found


@pytest.mark.parametrize(
    "phrase", ["", "(a", "a)b", "全員…", "…全員", "全", "(全|員)", "(ab)?", "(a|b|c)" * 8]
)
def test_phrases_refuse_what_cannot_be_meant(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrases({"x": [phrase]})


def test_phrases_take_linear_time_on_repetition() -> None:
    assert compile_phrases({"x": ["(aa|aaa)(aa|aaa)…(aa|aaa)…b"]}).find("a" * 4_000) == []
