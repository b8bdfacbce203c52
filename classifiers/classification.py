"""The values that classifiers hand upward: what was understood, how surely, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from classifiers.labels import Category, Extent, Severity

L = TypeVar("L", Severity, Category)


class _Value:
    """Travels between processes as its bare fields: what dataclasses do by themselves takes twice as long."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        kind: Any = type(self)
        return _rebuilt, (kind, _access(kind).values(self))


class _Access(NamedTuple):
    """What takes all fields out of a value, and what puts each into one."""

    values: Callable[[Any], tuple[Any, ...]]
    puts: tuple[Callable[[Any, Any], None], ...]


def _rebuilt(kind: Any, values: tuple[Any, ...]) -> Any:
    made = object.__new__(kind)
    for put, value in zip(_access(kind).puts, values, strict=True):
        put(made, value)
    return made


@lru_cache
def _access(kind: Any) -> _Access:
    names = [each.name for each in fields(kind)]
    return _Access(attrgetter(*names), tuple(getattr(kind, name).__set__ for name in names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(_Value, Generic[L]):
    """One label with its calibrated probabilities."""

    #: The best guess after rules; always given.
    label: L
    #: Calibrated probability of `label`, 0..1.
    confidence: float
    #: The next best label.
    runner_up: L
    #: `confidence` minus the probability of `runner_up`.
    margin: float
    #: Probability per label, summing to 1.
    probabilities: Mapping[L, float]
    #: True where the bot should ask or hand over instead of acting on the label.
    abstained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals(_Value):
    """Facts read from the words; None means that nothing was said either way."""

    extent: Extent = Extent.UNKNOWN
    outage: bool | None = None
    ongoing: bool | None = None
    isolation_done: bool | None = None
    workaround: bool | None = None
    #: The trouble is over and only looked back at.
    past: bool = False
    #: "What if", "in case of": nothing has happened.
    hypothetical: bool = False
    #: Somebody else's outage (customer, news), not the asker's own.
    others_outage: bool = False
    security: bool = False
    #: Only on the asker's own PC, office or network.
    own_environment: bool = False
    deadline_at_risk: bool = False
    #: Work has stopped altogether.
    stopped_work: bool = False
    #: Canonical product name of the lexicon, or None.
    product: str | None = None
    #: When it started, in the asker's own words, or None.
    started_at: str | None = None
    #: A company name found in the greeting: a candidate only, never an identification.
    company: str | None = None
    #: Names of the cues that fired, for rules and explanations.
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit(_Value):
    """A named override that changed (or confirmed) a label."""

    rule_id: str
    #: For people who read JSON, e.g. `severity B -> A`.
    effect: str
    #: Why, in Japanese, from the rule file.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(_Value):
    """A span of the original text that moved a label."""

    span: str
    #: Character offsets into the original text of turn `turn`, half-open.
    start: int
    end: int
    #: `severity:A`, `category:cloud_incident` or `signal:outage`.
    towards: str
    weight: float
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification(_Value):
    """Everything understood about one message or conversation."""

    severity: Prediction[Severity]
    category: Prediction[Category]
    signals: Signals
    rule_hits: tuple[RuleHit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: Slots a dialogue would ask for next: `extent`, `detail`, `started_at`, `isolation`, `product`.
    missing: tuple[str, ...] = ()
    model_version: str = ""
    #: Notes for staff, e.g. that an over-long text was cut.
    notes: tuple[str, ...] = field(default=())

    @property
    def abstained(self) -> bool:
        """True where either label is too doubtful to act on."""
        return self.severity.abstained or self.category.abstained


def classification_as_dict(classification: Classification) -> dict[str, Any]:
    """The JSON form of a classification as the command line prints it, without the id of the input."""
    signals = classification.signals
    return {
        "severity": _prediction_as_dict(classification.severity),
        "category": _prediction_as_dict(classification.category),
        "product": signals.product,
        "signals": {
            "extent": signals.extent.value,
            "outage": bool(signals.outage),
            "ongoing": bool(signals.ongoing),
            "isolation_done": bool(signals.isolation_done),
            "workaround": bool(signals.workaround),
            "past": signals.past,
            "hypothetical": signals.hypothetical,
            "others_outage": signals.others_outage,
            "security": signals.security,
            "own_environment": signals.own_environment,
            "deadline_at_risk": signals.deadline_at_risk,
            "stopped_work": signals.stopped_work,
            "started_at": signals.started_at,
            "company": signals.company,
        },
        "rules": [
            {"id": hit.rule_id, "effect": hit.effect, "reason": hit.reason}
            for hit in classification.rule_hits
        ],
        "evidence": [
            {
                "span": item.span,
                "start": item.start,
                "end": item.end,
                "turn": item.turn,
                "towards": item.towards,
                "weight": item.weight,
            }
            for item in classification.evidence
        ],
        "missing": list(classification.missing),
        "model": classification.model_version,
        "notes": list(classification.notes),
    }


def _prediction_as_dict(prediction: Prediction[L]) -> dict[str, Any]:
    return {
        "label": prediction.label.value,
        "confidence": round(prediction.confidence, 4),
        "abstained": prediction.abstained,
        "probabilities": {label.value: round(value, 4) for label, value in prediction.probabilities.items()},
    }
