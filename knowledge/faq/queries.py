"""Decides what a file of entries or of queries for measuring means; measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqQuery:
    """A question with the entries that answer it; none where it has no answer."""

    id: str
    query: str
    relevant: tuple[str, ...]
    #: The asker's policy, if known.
    policy: str | None = None
    #: `train`, `test` or empty.
    split: str = ""


def read_queries(lines: Iterable[str], file: str) -> tuple[FaqQuery, ...]:
    """Queries from JSON Lines `{"query", "relevant": [ids], "id"?, "policy"?, "split"?}`; skips empty lines.

    Raises:
        FaqEntryError: a line is no such object; names file, line and reason.
    """
    queries = []
    for number, data in _objects(lines, file):
        relevant, policy = data.get("relevant"), data.get("policy")
        if not isinstance(relevant, list) or not all(isinstance(item, str) for item in relevant):
            raise FaqEntryError(file, f"line {number}", "relevant must be a list of entry ids")
        if policy is not None and not isinstance(policy, str):
            raise FaqEntryError(file, f"line {number}", "policy must be a text")
        queries.append(
            FaqQuery(
                id=str(data.get("id", number)),
                query=_text(data, "query", file, number),
                relevant=tuple(relevant),
                policy=policy,
                split=str(data.get("split", "")),
            )
        )
    return tuple(queries)


def read_corpus(lines: Iterable[str], file: str) -> tuple[FaqEntry, ...]:
    """Entries of any corpus from JSON Lines `{"id", "question"?, "answer"}`, for measuring only.

    Raises:
        FaqEntryError: a line is no such object or an id stands twice; names file, line and reason.
    """
    entries: dict[str, FaqEntry] = {}
    for number, data in _objects(lines, file):
        entry_id = _text(data, "id", file, number)
        if entry_id in entries:
            raise FaqEntryError(file, f"line {number}", f"the id {entry_id!r} stands twice")
        question = data.get("question") or ""
        if not isinstance(question, str):
            raise FaqEntryError(file, f"line {number}", "question must be a text")
        answer = _text(data, "answer", file, number)
        entries[entry_id] = FaqEntry(id=entry_id, question=question, answer=answer, policies=())
    return tuple(entries.values())


def _objects(lines: Iterable[str], file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            raise FaqEntryError(file, f"line {number}", f"not JSON: {error}") from error
        if not isinstance(data, dict):
            raise FaqEntryError(file, f"line {number}", "must be a JSON object")
        yield number, data


def _text(data: dict[str, Any], key: str, file: str, number: int) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FaqEntryError(file, f"line {number}", f"{key} must be a text that is not empty")
    return value
