"""Decides scope, route, desk, clause and promise of one request; not how bad it is or who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from classifiers.labels import Category, Severity
from classifiers.text.lexicon import Lexicon
from knowledge.calendars.business_calendar import BusinessCalendar
from knowledge.policies.conditions import Case, addon_id, case_of, fits, fits_plan
from knowledge.policies.deadlines import (
    NO_COMMITMENT,
    Promise,
    describe,
    earlier_due,
    promise,
    reception,
    shortest,
)
from knowledge.policies.decision import (
    DecisionRequest,
    Desk,
    FirstResponse,
    PolicyDecision,
    Scope,
)
from knowledge.policies.policy import Fact, OpeningHours, Stage, SupportPolicy, Target, Verdict
from knowledge.policies.texts import sentence

T = TypeVar("T")
_TAKEN = frozenset({Scope.IN_SCOPE, Scope.BEST_EFFORT})


def decide(
    policy: SupportPolicy, request: DecisionRequest, calendar: BusinessCalendar, lexicon: Lexicon
) -> PolicyDecision:
    """The policy's answer: asker, then product or matter, then category, severity, desk, target.

    Raises:
        DecisionInputError: naive `now`, or a plan or add-on the policy does not have.
        CalendarHorizonError: the due lies beyond the holiday table.
    """
    case = case_of(policy, request, lexicon)
    verdict, notes = _verdict(policy, case)
    case = replace(case, severity=_severity(case.severity, verdict))
    desk = _desk(policy, case, verdict)
    answer = _answer(policy, case, verdict, request.now, calendar)
    extra = [
        r for r in policy.remarks if fits(r.when, case, verdict.scope) and fits_plan(r.when.plans, case.plan)
    ]
    clause = answer.clause or (desk.clause if desk and desk.decides else verdict.clause)
    clauses = (clause, verdict.clause, *verdict.clauses, *_desk_clauses(desk), *answer.clauses)
    return PolicyDecision(
        policy_id=policy.id,
        scope=verdict.scope,
        route=verdict.route,
        clause=clause,
        clauses=_once((*clauses, *(clause for remark in extra for clause in remark.clauses))),
        reason=verdict.reason,
        basis=verdict.basis,
        first_response=answer.response,
        reception_open=answer.open,
        next_open=answer.next_open,
        severity_label=policy.severity_names.get(case.severity),
        desk=desk.desk if desk else None,
        flags=_once((*verdict.flags, *(flag for remark in extra for flag in remark.flags))),
        notes=_once(
            (
                *verdict.notes,
                *notes,
                *answer.notes,
                *(note for remark in extra for note in remark.notes),
                *_input_notes(policy, request, case),
            )
        ),
        best_effort_reply=verdict.best_effort_reply,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    response: FirstResponse
    open: bool
    next_open: datetime | None
    #: The target's clause, where it decides.
    clause: str | None = None
    clauses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtDesk:
    desk: Desk
    clause: str
    decides: bool


def _verdict(policy: SupportPolicy, case: Case) -> tuple[Verdict, tuple[str, ...]]:
    """The deciding verdict, and what would hold for other plans where the plan is not known."""
    notes: list[str] = []
    for stage in Stage:
        for rule in policy.rules:
            if rule.stage is not stage or not fits(rule.when, case):
                continue
            if fits_plan(rule.when.plans, case.plan):
                return rule.then, tuple(notes)
            if case.plan is None:
                plans = ", ".join(plan for plan in policy.plan_ids if plan in rule.when.plans)
                notes.append(sentence("plan_differs", plans=plans, reason=rule.then.reason))
    return policy.categories[case.category], tuple(notes)


def _severity(severity: Severity, verdict: Verdict) -> Severity:
    if verdict.at_least is None:
        return severity
    return min(severity, verdict.at_least, key=lambda level: level.rank)


def _desk(policy: SupportPolicy, case: Case, verdict: Verdict) -> _AtDesk | None:
    if verdict.scope not in _TAKEN or case.category is Category.SMALLTALK:
        return None
    for desk, rules in policy.desks.items():
        if verdict.desk is not None:
            if desk is verdict.desk:
                return _AtDesk(desk=desk, clause=rules.clause, decides=False)
            continue
        if not rules.categories:
            return _AtDesk(desk=desk, clause=rules.clause, decides=False)
        held = rules.facts <= case.facts and not rules.not_facts & case.facts
        if case.category in rules.categories and held:
            return _AtDesk(desk=desk, clause=rules.clause, decides=True)
    return None


def _desk_clauses(desk: _AtDesk | None) -> tuple[str, ...]:
    return (desk.clause,) if desk else ()


def _answer(
    policy: SupportPolicy, case: Case, verdict: Verdict, now: datetime, calendar: BusinessCalendar
) -> _Answer:
    promises = _promises(policy, case, now, calendar)
    hours = [policy.hours[found.target.hours] for found in promises]
    if verdict.hours is not None:
        hours = [policy.hours[verdict.hours]]
    is_open, next_open = _reception(hours, now, calendar)
    if verdict.scope is not Scope.IN_SCOPE or verdict.hours is not None:
        return _Answer(response=NO_COMMITMENT, open=is_open, next_open=next_open)
    clauses = tuple(t.clause for t in policy.targets if _applies(policy, t, case, case.plan))
    if len({found.terms for found in promises}) > 1:
        return _Answer(
            response=NO_COMMITMENT,
            open=is_open,
            next_open=next_open,
            clauses=clauses,
            notes=(sentence("targets_differ", targets=_by_plan(policy, promises)),),
        )
    found = promises[0]
    early = earlier_due(policy, found, now, calendar)
    notes = found.target.notes
    if early is not None:
        notes = (*notes, sentence("earlier_due", due=early.strftime("%Y-%m-%d %H:%M")))
    return _Answer(
        response=found.response,
        open=is_open,
        next_open=next_open,
        clause=found.target.clause if found.target.decides else None,
        clauses=clauses,
        notes=notes,
    )


def _promises(policy: SupportPolicy, case: Case, now: datetime, calendar: BusinessCalendar) -> list[Promise]:
    """The shortest promise of the plan; of every plan, in the pack's order, where it is not known."""
    plans = policy.plan_ids if case.plan is None and policy.plans else (case.plan,)
    made: dict[int, Promise] = {}
    best: list[Promise] = []
    for plan in plans:
        candidates = []
        for target in policy.targets:
            if not _applies(policy, target, case, plan):
                continue
            if id(target) not in made:
                made[id(target)] = promise(policy, target, now, calendar)
            candidates.append(made[id(target)])
        best.append(shortest(candidates))
    return best


