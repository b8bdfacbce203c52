"""Decides how an entry stands in a file (TOML between `+++` lines, then Markdown); not which there are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from classifiers.labels import Category
from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry

FENCE: Final = "+++"
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?")
_REQUIRED: Final = ("id", "question", "policies", "source")
_OPTIONAL: Final = ("variants", "products", "category", "reviewed_on", "internal")


def parse_entry(text: str, file: Path | str, known_policies: Collection[str]) -> FaqEntry:
    """Entry of one file's text.

    Raises:
        FaqEntryError: front matter is broken, a key is missing, unknown or of the wrong kind, the policy
            is unknown or the answer is empty; names file, key and reason.
    """
    front, body = _split(text, file)
    try:
        values = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        raise FaqEntryError(file, "front matter", str(error)) from error
    return entry_from_values({**values, "answer": body}, file, known_policies)


def render_entry(entry: FaqEntry) -> str:
    """The text of a file that `parse_entry` reads back to the same entry."""
    lines = [FENCE, f"id = {_quoted(entry.id)}", f"question = {_quoted(entry.question)}"]
    lines.append(_list("variants", entry.variants))
    lines.append(_list("policies", entry.policies))
    if entry.products:
        lines.append(_list("products", entry.products))
    if entry.category is not None:
        lines.append(f"category = {_quoted(entry.category)}")
    lines.append(f"source = {_quoted(entry.source)}")
    if entry.reviewed_on is not None:
        lines.append(f"reviewed_on = {entry.reviewed_on.isoformat()}")
    if entry.internal:
        lines.append("internal = true")
    return "\n".join([*lines, FENCE, "", entry.answer.strip(), ""])


def entry_from_values(
    values: Mapping[str, Any], file: Path | str, known_policies: Collection[str]
) -> FaqEntry:
    """Entry from plain values with the keys of `FaqEntry`.

    Raises:
        FaqEntryError: as `parse_entry`.
    """
    for key in (*_REQUIRED, "answer"):
        if not values.get(key):
            raise FaqEntryError(file, key, "is missing or empty")
    unknown = sorted(set(values) - {*_REQUIRED, *_OPTIONAL, "answer"})
    if unknown:
        raise FaqEntryError(file, unknown[0], "no such key")
    entry_id = _string(values, "id", file)
    if not _ID.fullmatch(entry_id):
        raise FaqEntryError(
            file, "id", f"{entry_id!r} must be lower-case words joined by hyphens, like policy/name"
        )
    policies = _strings(values, "policies", file)
    for policy in policies:
        if policy not in known_policies:
            raise FaqEntryError(
                file, "policies", f"unknown policy {policy!r}; known: {', '.join(known_policies)}"
            )
    return FaqEntry(
        id=entry_id,
        question=_string(values, "question", file),
        answer=_string(values, "answer", file).strip(),
        policies=policies,
        variants=_strings(values, "variants", file),
        products=_strings(values, "products", file),
        category=_category(values, file),
        source=_string(values, "source", file),
        reviewed_on=_date(values, file),
        internal=_flag(values, file),
    )


def _split(text: str, file: Path | str) -> tuple[str, str]:
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        raise FaqEntryError(file, "front matter", f"the first line must be {FENCE}")
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]).strip()
    raise FaqEntryError(file, "front matter", f"the closing {FENCE} is missing")


def _string(values: Mapping[str, Any], key: str, file: Path | str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value.strip():
        raise FaqEntryError(file, key, "must be a text that is not empty")
    return value.strip()


def _strings(values: Mapping[str, Any], key: str, file: Path | str) -> tuple[str, ...]:
    value = values.get(key, ())
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item.strip() for item in value
    ):
        raise FaqEntryError(file, key, "must be a list of texts")
    return tuple(item.strip() for item in value)


def _category(values: Mapping[str, Any], file: Path | str) -> str | None:
    value = values.get("category")
    if value is None:
        return None
    if value not in tuple(Category):
        raise FaqEntryError(file, "category", f"unknown category {value!r}")
    return str(value)


def _date(values: Mapping[str, Any], file: Path | str) -> date | None:
    value = values.get("reviewed_on")
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise FaqEntryError(file, "reviewed_on", "must be a date like 2026-11-20") from error


def _flag(values: Mapping[str, Any], file: Path | str) -> bool:
    value = values.get("internal", False)
    if not isinstance(value, bool):
        raise FaqEntryError(file, "internal", "must be true or false")
    return value


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + escaped.replace("\t", "\\t") + '"'


def _list(key: str, items: Sequence[str]) -> str:
    if not items:
        return f"{key} = []"
    if len(items) == 1:
        return f"{key} = [{_quoted(items[0])}]"
    return "\n".join([f"{key} = [", *(f"    {_quoted(item)}," for item in items), "]"])
