"""Slack's limits on blocks, texts and views, as measured and documented; refuses what Slack would refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Block = Mapping[str, Any]

MAX_TEXT = 40_000
MAX_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MAX_CHARACTERS = 13_200
_IN_MESSAGES = {"section", "header", "context", "divider", "actions", "markdown", "rich_text", "image"}
_SURFACES = {
    "message": _IN_MESSAGES,
    "modal": (_IN_MESSAGES | {"input"}) - {"markdown"},
    "home": (_IN_MESSAGES | {"input"}) - {"markdown"},
}
_INTERACTIVE = {
    "button",
    "static_select",
    "checkboxes",
    "plain_text_input",
    "datetimepicker",
    "users_select",
    "overflow",
}


class LimitExceeded(Exception):
    """Slack would not take it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


def check_message(text: str, blocks: list[Block]) -> None:
    """Raise LimitExceeded unless Slack would post it."""
    if not text and not blocks:
        raise LimitExceeded("no_text", "neither text nor blocks")
    if len(text) > MAX_TEXT:
        raise LimitExceeded("msg_too_long", f"{len(text)} characters")
    check_blocks(blocks, "message")


def check_metadata(metadata: Any) -> None:
    """Raise LimitExceeded unless it is an event type and a payload."""
    if not isinstance(metadata, dict) or not metadata.get("event_type"):
        raise LimitExceeded("invalid_metadata_format", "event_type is missing")
    if not isinstance(metadata.get("event_payload"), dict):
        raise LimitExceeded("invalid_metadata_format", "event_payload is missing")


def check_view(view: Mapping[str, Any]) -> None:
    """Raise LimitExceeded unless Slack would open or publish it."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        raise LimitExceeded("invalid_arguments", f"view type {kind!r}")
    _short(view.get("private_metadata", ""), 3_000, "private_metadata")
    _short(view.get("callback_id", ""), 255, "callback_id")
    if kind == "modal":
        _text(view.get("title"), 24, "title", plain=True)
        for name in ("submit", "close"):
            if name in view:
                _text(view[name], 24, name, plain=True)
        if "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks", [])):
            raise LimitExceeded("invalid_arguments", "inputs need a submit button")
    check_blocks(view.get("blocks", []), str(kind))
    if len(json.dumps(view).encode()) > 250_000:
        raise LimitExceeded("view_too_large", "more than 250 KB")


def check_blocks(blocks: Any, surface: str) -> None:
    """Raise LimitExceeded unless every block fits the surface."""
    if not isinstance(blocks, list):
        raise LimitExceeded("invalid_blocks_format", "not a list")
    if len(blocks) > MAX_BLOCKS[surface]:
        raise LimitExceeded("invalid_blocks", f"{len(blocks)} blocks")
    _unique([block["block_id"] for block in blocks if block.get("block_id")], "block_id")
    for block in blocks:
        if block.get("type") not in _SURFACES[surface]:
            raise LimitExceeded("invalid_blocks", f"{block.get('type')!r} does not fit a {surface}")
        _short(block.get("block_id", ""), 255, "block_id")
        _CHECKS[block["type"]](block)
    if surface == "message" and sum(len(text) for text in texts_of(blocks)) > MAX_CHARACTERS:
        raise LimitExceeded("msg_blocks_too_long", "too many characters in all blocks")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > 12_000:
        raise LimitExceeded("msg_blocks_too_long", "too much markdown")


def texts_of(value: Any) -> Iterable[str]:
    """Yield every text that would be seen."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def _section(block: Block) -> None:
    if "text" not in block and not block.get("fields"):
        raise LimitExceeded("invalid_blocks", "a section needs text or fields")
    if "text" in block:
        _text(block["text"], 3_000, "section")
    fields = block.get("fields", [])
    if len(fields) > 10:
        raise LimitExceeded("invalid_blocks", "more than 10 fields")
    for field in fields:
        _text(field, 2_000, "field")
    if "accessory" in block:
        _element(block["accessory"])


