"""Lets a weighed challenger answer, or the one before it; every step is audited. Weighs nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.errors import StaleVersion
from bot.ports import Store
from bot.tickets.audit import AuditEntry
from classifiers.comparison import Comparison
from classifiers.gates import Objection
from classifiers.registry import CHAMPION, PREVIOUS, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A version held against the champion, now and on the same examples."""

    version: str
    champion: str
    comparison: Comparison
    objections: tuple[Objection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What came of asking for a promotion."""

    version: str
    done: bool
    champion: str
    objections: tuple[Objection, ...] = ()


def carry_out(
    registry: Registry,
    store: Store,
    actor: Actor,
    weighed: Weighed,
    *,
    now: datetime,
    reason: str = "",
) -> Promotion:
    """Make a weighed version champion if the gates let it, or whatever they say where a `reason` is given.

    Both outcomes are audited. Raises NotAllowed, StaleVersion where another champion answers by now,
    ModelMissing, ModelRefused or ModelUnsaved.
    """
    authorize(actor, Verb.MODEL_PROMOTE)
    if registry.resolve(CHAMPION) != weighed.champion:
        raise StaleVersion(weighed.champion)
    if weighed.version == weighed.champion:
        return Promotion(version=weighed.version, done=True, champion=weighed.champion)
    if weighed.objections and not reason.strip():
        _audit(store, actor, "refused:model.promote", now, weighed, note=_gates(weighed))
        return Promotion(
            version=weighed.version, done=False, champion=weighed.champion, objections=weighed.objections
        )
    forced = f"forced: {reason.strip()} ({_gates(weighed)})" if weighed.objections else reason.strip()
    # Written down first: a promotion nobody can account for is worse than an entry too many.
    _audit(store, actor, "model.promote", now, weighed, note=forced)
    registry.promote(weighed.version)
    return Promotion(
        version=weighed.version, done=True, champion=weighed.version, objections=weighed.objections
    )


def roll_back(registry: Registry, store: Store, actor: Actor, *, now: datetime, seen: str = "") -> str:
    """Make the previous champion answer again and return it; audited.

    `seen` is the champion that is to be left. Raises NotAllowed, StaleVersion where that is not the champion
    any more, ModelMissing where there is no previous one, ModelRefused or ModelUnsaved.
    """
    authorize(actor, Verb.MODEL_ROLLBACK)
    before, after = registry.resolve(CHAMPION), registry.resolve(PREVIOUS)
    if seen not in ("", before):
        raise StaleVersion(seen)
    entry = AuditEntry(at=now, actor=actor.id, action="model.rollback", before=before, after=after)
    store.write(lambda unit: unit.audit.append(entry))
    return registry.rollback()


def _gates(weighed: Weighed) -> str:
    return ", ".join(f"{objection.gate} {objection.what}".strip() for objection in weighed.objections)


def _audit(store: Store, actor: Actor, action: str, now: datetime, weighed: Weighed, *, note: str) -> None:
    entry = AuditEntry(
        at=now, actor=actor.id, action=action, before=weighed.champion, after=weighed.version, note=note
    )
    store.write(lambda unit: unit.audit.append(entry))
