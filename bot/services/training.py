"""Makes a challenger: admits examples, trains, measures it against the champion; promotes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from bot.services.workshop import Workshop
from classifiers.admission import Admitted, admit
from classifiers.classification import Classification
from classifiers.classify import Classifier
from classifiers.comparison import Comparison, compare_verdicts
from classifiers.curves import Curves, lay_open
from classifiers.errors import ModelMissing
from classifiers.evaluation import Evaluation, baselines, compare
from classifiers.examples import Example
from classifiers.gates import Objection, objections
from classifiers.registry import CHAMPION
from classifiers.scorer import Model
from classifiers.stages import Stages
from classifiers.training import train

#: Called with the name of a step and the share done, 0..1.
Progress = Callable[[str, float], None]
#: Share of the whole that is over when the learning itself begins and ends.
_BEGUN, _LEARNT = 0.05, 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One model on the frozen examples."""

    evaluation: Evaluation
    curves: Curves
    verdicts: tuple[Classification, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSlice:
    """How champion and challenger do on the desk's own labels; the challenger has learned from them."""

    examples: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a training."""

    version: str
    measured: Measured
    admitted: Admitted
    #: Against the champion; None for the first model.
    comparison: Comparison | None
    objections: tuple[Objection, ...]
    desk: DeskSlice | None
    #: Stages taken up from a training that was stopped.
    resumed: int


def retrain(
    shop: Workshop,
    labels: Sequence[Example],
    *,
    now: datetime,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Train on the corpus and the desk's labels and keep the model with its figures.

    It becomes challenger, or champion where there is none. Nothing is kept of a training that is stopped but
    its finished stages, which the next one takes up. Raises TrainingError, TrainingUnderWay or ModelUnsaved;
    the champion is untouched.
    """
    with shop.registry.training():
        return _retrain(shop, labels, now, seed, progress)


def _retrain(
    shop: Workshop, labels: Sequence[Example], now: datetime, seed: int, progress: Progress | None
) -> Trained:
    tell = progress or (lambda _step, _share: None)
    tell("checking", 0.0)
    admitted = admit(shop.corpus, labels, shop.held_out)
    stages = Stages(shop.registry.stages)
    model = train(
        admitted.corpus,
        desk=admitted.desk,
        reader=shop.reader,
        seed=seed,
        progress=lambda step, share: tell(step, _BEGUN + (_LEARNT - _BEGUN) * share),
        stages=stages,
    )
    tell("measuring", _LEARNT)
    champion = _champion(shop)
    if champion is not None:
        model = _as_watchful(model, champion.model)
    challenger = Classifier(model, reader=shop.reader, rules=shop.rules)
    measured = measure(shop, challenger)
    before = None if champion is None else measure(shop, champion)
    comparison, against = _against(shop, before, measured, admitted.overlap)
    desk = _desk_slice(shop, champion, challenger, admitted.desk)
    metrics = _metrics(shop, measured, comparison, against, admitted, desk) | {
        "champion": _figures(before),
        "resumed": stages.resumed,
    }
    version = shop.registry.save(model, trained_at=now, metrics=metrics)
    stages.clear()
    tell("done", 1.0)
    return Trained(
        version=version,
        measured=replace(measured, evaluation=replace(measured.evaluation, model=version)),
        admitted=admitted,
        comparison=None if comparison is None else replace(comparison, after=version),
        objections=against,
        desk=desk,
        resumed=stages.resumed,
    )


def measure(shop: Workshop, classifier: Classifier, examples: Sequence[Example] = ()) -> Measured:
    """Measure a classifier on the frozen examples, or on others."""
    chosen = examples or shop.held_out
    verdicts = shop.verdicts(classifier, chosen)
    return Measured(
        evaluation=compare(chosen, verdicts, baselines(classifier, chosen)),
        curves=lay_open(chosen, verdicts),
        verdicts=tuple(verdicts),
    )


def _as_watchful(model: Model, champion: Model) -> Model:
    """A new training never raises the probability from which a message is taken for critical."""
    guard = min(model.thresholds.critical, champion.thresholds.critical)
    return replace(model, thresholds=replace(model.thresholds, critical=guard))


def _champion(shop: Workshop) -> Classifier | None:
    try:
        return shop.classifier(CHAMPION)
    except ModelMissing:
        return None


def _against(
    shop: Workshop, before: Measured | None, challenger: Measured, overlap: int
) -> tuple[Comparison | None, tuple[Objection, ...]]:
    if before is None:
        return None, ()
    comparison = compare_verdicts(shop.held_out, before.verdicts, challenger.verdicts)
    found = objections(before.evaluation, challenger.evaluation, comparison, overlap=overlap)
    return comparison, found


def _desk_slice(
    shop: Workshop, champion: Classifier | None, challenger: Classifier, desk: Sequence[Example]
) -> DeskSlice | None:
    if champion is None or not desk:
        return None
    before, after = (_right(desk, shop.verdicts(each, desk)) for each in (champion, challenger))
    return DeskSlice(examples=len(desk), before=before, after=after)


def _right(examples: Sequence[Example], verdicts: Sequence[Classification]) -> float:
    """The share with both labels right."""
    pairs = zip(examples, verdicts, strict=True)
    return sum(
        e.labels.severity is v.severity.label and e.labels.category is v.category.label for e, v in pairs
    ) / len(examples)


def _figures(found: Measured | None) -> dict[str, Any] | None:
    """What a card shows of the champion beside the new model."""
    if found is None:
        return None
    evaluation = found.evaluation
    return {
        "critical_recall": evaluation.critical_recall,
        "critical_precision": evaluation.critical_precision,
        "under_triage": evaluation.under_triage,
        "severity": {"calibration_error": evaluation.severity.calibration_error},
        "category": {"calibration_error": evaluation.category.calibration_error},
    }


def _metrics(
    shop: Workshop,
    measured: Measured,
    comparison: Comparison | None,
    against: Sequence[Objection],
    admitted: Admitted,
    desk: DeskSlice | None,
) -> dict[str, Any]:
    """What is kept with the version: its figures, and what the gates need to know later."""
    return measured.evaluation.to_json() | {
        "held_out_digest": shop.held_out_digest,
        "overlap": admitted.overlap,
        "left_out": len(admitted.left_out),
        "comparison": None if comparison is None else comparison.to_json() | {"changed": ()},
        "changed": 0 if comparison is None else len(comparison.changed),
        "objections": [f"{objection.gate} {objection.what}".strip() for objection in against],
        "against": [asdict(objection) for objection in against],
        "desk": None
        if desk is None
        else {"examples": desk.examples, "before": desk.before, "after": desk.after},
    }
