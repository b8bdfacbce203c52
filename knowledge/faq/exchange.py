"""Decides how entries leave and come back (CSV, JSON Lines, Markdown files); stores nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any, Final

from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.entry_file import entry_from_values, render_entry

COLUMNS: Final = tuple(field.name for field in fields(FaqEntry))
_LISTS: Final = ("policies", "variants", "products")
_TRUE: Final = ("true", "1", "yes")
_FALSE: Final = ("", "false", "0", "no")
#: A spreadsheet would take a cell that starts like this for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t")


class CsvEncoding(StrEnum):
    """What spreadsheets in Japan read: UTF-8 with a mark, or the older Windows encoding."""

    UTF8 = "utf-8-sig"
    CP932 = "cp932"


def export_csv(entries: Iterable[FaqEntry], encoding: CsvEncoding = CsvEncoding.UTF8) -> bytes:
    """A table with one row per entry; lists stand one item per line inside their cell.

    Raises:
        FaqEntryError: a character does not exist in the encoding; names entry, column and character.
    """
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for entry in entries:
        row = {name: _guarded(_cell(getattr(entry, name))) for name in COLUMNS}
        for name, cell in row.items():
            _check_encodable(entry.id, name, cell, encoding)
        writer.writerow(row)
    return table.getvalue().encode(encoding)


def import_csv(data: bytes, file: str, known_policies: Collection[str]) -> tuple[FaqEntry, ...]:
    """All entries of a table in UTF-8 (with or without mark) or cp932, or none of them.

    Raises:
        FaqEntryError: not text in either encoding, a column is missing or unknown, a row is malformed or an
            id stands twice; names file, line, field and reason.
    """
    reader = csv.DictReader(io.StringIO(_decoded(data, file), newline=""), strict=True)
    try:
        header = reader.fieldnames or ()
        missing = [name for name in ("id", "question", "answer", "policies", "source") if name not in header]
        unknown = [name for name in header if name not in COLUMNS]
        if missing or unknown:
            reason = f"no column {missing[0]!r}" if missing else f"unknown column {unknown[0]!r}"
            raise FaqEntryError(file, "line 1", reason)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise FaqEntryError(file, f"line {reader.line_num}", str(error)) from error
    return _unique(((line, _values(row, file, line)) for line, row in rows), file, known_policies)


def export_jsonl(entries: Iterable[FaqEntry]) -> str:
    """One JSON object per line with the keys of an entry."""
    return "".join(json.dumps(_plain_values(entry), ensure_ascii=False) + "\n" for entry in entries)


def import_jsonl(text: str, file: str, known_policies: Collection[str]) -> tuple[FaqEntry, ...]:
    """All entries of JSON Lines, or none of them.

    Raises:
        FaqEntryError: a line is no entry or an id stands twice; names file, line, field and reason.
    """
    return _unique(_json_rows(text, file), file, known_policies)


def export_markdown(entries: Iterable[FaqEntry]) -> dict[str, str]:
    """File name below a folder → text; `knowledge.faq.catalogue.read_directory` reads them back."""
    return {f"{entry.id}.md": render_entry(entry) for entry in entries}


def _unique(
    rows: Iterable[tuple[int, Mapping[str, Any]]], file: str, known_policies: Collection[str]
) -> tuple[FaqEntry, ...]:
    entries: dict[str, FaqEntry] = {}
    for line, values in rows:
        entry = entry_from_values(values, f"{file}:{line}", known_policies)
        if entry.id in entries:
            raise FaqEntryError(f"{file}:{line}", "id", f"{entry.id!r} stands twice")
        entries[entry.id] = entry
    return tuple(entries.values())


def _json_rows(text: str, file: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, row in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not row.strip():
            continue
        try:
            values = json.loads(row)
        except ValueError as error:
            raise FaqEntryError(f"{file}:{line}", "-", f"not JSON: {error}") from error
        if not isinstance(values, dict):
            raise FaqEntryError(f"{file}:{line}", "-", "must be a JSON object")
        yield line, {name: value for name, value in values.items() if value is not None}


def _values(row: Mapping[str, Any], file: str, line: int) -> dict[str, Any]:
    if None in row or None in row.values():
        raise FaqEntryError(f"{file}:{line}", "-", "the row has more or fewer cells than there are columns")
    cells = {name: _unguarded(cell).strip() for name, cell in row.items()}
    values: dict[str, Any] = {name: cell for name, cell in cells.items() if cell}
    for name in _LISTS:
        if name in values:
            values[name] = [item.strip() for item in values[name].splitlines() if item.strip()]
    flag = cells.get("internal", "").lower()
    if flag not in (*_TRUE, *_FALSE):
        raise FaqEntryError(f"{file}:{line}", "internal", "must be true or false")
    values["internal"] = flag in _TRUE
    return values


def _plain_values(entry: FaqEntry) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in COLUMNS:
        value = getattr(entry, name)
        values[name] = (
            value.isoformat() if isinstance(value, date) else list(value) if name in _LISTS else value
        )
    return values


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    return "" if value is None else str(value)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _check_encodable(entry_id: str, column: str, cell: str, encoding: CsvEncoding) -> None:
    try:
        cell.encode(encoding)
    except UnicodeEncodeError as error:
        character = cell[error.start]
        raise FaqEntryError(entry_id, column, f"{character!r} does not exist in {encoding.value}") from error


def _decoded(data: bytes, file: str) -> str:
    for encoding in (CsvEncoding.UTF8, CsvEncoding.CP932):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    tried: Sequence[str] = [encoding.value for encoding in CsvEncoding]
    raise FaqEntryError(file, "-", f"text in none of {', '.join(tried)}")
