"""Decides how good a classifier is on labelled examples; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from classifiers.classification import Classification
from classifiers.classify import Classifier
from classifiers.examples import Example
from classifiers.labels import Severity
from classifiers.reading import Reading

BINS: Final = 15
_YES_NO: Final = ("outage", "ongoing", "isolation_done", "workaround")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """How often one label was found and how often it was rightly said; None where it never came up."""

    recall: float | None
    precision: float | None
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """Severity or category as a whole; all shares 0..1."""

    accuracy: float
    macro_f1: float
    labels: Mapping[str, LabelReport]
    #: Expected calibration error of the confidence, 15 bins.
    calibration_error: float
    #: Share that was acted on, and the error there.
    coverage: float
    error_when_decided: float


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoReport:
    """One yes/no signal."""

    accuracy: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What can be had without learning, on the same examples."""

    severity_accuracy: float
    severity_kappa: float
    category_accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """Accuracy on a part of the examples."""

    examples: int
    severity: float
    category: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReport:
    """How often a rule changed a label, and what came of it."""

    fired: int
    helped: int
    hurt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of one evaluation."""

    model: str
    examples: int
    severity: TargetReport
    severity_kappa: float
    critical_recall: float
    critical_precision: float
    #: Share judged milder than the truth by two levels or more.
    under_triage: float
    category: TargetReport
    extent_accuracy: float
    signals: Mapping[str, YesNoReport]
    product_accuracy: float
    subsets: Mapping[str, Subset]
    voices: Mapping[str, Subset]
    rules: Mapping[str, RuleReport]
    baselines: Mapping[str, Baseline]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, rounded to four places."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return value


def evaluate(classifier: Classifier, examples: Sequence[Example]) -> Evaluation:
    """Classify all examples (at least one) and compare with their labels after the last turn."""
    verdicts = classifier.classify_many([example.turns for example in examples])
    return compare(examples, verdicts, baselines(classifier, examples))


def compare(
    examples: Sequence[Example], verdicts: Sequence[Classification], rows: Mapping[str, Baseline]
) -> Evaluation:
    """The figures for verdicts given in the order of the examples."""
    true = [example.labels.severity.rank for example in examples]
    said = [verdict.severity.label.rank for verdict in verdicts]
    critical_true, critical_said = np.array(true) < 2, np.array(said) < 2
    both = int((critical_true & critical_said).sum())
    return Evaluation(
        model=verdicts[0].model_version,
        examples=len(examples),
        severity=_target(examples, verdicts, "severity"),
        severity_kappa=kappa(true, said),
        critical_recall=both / max(1, int(critical_true.sum())),
        critical_precision=both / max(1, int(critical_said.sum())),
        under_triage=float((np.array(said) - np.array(true) >= 2).mean()),
        category=_target(examples, verdicts, "category"),
        extent_accuracy=_share(examples, verdicts, lambda e, v: e.labels.extent is v.signals.extent),
        signals={name: _yes_no(examples, verdicts, name) for name in _YES_NO},
        product_accuracy=_share(examples, verdicts, lambda e, v: e.labels.product == v.signals.product),
        subsets={name: _subset(examples, verdicts, belongs) for name, belongs in _SUBSETS.items()},
        voices={
            voice: _subset(examples, verdicts, _spoken_by(voice))
            for voice in sorted({e.voice for e in examples})
        },
        rules=rule_report(examples, verdicts),
        baselines=rows,
    )


_SUBSETS: Final[Mapping[str, Callable[[Example], bool]]] = {
    "hard": lambda example: bool(example.hard),
    "not_hard": lambda example: not example.hard,
    "noisy": lambda example: bool(example.noise),
    "conversations": lambda example: len(example.turns) > 1,
    "messages": lambda example: len(example.turns) == 1,
}


def _spoken_by(voice: str) -> Callable[[Example], bool]:
    return lambda example: example.voice == voice


def kappa(true: Sequence[int], said: Sequence[int]) -> float:
    """Quadratic-weighted kappa of severity ranks; 1.0 where both never vary and agree."""
    if set(true) == set(said) and len(set(true)) == 1:
        return 1.0
    return float(
        cohen_kappa_score(true, said, labels=[level.rank for level in Severity], weights="quadratic")
    )


def _share(
    examples: Sequence[Example],
    verdicts: Sequence[Classification],
    agrees: Callable[[Example, Classification], bool],
) -> float:
    return sum(agrees(e, v) for e, v in zip(examples, verdicts, strict=True)) / max(1, len(examples))


def _subset(
    examples: Sequence[Example], verdicts: Sequence[Classification], belongs: Callable[[Example], bool]
) -> Subset:
    pairs = [(e, v) for e, v in zip(examples, verdicts, strict=True) if belongs(e)]
    total = max(1, len(pairs))
    return Subset(
        examples=len(pairs),
        severity=sum(e.labels.severity is v.severity.label for e, v in pairs) / total,
        category=sum(e.labels.category is v.category.label for e, v in pairs) / total,
    )


def _target(examples: Sequence[Example], verdicts: Sequence[Classification], target: str) -> TargetReport:
    true = [getattr(example.labels, target).value for example in examples]
    predictions = [getattr(verdict, target) for verdict in verdicts]
    said = [prediction.label.value for prediction in predictions]
    labels = sorted(set(true) | set(said))
    precision, recall, f1, support = precision_recall_fscore_support(
        true, said, labels=labels, zero_division=0.0
    )
    right = np.array([a == b for a, b in zip(true, said, strict=True)])
    decided = np.array([not prediction.abstained for prediction in predictions])
    spoken = Counter(said)
    return TargetReport(
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([score for score, count in zip(f1, support, strict=True) if count])),
        labels={
            label: LabelReport(
                recall=float(recall[at]) if support[at] else None,
                precision=float(precision[at]) if spoken[label] else None,
                support=int(support[at]),
            )
            for at, label in enumerate(labels)
        },
        calibration_error=calibration_error([p.confidence for p in predictions], right.tolist()),
        coverage=float(decided.mean()),
        error_when_decided=float((~right & decided).sum() / max(1, decided.sum())),
    )


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Mean distance between confidence and accuracy over 15 equal bins, weighted by how full they are."""
    sure, hit = np.asarray(confidences), np.asarray(right, dtype=float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(sure[bins == at].mean() - hit[bins == at].mean()) * (bins == at).mean()
            for at in set(bins.tolist())
        )
    )


