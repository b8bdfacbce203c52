"""Decides whether a policy pack is complete and consistent; not what its rules say."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifiers.labels import Category, Severity
from classifiers.text.lexicon import Lexicon
from knowledge.calendars.business_calendar import BusinessCalendar
from knowledge.errors import PackError, UnknownPolicy
from knowledge.policies.coverage import Coverage
from knowledge.policies.decide import decide
from knowledge.policies.decision import DecisionRequest, PolicyDecision, ResponseKind, Scope
from knowledge.policies.policy import SupportPolicy, Target, Verdict, When

SHIPPED: Final = Path(__file__).parent.parent / "data" / "policies"
_Problem = tuple[str, str]


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[SupportPolicy]:
    return TypeAdapter(SupportPolicy)


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the program, read once."""
    return Lexicon.load()


class PolicyBook:
    """All policies with the calendar and the lexicon they are decided by. Immutable after loading."""

    def __init__(
        self, policies: Iterable[SupportPolicy], calendar: BusinessCalendar, lexicon: Lexicon
    ) -> None:
        self._policies = {policy.id: policy for policy in policies}
        self.calendar, self.lexicon = calendar, lexicon

    @classmethod
    def load(
        cls,
        directories: Sequence[Path] | None = None,
        calendar: BusinessCalendar | None = None,
        lexicon: Lexicon | None = None,
    ) -> PolicyBook:
        """Reads every `*.toml` of the directories (default: the four shipped policies).

        A pack in a later directory replaces one of the same id; two in one directory are refused.

        Raises:
            PackError: a pack is malformed, incomplete or contradicts itself; nothing is loaded then.
        """
        lexicon = lexicon or shipped_lexicon()
        policies: dict[str, SupportPolicy] = {}
        for directory in directories or (SHIPPED,):
            files = sorted(directory.glob("*.toml"))
            if not files:
                raise PackError(directory, "-", "no policy packs (*.toml) here")
            here: dict[str, Path] = {}
            for file in files:
                policy = load_pack(file, lexicon)
                if policy.id in here:
                    raise PackError(file, "id", f"{policy.id!r} is already used by {here[policy.id].name}")
                here[policy.id] = file
                policies[policy.id] = policy
        return cls(policies.values(), calendar or BusinessCalendar.load(), lexicon)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._policies)

    @property
    def policies(self) -> tuple[SupportPolicy, ...]:
        return tuple(self._policies.values())

    def get(self, policy_id: str) -> SupportPolicy:
        """The policy of that id.

        Raises:
            UnknownPolicy: there is none; names the known ones.
        """
        policy = self._policies.get(policy_id)
        if policy is None:
            raise UnknownPolicy(policy_id, self.ids)
        return policy

    def decide(self, policy_id: str, request: DecisionRequest) -> PolicyDecision:
        """The answer of one policy; raises as `get` and `decide`."""
        return decide(self.get(policy_id), request, self.calendar, self.lexicon)

    def coverage(self, policy_id: str, plan: str | None, severity: Severity) -> Coverage:
        """The reception hours in which a matter of a plan and severity is dealt with; raises as `get`."""
        policy = self.get(policy_id)
        fitting = [
            target
            for target in policy.targets
            if severity in target.severities and (not target.plans or plan is None or plan in target.plans)
        ]
        return Coverage.of(policy.hours[(fitting or policy.targets)[0].hours], self.calendar)


def load_pack(path: Path, lexicon: Lexicon | None = None) -> SupportPolicy:
    """Reads one pack.

    Raises:
        PackError: with file, key and reason of the first problem.
    """
    policy, problems = _read(path, lexicon or shipped_lexicon())
    if problems or policy is None:
        raise PackError(path, *problems[0])
    return policy


def check_pack(path: Path, lexicon: Lexicon | None = None) -> tuple[str, ...]:
    """Every problem of a pack as `key: reason`; empty for a good one."""
    return tuple(f"{key}: {reason}" for key, reason in _read(path, lexicon or shipped_lexicon())[1])


