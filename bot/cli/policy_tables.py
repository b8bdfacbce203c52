"""A policy as tables for people; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.texts import labels
from knowledge.policies.explain import Explanation, explain
from knowledge.policies.policy import SupportPolicy

Rows = Sequence[tuple[str, ...]]
Table = tuple[str, tuple[str, ...], Rows]


def overview(policy: SupportPolicy) -> list[Table]:
    """Return a policy's tables: general terms, severity names, desks, isolation steps, categories."""
    terms = [
        ("who may ask", policy.who_may_ask),
        ("identification", policy.identification),
        ("channels", policy.channels),
        ("severity change", policy.severity_change),
        ("root cause", policy.root_cause),
        ("closing", policy.closing),
    ]
    general = [(name, term.text, term.clause, str(term.basis)) for name, term in terms if term is not None]
    again = policy.reopening
    general.append(("reopening", again.text, again.clause, str(again.basis)))
    tables: list[Table] = [
        (f"{policy.id}: {policy.name}", ("", "text", "clause", "basis"), general),
        (
            "severity",
            ("label", "name"),
            [(str(level), name) for level, name in policy.severity_names.items()],
        ),
        (
            "desks",
            ("desk", "name", "clause"),
            [(str(desk), rules.name, rules.clause) for desk, rules in policy.desks.items()],
        ),
        ("isolation", ("step",), [(step,) for step in policy.isolation_steps]),
        ("categories", ("category", "verdicts"), _categories(policy)),
    ]
    return [table for table in tables if table[2]]


def _categories(policy: SupportPolicy) -> Rows:
    rows = []
    for category in labels.CATEGORY:
        found = explain(policy, category)
        verdicts = dict.fromkeys(f"{item.verdict.scope} ({item.verdict.clause})" for item in found)
        rows.append((str(category), "; ".join(verdicts)))
    return rows


def explanation_rows(found: Iterable[Explanation]) -> Rows:
    """Return explanations as table rows."""
    return [
        (
            item.rule_id,
            str(item.stage),
            ", ".join(f"{key}={value}" for key, value in item.when.items()),
            str(item.verdict.scope) + (f" -> {item.verdict.route}" if item.verdict.route else ""),
            item.verdict.clause,
        )
        for item in found
    ]
