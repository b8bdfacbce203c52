from __future__ import annotations

import pytest

from bot.triage import (
    NextStep,
    Situation,
    Stated,
    Triage,
    next_step,
    triage,
    unanswered_question,
    with_stated,
)
from classifiers.classification import Classification
from classifiers.labels import Category, Extent, Severity
from knowledge.faq.entry import FaqOutcome, FaqResult
from knowledge.policies.decision import Asker, PolicyDecision, Scope
from tests.builders import ENTRY, NOW, Answers, classification, decision, faq

ANSWER = faq(FaqOutcome.ANSWER, ENTRY)
OUT = decision(Scope.OUT_OF_SCOPE)
UNSURE = {"severity_abstained": True, "category_abstained": True}
QUESTION = classification(Severity.C, Category.CLOUD_HOWTO, ongoing=None)
PRICE = classification(Severity.C, Category.PRESALES, ongoing=None)


@pytest.mark.parametrize(
    ("found", "result", "decided", "step"),
    [
        (classification(), faq(), None, NextStep.OFFER_TICKET),
        (classification(), faq(), decision(), NextStep.OFFER_TICKET),
        (classification(), faq(), OUT, NextStep.DECLINE),
        (classification(), faq(), decision(Scope.ROUTED), NextStep.DECLINE),
        (classification(), faq(), decision(Scope.BEST_EFFORT), NextStep.OFFER_TICKET),
        (classification(category=Category.SMALLTALK), ANSWER, OUT, NextStep.NONE),
        (classification(category=Category.SMALLTALK, category_abstained=True), faq(), None, NextStep.ASK),
        (QUESTION, ANSWER, decision(), NextStep.ANSWER),
        (QUESTION, ANSWER, OUT, NextStep.DECLINE),
        (PRICE, ANSWER, OUT, NextStep.ANSWER),
        (PRICE, faq(), OUT, NextStep.DECLINE),
        (QUESTION, faq(FaqOutcome.SUGGEST, ENTRY), decision(), NextStep.OFFER_TICKET),
        (classification(Severity.B), ANSWER, decision(), NextStep.OFFER_TICKET),
        (classification(Severity.C), ANSWER, decision(), NextStep.ANSWER),
        (classification(Severity.A, ongoing=None), ANSWER, decision(), NextStep.OFFER_TICKET),
        (classification(Severity.CRITICAL, missing=("extent",)), faq(), None, NextStep.OFFER_TICKET),
        (classification(Severity.CRITICAL), ANSWER, OUT, NextStep.DECLINE),
        (classification(missing=("extent",), extent=Extent.UNKNOWN), faq(), decision(), NextStep.ASK),
        (classification(severity_abstained=True), faq(), decision(), NextStep.ASK),
        (classification(category_abstained=True), faq(), OUT, NextStep.ASK),
        (classification(**UNSURE, missing=("detail",)), faq(), None, NextStep.ASK),  # type: ignore[arg-type]
        (classification(**UNSURE), faq(), None, NextStep.HANDOFF),  # type: ignore[arg-type]
    ],
)
def test_next_step(
    found: Classification, result: FaqResult, decided: PolicyDecision | None, step: NextStep
) -> None:
    assert next_step(found, result, decided) is step


def test_triage_asks_the_policy_as_the_situation_says() -> None:
    answers = Answers(classification=classification(product="Exchange Online"))
    situation = Situation(now=NOW, policy_id="p", plan="basic", addons=("24x365",), asker=Asker.ADMIN)
    found = triage(answers.brain(), ("メールが送れません",), situation)
    (request,) = answers.requests
    assert (request.plan, request.addons, request.asker, request.now, request.product) == (
        "basic",
        ("24x365",),
        Asker.ADMIN,
        NOW,
        "Exchange Online",
    )
    assert (found.decision, found.next) == (decision(), NextStep.OFFER_TICKET)


def test_triage_without_a_policy_decides_nothing() -> None:
    answers = Answers()
    found = triage(answers.brain(), ("メールが送れません",), Situation(now=NOW))
    assert (found.decision, answers.requests) == (None, [])


def test_what_the_customer_settled_overrides_what_was_read() -> None:
    read = classification(category=Category.CLOUD_HOWTO, category_abstained=True, isolation_done=None)
    settled = with_stated(read, Stated(category=Category.ACCOUNT_ADMIN, isolation_done=True))
    assert (settled.category.label, settled.category.abstained) == (Category.ACCOUNT_ADMIN, False)
    assert settled.signals.isolation_done is True
    assert with_stated(read, Stated()) == read


@pytest.mark.parametrize(
    ("found", "result", "missed"),
    [
        (QUESTION, faq(), True),
        (QUESTION, faq(FaqOutcome.SUGGEST, ENTRY), False),
        (QUESTION, ANSWER, False),
        (PRICE, faq(), True),
        (classification(), faq(), False),
    ],
)
def test_question_that_the_faq_should_know_is_missed(
    found: Classification, result: FaqResult, missed: bool
) -> None:
    asked = Triage(classification=found, faq=result, decision=None, next=NextStep.ASK)
    assert unanswered_question(asked) is missed
