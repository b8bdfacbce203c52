"""Every reply in words: what the rest of the bot asks for."""

from __future__ import annotations

from bot.dialogue.replies import Reply
from bot.texts import notices, staff_clocks, talk
from bot.texts.message import Message
from bot.texts.wording import words_for

#: The rooms that register their replies at `words_for` when they are imported.
ROOMS = (talk, notices, staff_clocks)


def render(reply: Reply) -> Message:
    """Return the words for any reply."""
    return words_for(reply)