def _yes_no(examples: Sequence[Example], verdicts: Sequence[Classification], name: str) -> YesNoReport:
    true = np.array([getattr(example.labels, name) for example in examples])
    said = np.array([bool(getattr(verdict.signals, name)) for verdict in verdicts])
    hits = int((true & said).sum())
    return YesNoReport(
        accuracy=float((true == said).mean()),
        precision=hits / max(1, int(said.sum())),
        recall=hits / max(1, int(true.sum())),
        f1=2 * hits / max(1, int(true.sum() + said.sum())),
    )


def rule_report(examples: Sequence[Example], verdicts: Sequence[Classification]) -> dict[str, RuleReport]:
    """For each rule that fired: how often, and how often it made a wrong label right or a right one wrong."""
    counts: dict[str, list[int]] = {}
    for example, verdict in zip(examples, verdicts, strict=True):
        for hit in verdict.rule_hits:
            target, before, _, after = hit.effect.split(" ")
            truth = getattr(example.labels, target).value
            row = counts.setdefault(hit.rule_id, [0, 0, 0])
            row[0] += 1
            row[1] += after == truth
            row[2] += before == truth
    return {
        name: RuleReport(fired=row[0], helped=row[1], hurt=row[2]) for name, row in sorted(counts.items())
    }


def baselines(classifier: Classifier, examples: Sequence[Example]) -> dict[str, Baseline]:
    """The best constant guess, and a rule over cues alone."""
    true = [example.labels.severity.rank for example in examples]
    constant = Counter(true).most_common(1)[0]
    category = Counter(example.labels.category for example in examples).most_common(1)[0]
    cued = [
        severity_by_cues([classifier.reader.read(turn) for turn in example.turns]).rank
        for example in examples
    ]
    total = len(examples)
    return {
        "constant": Baseline(
            severity_accuracy=constant[1] / total,
            severity_kappa=kappa(true, [constant[0]] * total),
            category_accuracy=category[1] / total,
        ),
        "cues_only": Baseline(
            severity_accuracy=sum(a == b for a, b in zip(true, cued, strict=True)) / total,
            severity_kappa=kappa(true, cued),
            category_accuracy=None,
        ),
    }


def severity_by_cues(readings: Sequence[Reading]) -> Severity:
    """What a handful of keywords would say; the row to beat."""
    fired = {cue.name for reading in readings for cue in reading.cues}
    wide = fired & {"extent_all", "extent_everybody", "extent_many"}
    if not fired & {"cannot", "stopped_work", "security_taken"} or fired & {
        "hypothetical",
        "resolved",
        "others_outage",
    }:
        return Severity.C
    if "stopped_work" in fired and wide:
        return Severity.CRITICAL
    return Severity.A if wide or "security_taken" in fired else Severity.B
