"""A message as Slack takes it: fallback text and blocks within every limit; what is too much is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.views.blocks import blocks_of
from bot.slack.views.plain import cut, escape
from bot.texts import surface as words
from bot.texts.message import Context, Message

MAX_BLOCKS = 50
#: Slack refuses at about 13,200 characters in all blocks.
MAX_CHARACTERS = 12_000
MAX_FALLBACK = 3_000
#: Blocks that somebody can act on are never left out: without them a talk is a dead end.
_ACTIVE = frozenset({"actions", "input"})

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What is sent: `text` for notifications and screen readers, `blocks` for everybody else."""

    text: str
    blocks: tuple[Block, ...]


def render(message: Message) -> Rendered:
    """Return a message within Slack's limits; nothing in it can call anybody."""
    blocks = [block.to_dict() for block in blocks_of(message.parts)]
    # Cut before escaping: an entity cut in half would show.
    text = escape(cut(message.fallback, MAX_FALLBACK)) or words.NO_TEXT
    return Rendered(text=text, blocks=tuple(fit(blocks, MAX_BLOCKS)))


def fit(blocks: Sequence[Block], most: int) -> list[Block]:
    """Return as many blocks as Slack takes, from the top, and always those with something to press."""
    if len(blocks) <= most and sum(weight(block) for block in blocks) <= MAX_CHARACTERS:
        return list(blocks)
    note = blocks_of((Context(text=words.LEFT_OUT),))[0].to_dict()
    active = [block for block in blocks if block["type"] in _ACTIVE][: most - 1]
    room = most - len(active) - 1
    characters = MAX_CHARACTERS - weight(note) - sum(weight(block) for block in active)
    kept, noted = [], False
    for block in blocks:
        if block["type"] in _ACTIVE:
            kept.append(block)
        elif not noted and room > 0 and weight(block) <= characters:
            kept.append(block)
            room, characters = room - 1, characters - weight(block)
        elif not noted:
            kept.append(note)
            noted = True
    return [block for block in kept if block["type"] not in _ACTIVE or block in active]


def weight(block: Block) -> int:
    """Return how many characters a block shows."""
    return sum(len(text) for text in _texts(block))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