def _applies(policy: SupportPolicy, target: Target, case: Case, plan: str | None) -> bool:
    on_plan = not target.plans or plan in target.plans or (plan is None and bool(policy.plans))
    return on_plan and case.severity in target.severities and fits(target.when, case)


def _by_plan(policy: SupportPolicy, promises: Iterable[Promise]) -> str:
    plans: dict[str, list[str]] = {}
    for plan, found in zip(policy.plan_ids, promises, strict=True):
        plans.setdefault(describe(found.target), []).append(plan)
    return " / ".join(
        sentence("one_target", plans=", ".join(names), target=text) for text, names in plans.items()
    )


def _reception(
    hours: Iterable[OpeningHours], now: datetime, calendar: BusinessCalendar
) -> tuple[bool, datetime | None]:
    """Open where it is open by all of the hours; otherwise the last of the next openings."""
    results = {(each.kind, each.opens, each.closes): each for each in hours}
    openings = [reception(each, now, calendar)[1] for each in results.values()]
    closed = [opening for opening in openings if opening is not None]
    return (False, max(closed)) if closed else (True, None)


def _input_notes(policy: SupportPolicy, request: DecisionRequest, case: Case) -> tuple[str, ...]:
    notes = [
        sentence("addon_not_on_plan", addon=known)
        for known in (addon_id(policy, name) for name in request.addons)
        if known not in case.addons
    ]
    if request.product and Fact.NO_PRODUCT in case.facts:
        notes.append(sentence("unknown_product", product=request.product))
    return tuple(notes)


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
