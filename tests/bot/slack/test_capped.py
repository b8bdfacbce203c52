from __future__ import annotations

import pytest

from bot.dialogue.events import Said
from bot.slack.inbound import HEAD, TAIL, Identity, message
from bot.texts.alerts import CUT
from tests.builders import NOW

ME = Identity(team="T1", user="U0")


def _read(text: str) -> str:
    event = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": "U1",
        "ts": "1.0",
        "text": text,
    }
    heard = message({"team_id": "T1", "event": event}, ME, NOW)
    assert heard is not None
    assert isinstance(heard.inbound.event, Said)
    return heard.inbound.event.text


@pytest.mark.parametrize("size", [HEAD + TAIL + 1, 40_000, 1_000_000])
def test_long_message_keeps_its_head_and_its_tail(size: int) -> None:
    text = "頭" + "あ" * (size - 2) + "尾"
    assert _read(text) == "頭" + "あ" * (HEAD - 1) + CUT + "あ" * (TAIL - 1) + "尾"


def test_message_of_the_longest_length_is_kept_whole() -> None:
    text = "あ" * (HEAD + TAIL)
    assert _read(text) == text
