"""Decides nothing: turns decisions into plain records and records into requests, refusing impossible ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from classifiers.classification import Signals
from classifiers.labels import Category, Extent, Severity
from knowledge.errors import DecisionInputError
from knowledge.policies.conditions import addon_id, check_instant, plan_id
from knowledge.policies.decision import (
    Asker,
    DecisionContext,
    DecisionRequest,
    FirstResponse,
    PolicyDecision,
)
from knowledge.policies.packs import PolicyBook

_Word = TypeVar("_Word", bound=StrEnum)
_CONTEXT: Final = tuple(field.name for field in fields(DecisionContext))


def decision_as_dict(decision: PolicyDecision) -> dict[str, Any]:
    """The decision as a JSON-ready record; instants as ISO 8601 in JST."""
    return {
        "policy": decision.policy_id,
        "policy_severity_label": decision.severity_label,
        "scope": decision.scope.value,
        "route": decision.route.value if decision.route else None,
        "desk": decision.desk.value if decision.desk else None,
        "first_response": first_response_as_dict(decision.first_response),
        "reception_open": decision.reception_open,
        "next_open": _instant(decision.next_open),
        "flags": [flag.value for flag in decision.flags],
        "clause": decision.clause,
        "clauses": list(decision.clauses),
        "basis": decision.basis,
        "reason": decision.reason,
        "notes": list(decision.notes),
        "best_effort_reply": decision.best_effort_reply,
    }


def first_response_as_dict(response: FirstResponse) -> dict[str, Any]:
    """The promise as a JSON-ready record."""
    return {
        "kind": response.kind.value,
        "minutes": response.minutes,
        "clock": response.clock.value if response.clock else None,
        "due": _instant(response.due),
    }


def request_from_dict(record: Mapping[str, Any], book: PolicyBook) -> tuple[str, DecisionRequest]:
    """Policy id and request of a record as `madoguchi decide` reads it.

    Raises:
        UnknownPolicy: no such policy.
        DecisionInputError: a field is missing, of the wrong kind or not known, naming what is known.
    """
    policy = book.get(_text(record, "policy"))
    plan = _optional_text(record, "plan")
    plan_id(policy, plan)
    addons = _texts(record, "addons")
    for addon in addons:
        addon_id(policy, addon)
    request = DecisionRequest(
        severity=_severity(record, levels=bool(policy.severity_names)),
        category=_word(record, "category", Category),
        now=_now(record),
        asker=_word(record, "asker", Asker, default=Asker.CONTRACT_HOLDER),
        plan=plan,
        addons=addons,
        product=_optional_text(record, "product"),
        signals=_signals(record),
        context=_context(record),
    )
    return policy.id, request


def _severity(record: Mapping[str, Any], *, levels: bool) -> Severity:
    default = None if levels else Severity.C
    return _word(record, "severity", Severity, default=default)


def _now(record: Mapping[str, Any]) -> datetime:
    text = _text(record, "now")
    try:
        now = datetime.fromisoformat(text)
    except ValueError as error:
        raise DecisionInputError("now", f"{text!r} is no ISO 8601 instant") from error
    check_instant(now)
    return now


def _signals(record: Mapping[str, Any]) -> Signals:
    given = _mapping(record, "signals")
    return Signals(
        extent=_word(given, "extent", Extent, default=Extent.UNKNOWN, prefix="signals."),
        outage=_boolean(given, "outage"),
        ongoing=_boolean(given, "ongoing"),
        isolation_done=_boolean(given, "isolation_done"),
        workaround=_boolean(given, "workaround"),
        own_environment=bool(_boolean(given, "own_environment")),
    )


def _boolean(signals: Mapping[str, Any], key: str) -> bool | None:
    value = signals.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise DecisionInputError(f"signals.{key}", "must be true, false or null")


def _context(record: Mapping[str, Any]) -> DecisionContext:
    given = _mapping(record, "context")
    unknown = sorted(set(given) - set(_CONTEXT))
    if unknown:
        raise DecisionInputError(f"context.{unknown[0]}", f"unknown; known: {', '.join(_CONTEXT)}")
    for name, value in given.items():
        if not isinstance(value, bool):
            raise DecisionInputError(f"context.{name}", "must be true or false")
    return DecisionContext(**given)


def _word(
    record: Mapping[str, Any], key: str, words: type[_Word], *, default: _Word | None = None, prefix: str = ""
) -> _Word:
    value = record.get(key)
    if value is None and default is not None:
        return default
    known = ", ".join(word.value for word in words)
    if value is None:
        raise DecisionInputError(prefix + key, f"missing; one of: {known}")
    try:
        return words(value)
    except ValueError as error:
        raise DecisionInputError(prefix + key, f"unknown {value!r}; one of: {known}") from error


def _text(record: Mapping[str, Any], key: str) -> str:
    value = _optional_text(record, key)
    if value is None:
        raise DecisionInputError(key, "missing")
    return value


def _optional_text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise DecisionInputError(key, "must be a text that is not empty")
    return value


def _texts(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DecisionInputError(key, "must be a list of texts")
    return tuple(value)


def _mapping(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DecisionInputError(key, "must be an object")
    return value


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
