from __future__ import annotations

import pytest

from classifiers.text import tokenise as module
from classifiers.text.tokenise import tokenise


def test_tokenise_gives_dictionary_forms() -> None:
    assert [token.lemma for token in tokenise("メールが使えません")] == ["メール", "が", "使う", "ます", "ず"]


@pytest.mark.parametrize("text", ["", "  ", "Outlook が\n開かない 😢", "ｱ ア 0x80070005", "株式会社\t山田"])
def test_tokenise_offsets_give_back_the_surface(text: str) -> None:
    for token in tokenise(text):
        assert text[token.start : token.end] == token.surface


def test_tokenise_falls_back_to_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> object:
        raise RuntimeError("no dictionary")

    monkeypatch.setattr(module, "_tagger", broken)
    assert [token.surface for token in tokenise("Teams が 落ちた")] == ["Teams", "が", "落", "ち", "た"]
