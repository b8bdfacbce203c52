"""Packs: the four shipped ones are sound, and a slip in any is refused with file, key and reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.errors import PackError, UnknownPolicy
from knowledge.policies.packs import SHIPPED, PolicyBook, check_pack, load_pack

FILES = sorted(SHIPPED.glob("*.toml"))
SYNNEX = (SHIPPED / "synnex-csp.toml").read_text(encoding="utf-8")


def _written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "pack.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_check_pack_finds_nothing_in_a_shipped_pack(file: Path) -> None:
    assert check_pack(file) == ()


def test_load_reads_the_four_policies() -> None:
    assert PolicyBook.load().ids == ("o365", "sonpo-cloud", "synnex-csp", "unified")


def test_get_names_the_known_policies() -> None:
    with pytest.raises(
        UnknownPolicy, match="unknown policy 'acme'; known: o365, sonpo-cloud, synnex-csp, unified"
    ):
        PolicyBook.load().get("acme")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('id = "synnex-csp"', "id = ", "-: Invalid value"),
        ('data_notice = "', 'data_notise = "', "data_notice: Field required"),
        ("[categories.smalltalk]", "[categories.smalltalks]", "categories.smalltalks.[key]: Input should be"),
        ('scope = "best_effort"', 'scope = "best-effort"', "scope: Input should be"),
        ('route = "contract_reseller"\nclause = "11.1"', 'clause = "11.1"', "routed matter needs a route"),
        ('contract_reseller = "', 'csam = "', "no text in routes for"),
        (
            'plans = ["24x365"]\nseverities = ["B"]',
            'plans = ["24x356"]\nseverities = ["B"]',
            "'24x356' is not known",
        ),
        ('hours = "business"', 'hours = "busines"', "'busines' is not known"),
        ('families = ["on_site"]', 'families = ["onsite"]', "families: 'onsite' is not known"),
        ('products = ["azure_ad"]', 'products = ["azuread"]', "products: 'azuread' is not known"),
        ("due_at = 17:00:00\n", "", "due_at belongs to next_business_day"),
        ("minutes = 60\n", "", "minutes and clock belong to a duration"),
        ("minutes = 60\n", "minutes = 0\n", "must be more than 0"),
        ('B = "高"\n', "", "severity_names: must name all four levels"),
        ('id = "synnex-azure-ad"', 'id = "synnex-azure"', "rules.synnex-azure: this id is used twice"),
        ('clause = "13.1"', 'clause = ""', "clause: String should have at least 1 character"),
        ('clause = "13.1"\n', "", "clause: Field required"),
        ("closes = 17:00:00\n", "", "opens and closes belong to business_hours"),
        ("closes = 17:00:00\n", "closes = 08:00:00\n", "must open before it closes"),
        (
            'plans = ["24x365"]\nseverities = ["C"]',
            'plans = ["24x365"]\nseverities = ["B"]',
            "no target for plan '24x365'",
        ),
        (
            '[rules.when]\nfamilies = ["on_site"]',
            '[rules.when]\nfamily = ["on_site"]',
            "family: Unexpected keyword",
        ),
    ],
)
def test_check_pack_names_the_slip(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in SYNNEX
    found = check_pack(_written(tmp_path, SYNNEX.replace(old, new, 1)))
    assert [line for line in found if problem in line] != []


def test_check_pack_names_a_category_that_is_missing(tmp_path: Path) -> None:
    without = re.sub(r"\[categories\.presales\]\n(?:[^\[\n].*\n)+", "", SYNNEX)
    problem = "categories.presales: missing; every category must be decided"
    assert check_pack(_written(tmp_path, without)) == (problem,)


def test_load_pack_raises_with_file_key_and_reason(tmp_path: Path) -> None:
    file = _written(tmp_path, SYNNEX.replace('hours = "always"', 'hours = "allways"', 1))
    with pytest.raises(PackError) as refused:
        load_pack(file)
    assert (refused.value.file, refused.value.key) == (str(file), "targets.0.hours")


def test_load_refuses_all_when_one_pack_is_bad(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SYNNEX, encoding="utf-8")
    (tmp_path / "b.toml").write_text("id = 1", encoding="utf-8")
    with pytest.raises(PackError, match=r"b\.toml"):
        PolicyBook.load([tmp_path])


def test_load_refuses_one_id_twice_in_a_directory(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SYNNEX, encoding="utf-8")
    with pytest.raises(PackError, match=r"'synnex-csp' is already used by a\.toml"):
        PolicyBook.load([tmp_path])


def test_load_refuses_a_directory_without_packs(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no policy packs"):
        PolicyBook.load([tmp_path])


def test_load_lets_a_later_directory_replace_and_add(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        SYNNEX.replace('id = "synnex-csp"', 'id = "fifth"', 1), encoding="utf-8"
    )
    edited = SYNNEX.replace('edition = "', 'edition = "改訂 ', 1)
    (tmp_path / "synnex-csp.toml").write_text(edited, encoding="utf-8")
    book = PolicyBook.load([SHIPPED, tmp_path])
    assert book.ids == ("o365", "sonpo-cloud", "synnex-csp", "unified", "fifth")
    assert book.get("synnex-csp").edition.startswith("改訂 ")
