"""Turns a reply into words: the door that every kind of reply is registered at."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from bot.texts import labels
from bot.texts.message import (
    Checklist,
    Context,
    Fields,
    Heading,
    Markdown,
    Message,
    Paragraph,
    Part,
    Quote,
)
from knowledge.policies.decision import PolicyDecision

#: Longest quotation of somebody's words.
_WORDS = 300


@singledispatch
def words_for(reply: Any) -> Message:
    raise TypeError(f"no words for {type(reply).__name__}")


def message(*parts: Part | None) -> Message:
    kept = tuple(part for part in parts if part is not None)
    lines = [spoken(part) for part in kept]
    return Message(fallback="\n".join(text for text in lines if text), parts=kept)


def spoken(part: Part) -> str:
    match part:
        case Heading(text=text) | Paragraph(text=text) | Quote(text=text) | Context(text=text):
            return text
        case Markdown(text=text):
            return text
        case Fields(pairs=pairs):
            return "\n".join(f"{label}: {value}" for label, value in pairs)
        case Checklist(label=label, steps=steps):
            return "\n".join([label, *(f"・{step}" for step in steps)])
        case _:
            return ""


def closed_note(decision: PolicyDecision | None) -> Part | None:
    """Return when the desk next takes it, where it is closed now."""
    if decision is None or decision.reception_open or decision.next_open is None:
        return None
    opening = labels.absolute(decision.next_open)
    return Paragraph(text=f"ただいま受付時間外です。次の受付は {opening} からです。")


def cut(text: str) -> str:
    """Return the text short enough to quote."""
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"
