"""An index on disk: it comes back the same, and a damaged or foreign one is made again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from classifiers.text.lexicon import Lexicon
from knowledge.errors import FaqIndexError
from knowledge.faq.index_file import digest_of, load_index, save_index, stored_or_built
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import load_settings
from tests.knowledge.faq.samples import entry

ENTRIES = (
    entry("o365/a", question="料金はいくらですか", variants=("値段",), reviewed_on=date(2026, 1, 2)),
    entry(
        "unified/b", question="解約の期限", products=("Outlook",), internal=True, category="billing_contract"
    ),
)
LEXICON, SETTINGS = Lexicon.load(), load_settings()
DIGEST = digest_of(ENTRIES, SETTINGS, LEXICON)
BUILD = FaqIndex.build


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_index(BUILD(ENTRIES, SETTINGS, LEXICON), tmp_path / "home" / "index.npz", DIGEST)
    return tmp_path / "home" / "index.npz"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each index had that was built."""
    sizes: list[int] = []

    def build(entries: tuple[object, ...], *rest: object) -> object:
        sizes.append(len(entries))
        return BUILD(entries, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(FaqIndex, "build", build)
    return sizes


def test_a_stored_index_answers_as_the_built_one_did(path: Path, built: list[int]) -> None:
    loaded = stored_or_built(ENTRIES, path, lexicon=LEXICON)
    assert built == []
    fresh = BUILD(ENTRIES, SETTINGS, LEXICON)
    assert (loaded.entries, loaded.settings) == (fresh.entries, fresh.settings)
    for query in ("値段は", "解約はいつまで"):
        assert loaded.search(query, None, staff=True) == fresh.search(query, None, staff=True)


def test_saving_leaves_no_unfinished_files(path: Path) -> None:
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_one_is_built_and_kept(tmp_path: Path, built: list[int]) -> None:
    path = tmp_path / "new" / "index.npz"
    for _ in range(2):
        assert stored_or_built(ENTRIES, path, lexicon=LEXICON).search("値段は", "o365").hits
    assert built == [len(ENTRIES)]


def test_one_of_other_entries_is_made_again(path: Path, built: list[int]) -> None:
    others = (replace(ENTRIES[0], answer="別の答えです。"), ENTRIES[1])
    found = stored_or_built(others, path, lexicon=LEXICON).search("値段は", "o365")
    assert (found.hits[0].entry.answer, built) == ("別の答えです。", [2])


def test_a_disk_that_refuses_costs_only_time(tmp_path: Path, built: list[int]) -> None:
    (tmp_path / "file").write_text("")
    index = stored_or_built(ENTRIES, tmp_path / "file" / "index.npz", lexicon=LEXICON)
    assert index.search("値段は", "o365").hits
    assert built == [2]


def test_the_digest_tells_entries_settings_and_names_apart() -> None:
    loose = replace(SETTINGS, blend=replace(SETTINGS.blend, k1=9.0))
    names = Lexicon("test", {"product": {"x": {"name": "X Tool", "families": ["f"]}}})
    digests = {
        DIGEST,
        digest_of(ENTRIES[:1], SETTINGS, LEXICON),
        digest_of(ENTRIES[::-1], SETTINGS, LEXICON),
        digest_of(ENTRIES, loose, LEXICON),
        digest_of(ENTRIES, SETTINGS, names),
    }
    assert len(digests) == 5
    assert digest_of(ENTRIES, load_settings(), Lexicon.load()) == DIGEST


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _pickled(path: Path) -> None:
    np.savez(path, allow_pickle=True, **{"words.keys": np.array([{"a": 1}], dtype=object)})


def _without_arrays(path: Path) -> None:
    np.savez(path, digest=np.frombuffer(DIGEST.encode(), dtype=np.uint8))


@pytest.mark.parametrize("spoil", [Path.unlink, _cut, _pickled, _without_arrays])
def test_what_cannot_be_read_is_refused_and_made_again(
    path: Path, spoil: Callable[[Path], None], built: list[int]
) -> None:
    spoil(path)
    with pytest.raises(FaqIndexError):
        load_index(path, ENTRIES, DIGEST, SETTINGS, LEXICON)
    assert stored_or_built(ENTRIES, path, lexicon=LEXICON).search("値段は", "o365").hits
    assert built == [2]
    assert load_index(path, ENTRIES, DIGEST, SETTINGS, LEXICON).entries == ENTRIES


def test_arrays_that_do_not_fit_the_entries_are_refused(path: Path) -> None:
    with pytest.raises(FaqIndexError, match="do not fit each other"):
        load_index(path, ENTRIES[:1], DIGEST, SETTINGS, LEXICON)


def test_the_digest_is_the_same_in_every_process() -> None:
    code = "from tests.knowledge.faq.test_index_file import DIGEST; print(DIGEST)"
    root = Path(__file__).parent.parent.parent.parent
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == DIGEST
