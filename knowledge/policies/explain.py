"""Decides nothing: shows which rules bear on a category, and which verdicts an edited pack would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from classifiers.labels import Category
from knowledge.errors import KnowledgeError
from knowledge.policies.conditions import fits_plan, plan_id
from knowledge.policies.packs import PolicyBook
from knowledge.policies.policy import Stage, SupportPolicy, Verdict, When
from knowledge.policies.records import decision_as_dict, request_from_dict


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule that may decide a category, in the order in which rules are asked."""

    #: The rule's id, or the category's own name for the verdict that holds otherwise.
    rule_id: str
    stage: Stage
    #: Conditions by name; empty for the verdict that holds otherwise.
    when: dict[str, tuple[str, ...]]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A request that two editions of the policies answer differently."""

    id: str | None
    #: Position of the record, from 1.
    line: int
    #: The answers as records; `{"error": …}` where an edition refuses the request.
    before: dict[str, Any]
    after: dict[str, Any]
    #: Names of the fields that differ.
    fields: tuple[str, ...]


def explain(policy: SupportPolicy, category: Category, plan: str | None = None) -> tuple[Explanation, ...]:
    """The rules that may decide a category, in order; the category's own verdict comes last.

    Raises:
        DecisionInputError: the policy has no such plan.
    """
    known = plan_id(policy, plan)
    found = [
        Explanation(rule_id=rule.id, stage=rule.stage, when=_conditions(rule.when), verdict=rule.then)
        for stage in Stage
        for rule in policy.rules
        if rule.stage is stage and _bears_on(rule.when, category, known)
    ]
    last = Explanation(
        rule_id=category.value, stage=Stage.CATEGORY, when={}, verdict=policy.categories[category]
    )
    return (*found, last)


def replay(
    before: PolicyBook, after: PolicyBook, records: Iterable[Mapping[str, Any]]
) -> tuple[Difference, ...]:
    """What an edit of the policies would change for recorded requests."""
    found = []
    for line, record in enumerate(records, start=1):
        old, new = _answer(before, record), _answer(after, record)
        changed = tuple(key for key in {**old, **new} if old.get(key) != new.get(key))
        if changed:
            name = record.get("id")
            found.append(
                Difference(
                    id=None if name is None else str(name), line=line, before=old, after=new, fields=changed
                )
            )
    return tuple(found)


def _bears_on(when: When, category: Category, plan: str | None) -> bool:
    if category in when.not_categories or (when.categories and category not in when.categories):
        return False
    return plan is None or fits_plan(when.plans, plan)


def _conditions(when: When) -> dict[str, tuple[str, ...]]:
    given = {field.name: getattr(when, field.name) for field in fields(When)}
    return {name: tuple(sorted(str(value) for value in values)) for name, values in given.items() if values}


def _answer(book: PolicyBook, record: Mapping[str, Any]) -> dict[str, Any]:
    try:
        policy_id, request = request_from_dict(record, book)
        return decision_as_dict(book.decide(policy_id, request))
    except KnowledgeError as error:
        return {"error": str(error)}
