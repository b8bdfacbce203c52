"""Records in and out: every impossible input is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from classifiers.labels import Category, Extent, Severity
from knowledge.errors import CalendarHorizonError, DecisionInputError, UnknownPolicy
from knowledge.policies.decision import Asker
from knowledge.policies.packs import PolicyBook
from knowledge.policies.records import decision_as_dict, request_from_dict

BOOK = PolicyBook.load()
RECORD: dict[str, Any] = {
    "id": "p001",
    "policy": "synnex-csp",
    "plan": "weekday-9-17",
    "addons": [],
    "severity": "A",
    "category": "cloud_incident",
    "product": "Exchange Online",
    "signals": {
        "extent": "many",
        "outage": True,
        "ongoing": True,
        "isolation_done": True,
        "workaround": False,
    },
    "context": {},
    "asker": "admin",
    "now": "2026-11-20T16:30:00+09:00",
}


def test_decision_as_dict_is_the_documented_record() -> None:
    answer = decision_as_dict(BOOK.decide(*request_from_dict(RECORD, BOOK)))
    assert answer == {
        "policy": "synnex-csp",
        "policy_severity_label": "重大",
        "scope": "in_scope",
        "route": None,
        "desk": None,
        "first_response": {
            "kind": "duration",
            "minutes": 60,
            "clock": "wall",
            "due": "2026-11-20T17:30:00+09:00",
        },
        "reception_open": True,
        "next_open": None,
        "flags": [],
        "clause": "3.3",
        "clauses": ["3.3", "3.1"],
        "basis": "document",
        "reason": "クラウド側で発生した障害のお問い合わせは対応範囲です。",
        "notes": ["重大は、ご契約の種類にかかわらず24時間365日受け付けます。"],
        "best_effort_reply": False,
    }


def test_request_from_dict_fills_in_what_is_not_said() -> None:
    policy_id, request = request_from_dict(
        {"policy": "o365", "severity": "C", "category": "smalltalk", "now": "2026-11-20T16:30:00Z"}, BOOK
    )
    assert (policy_id, request.asker, request.plan, request.addons) == (
        "o365",
        Asker.CONTRACT_HOLDER,
        None,
        (),
    )
    assert (request.signals.extent, request.signals.outage) == (Extent.UNKNOWN, None)
    assert request.context.staffed_24x7 is True


def test_request_from_dict_needs_no_severity_where_there_are_no_levels() -> None:
    record = {**RECORD, "policy": "sonpo-cloud", "plan": None, "severity": None}
    assert request_from_dict(record, BOOK)[1].severity is Severity.C


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"now": "2026-11-20T16:30:00"}, "now", "needs a time zone offset, e.g. +09:00"),
        ({"now": "2026-02-30T10:00:00+09:00"}, "now", "'2026-02-30T10:00:00+09:00' is no ISO 8601 instant"),
        ({"now": "tomorrow"}, "now", "'tomorrow' is no ISO 8601 instant"),
        ({"now": None}, "now", "missing"),
        ({"now": 5}, "now", "must be a text that is not empty"),
        ({"policy": " "}, "policy", "must be a text that is not empty"),
        ({"plan": "E9"}, "plan", "synnex-csp has no plan 'E9'; known: weekday-9-17, 24x365"),
        (
            {"policy": "unified", "plan": "E3"},
            "plan",
            "unified has no plan 'E3'; known: none, this policy has no plans",
        ),
        (
            {"addons": ["UER"]},
            "addons",
            "synnex-csp has no add-on 'UER'; known: none, this policy has no add-ons",
        ),
        (
            {"policy": "unified", "plan": None, "addons": ["Gold"]},
            "addons",
            "unified has no add-on 'Gold'; known: UER, RapidResponse, AEM, RCA, DeveloperSupport",
        ),
        ({"addons": "UER"}, "addons", "must be a list of texts"),
        ({"severity": "D"}, "severity", "unknown 'D'; one of: 1, A, B, C"),
        ({"severity": None}, "severity", "missing; one of: 1, A, B, C"),
        (
            {"asker": "boss"},
            "asker",
            "unknown 'boss'; one of: admin, contract_holder, end_user, stranger, reseller",
        ),
        ({"signals": {"outage": "yes"}}, "signals.outage", "must be true, false or null"),
        (
            {"signals": {"extent": "some"}},
            "signals.extent",
            "unknown 'some'; one of: single, few, many, all, unknown",
        ),
        ({"signals": [1]}, "signals", "must be an object"),
        ({"context": {"in_event": 1}}, "context.in_event", "must be true or false"),
        (
            {"context": {"event": True}},
            "context.event",
            "unknown; known: in_event, incident_closed, staffed_24x7, prerelease, customer_of_customer",
        ),
    ],
)
def test_request_from_dict_refuses_the_impossible(changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(DecisionInputError) as refused:
        request_from_dict({**RECORD, **changes}, BOOK)
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_request_from_dict_names_the_categories() -> None:
    with pytest.raises(DecisionInputError) as refused:
        request_from_dict({**RECORD, "category": "other"}, BOOK)
    assert refused.value.reason == f"unknown 'other'; one of: {', '.join(Category)}"


def test_request_from_dict_refuses_an_unknown_policy() -> None:
    with pytest.raises(UnknownPolicy):
        request_from_dict({**RECORD, "policy": "acme"}, BOOK)


def test_decide_refuses_a_naive_instant() -> None:
    policy_id, request = request_from_dict(RECORD, BOOK)
    naive = replace(request, now=datetime.fromisoformat("2026-11-20T16:30:00"))
    with pytest.raises(DecisionInputError, match="needs a time zone offset"):
        BOOK.decide(policy_id, naive)


def test_decide_refuses_an_instant_beyond_the_calendar() -> None:
    record = {**RECORD, "severity": "B", "now": "2100-01-05T10:00:00+09:00"}
    with pytest.raises(CalendarHorizonError, match="no holidays known for 2100"):
        BOOK.decide(*request_from_dict(record, BOOK))


def test_decide_says_that_a_product_is_not_known() -> None:
    answer = BOOK.decide(*request_from_dict({**RECORD, "product": "ぽんぽこ電卓"}, BOOK))
    assert answer.scope == "in_scope"
    assert answer.notes[-1].startswith("「ぽんぽこ電卓」は製品・用件の一覧に見つからないため")
