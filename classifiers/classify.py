"""Decides how bad a message is and what it is about: the one place where models, signals and rules meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from classifiers.abstention import judge_category, judge_severity
from classifiers.classification import Classification, Prediction, Signals
from classifiers.crew import in_parts, share_out
from classifiers.explanations import Direction, explain
from classifiers.labels import Category, Extent, Severity
from classifiers.reading import Reader, Reading
from classifiers.rules import Rules
from classifiers.scorer import Floats, Model, weigh, weigh_traced
from classifiers.signals import read_signals

L = TypeVar("L", Severity, Category)
#: Turns beyond these are not read: the first says what it was, the last ones what it is.
MOST_TURNS: Final = 12
#: What is broken for somebody and can be narrowed down.
_FAULTS: Final = frozenset(
    {
        Category.CLOUD_INCIDENT,
        Category.CLIENT_TROUBLE,
        Category.CUSTOMER_NETWORK,
        Category.OS_DEVICE,
        Category.CLIENT_SETUP,
        Category.THIRD_PARTY,
        Category.MIGRATION,
    }
)
_ISOLATED: Final = frozenset({Category.CLOUD_INCIDENT, Category.CLIENT_TROUBLE, Category.CUSTOMER_NETWORK})
_SHORT: Final = 16
_SEVERITIES: Final = tuple(Severity)
_CATEGORIES: Final = tuple(Category)


class Classifier:
    """A model with its reader and rules; safe to share between threads."""

    def __init__(self, model: Model, *, reader: Reader | None = None, rules: Rules | None = None) -> None:
        self.model = model
        self.reader = reader or Reader.load()
        self.rules = rules if rules is not None else Rules.load(cues=self.reader.cues.names)

    def classify(self, turns: str | Sequence[str]) -> Classification:
        """Everything understood about a message or conversation.

        In: one text, or the asker's turns, oldest first; any strings. Out: a verdict for the conversation.
        An empty or unreadable one gets the model's best guess, abstained, with `detail` missing.
        """
        return self.judge(self.read(turns))

    def read(self, turns: str | Sequence[str]) -> list[Reading]:
        """The readings of a conversation; they hold nothing of the model, so that two may share them."""
        return self._read_all([turns])[0]

    def _read_all(self, conversations: Sequence[str | Sequence[str]]) -> list[list[Reading]]:
        kept = [_kept(turns) for turns in conversations]
        readings = iter(self.reader.read_all([turn for turns in kept for turn in turns]))
        return [[next(readings) for _ in turns] for turns in kept]

    def judge(self, readings: Sequence[Reading], *, explained: bool = True) -> Classification:
        """The verdict on a conversation that was read (at least one turn); evidence only if `explained`."""
        return self.judge_all([readings], explained=explained)[0]

    def judge_all(
        self, conversations: Sequence[Sequence[Reading]], *, explained: bool = True
    ) -> list[Classification]:
        """Verdicts on conversations that were read, scored together."""
        if not conversations:
            return []
        if explained:
            weighed, traces = weigh_traced(self.model, conversations, self.reader.cues)
        else:
            weighed = weigh(self.model, conversations, self.reader.cues)
        scores = self.model.standardised(weighed)
        tables = self.model.probabilities(scores)
        verdicts = [
            self._verdict(readings, {target: table[number] for target, table in tables.items()})
            for number, readings in enumerate(conversations)
        ]
        if not explained:
            return verdicts
        shown: dict[str, list[str]] = {
            "severity": [verdict.severity.label for verdict in verdicts],
            "category": [verdict.category.label for verdict in verdicts],
        }
        directions = [
            Direction(
                [f"{target}:{label}" for label in labels], self.model.directions(target, labels, scores)
            )
            for target, labels in shown.items()
        ]
        evidence = explain(self.model, conversations, weighed, traces, directions)
        return [replace(verdict, evidence=spans) for verdict, spans in zip(verdicts, evidence, strict=True)]

    def _verdict(self, readings: Sequence[Reading], probabilities: Mapping[str, Floats]) -> Classification:
        thresholds = self.model.thresholds
        signals = read_signals(readings, probabilities, thresholds, self.reader)
        severity = judge_severity(_table(_SEVERITIES, probabilities["severity"]), thresholds)
        category = judge_category(_table(_CATEGORIES, probabilities["category"]), thresholds)
        verdict = self.rules.apply(severity, category, signals)
        severity, category = verdict.severity, verdict.category
        if not any(len(reading.tokens) for reading in readings):
            severity, category = replace(severity, abstained=True), replace(category, abstained=True)
        return Classification(
            severity=severity,
            category=category,
            signals=signals,
            rule_hits=verdict.hits,
            missing=missing_slots(category, signals, readings),
            model_version=self.model.version,
            notes=tuple(sorted({note for reading in readings for note in reading.plain.notes})),
        )

    def classify_together(
        self, conversations: Sequence[str | Sequence[str]], *, explained: bool = True
    ) -> list[Classification]:
        """What `classify` says of each, all scored in one go by this process: some hundreds at most."""
        return self.judge_all(self._read_all(conversations), explained=explained)

    def classify_many(
        self, conversations: Iterable[str | Sequence[str]], *, explained: bool = True
    ) -> list[Classification]:
        """What `classify` says of each, in the order of the input; without evidence unless `explained`.

        They are scored in parts; many are shared out to one process per core.
        """
        work = list(conversations)
        shared = share_out(_classify, (self, explained), in_parts(work), len(work))
        return [verdict for verdicts in shared for verdict in verdicts]


def _classify(shared: tuple[Classifier, bool], work: Sequence[str | Sequence[str]]) -> list[Classification]:
    classifier, explained = shared
    return classifier.classify_together(work, explained=explained)


def _kept(turns: str | Sequence[str]) -> Sequence[str]:
    if isinstance(turns, str):
        return [turns]
    if len(turns) <= MOST_TURNS:
        return turns or [""]
    return [turns[0], *turns[1 - MOST_TURNS :]]


def _table(labels: tuple[L, ...], values: Floats) -> dict[L, float]:
    return dict(zip(labels, values.tolist(), strict=True))


def missing_slots(
    category: Prediction[Category], signals: Signals, readings: Sequence[Reading]
) -> tuple[str, ...]:
    """The slots worth asking for, most useful first; none where nothing is broken and the matter is clear."""
    size = sum(len(reading.tokens) for reading in readings)
    slots = []
    if size == 0 or (size <= _SHORT and category.abstained and category.label is not Category.SMALLTALK):
        slots.append("detail")
    if not signals.ongoing or category.label not in _FAULTS | {Category.SECURITY_INCIDENT}:
        return tuple(slots)
    if signals.extent is Extent.UNKNOWN:
        slots.append("extent")
    if signals.started_at is None:
        slots.append("started_at")
    if not signals.isolation_done and category.label in _ISOLATED:
        slots.append("isolation")
    if signals.product is None and category.label in _FAULTS:
        slots.append("product")
    return tuple(slots)
