"""Which entries there are: shipped ones, operator's ones, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import FaqEntryError
from knowledge.faq.catalogue import load_catalogue
from knowledge.faq.entry import FaqEntry
from knowledge.faq.entry_file import render_entry
from knowledge.faq.figures import FactList
from knowledge.faq.lint import lint_entries
from tests.knowledge.faq.samples import POLICIES

KNOWN = ("o365", "unified")


def _write(directory: Path, entry_id: str, policy: str = "o365") -> None:
    entry = FaqEntry(id=entry_id, question="問い", answer="答え", policies=(policy,), source=f"{policy} 1")
    file = directory / f"{entry_id}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render_entry(entry), encoding="utf-8")


def test_load_catalogue_joins_shipped_and_operator_entries_by_id(tmp_path: Path) -> None:
    _write(tmp_path / "shipped", "o365/z")
    _write(tmp_path / "mine", "unified/a", "unified")
    catalogue = load_catalogue(known_policies=KNOWN, operator=tmp_path / "mine", shipped=tmp_path / "shipped")
    assert [entry.id for entry in catalogue.entries] == ["o365/z", "unified/a"]
    assert catalogue.files["unified/a"] == tmp_path / "mine" / "unified" / "a.md"
    assert [entry.id for entry in catalogue.for_policy("unified")] == ["unified/a"]
    assert catalogue.get("o365/nothing") is None


def test_load_catalogue_does_without_an_operator_directory(tmp_path: Path) -> None:
    _write(tmp_path / "shipped", "o365/z")
    catalogue = load_catalogue(known_policies=KNOWN, operator=tmp_path / "none", shipped=tmp_path / "shipped")
    assert [entry.id for entry in catalogue.entries] == ["o365/z"]


def test_load_catalogue_refuses_a_second_entry_of_one_id(tmp_path: Path) -> None:
    _write(tmp_path / "shipped", "o365/z")
    _write(tmp_path / "mine", "o365/z")
    with pytest.raises(FaqEntryError) as caught:
        load_catalogue(known_policies=KNOWN, operator=tmp_path / "mine", shipped=tmp_path / "shipped")
    assert caught.value.file == str(tmp_path / "mine" / "o365" / "z.md")
    assert caught.value.reason == f"'o365/z' already stands in {tmp_path / 'shipped' / 'o365' / 'z.md'}"


def test_load_catalogue_names_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes("+++\n問い".encode("cp932"))
    with pytest.raises(FaqEntryError) as caught:
        load_catalogue(known_policies=KNOWN, shipped=tmp_path)
    assert caught.value.file == str(tmp_path / "x.md")


def test_shipped_entries_are_enough_and_each_lies_where_its_id_says() -> None:
    catalogue = load_catalogue(known_policies=POLICIES)
    assert len(catalogue.entries) >= 220
    misplaced = [key for key, file in catalogue.files.items() if f"{file.parent.name}/{file.stem}" != key]
    assert misplaced == []


def test_shipped_entries_cite_their_own_policy() -> None:
    entries = load_catalogue(known_policies=POLICIES).entries
    assert [
        e.id
        for e in entries
        if e.source.split(" ")[0] != e.id.split("/")[0] or e.policies != (e.id.split("/")[0],)
    ] == []
    assert [e.id for e in entries if e.category is None or e.reviewed_on is None] == []


def test_shipped_entries_are_clean_under_lint() -> None:
    entries = load_catalogue(known_policies=POLICIES).entries
    assert lint_entries(entries, FactList.load()) == ()
