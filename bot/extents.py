"""Decides whom a talk is about once the customer said or chose it, and how bad the same fault is then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from classifiers.classification import Classification, Evidence, Prediction, RuleHit, Signals
from classifiers.labels import Category, Extent, Severity

#: The rule that a change by hand is told as.
STATED_EXTENT = "stated-extent"

#: Extents by the cue that speaks of them, the one that counts first where several fire.
_EXTENTS = {
    "extent_all": Extent.ALL,
    "extent_many": Extent.MANY,
    "extent_everybody": Extent.ALL,
    "extent_few": Extent.FEW,
    "extent_single": Extent.SINGLE,
}
_NARROW, _WIDE = frozenset({Extent.SINGLE, Extent.FEW}), frozenset({Extent.MANY, Extent.ALL})
#: What else such a statement may touch without saying anything more.
_BESIDE = frozenset({"correction", "own_only", "own_device", "impact", "isolation", "now"})
#: Names of cues that only tell which words of the field stand in a text.
_FIELD = "word_"
#: So short a turn that speaks of an extent speaks of nothing else; what a form offers is no longer.
_BARE = 16
#: A correction of whom it is about, with its courtesies.
_CORRECTION = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A later turn that says whom it is about."""

    extent: Extent
    #: It says nothing else.
    bare: bool


def statement(signals: Signals, turn: str) -> Statement | None:
    """Return whom a turn by itself says it is about: a bare answer, or a correction of what was said before.

    None where it says nothing of that, or two things at once: then the whole talk is read as it stands.
    """
    cues, size = _telling(signals), len(turn.strip())
    corrects = "correction" in cues
    named = [extent for cue, extent in _EXTENTS.items() if cue in cues]
    if not (corrects or size <= _BARE) or (_NARROW & set(named) and _WIDE & set(named)):
        return None
    counted = not cues and not signals.started_at and any(char.isnumeric() for char in turn)
    if not named and (counted or (corrects and _denies(cues))):
        named = [signals.extent]  # "two of us", "not all of us but two": the number is what is said
    if not named or named[0] is Extent.UNKNOWN:
        return None
    beside = {cue for cue in cues if cue.removeprefix("not:") not in _EXTENTS} - _BESIDE
    return Statement(extent=named[0], bare=not beside and size <= _CORRECTION)


def _telling(signals: Signals) -> frozenset[str]:
    """Return the cues that say something of their own: words of the field stand beside them."""
    return frozenset(cue for cue in signals.cues if not cue.removeprefix("not:").startswith(_FIELD))


def _denies(cues: frozenset[str]) -> bool:
    return any(f"not:{cue}" in cues for cue in _EXTENTS)


def classified(
    classify: Callable[[Sequence[str]], Classification],
    read: Callable[[str], Signals],
    turns: Sequence[str],
    chosen: Extent | None = None,
) -> Classification:
    """Return what was understood of the turns (oldest first, at least one), the customer's last word on the
    extent overriding what is read from the rest; `chosen` is what was picked before the first turn.
    """
    said = {
        number: found
        for number, turn in enumerate(turns)
        if number and (found := statement(read(turn), turn))
    }
    extent = said[max(said)].extent if said else chosen
    if extent is None:
        return classify(turns)
    kept = [number for number in range(len(turns)) if number not in said or not said[number].bare]
    matter = _renumbered(classify([turns[number] for number in kept]), kept)
    if matter.signals.ongoing is not True:
        return with_extent(classify(turns), extent)
    if extent in _WIDE and len(kept) < len(turns):
        matter = _worse(matter, classify(turns))
    return with_extent(matter, extent)


def _renumbered(found: Classification, kept: Sequence[int]) -> Classification:
    evidence: tuple[Evidence, ...] = tuple(replace(item, turn=kept[item.turn]) for item in found.evidence)
    return replace(found, evidence=evidence)


def _worse(one: Classification, other: Classification) -> Classification:
    """Return the more severe of two: for many people nothing is understated."""
    return other if other.severity.label.rank < one.severity.label.rank else one


def with_extent(found: Classification, extent: Extent) -> Classification:
    """Return the classification as it is once the extent is known from the customer."""
    severity, before = found.severity, found.severity.label
    after = _severity_for(found, extent)
    hits = found.rule_hits
    if after is not before:
        hits = (*hits, RuleHit(rule_id=STATED_EXTENT, effect=f"severity {before} -> {after}", reason=""))
        severity = _moved(severity, after)
    return replace(
        found,
        severity=severity,
        rule_hits=hits,
        signals=replace(found.signals, extent=extent),
        missing=tuple(slot for slot in found.missing if slot != "extent"),
    )


def _severity_for(found: Classification, extent: Extent) -> Severity:
    """Return the severity of the same open fault for so many people.

    Only where the words were read otherwise: who saw the extent and still judged so had a reason for it.
    """
    signals, label, doubtful = found.signals, found.severity.label, found.severity.abstained
    kept = signals.security or signals.deadline_at_risk or found.category.label is Category.SECURITY_INCIDENT
    if kept or signals.ongoing is not True or signals.workaround:
        return label
    if extent in _NARROW:
        overstated = label.critical and signals.extent not in _NARROW
        return Severity.B if overstated or (doubtful and label is Severity.C) else label
    least = Severity.A if signals.outage else Severity.B
    understated = label.rank > least.rank and (doubtful or signals.extent not in _WIDE)
    return least if understated else label


def _moved(severity: Prediction[Severity], label: Severity) -> Prediction[Severity]:
    """Return the prediction with the two labels changing places."""
    swapped = dict(severity.probabilities)
    swapped[label], swapped[severity.label] = swapped[severity.label], swapped[label]
    rest = sorted((other for other in swapped if other is not label), key=lambda other: -swapped[other])
    return replace(
        severity,
        label=label,
        runner_up=rest[0],
        margin=swapped[label] - swapped[rest[0]],
        confidence=swapped[label],
        probabilities=swapped,
        abstained=False,
    )
