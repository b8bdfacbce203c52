"""Text as Slack may show it: invisible characters out, markup inert, length kept; decides no wording."""

from __future__ import annotations

import re

from bot.texts.escaping import clean, escape

__all__ = ["clean", "cut", "escape", "markdown", "pieces"]

#: What would call somebody or link somewhere inside a markdown block.
_CALLS = re.compile(r"<(?=[@#!])")


def markdown(text: str) -> str:
    """Return a text of the knowledge base for a markdown block: it calls nobody."""
    return _CALLS.sub("&lt;", clean(text))


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters, the last one telling that there was more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def pieces(text: str, limit: int) -> list[str]:
    """Return `text` in pieces of at most `limit` characters, split at line ends where there are any."""
    found = []
    rest = text.strip()
    while len(rest) > limit:
        end = rest.rfind("\n", 1, limit)
        end = end if end > limit // 2 else limit
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*found, rest] if rest else found
