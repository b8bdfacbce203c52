"""Decides which named overrides apply to a prediction, given the signals, and what they change.

A rule never looks at one word alone: it names a field or cue and at least one more condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from classifiers.classification import Prediction, RuleHit, Signals
from classifiers.datafiles import DATA, only, read_toml
from classifiers.errors import DataFileError
from classifiers.labels import Category, Extent, Severity

L = TypeVar("L", Severity, Category)
W = TypeVar("W", bound=StrEnum)
_FLAGS: Final = tuple(
    field.name
    for field in fields(Signals)
    if field.name not in ("extent", "product", "started_at", "company", "cues")
)
_CONDITIONS: Final = ("severity", "category", "extent", "cues", "without", "below", *_FLAGS)
_KEYS: Final = ("id", "when", "severity", "category", "reason", "strength", "positive", "negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A situation in which a rule must fire, or must not: a text with what the models said of it."""

    text: str
    severity: Severity
    category: Category
    signals: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule fires; every part that is given must hold."""

    severity: frozenset[Severity] = frozenset()
    category: frozenset[Category] = frozenset()
    extent: frozenset[Extent] = frozenset()
    #: Groups of cues: of each group at least one must have fired.
    cues: tuple[frozenset[str], ...] = ()
    #: Cues of which none may have fired.
    without: frozenset[str] = frozenset()
    #: The confidence of the label to be changed must be below this.
    below: float = 1.01
    flags: Mapping[str, bool]

    def holds(
        self,
        severity: Prediction[Severity],
        category: Prediction[Category],
        signals: Signals,
        fired: frozenset[str],
    ) -> bool:
        """True where labels, flags and cues are as the rule asks; `below` is asked by the rule itself."""
        return (
            (not self.severity or severity.label in self.severity)
            and (not self.category or category.label in self.category)
            and (not self.extent or signals.extent in self.extent)
            and all(bool(getattr(signals, name)) == wanted for name, wanted in self.flags.items())
            and all(group & fired for group in self.cues)
            and not self.without & fired
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One named override."""

    id: str
    when: Condition
    severity: Severity | None
    category: Category | None
    #: Why, in Japanese, for staff.
    reason: str
    #: How far the probabilities move towards the new label, 0..1.
    strength: float
    positive: tuple[Case, ...]
    negative: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Predictions after the rules, and which rules changed them."""

    severity: Prediction[Severity]
    category: Prediction[Category]
    hits: tuple[RuleHit, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in the order they apply."""

    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, path: Path = DATA / "rules.toml", cues: Sequence[str] = ()) -> Rules:
        """Read and check a rule file; `cues`: names a rule may use (any, if empty). Raises DataFileError."""
        data = read_toml(path)
        only(path, "rules", data, ("rule",))
        rules = tuple(
            _rule(path, number, entry, cues) for number, entry in enumerate(data.get("rule", []), 1)
        )
        if len({rule.id for rule in rules}) < len(rules):
            raise DataFileError(path, "rule.id", "two rules have the same id")
        return cls(rules)

    def apply(
        self, severity: Prediction[Severity], category: Prediction[Category], signals: Signals
    ) -> Verdict:
        """Apply all rules in order, each on what those before it left."""
        hits: list[RuleHit] = []
        fired = frozenset(signals.cues)
        for rule in self.rules:
            if not rule.when.holds(severity, category, signals, fired):
                continue
            if rule.severity is not None and rule.severity is not severity.label and _unsure(rule, severity):
                hits.append(_hit(rule, "severity", severity.label, rule.severity))
                severity = moved(severity, rule.severity, rule.strength)
            if rule.category is not None and rule.category is not category.label and _unsure(rule, category):
                hits.append(_hit(rule, "category", category.label, rule.category))
                category = moved(category, rule.category, rule.strength)
        return Verdict(severity=severity, category=category, hits=tuple(hits))


def _unsure(rule: Rule, prediction: Prediction[L]) -> bool:
    return prediction.confidence < rule.when.below


def _hit(rule: Rule, target: str, before: StrEnum, after: StrEnum) -> RuleHit:
    return RuleHit(rule_id=rule.id, effect=f"{target} {before} -> {after}", reason=rule.reason)


