"""Decides what a labelled example is and how it is stored; not whether a corpus is sound (`corpus`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from classifiers.errors import ExampleError
from classifiers.labels import Category, Extent, Severity

EXAMPLES_FILE: Final = Path(__file__).parent / "data" / "examples.jsonl"
EVALUATION_FILE: Final = Path(__file__).parent / "data" / "evaluation.jsonl"
_FLAGS: Final = ("outage", "ongoing", "isolation_done", "workaround")
_WORDS: Final = ("id", "voice", "note")
_KNOWN: Final = {
    *_FLAGS,
    *_WORDS,
    "text",
    "turns",
    "severity",
    "category",
    "extent",
    "product",
    "hard",
    "noise",
} | {"first"}
W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a careful reader says about a message."""

    severity: Severity
    category: Category
    extent: Extent = Extent.UNKNOWN
    outage: bool = False
    ongoing: bool = False
    isolation_done: bool = False
    workaround: bool = False
    #: Canonical product name, or None.
    product: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One message or conversation with its labels after the last turn."""

    id: str
    #: The asker's turns, oldest first; one for a single message.
    turns: tuple[str, ...]
    labels: Labels
    #: The labels after the first turn of a conversation.
    first: Labels | None = None
    #: Who writes; folds and files are kept apart by it.
    voice: str = ""
    hard: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    note: str = ""


def read_examples(path: Path = EXAMPLES_FILE) -> tuple[Example, ...]:
    """All examples of a JSONL file. Raises ExampleError with file, line and reason; OSError if unreadable."""
    examples = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                examples.append(_read_line(path, number, line))
    return tuple(examples)


def _read_line(path: Path, number: int, line: str) -> Example:
    try:
        return example_from_dict(json.loads(line.strip()))
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ExampleError(path, number, reason) from error


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write one JSON object a line; reading them back gives equal examples."""
    lines = (json.dumps(example_as_dict(example), ensure_ascii=False) for example in examples)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def example_from_dict(record: Mapping[str, Any]) -> Example:
    """One example. Raises ValueError, KeyError or TypeError saying what is wrong."""
    if unknown := set(record) - _KNOWN:
        raise ValueError(f"unknown field {min(unknown)!r}")
    turns = tuple(record["turns"]) if "turns" in record else (record["text"],)
    if not turns or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise ValueError("every turn must be a text that is not blank")
    first = record.get("first")
    if first is not None and len(turns) == 1:
        raise ValueError("`first` needs a conversation of two turns or more")
    return Example(
        id=str(record["id"]),
        turns=turns,
        labels=_labels_from_dict(record),
        first=None if first is None else _labels_from_dict(first),
        voice=str(record.get("voice", "")),
        hard=tuple(record.get("hard", ())),
        noise=tuple(record.get("noise", ())),
        note=str(record.get("note", "")),
    )


def _labels_from_dict(record: Mapping[str, Any]) -> Labels:
    flags = {name: record.get(name, False) for name in _FLAGS}
    if wrong := [name for name, value in flags.items() if not isinstance(value, bool)]:
        raise ValueError(f"{wrong[0]} must be true or false")
    return Labels(
        severity=_word(Severity, record["severity"]),
        category=_word(Category, record["category"]),
        extent=_word(Extent, record.get("extent", Extent.UNKNOWN)),
        product=record.get("product"),
        **flags,
    )


def _word(kind: type[W], value: object) -> W:
    try:
        return kind(str(value))
    except ValueError:
        raise ValueError(f"unknown {kind.__name__.lower()} {value!r}; known: {', '.join(kind)}") from None


def example_as_dict(example: Example) -> dict[str, Any]:
    """The JSON form of one example; fields at their defaults are left out."""
    body: dict[str, Any] = {"id": example.id}
    body |= {"text": example.turns[0]} if len(example.turns) == 1 else {"turns": list(example.turns)}
    body |= _labels_as_dict(example.labels) | {"voice": example.voice}
    body |= {name: list(value) for name in ("hard", "noise") if (value := getattr(example, name))}
    if example.note:
        body["note"] = example.note
    if example.first is not None:
        body["first"] = _labels_as_dict(example.first)
    return body


def _labels_as_dict(labels: Labels) -> dict[str, Any]:
    words = {
        "severity": labels.severity.value,
        "category": labels.category.value,
        "extent": labels.extent.value,
    }
    flags = {name: getattr(labels, name) for name in _FLAGS}
    return words | flags | {"product": labels.product}


def examples_digest(examples: Sequence[Example]) -> str:
    """SHA-256 over the examples in order: names the corpus a model was trained on."""
    digest = sha256()
    for example in examples:
        digest.update(json.dumps(example_as_dict(example), ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()
