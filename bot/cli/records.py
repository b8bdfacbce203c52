"""Triage as JSON by the command-line contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.cli.jsonl import turns_of
from bot.clock import system_clock
from bot.compose import Parts
from bot.texts.labels import rule_reason
from bot.triage import Situation, triage
from classifiers.classification import classification_as_dict
from knowledge.faq.search import faq_result_as_dict
from knowledge.policies.records import decision_as_dict, request_from_dict


def triage_record(parts: Parts, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the whole verdict for one line; raises LineError, DecisionInputError or UnknownPolicy."""
    turns = turns_of(record)
    situation = _situation(parts, record)
    found = triage(parts.brain, turns, situation)
    hits = tuple(replace(hit, reason=rule_reason(hit)) for hit in found.classification.rule_hits)
    return {
        **classification_as_dict(replace(found.classification, rule_hits=hits)),
        "decision": decision_as_dict(found.decision) if found.decision else None,
        "faq": faq_result_as_dict(found.faq),
        "next": str(found.next),
    }


def _situation(parts: Parts, record: Mapping[str, Any]) -> Situation:
    """Return who asks and when; checked as `decide` checks it."""
    situation = Situation(now=system_clock())
    if record.get("policy") is None and record.get("now") is None:
        return situation
    asked = {"severity": "C", "category": "cloud_howto", "now": situation.now.isoformat(), **_given(record)}
    asked.setdefault("policy", parts.policies.ids[0])
    policy_id, request = request_from_dict(asked, parts.policies)
    known = replace(situation, now=request.now)
    if record.get("policy") is None:
        return known
    return replace(
        known,
        policy_id=policy_id,
        plan=request.plan,
        addons=request.addons,
        asker=request.asker,
        context=request.context,
    )


def _given(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("policy", "plan", "addons", "asker", "now", "context")
    return {name: record[name] for name in names if record.get(name) is not None}
