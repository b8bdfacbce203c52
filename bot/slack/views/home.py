"""The Home tab as a view."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.views import View

from bot.slack.views.blocks import blocks_of
from bot.slack.views.message import fit
from bot.texts.message import Message

MAX_BLOCKS = 100


def home(message: Message) -> dict[str, Any]:
    """Return the view that is published for one person."""
    blocks = fit([block.to_dict() for block in blocks_of(message.parts)], MAX_BLOCKS)
    found: dict[str, Any] = View(type="home", blocks=blocks).to_dict()
    return found
