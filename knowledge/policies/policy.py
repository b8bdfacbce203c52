"""A support policy as values read from its pack; decides nothing itself."""

from __future__ import annotations

from dataclasses import field
from datetime import date, time
from enum import StrEnum
from typing import Final, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from classifiers.labels import Category, Severity
from knowledge.policies.decision import (
    Asker,
    Desk,
    Flag,
    ResponseClock,
    ResponseKind,
    Route,
    Scope,
)

_STRICT: Final = ConfigDict(extra="forbid", str_min_length=1)


class Stage(StrEnum):
    """Order in which rules are asked; a category's own verdict comes last."""

    ASKER = "asker"
    PRODUCT = "product"
    CATEGORY = "category"


class Fact(StrEnum):
    """Circumstances a rule may ask for."""

    INCIDENT_CLOSED = "incident_closed"
    IN_EVENT = "in_event"
    PRERELEASE = "prerelease"
    CUSTOMER_OF_CUSTOMER = "customer_of_customer"
    UNSTAFFED = "unstaffed"
    NO_PRODUCT = "no_product"
    OUTAGE = "outage"
    ONGOING = "ongoing"
    SEVERAL_USERS = "several_users"
    ISOLATION_DONE = "isolation_done"
    WORKAROUND = "workaround"
    OWN_ENVIRONMENT = "own_environment"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class When:
    """Conditions of a rule: all that are given must hold, each list by any of its members."""

    categories: frozenset[Category] = frozenset()
    not_categories: frozenset[Category] = frozenset()
    severities: frozenset[Severity] = frozenset()
    plans: frozenset[str] = frozenset()
    addons: frozenset[str] = frozenset()
    #: None of these may be held.
    without_addons: frozenset[str] = frozenset()
    askers: frozenset[Asker] = frozenset()
    #: Families of the product or matter named.
    families: frozenset[str] = frozenset()
    not_families: frozenset[str] = frozenset()
    #: Lexicon ids of the product or matter named.
    products: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    #: All of these must hold, none of the others.
    facts: frozenset[Fact] = frozenset()
    not_facts: frozenset[Fact] = frozenset()
    #: Only for remarks: the scope decided.
    scopes: frozenset[Scope] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Verdict:
    """What a rule says."""

    scope: Scope
    #: The clause that decides; where the document is silent, a word that says so.
    clause: str
    #: One Japanese sentence.
    reason: str
    route: Route | None = None
    #: Further clauses that bear on it.
    clauses: tuple[str, ...] = ()
    basis: Literal["document", "house_rule"] = "document"
    notes: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    best_effort_reply: bool = False
    #: A desk fixed by the matter itself.
    desk: Desk | None = None
    #: The severity the matter is at least treated as.
    at_least: Severity | None = None
    #: Hours that replace those of the target; such matters have no target.
    hours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Rule:
    """A named rule; within a stage the first that fits decides."""

    id: str
    stage: Stage
    when: When
    then: Verdict


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Remark:
    """What else is to be said or flagged; changes no verdict."""

    id: str
    when: When
    notes: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class OpeningHours:
    """Reception hours: round the clock, business days as a whole, or a part of business days."""

    kind: Literal["always", "business_days", "business_hours"]
    opens: time | None = None
    closes: time | None = None
    #: In Japanese, as shown to people.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Target:
    """A first-response target (初回応答); several may apply, the shortest wins."""

    severities: frozenset[Severity]
    kind: ResponseKind
    clause: str
    #: Name of reception hours.
    hours: str
    #: Empty: every plan.
    plans: frozenset[str] = frozenset()
    when: When = When()
    minutes: int | None = None
    clock: ResponseClock | None = None
    #: Time of day at which a next-business-day target ends.
    due_at: time | None = None
    #: True where this clause and not that of the scope decides the answer.
    decides: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Plan:
    id: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Addon:
    id: str
    name: str
    #: Plans that may hold it; empty: all.
    plans: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class DeskRules:
    """A desk (窓口): what it is called, how a matter gets in and out."""

    name: str
    clause: str
    #: In Japanese.
    entry: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    #: Categories and facts that bring a matter to this desk; without categories it takes the rest.
    categories: frozenset[Category] = frozenset()
    facts: frozenset[Fact] = frozenset()
    not_facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Term:
    """A term of the contract in one Japanese text, with its clause."""

    text: str
    clause: str
    basis: Literal["document", "house_rule"] = "document"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Reopening:
    """For how many days after closing a request may be reopened."""

    days: int
    text: str
    clause: str
    basis: Literal["document", "house_rule"] = "document"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class SupportPolicy:
    """One support policy, complete: every category, plan and severity is decided."""

    id: str
    name: str
    #: The edition the pack was written from.
    edition: str
    plans: tuple[Plan, ...]
    addons: tuple[Addon, ...]
    #: Severity in the policy's own words; empty where it has no levels.
    severity_names: dict[Severity, str]
    who_may_ask: Term
    identification: Term
    #: Shown on the identification form: what the data are used for.
    data_notice: str
    channels: Term
    severity_change: Term
    root_cause: Term
    closing: Term
    reopening: Reopening
    #: What the customer has to do, per severity; in Japanese.
    obligations: dict[Severity, tuple[str, ...]]
    isolation_steps: tuple[str, ...]
    isolation_clause: str
    #: Where each route leads, in Japanese.
    routes: dict[Route, str]
    hours: dict[str, OpeningHours]
    targets: tuple[Target, ...]
    categories: dict[Category, Verdict]
    effective_from: date | None = None
    rules: tuple[Rule, ...] = ()
    remarks: tuple[Remark, ...] = ()
    desks: dict[Desk, DeskRules] = field(default_factory=dict)

    @property
    def plan_ids(self) -> tuple[str, ...]:
        return tuple(plan.id for plan in self.plans)

    @property
    def addon_ids(self) -> tuple[str, ...]:
        return tuple(addon.id for addon in self.addons)

    @property
    def reopening_days(self) -> int:
        return self.reopening.days
