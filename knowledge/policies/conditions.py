"""Decides whether a rule's conditions fit a case; not what follows from it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from classifiers.classification import Signals
from classifiers.labels import Category, Extent, Severity
from classifiers.text.lexicon import Lexicon
from knowledge.errors import DecisionInputError
from knowledge.policies.decision import Asker, DecisionContext, DecisionRequest, Scope
from knowledge.policies.policy import Fact, SupportPolicy, When

_SPACES = re.compile(r"[\s_-]+")
_SEVERAL = frozenset({Extent.FEW, Extent.MANY, Extent.ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request in the terms that rules speak of."""

    category: Category
    severity: Severity
    asker: Asker
    plan: str | None
    addons: frozenset[str]
    families: frozenset[str]
    products: frozenset[str]
    facts: frozenset[Fact]


def case_of(policy: SupportPolicy, request: DecisionRequest, lexicon: Lexicon) -> Case:
    """The request in the rules' terms.

    Raises:
        DecisionInputError: `now` is naive, or the policy knows no such plan or add-on.
    """
    check_instant(request.now)
    entries = lexicon.resolve_all(request.product) if request.product else ()
    facts = _facts(request.signals, request.context)
    plan = plan_id(policy, request.plan)
    held = (addon_id(policy, addon) for addon in request.addons)
    return Case(
        category=request.category,
        severity=request.severity,
        asker=request.asker,
        plan=plan,
        addons=frozenset(addon for addon in held if _may_hold(policy, addon, plan)),
        families=frozenset(family for entry in entries for family in entry.families),
        products=frozenset(entry.id for entry in entries),
        facts=facts if entries else facts | {Fact.NO_PRODUCT},
    )


def fits(when: When, case: Case, scope: Scope | None = None) -> bool:
    """True where every condition but that on the plan holds; `scope` matters to remarks only."""
    if when.categories and case.category not in when.categories:
        return False
    if case.category in when.not_categories:
        return False
    if when.families and not when.families & case.families:
        return False
    if when.products and not when.products & case.products:
        return False
    if when.askers and case.asker not in when.askers:
        return False
    if when.severities and case.severity not in when.severities:
        return False
    if when.addons and not when.addons & case.addons:
        return False
    if when.scopes and scope not in when.scopes:
        return False
    if not when.facts <= case.facts or when.not_facts & case.facts:
        return False
    return not (
        when.without_addons & case.addons
        or when.not_families & case.families
        or when.not_products & case.products
    )


def fits_plan(plans: frozenset[str], plan: str | None) -> bool:
    """True where a condition on the plan is absent or met; an unknown plan meets none."""
    return not plans or plan in plans


def check_instant(now: datetime) -> None:
    """Refuses an instant without a time zone."""
    if now.tzinfo is None or now.utcoffset() is None:
        raise DecisionInputError("now", "needs a time zone offset, e.g. +09:00")


def plan_id(policy: SupportPolicy, name: str | None) -> str | None:
    """The policy's own id of a plan; None for none, or where the policy has no plans.

    Raises:
        DecisionInputError: no such plan; names the known ones.
    """
    if name is None:
        return None
    for plan in policy.plans:
        if name == plan.id:
            return plan.id
    squashed = _squash(name)
    for plan in policy.plans:
        if squashed in {_squash(known) for known in (plan.id, *plan.aliases)}:
            return plan.id
    known = ", ".join(policy.plan_ids) or "none, this policy has no plans"
    raise DecisionInputError("plan", f"{policy.id} has no plan {name!r}; known: {known}")


def addon_id(policy: SupportPolicy, name: str) -> str:
    """The policy's own id of an add-on.

    Raises:
        DecisionInputError: no such add-on; names the known ones.
    """
    for known in policy.addon_ids:
        if name == known or _squash(name) == _squash(known):
            return known
    known_ids = ", ".join(policy.addon_ids) or "none, this policy has no add-ons"
    raise DecisionInputError("addons", f"{policy.id} has no add-on {name!r}; known: {known_ids}")


def _may_hold(policy: SupportPolicy, addon: str, plan: str | None) -> bool:
    if plan is None:
        return True
    return all(not known.plans or plan in known.plans for known in policy.addons if known.id == addon)


def _facts(signals: Signals, context: DecisionContext) -> frozenset[Fact]:
    found = {
        Fact.INCIDENT_CLOSED: context.incident_closed,
        Fact.IN_EVENT: context.in_event,
        Fact.PRERELEASE: context.prerelease,
        Fact.CUSTOMER_OF_CUSTOMER: context.customer_of_customer,
        Fact.UNSTAFFED: not context.staffed_24x7,
        Fact.OUTAGE: signals.outage,
        Fact.ONGOING: signals.ongoing,
        Fact.SEVERAL_USERS: signals.extent in _SEVERAL,
        Fact.ISOLATION_DONE: signals.isolation_done,
        Fact.WORKAROUND: signals.workaround,
        Fact.OWN_ENVIRONMENT: signals.own_environment,
    }
    return frozenset(fact for fact, holds in found.items() if holds)


def _squash(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()
