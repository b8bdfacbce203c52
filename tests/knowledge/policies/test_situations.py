"""Situations written down as data, each with the answer the documents give."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from classifiers.labels import Category, Severity
from knowledge.policies.packs import PolicyBook
from knowledge.policies.records import decision_as_dict, request_from_dict

CASES = Path(__file__).parents[2] / "cases" / "policies"
BOOK = PolicyBook.load()
#: Short names of the expectations; the others are named as in the record.
SHORT = {"label": "policy_severity_label", "open": "reception_open"}


def _situations() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for file in sorted(CASES.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in data["cases"]["rows"]:
            record = {**data["base"], **row}
            title, expect = record.pop("title"), record.pop("expect")
            yield f"{file.stem}: {title}", {**record, "plan": record.get("plan") or None}, expect


SITUATIONS = tuple(_situations())


def _decide(record: Mapping[str, Any]) -> dict[str, Any]:
    return decision_as_dict(BOOK.decide(*request_from_dict(record, BOOK)))


def _flat(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with the promise's fields beside the others; nothing is written as an empty text."""
    flat = {**answer, **answer["first_response"]}
    return {key: "" if value is None else value for key, value in flat.items()}


@pytest.mark.parametrize(("title", "record", "expect"), SITUATIONS, ids=[s[0] for s in SITUATIONS])
def test_decide_situation_is_answered_as_written(
    title: str, record: dict[str, Any], expect: dict[str, Any]
) -> None:
    answer = _flat(_decide(record))
    wanted = {SHORT.get(key, key): value for key, value in expect.items() if key != "note"}
    assert {key: answer[key] for key in wanted} == wanted
    if "note" in expect:
        assert expect["note"] in answer["notes"]


def test_situations_titles_are_unique() -> None:
    titles = [title for title, _, _ in SITUATIONS]
    assert len(titles) == len(set(titles))


def test_situations_cover_every_category_of_every_policy() -> None:
    covered = {(record["policy"], record["category"]) for _, record, _ in SITUATIONS}
    assert covered == {(policy, category.value) for policy in BOOK.ids for category in Category}


def test_situations_cover_every_plan_and_level() -> None:
    covered = set()
    for _, record, _ in SITUATIONS:
        policy_id, request = request_from_dict(record, BOOK)
        label = BOOK.get(policy_id).severity_names.get(request.severity)
        decided = BOOK.decide(policy_id, request)
        if decided.scope == "in_scope":
            covered.add((policy_id, record["plan"], label))
    wanted = {
        (policy.id, plan, label)
        for policy in BOOK.policies
        if policy.severity_names
        for plan in policy.plan_ids or (None,)
        for label in policy.severity_names.values()
    }
    assert wanted - covered == set()


def test_situations_reach_every_rule_and_remark() -> None:
    said: set[tuple[str, str]] = set()
    for _, record, _ in SITUATIONS:
        answer = _decide(record)
        said |= {(record["policy"], text) for text in (answer["reason"], *answer["notes"])}
    unreached = [
        rule.id
        for policy in BOOK.policies
        for rule in policy.rules
        if (policy.id, rule.then.reason) not in said
    ]
    silent = [
        remark.id
        for policy in BOOK.policies
        for remark in policy.remarks
        for note in remark.notes
        if (policy.id, note) not in said
    ]
    assert unreached + silent == []


def test_situations_levels_never_reach_a_policy_without_levels() -> None:
    record = next(record for _, record, _ in SITUATIONS if record["policy"] == "sonpo-cloud")
    labels = {_decide({**record, "severity": level.value})["policy_severity_label"] for level in Severity}
    assert labels == {None}
