"""Weighs a version against the champion; promotes and rolls back where that may take its time."""

from __future__ import annotations

from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.ports import Store
from bot.services.promotion import Promotion, Weighed, carry_out, roll_back
from bot.services.training import measure
from bot.services.workshop import Workshop
from classifiers.comparison import compare_verdicts
from classifiers.gates import objections
from classifiers.registry import CHALLENGER, CHAMPION
from classifiers.shadow import ShadowCounts, read_counts


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
    """Weigh a version and make it champion if the gates let it, or where a `reason` is given; audited.

    Raises NotAllowed, ModelMissing, ModelRefused or ModelUnsaved.
    """
    authorize(actor, Verb.MODEL_PROMOTE)
    return carry_out(shop.registry, store, actor, weigh_up(shop, name), now=now, reason=reason)


def rollback(shop: Workshop, store: Store, actor: Actor, *, now: datetime) -> str:
    """Make the previous champion answer again and return it; audited.

    Raises NotAllowed, ModelMissing where there is none, ModelRefused or ModelUnsaved.
    """
    return roll_back(shop.registry, store, actor, now=now)


def shadow_counts(shop: Workshop) -> ShadowCounts | None:
    """Return how champion and challenger differ on live messages; None where there is no challenger."""
    aliases = shop.registry.aliases()
    if CHAMPION not in aliases or CHALLENGER not in aliases:
        return None
    return read_counts(shop.registry.comparisons, aliases[CHAMPION], aliases[CHALLENGER])
