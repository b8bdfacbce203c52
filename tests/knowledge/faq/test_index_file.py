"""An index on disk: it comes back the same, and a damaged or foreign one is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import FaqIndexError
from knowledge.faq.index_file import ARRAYS, DESCRIPTION, entries_digest, load_index, save_index
from knowledge.faq.search import FaqIndex
from tests.knowledge.faq.samples import entry

ENTRIES = (
    entry("o365/a", question="料金はいくらですか", variants=("値段",), reviewed_on=date(2026, 1, 2)),
    entry(
        "unified/b", question="解約の期限", products=("Outlook",), internal=True, category="billing_contract"
    ),
)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    save_index(FaqIndex.build(ENTRIES), tmp_path / "index")
    return tmp_path / "index"


def test_load_index_answers_as_the_saved_one_did(stored: Path) -> None:
    built, loaded = FaqIndex.build(ENTRIES), load_index(stored, expected_digest=entries_digest(ENTRIES))
    assert loaded.entries == built.entries
    assert loaded.settings == built.settings
    assert loaded.search("値段は", "o365") == built.search("値段は", "o365")


def test_save_index_leaves_no_unfinished_files(stored: Path) -> None:
    assert sorted(file.name for file in stored.iterdir()) == [DESCRIPTION, ARRAYS]


def test_load_index_refuses_an_index_of_other_entries(stored: Path) -> None:
    with pytest.raises(FaqIndexError, match="the entries have changed"):
        load_index(stored, expected_digest=entries_digest(ENTRIES[:1]))


def test_load_index_refuses_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(FaqIndexError, match="no readable index"):
        load_index(tmp_path)


@pytest.mark.parametrize("name", [ARRAYS, DESCRIPTION])
def test_load_index_refuses_a_file_cut_short(stored: Path, name: str) -> None:
    whole = (stored / name).read_bytes()
    (stored / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FaqIndexError, match="no readable index"):
        load_index(stored)


def test_load_index_refuses_another_format(stored: Path) -> None:
    description = json.loads((stored / DESCRIPTION).read_text(encoding="utf-8"))
    (stored / DESCRIPTION).write_text(json.dumps({**description, "format": 99}), encoding="utf-8")
    with pytest.raises(FaqIndexError, match="not of format 1"):
        load_index(stored)


def test_load_index_refuses_entries_that_do_not_fit_the_arrays(stored: Path) -> None:
    description = json.loads((stored / DESCRIPTION).read_text(encoding="utf-8"))
    description["entries"] = description["entries"][:1]
    (stored / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(FaqIndexError, match="do not fit each other"):
        load_index(stored)


def test_load_index_refuses_a_description_with_parts_missing(stored: Path) -> None:
    description = json.loads((stored / DESCRIPTION).read_text(encoding="utf-8"))
    del description["settings"]["blend"]["k1"]
    (stored / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(FaqIndexError, match="damaged description"):
        load_index(stored)


def test_load_index_never_unpickles(stored: Path) -> None:
    np.savez(stored / ARRAYS, allow_pickle=True, **{"words.keys": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(FaqIndexError):
        load_index(stored)
