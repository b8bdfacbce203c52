"""What holds for every decision, whatever is asked and whenever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from classifiers.classification import Signals
from classifiers.labels import Category, Extent, Severity
from knowledge.calendars.business_calendar import JST
from knowledge.policies.decision import (
    Asker,
    DecisionContext,
    DecisionRequest,
    PolicyDecision,
    ResponseKind,
    Scope,
)
from knowledge.policies.packs import PolicyBook

BOOK = PolicyBook.load()
BOOLEANS = st.booleans()
NAMES = st.sampled_from([entry.name for entry in BOOK.lexicon.entries])
INSTANTS = st.datetimes(
    datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2040-01-01"), timezones=st.just(JST)
)


@st.composite
def _questions(draw: st.DrawFn) -> tuple[str, DecisionRequest]:
    policy = draw(st.sampled_from(BOOK.policies))
    request = DecisionRequest(
        severity=draw(st.sampled_from(Severity)),
        category=draw(st.sampled_from(Category)),
        now=draw(INSTANTS),
        asker=draw(st.sampled_from(Asker)),
        plan=draw(st.sampled_from([None, *policy.plan_ids])),
        addons=tuple(draw(st.lists(st.sampled_from(policy.addon_ids), unique=True))) if policy.addons else (),
        product=draw(st.none() | NAMES),
        signals=Signals(
            extent=draw(st.sampled_from(Extent)),
            outage=draw(st.none() | BOOLEANS),
            ongoing=draw(BOOLEANS),
            isolation_done=draw(st.none() | BOOLEANS),
            workaround=draw(BOOLEANS),
        ),
        context=DecisionContext(in_event=draw(BOOLEANS), staffed_24x7=draw(BOOLEANS)),
    )
    return policy.id, request


def _later(one: PolicyDecision) -> datetime:
    return one.first_response.due or datetime.max.replace(tzinfo=JST)


@given(_questions())
def test_decide_answers_every_question_in_full(question: tuple[str, DecisionRequest]) -> None:
    policy_id, request = question
    policy, answer = BOOK.get(policy_id), BOOK.decide(policy_id, request)
    assert (answer.scope is Scope.ROUTED) <= (answer.route is not None)
    assert answer.route is None or answer.route in policy.routes
    assert answer.clause == answer.clauses[0]
    assert len(set(answer.clauses)) == len(answer.clauses)
    assert answer.reason.endswith("。")
    assert (answer.desk is not None) <= (answer.scope in (Scope.IN_SCOPE, Scope.BEST_EFFORT))
    assert answer.reception_open is (answer.next_open is None)


@given(_questions())
def test_decide_promises_nothing_but_in_scope_and_never_before_now(
    question: tuple[str, DecisionRequest],
) -> None:
    policy_id, request = question
    answer = BOOK.decide(policy_id, request)
    promised = answer.first_response
    assert (promised.kind is ResponseKind.NONE) is (promised.due is None)
    assert promised.due is None or (answer.scope is Scope.IN_SCOPE and promised.due > request.now)
    assert answer.next_open is None or answer.next_open > request.now


@given(_questions(), st.timedeltas(timedelta(0), timedelta(days=10)))
def test_decide_never_promises_an_earlier_time_to_who_asks_later(
    question: tuple[str, DecisionRequest], delay: timedelta
) -> None:
    policy_id, request = question
    after = replace(request, now=request.now + delay)
    assert _later(BOOK.decide(policy_id, request)) <= _later(BOOK.decide(policy_id, after))


@given(_questions())
def test_decide_never_promises_less_for_a_worse_level(question: tuple[str, DecisionRequest]) -> None:
    policy_id, request = question
    answers = [BOOK.decide(policy_id, replace(request, severity=level)) for level in Severity]
    dues = [_later(answer) for answer in answers]
    assert dues == sorted(dues)


@given(_questions())
def test_decide_never_promises_less_with_an_addon(question: tuple[str, DecisionRequest]) -> None:
    policy_id, request = question
    with_all = replace(request, addons=BOOK.get(policy_id).addon_ids)
    without = replace(request, addons=())
    assert _later(BOOK.decide(policy_id, with_all)) <= _later(BOOK.decide(policy_id, without))
