"""Decides how labelled texts look in the files of labelling tools; not whose labels count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from classifiers.errors import ExampleError
from classifiers.labels import Category, Severity


class Format(StrEnum):
    """A file a labelling tool reads and writes."""

    #: One object a line: id, text, severity, category, and what is known beside them.
    JSONL = "jsonl"
    DOCCANO = "doccano"
    LABEL_STUDIO = "label-studio"
    PRODIGY = "prodigy"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelItem:
    """A text with its labels, as it goes out or comes back."""

    #: None for a text that was born in the tool.
    id: int | None
    text: str
    #: None where nobody has labelled it yet, or where the file says nothing of it.
    severity: Severity | None
    category: Category | None
    #: What the model said, how surely, and which: a prefilled answer for the tool.
    guess: tuple[Severity, Category] | None = None
    confidence: float = 0.0
    model_version: str = ""
    #: Who labelled it, where the tool tells.
    reviewer: str = ""


def write_items(format_: Format, items: Sequence[LabelItem]) -> str:
    """The whole file; read back it gives the same ids, texts and labels."""
    if format_ is Format.LABEL_STUDIO:
        return json.dumps([_to_label_studio(item) for item in items], ensure_ascii=False, indent=1) + "\n"
    write = _WRITERS[format_]
    return "".join(json.dumps(write(item), ensure_ascii=False) + "\n" for item in items)


def read_items(format_: Format, file: str, text: str) -> tuple[LabelItem, ...]:
    """The items of a file named `file`; what was skipped or rejected in the tool is left out.

    Raises ExampleError with the line (or the place in the list) and the reason.
    """
    items = []
    for number, record in _records(file, text):
        try:
            if not isinstance(record, Mapping):
                raise ValueError("an object is needed here")
            item = _READERS[format_](record)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise ExampleError(file, number, reason) from error
        if item is not None:
            items.append(item)
    return tuple(items)


def _records(file: str, text: str) -> Iterator[tuple[int, Any]]:
    """The objects of JSON Lines or of one JSON list."""
    if text.lstrip().startswith("["):
        try:
            yield from enumerate(json.loads(text), 1)
        except ValueError as error:
            raise ExampleError(file, 1, str(error)) from error
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise ExampleError(file, number, str(error)) from error


def _label(words: Sequence[object]) -> tuple[Severity | None, Category | None]:
    """The severity and the category among some words; they share none. Raises ValueError."""
    severity: Severity | None = None
    category: Category | None = None
    for word in words:
        text = str(word)
        if text in _SEVERITIES and severity in (None, Severity(text)):
            severity = Severity(text)
        elif text in _CATEGORIES and category in (None, Category(text)):
            category = Category(text)
        elif text in _SEVERITIES or text in _CATEGORIES:
            raise ValueError(f"two labels of one kind: {text!r} beside {severity or category!s}")
        else:
            raise ValueError(f"unknown label {text!r}; known: {', '.join((*Severity, *Category))}")
    return severity, category


_SEVERITIES: Final = frozenset(Severity)
_CATEGORIES: Final = frozenset(Category)


def _item(record: Mapping[str, Any], words: Sequence[object], **more: Any) -> LabelItem:
    text, identity = record["text"], record.get("id")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("text must be a text that is not blank")
    if identity is not None and not isinstance(identity, int):
        raise ValueError(f"id {identity!r} is no number of ours")
    severity, category = _label(words)
    return LabelItem(id=identity, text=text, severity=severity, category=category, **more)


def _words(item: LabelItem) -> list[str]:
    """The labels given so far, or else what the model said."""
    given = [label.value for label in (item.severity, item.category) if label is not None]
    return given or [label.value for label in item.guess or ()]


# --- JSON Lines of our own -------------------------------------------------------------------------


def _to_jsonl(item: LabelItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": item.text,
        "severity": item.severity,
        "category": item.category,
        "guess": None if item.guess is None else list(item.guess),
        "confidence": round(item.confidence, 4),
        "model": item.model_version,
        "reviewer": item.reviewer,
    }


def _from_jsonl(record: Mapping[str, Any]) -> LabelItem | None:
    words = [record[name] for name in ("severity", "category") if record.get(name) is not None]
    return _item(record, words, reviewer=str(record.get("reviewer") or "")) if words else None


# --- doccano: text classification, several labels allowed ------------------------------------------


def _to_doccano(item: LabelItem) -> dict[str, Any]:
    return {"id": item.id, "text": item.text, "label": _words(item), "madoguchi_id": item.id}


def _from_doccano(record: Mapping[str, Any]) -> LabelItem | None:
    # doccano numbers anew what it takes in; what it was given beside the text comes back as it was.
    ours = {**record, "id": record.get("madoguchi_id")}
    given = record.get("label", record.get("labels"))
    words = [given] if isinstance(given, str) else list(given or ())
    return _item(ours, words) if words else None


# --- Label Studio: two choices on one text ----------------------------------------------------------


def _to_label_studio(item: LabelItem) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {"text": item.text, "madoguchi_id": item.id}}
    if item.guess is not None:
        task["predictions"] = [
            {
                "model_version": item.model_version,
                "score": round(item.confidence, 4),
                "result": _choices(*item.guess),
            }
        ]
    if item.severity is not None and item.category is not None:
        task["annotations"] = [{"result": _choices(item.severity, item.category)}]
    return task


def _choices(severity: Severity, category: Category) -> list[dict[str, Any]]:
    return [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [label.value]}}
        for name, label in (("severity", severity), ("category", category))
    ]


def _from_label_studio(record: Mapping[str, Any]) -> LabelItem | None:
    if "data" not in record:  # the short export: one flat object per task
        short = {**record, "id": record.get("madoguchi_id")}
        return _from_jsonl(short)
    data = record["data"]
    done = [one for one in record.get("annotations") or () if not one.get("was_cancelled")]
    if not done:
        return None
    last = done[-1]
    words = [word for part in last["result"] for word in part["value"]["choices"]]
    who = last.get("completed_by")
    if isinstance(who, Mapping):
        who = who.get("email") or who.get("id")
    ours = {"id": data.get("madoguchi_id"), "text": data["text"]}
    return _item(ours, words, reviewer=str(who or "")) if words else None


# --- Prodigy: choice with prefilled answers --------------------------------------------------------


def _to_prodigy(item: LabelItem) -> dict[str, Any]:
    return {
        "text": item.text,
        "options": [{"id": word.value, "text": word.value} for word in (*Severity, *Category)],
        "accept": _words(item),
        "meta": {"id": item.id, "model": item.model_version, "score": round(item.confidence, 4)},
    } | ({"answer": "accept"} if item.severity is not None else {})


def _from_prodigy(record: Mapping[str, Any]) -> LabelItem | None:
    if record.get("answer") != "accept":
        return None
    words = list(record.get("accept") or ([record["label"]] if "label" in record else []))
    ours = {"text": record["text"], "id": (record.get("meta") or {}).get("id")}
    return _item(ours, words, reviewer=str(record.get("_annotator_id") or "")) if words else None


_WRITERS: Final[Mapping[Format, Callable[[LabelItem], dict[str, Any]]]] = {
    Format.JSONL: _to_jsonl,
    Format.DOCCANO: _to_doccano,
    Format.PRODIGY: _to_prodigy,
}
_READERS: Final[Mapping[Format, Callable[[Mapping[str, Any]], LabelItem | None]]] = {
    Format.JSONL: _from_jsonl,
    Format.DOCCANO: _from_doccano,
    Format.LABEL_STUDIO: _from_label_studio,
    Format.PRODIGY: _from_prodigy,
}
