"""Which model answers: promotes past the gates or with a reason, rolls back; every step is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.ports import Store
from bot.services.training import measure
from bot.services.workshop import Workshop
from bot.tickets.audit import AuditEntry
from classifiers.comparison import Comparison, compare_verdicts
from classifiers.gates import Objection, objections
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS
from classifiers.shadow import ShadowCounts, read_counts


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


def weigh_up(shop: Workshop, name: str = CHALLENGER) -> Weighed:
    """Hold a version against the champion; raises ModelMissing or ModelRefused."""
    version, champion = shop.registry.resolve(name), shop.registry.resolve(CHAMPION)
    metrics = shop.registry.describe(version).metrics
    overlap = metrics.get("overlap", -1) if metrics.get("held_out_digest") == shop.held_out_digest else -1
    before, after = (measure(shop, shop.classifier(each)) for each in (champion, version))
    comparison = compare_verdicts(shop.held_out, before.verdicts, after.verdicts)
    return Weighed(
        version=version,
        champion=champion,
        comparison=comparison,
        objections=objections(before.evaluation, after.evaluation, comparison, overlap=int(overlap)),
    )


def promote(
    shop: Workshop,
    store: Store,
    actor: Actor,
    name: str = CHALLENGER,
    *,
    now: datetime,
    reason: str = "",
) -> Promotion:
    """Make a version champion if the gates let it, or whatever they say where a `reason` is given.

    Both outcomes are audited. Raises NotAllowed, ModelMissing, ModelRefused or ModelUnsaved.
    """
    authorize(actor, Verb.MODEL_PROMOTE)
    weighed = weigh_up(shop, name)
    asked = Promotion(
        version=weighed.version, done=False, champion=weighed.champion, objections=weighed.objections
    )
    if weighed.version == weighed.champion:
        return Promotion(version=weighed.version, done=True, champion=weighed.champion)
    if weighed.objections and not reason.strip():
        _audit(store, actor, "refused:model.promote", now, weighed, note=_gates(weighed))
        return asked
    forced = f"forced: {reason.strip()} ({_gates(weighed)})" if weighed.objections else reason.strip()
    # Written down first: a promotion nobody can account for is worse than an entry too many.
    _audit(store, actor, "model.promote", now, weighed, note=forced)
    shop.registry.promote(weighed.version)
    return Promotion(
        version=weighed.version, done=True, champion=weighed.version, objections=weighed.objections
    )


def rollback(shop: Workshop, store: Store, actor: Actor, *, now: datetime) -> str:
    """Make the previous champion answer again and return it; audited.

    Raises NotAllowed, ModelMissing where there is none, ModelRefused or ModelUnsaved.
    """
    authorize(actor, Verb.MODEL_ROLLBACK)
    before, after = shop.registry.resolve(CHAMPION), shop.registry.resolve(PREVIOUS)
    entry = AuditEntry(at=now, actor=actor.id, action="model.rollback", before=before, after=after)
    store.write(lambda unit: unit.audit.append(entry))
    return shop.registry.rollback()


def shadow_counts(shop: Workshop) -> ShadowCounts | None:
    """Return how champion and challenger differ on live messages; None where there is no challenger."""
    aliases = shop.registry.aliases()
    if CHAMPION not in aliases or CHALLENGER not in aliases:
        return None
    return read_counts(shop.registry.comparisons, aliases[CHAMPION], aliases[CHALLENGER])


def _gates(weighed: Weighed) -> str:
    return ", ".join(f"{objection.gate} {objection.what}".strip() for objection in weighed.objections)


def _audit(store: Store, actor: Actor, action: str, now: datetime, weighed: Weighed, *, note: str) -> None:
    entry = AuditEntry(
        at=now, actor=actor.id, action=action, before=weighed.champion, after=weighed.version, note=note
    )
    store.write(lambda unit: unit.audit.append(entry))