def _read(path: Path, lexicon: Lexicon) -> tuple[SupportPolicy | None, list[_Problem]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        policy = _adapter().validate_python(data)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [("-", str(error))]
    except ValidationError as error:
        return None, [
            (".".join(str(part) for part in problem["loc"]) or "-", problem["msg"])
            for problem in error.errors()
        ]
    return policy, list(_problems(policy, lexicon))


def _problems(policy: SupportPolicy, lexicon: Lexicon) -> Iterator[_Problem]:
    yield from _whole(policy)
    for name, when in _conditions(policy):
        yield from _names(policy, lexicon, name, when)
    for name, verdict in _verdicts(policy):
        yield from _sayings(policy, name, verdict)
    for at, target in enumerate(policy.targets):
        yield from _shape(policy, f"targets.{at}", target)
    yield from _coverage(policy)


def _whole(policy: SupportPolicy) -> Iterator[_Problem]:
    for category in Category:
        if category not in policy.categories:
            yield f"categories.{category}", "missing; every category must be decided"
    if policy.severity_names and set(policy.severity_names) != set(Severity):
        yield "severity_names", "must name all four levels, or none"
    if set(policy.obligations) - set(Severity):
        yield "obligations", "unknown severity"
    ids = Counter([*(rule.id for rule in policy.rules), *(remark.id for remark in policy.remarks)])
    for rule_id in (rule_id for rule_id, count in ids.items() if count > 1):
        yield f"rules.{rule_id}", "this id is used twice"
    if not policy.isolation_steps:
        yield "isolation_steps", "must not be empty"
    if policy.desks and all(desk.categories for desk in policy.desks.values()):
        yield "desks", "one desk must take the rest (no categories)"
    for name, hours in policy.hours.items():
        part = hours.kind == "business_hours"
        if part != (hours.opens is not None and hours.closes is not None):
            yield f"hours.{name}", "opens and closes belong to business_hours, and only there"
        elif hours.opens and hours.closes and hours.opens >= hours.closes:
            yield f"hours.{name}", "must open before it closes"


def _conditions(policy: SupportPolicy) -> Iterator[tuple[str, When]]:
    yield from ((f"rules.{rule.id}.when", rule.when) for rule in policy.rules)
    yield from ((f"remarks.{remark.id}.when", remark.when) for remark in policy.remarks)
    yield from ((f"targets.{at}.when", target.when) for at, target in enumerate(policy.targets))
    for at, target in enumerate(policy.targets):
        yield f"targets.{at}", When(plans=target.plans)
    for addon in policy.addons:
        yield f"addons.{addon.id}", When(plans=addon.plans)


def _names(policy: SupportPolicy, lexicon: Lexicon, name: str, when: When) -> Iterator[_Problem]:
    ids = {entry.id for entry in lexicon.entries}
    for key, used, known in (
        ("plans", when.plans, set(policy.plan_ids)),
        ("addons", when.addons | when.without_addons, set(policy.addon_ids)),
        ("families", when.families | when.not_families, lexicon.families),
        ("products", when.products | when.not_products, ids),
    ):
        for unknown in sorted(used - known):
            yield f"{name}.{key}", f"{unknown!r} is not known"


def _verdicts(policy: SupportPolicy) -> Iterator[tuple[str, Verdict]]:
    yield from ((f"rules.{rule.id}.then", rule.then) for rule in policy.rules)
    yield from ((f"categories.{category}", verdict) for category, verdict in policy.categories.items())


def _sayings(policy: SupportPolicy, name: str, verdict: Verdict) -> Iterator[_Problem]:
    if verdict.scope is Scope.ROUTED and verdict.route is None:
        yield f"{name}.route", "a routed matter needs a route"
    if verdict.route is not None and verdict.route not in policy.routes:
        yield f"{name}.route", f"no text in routes for {verdict.route!r}"
    if verdict.hours is not None and verdict.hours not in policy.hours:
        yield f"{name}.hours", f"{verdict.hours!r} is not known"
    if verdict.desk is not None and verdict.desk not in policy.desks:
        yield f"{name}.desk", f"{verdict.desk!r} is not known"


def _shape(policy: SupportPolicy, name: str, target: Target) -> Iterator[_Problem]:
    if target.hours not in policy.hours:
        yield f"{name}.hours", f"{target.hours!r} is not known"
    duration = target.kind is ResponseKind.DURATION
    if duration != (target.minutes is not None and target.clock is not None):
        yield name, "minutes and clock belong to a duration, and only there"
    if (target.kind is ResponseKind.NEXT_BUSINESS_DAY) != (target.due_at is not None):
        yield name, "due_at belongs to next_business_day, and only there"
    if target.minutes is not None and target.minutes <= 0:
        yield f"{name}.minutes", "must be more than 0"


def _coverage(policy: SupportPolicy) -> Iterator[_Problem]:
    plain = [target for target in policy.targets if target.when == When()]
    for plan in policy.plan_ids or (None,):
        for severity in Severity:
            held = [t for t in plain if severity in t.severities and (not t.plans or plan in t.plans)]
            if not held:
                yield "targets", f"no target for plan {plan!r}, severity {severity!r}"