def moved(prediction: Prediction[L], label: L, strength: float) -> Prediction[L]:
    """The prediction with `label` in front, its probabilities drawn towards it by `strength`."""
    table = {
        other: (1 - strength) * value + (strength if other is label else 0.0)
        for other, value in prediction.probabilities.items()
    }
    runner_up = max((other for other in table if other is not label), key=lambda other: table[other])
    return replace(
        prediction,
        label=label,
        confidence=table[label],
        runner_up=runner_up,
        margin=table[label] - table[runner_up],
        probabilities=table,
        abstained=False,
    )


def _rule(path: Path, number: int, data: Any, cues: Sequence[str]) -> Rule:
    key = f"rule[{number}]"
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise DataFileError(path, key, "a rule needs an id")
    key = f"rule.{data['id']}"
    only(path, key, data, _KEYS)
    if not isinstance(data.get("reason"), str) or not data["reason"]:
        raise DataFileError(path, f"{key}.reason", "a rule needs a reason")
    severity, category = data.get("severity"), data.get("category")
    if severity is None and category is None:
        raise DataFileError(path, key, "a rule sets a severity or a category")
    strength = data.get("strength", 0.8)
    if not isinstance(strength, float) or not 0 < strength < 1:
        raise DataFileError(path, f"{key}.strength", "a number between 0 and 1 is needed here")
    return Rule(
        id=data["id"],
        when=_condition(path, f"{key}.when", data.get("when"), cues),
        severity=None if severity is None else _label(path, f"{key}.severity", Severity, severity),
        category=None if category is None else _label(path, f"{key}.category", Category, category),
        reason=data["reason"],
        strength=strength,
        positive=_cases(path, f"{key}.positive", data.get("positive")),
        negative=_cases(path, f"{key}.negative", data.get("negative")),
    )


def _condition(path: Path, key: str, data: Any, cues: Sequence[str]) -> Condition:
    if not isinstance(data, dict) or len(data) < 2:
        raise DataFileError(path, key, "at least two conditions are needed: no rule fires on a keyword alone")
    only(path, key, data, _CONDITIONS)
    groups = tuple(frozenset(group) for group in data.get("cues", []))
    without = frozenset(data.get("without", []))
    if cues and (unknown := sorted((without | frozenset().union(*groups)) - _with_negations(cues))):
        raise DataFileError(path, key, f"unknown cue {unknown[0]!r}")
    return Condition(
        severity=frozenset(_label(path, key, Severity, word) for word in data.get("severity", [])),
        category=frozenset(_label(path, key, Category, word) for word in data.get("category", [])),
        extent=frozenset(_label(path, key, Extent, word) for word in data.get("extent", [])),
        cues=groups,
        without=without,
        below=float(data.get("below", 1.01)),
        flags={name: bool(data[name]) for name in _FLAGS if name in data},
    )


def _with_negations(cues: Sequence[str]) -> set[str]:
    return {*cues, *(f"not:{cue}" for cue in cues)}


def _cases(path: Path, key: str, data: Any) -> tuple[Case, ...]:
    if not isinstance(data, list) or len(data) < 2:
        raise DataFileError(path, key, "at least two examples are needed")
    cases = []
    for entry in data:
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise DataFileError(path, key, "an example needs a text")
        only(path, key, entry, ("text", "severity", "category", "extent", *_FLAGS))
        signals: dict[str, Any] = {name: entry[name] for name in _FLAGS if name in entry}
        signals["extent"] = _label(path, key, Extent, entry.get("extent", "unknown"))
        cases.append(
            Case(
                text=entry["text"],
                severity=_label(path, key, Severity, entry.get("severity", "B")),
                category=_label(path, key, Category, entry.get("category", "cloud_incident")),
                signals=signals,
            )
        )
    return tuple(cases)


def _label(path: Path, key: str, kind: type[W], value: object) -> W:
    try:
        return kind(str(value))
    except ValueError:
        raise DataFileError(path, key, f"unknown label {value!r}; known: {', '.join(kind)}") from None
