"""The demo as a person reads it: whatever is done shows what it brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.playing import play_script
from bot.compose import Parts

CASES = Path(__file__).parents[2] / "cases" / "dialogues"


def test_replayed_transcript_shows_every_answer(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    play_script(parts, CASES / "synnex-outage-answered.toml")
    told = capsys.readouterr().out
    for words in (
        "[ご契約の確認の「確認する」 を押しました]",
        "この内容で受け付けます",
        "[送信する を押しました]",
        "受付番号は M-00001",
        "[承認 を押しました]",
        "[回答する を押しました]",
    ):
        assert words in told
    assert "staff_" not in told
    assert told.count("この内容で受け付けます") == 1
