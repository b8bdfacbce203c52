"""What looking after models, contracts and health from a running desk takes; wired once by compose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bot.learning import Run
from bot.ports import UnitOfWork
from bot.services import labels
from bot.services.health import Vitals
from bot.services.runs import aliases_of, described, latest
from classifiers.examples import EVALUATION_FILE, EXAMPLES_FILE
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS, ModelVersion, Registry
from classifiers.shadow import ShadowCounts, read_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """A policy pack that decides now."""

    id: str
    effective_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an admin's Home shows."""

    champion: ModelVersion | None
    challenger: ModelVersion | None
    #: The version that a rollback leads to.
    previous: str
    #: How the two differ on live messages; None without a challenger.
    shadow: ShadowCounts | None
    #: What was asked for last.
    run: Run | None
    #: Labels that the next training learns from.
    usable: int
    #: Contracts in force, by policy.
    contracts: Mapping[str, int]
    policies: Sequence[PolicyInForce]
    vitals: Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What admins see and steer."""

    registry: Registry
    vitals: Callable[[UnitOfWork], Vitals]
    policies: Callable[[], Sequence[PolicyInForce]]
    #: The share of a text's words that the champion does not know.
    unknown: Callable[[str], float | None]
    corpus: Path = EXAMPLES_FILE
    held_out: Path = EVALUATION_FILE


def overview(unit: UnitOfWork, administration: Administration, now: datetime) -> Overview:
    """Read what an admin's Home shows; what cannot be read of a model is left out."""
    registry = administration.registry
    aliases = aliases_of(registry)
    champion, challenger = aliases.get(CHAMPION, ""), aliases.get(CHALLENGER, "")
    return Overview(
        champion=described(registry, champion),
        challenger=described(registry, challenger),
        previous=aliases.get(PREVIOUS, ""),
        shadow=read_counts(registry.comparisons, champion, challenger) if champion and challenger else None,
        run=latest(unit),
        usable=labels.counts(unit).usable,
        contracts=unit.contracts.in_force(now.date()),
        policies=administration.policies(),
        vitals=administration.vitals(unit),
    )
