"""Figures of corpora and models as tables for people; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifiers.corpus import CorpusStats
from classifiers.evaluation import Evaluation, TargetReport

Rows = Sequence[tuple[str, ...]]
Table = tuple[str, tuple[str, ...], Rows]


def evaluation_tables(found: Evaluation) -> list[Table]:
    """Return an evaluation's tables: overview, labels, signals, subsets, rules, baselines."""
    return [
        (f"model {found.model}, {found.examples} examples", ("figure", "value"), _overview(found)),
        ("severity", ("label", "recall", "precision", "support"), _labels(found.severity)),
        ("category", ("label", "recall", "precision", "support"), _labels(found.category)),
        (
            "signals",
            ("signal", "accuracy", "precision", "recall", "F1"),
            [
                (name, *map(_share, (row.accuracy, row.precision, row.recall, row.f1)))
                for name, row in found.signals.items()
            ],
        ),
        (
            "parts",
            ("part", "examples", "severity", "category"),
            [
                (name, str(part.examples), _share(part.severity), _share(part.category))
                for name, part in {**found.subsets, **found.voices}.items()
            ],
        ),
        (
            "rules",
            ("rule", "fired", "helped", "hurt"),
            [(name, str(row.fired), str(row.helped), str(row.hurt)) for name, row in found.rules.items()],
        ),
        (
            "without learning",
            ("row", "severity accuracy", "severity kappa", "category accuracy"),
            [
                (name, *map(_share, (row.severity_accuracy, row.severity_kappa, row.category_accuracy)))
                for name, row in found.baselines.items()
            ],
        ),
    ]


def stats_tables(found: CorpusStats) -> list[Table]:
    """Return a corpus's tables: totals, counts per label and tag, severity by category and by voice."""
    severities = tuple(found.severities)
    totals = [
        ("examples", str(found.examples)),
        ("conversations", str(found.conversations)),
        ("hard", str(found.hard)),
        ("noisy", str(found.noisy)),
    ]
    counts = {
        "extent": found.extents,
        "flags": found.flags,
        "hard tags": found.hard_tags,
        "noise tags": found.noise_tags,
    }
    return [
        ("corpus", ("", "count"), totals),
        *(
            (name, ("", "count"), [(key, str(n)) for key, n in table.items()])
            for name, table in counts.items()
        ),
        ("categories", ("category", *severities), _cross(found.severity_by_category, severities)),
        ("voices", ("voice", *severities), _cross(found.voices, severities)),
    ]


def _counts(table: Mapping[str, int]) -> Rows:
    return [(name, str(count)) for name, count in table.items()]


def _cross(table: Mapping[str, Mapping[str, int]], columns: Sequence[str]) -> Rows:
    return [(name, *(str(row.get(column, 0)) for column in columns)) for name, row in table.items()]


def _overview(found: Evaluation) -> Rows:
    return [
        ("severity accuracy", _share(found.severity.accuracy)),
        ("severity macro-F1", _share(found.severity.macro_f1)),
        ("severity quadratic-weighted kappa", _share(found.severity_kappa)),
        ("critical (1 or A) recall", _share(found.critical_recall)),
        ("critical (1 or A) precision", _share(found.critical_precision)),
        ("under-triage by two levels", _share(found.under_triage)),
        ("severity ECE", _share(found.severity.calibration_error)),
        ("severity coverage / error when decided", _decided(found.severity)),
        ("category accuracy", _share(found.category.accuracy)),
        ("category macro-F1", _share(found.category.macro_f1)),
        ("category ECE", _share(found.category.calibration_error)),
        ("category coverage / error when decided", _decided(found.category)),
        ("extent accuracy", _share(found.extent_accuracy)),
        ("product accuracy", _share(found.product_accuracy)),
    ]


def _labels(target: TargetReport) -> Rows:
    return [
        (name, _share(row.recall), _share(row.precision), str(row.support))
        for name, row in target.labels.items()
    ]


def _decided(target: TargetReport) -> str:
    return f"{_share(target.coverage)} / {_share(target.error_when_decided)}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