def _context(block: Block) -> None:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        raise LimitExceeded("invalid_blocks", "a context needs 1 to 10 elements")
    for element in elements:
        _text(element, 3_000, "context")


def _actions(block: Block) -> None:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        raise LimitExceeded("invalid_blocks", "an actions block needs 1 to 25 elements")
    _unique([element.get("action_id") for element in elements], "action_id")
    for element in elements:
        _element(element)


def _input(block: Block) -> None:
    _text(block.get("label"), 2_000, "label", plain=True)
    if block.get("hint"):
        _text(block["hint"], 2_000, "hint", plain=True)
    _element(block["element"])


def _markdown(block: Block) -> None:
    _short(block.get("text", ""), 12_000, "markdown", least=1)


def _rich_text(block: Block) -> None:
    elements = block.get("elements")
    if not elements:
        raise LimitExceeded("invalid_blocks", "a rich_text needs elements")
    for element in elements:
        if element.get("type") not in ("rich_text_section", "rich_text_quote", "rich_text_list"):
            raise LimitExceeded("invalid_blocks", f"{element.get('type')!r} in rich_text")
        if any(inner.get("type") == "text" and not inner.get("text") for inner in element["elements"]):
            raise LimitExceeded("invalid_blocks", "empty text in rich_text")


def _element(element: Block) -> None:
    kind = element.get("type")
    if kind not in _INTERACTIVE:
        raise LimitExceeded("invalid_blocks", f"element {kind!r}")
    _short(element.get("action_id", ""), 255, "action_id", least=1)
    if kind == "button":
        _text(element.get("text"), 75, "button", plain=True)
        _short(element.get("value", ""), 2_000, "button value")
        if element.get("style", "primary") not in ("primary", "danger"):
            raise LimitExceeded("invalid_blocks", "button style")
    if kind in ("static_select", "checkboxes"):
        _options(element, 10 if kind == "checkboxes" else 100)
    if "placeholder" in element:
        _text(element["placeholder"], 150, "placeholder", plain=True)
    if kind == "plain_text_input" and not 1 <= element.get("max_length", 3_000) <= 3_000:
        raise LimitExceeded("invalid_blocks", "max_length")
    if "confirm" in element:
        _confirm(element["confirm"])


def _options(element: Block, most: int) -> None:
    options = element.get("options", [])
    if not 1 <= len(options) <= most:
        raise LimitExceeded("invalid_blocks", f"{len(options)} options")
    for option in options:
        _text(option.get("text"), 75, "option")
        _short(option.get("value", ""), 150, "option value", least=1)
    initial = element.get("initial_option")
    if initial is not None and initial not in options:
        raise LimitExceeded("invalid_blocks", "initial_option is none of the options")


def _confirm(confirm: Block) -> None:
    _text(confirm.get("title"), 100, "confirm title", plain=True)
    _text(confirm.get("text"), 300, "confirm text")
    _text(confirm.get("confirm"), 30, "confirm yes", plain=True)
    _text(confirm.get("deny"), 30, "confirm no", plain=True)


def _text(value: Any, most: int, what: str, *, plain: bool = False) -> None:
    if not isinstance(value, Mapping) or value.get("type") not in ("plain_text", "mrkdwn"):
        raise LimitExceeded("invalid_blocks", f"{what} is no text object")
    if plain and value["type"] != "plain_text":
        raise LimitExceeded("invalid_blocks", f"{what} has to be plain_text")
    _short(value.get("text", ""), most, what, least=1)


def _short(text: str, most: int, what: str, *, least: int = 0) -> None:
    if not least <= len(text) <= most:
        raise LimitExceeded("invalid_blocks", f"{what} has {len(text)} characters")


def _unique(names: list[Any], what: str) -> None:
    if len(set(names)) != len(names):
        raise LimitExceeded("invalid_blocks", f"{what} twice")


_CHECKS: dict[str, Callable[[Block], None]] = {
    "section": _section,
    "header": lambda block: _text(block.get("text"), 150, "header", plain=True),
    "context": _context,
    "divider": lambda block: None,
    "actions": _actions,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "image": lambda block: None,
}
