"""Explaining a category and replaying requests against an edited pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from classifiers.labels import Category
from knowledge.errors import DecisionInputError
from knowledge.policies.explain import explain, replay
from knowledge.policies.packs import SHIPPED, PolicyBook

BOOK = PolicyBook.load()
RECORD: dict[str, Any] = {
    "id": "r1",
    "policy": "synnex-csp",
    "plan": "24x365",
    "severity": "A",
    "category": "cloud_incident",
    "asker": "admin",
    "now": "2026-11-20T16:30:00+09:00",
}


def test_explain_lists_rules_in_the_order_they_are_asked() -> None:
    found = explain(BOOK.get("synnex-csp"), Category.ROOT_CAUSE)
    assert [(e.rule_id, e.stage.value) for e in found] == [
        ("synnex-customer-of-customer", "asker"),
        ("synnex-end-user", "asker"),
        ("synnex-stranger", "asker"),
        ("synnex-product-key", "product"),
        ("synnex-perpetual", "product"),
        ("synnex-support-hours", "product"),
        ("synnex-on-site", "product"),
        ("synnex-azure", "product"),
        ("synnex-operating-system", "product"),
        ("synnex-other-products", "product"),
        ("synnex-root-cause-closed", "category"),
        ("root_cause", "category"),
    ]
    assert found[-1].when == {}
    assert found[-2].when == {"categories": ("root_cause",), "facts": ("incident_closed",)}


def test_explain_leaves_out_rules_of_other_plans() -> None:
    policy = BOOK.get("sonpo-cloud")
    ids = {e.rule_id for e in explain(policy, Category.CLOUD_HOWTO, "共通")}
    every = {e.rule_id for e in explain(policy, Category.CLOUD_HOWTO)}
    assert sorted(every - ids) == [
        "sonpo-guardianwall-missing",
        "sonpo-iij-id-missing",
        "sonpo-provided-kobetsu",
        "sonpo-unprovided-hybrid",
    ]


def test_explain_refuses_an_unknown_plan() -> None:
    with pytest.raises(DecisionInputError):
        explain(BOOK.get("synnex-csp"), Category.MIGRATION, "E3")


def test_replay_shows_only_what_an_edit_changes(tmp_path: Path) -> None:
    for file in SHIPPED.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace("minutes = 60", "minutes = 45", 1), encoding="utf-8")
    records = [{**RECORD, "severity": "C"}, RECORD, {**RECORD, "id": None, "plan": "E9"}]
    (found,) = replay(BOOK, PolicyBook.load([tmp_path]), records)
    assert (found.id, found.line, found.fields) == ("r1", 2, ("first_response",))
    assert found.before["first_response"]["minutes"] == 60
    assert found.after["first_response"]["due"] == "2026-11-20T17:15:00+09:00"
