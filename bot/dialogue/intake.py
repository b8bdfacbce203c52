"""Which question comes next, if any: one at a time, at most three, never about what was said."""

from __future__ import annotations

from bot.dialogue.state import DialogueState, Slot
from bot.triage import Triage
from classifiers.labels import Category, Extent, Severity
from knowledge.policies.decision import Flag

#: More than this is an interrogation (slack desks: three at most).
MAX_QUESTIONS = 3

#: Characters from which on a line may tell what it is about.
_SHORT = 15

_FAULTS = frozenset(
    {
        Category.CLOUD_INCIDENT,
        Category.CLIENT_TROUBLE,
        Category.CUSTOMER_NETWORK,
        Category.SECURITY_INCIDENT,
        Category.OS_DEVICE,
        Category.THIRD_PARTY,
    }
)


def next_question(state: DialogueState, triage: Triage) -> Slot | None:
    """Return the slot worth asking for now, or None.

    Severe messages are not held up: for severity 1 and A nothing but an unknown extent is asked, once.
    """
    if state.human_requested or len(state.asked) >= MAX_QUESTIONS:
        return None
    wanted = _wanted(state, triage)
    return next((slot for slot in wanted if slot not in state.asked), None)


def _wanted(state: DialogueState, triage: Triage) -> tuple[Slot, ...]:
    found = triage.classification
    fault = found.category.label in _FAULTS
    if found.severity.label.critical and not found.severity.abstained:
        unknown = found.signals.extent is Extent.UNKNOWN and found.severity.label is not Severity.CRITICAL
        return (Slot.EXTENT,) if unknown and fault else ()
    wanted: list[Slot] = []
    if found.category.abstained and state.category is None:
        wanted.append(Slot.DETAIL if says_little(state) else Slot.CATEGORY)
    if fault and found.signals.extent is Extent.UNKNOWN and found.severity.label is not Severity.C:
        wanted.append(Slot.EXTENT)
    if "detail" in found.missing:
        wanted.append(Slot.DETAIL)
    if fault and "started_at" in found.missing and found.severity.label is Severity.B:
        wanted.append(Slot.STARTED_AT)
    return tuple(wanted)


def says_little(state: DialogueState) -> bool:
    """Tell whether all that was said is one short line."""
    return len(state.turns) == 1 and len(state.turns[0]) < _SHORT


def wants_isolation(state: DialogueState, triage: Triage, steps: tuple[str, ...]) -> bool:
    """Tell whether the policy's isolation steps are due now: its flag decides, and once is enough."""
    if state.isolation_asked or not steps or triage.decision is None or state.human_requested:
        return False
    if triage.classification.signals.isolation_done:
        return False
    return Flag.DO_ISOLATION_FIRST in triage.decision.flags
