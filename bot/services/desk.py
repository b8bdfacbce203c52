"""The parts a use case works with, wired once by compose; decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.ports import Clock, DeskConfiguration, Directory, PolicyTexts, Store
from bot.services.administration import Administration
from bot.services.faq_desk import FaqKeeping
from bot.triage import Brain
from classifiers.labels import Severity
from knowledge.contracts.contract import Contract
from knowledge.faq.entry import FaqEntry
from knowledge.policies.coverage import Coverage


def _always(policy_id: str, plan: str | None, severity: Severity) -> Coverage:
    return Coverage()


def _every_day(day: date) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One running desk."""

    store: Store
    brain: Brain
    directory: Directory
    clock: Clock
    #: Texts of a policy by its id.
    policy_texts: Callable[[str], PolicyTexts]
    faq_entry: Callable[[str], FaqEntry | None]
    faq_keeping: FaqKeeping
    #: Tells whether a contract is in force at an instant.
    in_force: Callable[[Contract, datetime], bool]
    #: Takes personal data out of a text before it is kept as an example.
    mask: Callable[[str], str]
    #: Reception hours by policy, plan and severity.
    coverage: Callable[[str, str | None, Severity], Coverage] = _always
    is_business_day: Callable[[date], bool] = _every_day
    #: None where the desk keeps no models of its own.
    administration: Administration | None = None
    configuration: DeskConfiguration = field(default_factory=DeskConfiguration)
