"""Entries out and in again: the same entries, and a malformed file changes nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.errors import FaqEntryError
from knowledge.faq.catalogue import load_catalogue, read_directory
from knowledge.faq.exchange import (
    CsvEncoding,
    export_csv,
    export_jsonl,
    export_markdown,
    import_csv,
    import_jsonl,
)
from tests.knowledge.faq.samples import POLICIES, entry, shipped_index

ENTRIES = (
    entry(
        "o365/a",
        question='=HYPERLINK("x")',
        answer="一行目, 「引用」\n\n- 二行目",
        variants=("+81", 'カンマ,と"引用"', "'@"),
        products=("Outlook",),
        category="billing_contract",
        reviewed_on=date(2026, 1, 2),
    ),
    entry("unified/b", internal=True, policies=("unified", "o365")),
)


@pytest.mark.parametrize("encoding", CsvEncoding)
def test_import_csv_reads_what_export_csv_wrote(encoding: CsvEncoding) -> None:
    assert import_csv(export_csv(ENTRIES, encoding), "f.csv", POLICIES) == ENTRIES


def test_import_csv_reads_all_shipped_entries_back() -> None:
    entries = shipped_index().entries
    assert import_csv(export_csv(entries), "f.csv", POLICIES) == entries
    assert import_jsonl(export_jsonl(entries), "f.jsonl", POLICIES) == entries


def test_export_csv_disarms_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(export_csv(ENTRIES).decode("utf-8-sig"), newline="")))
    assert rows[0]["question"] == '\'=HYPERLINK("x")'
    assert rows[0]["variants"].splitlines()[0] == "'+81"


def test_export_csv_names_a_character_that_cp932_lacks() -> None:
    with pytest.raises(FaqEntryError) as caught:
        export_csv([replace(ENTRIES[1], answer="😀")], CsvEncoding.CP932)
    error = caught.value
    assert (error.file, error.key, error.reason) == ("unified/b", "answer", "'😀' does not exist in cp932")


HEADER = "id,question,answer,policies,source\r\n"
ROW = "o365/a,問い,答え,o365,o365 1\r\n"


def test_import_csv_needs_only_the_required_columns() -> None:
    expected = entry("o365/a", question="問い", answer="答え", source="o365 1")
    assert import_csv((HEADER + ROW).encode(), "f.csv", POLICIES) == (expected,)


@pytest.mark.parametrize(
    ("data", "file", "key", "reason"),
    [
        (b"", "f.csv", "line 1", "no column 'id'"),
        (b"id,question\r\n", "f.csv", "line 1", "no column 'answer'"),
        (("sauce," + HEADER).encode(), "f.csv", "line 1", "unknown column 'sauce'"),
        ((HEADER + ROW + ROW).encode(), "f.csv:3", "id", "'o365/a' stands twice"),
        ((HEADER + "o365/a,問い,,o365,o365 1\r\n").encode(), "f.csv:2", "answer", "is missing or empty"),
        (
            (HEADER + ROW + "x,y\r\n").encode(),
            "f.csv:3",
            "-",
            "the row has more or fewer cells than there are columns",
        ),
        (
            (HEADER + ROW.replace("\r\n", ",z\r\n")).encode(),
            "f.csv:2",
            "-",
            "the row has more or fewer cells than there are columns",
        ),
        (b"\x81 ", "f.csv", "-", "text in none of utf-8-sig, cp932"),
        (
            ("internal," + HEADER + "perhaps," + ROW).encode(),
            "f.csv:2",
            "internal",
            "must be true or false",
        ),
    ],
)
def test_import_csv_names_line_field_and_reason(data: bytes, file: str, key: str, reason: str) -> None:
    with pytest.raises(FaqEntryError) as caught:
        import_csv(data, "f.csv", POLICIES)
    assert (caught.value.file, caught.value.key, caught.value.reason) == (file, key, reason)


def test_import_csv_says_where_a_quote_is_left_open() -> None:
    with pytest.raises(FaqEntryError) as caught:
        import_csv((HEADER + '"o365/a,問い').encode(), "f.csv", POLICIES)
    assert caught.value.key.startswith("line ")


def test_import_jsonl_reads_what_export_jsonl_wrote() -> None:
    assert import_jsonl("\ufeff" + export_jsonl(ENTRIES) + "\n", "f.jsonl", POLICIES) == ENTRIES


@pytest.mark.parametrize(
    ("text", "file", "key"),
    [
        ("\n{", "f.jsonl:2", "-"),
        ("[]", "f.jsonl:1", "-"),
        ("{}", "f.jsonl:1", "id"),
        (export_jsonl(ENTRIES[:1]) * 2, "f.jsonl:2", "id"),
        ('{"id":"a","question":"q","answer":"a","policies":["azure"],"source":"s"}', "f.jsonl:1", "policies"),
    ],
)
def test_import_jsonl_names_line_and_field(text: str, file: str, key: str) -> None:
    with pytest.raises(FaqEntryError) as caught:
        import_jsonl(text, "f.jsonl", POLICIES)
    assert (caught.value.file, caught.value.key) == (file, key)


def test_export_markdown_makes_files_that_the_catalogue_reads(tmp_path: Path) -> None:
    for name, text in export_markdown(ENTRIES).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert tuple(found for found, _ in read_directory(tmp_path, POLICIES)) == ENTRIES
    assert load_catalogue(known_policies=POLICIES, operator=tmp_path, shipped=None).entries == ENTRIES
