"""What was asked of the models in Slack: one thing at a time, kept with its message; does none of it."""

from __future__ import annotations

from datetime import datetime

from bot.authorisation import Actor, Verb, authorize
from bot.errors import NotFound, StaleVersion
from bot.learning import Job, Run, RunReport, RunState
from bot.ports import UnitOfWork
from bot.storage.records import RUN
from bot.tickets.audit import AuditEntry
from bot.traffic import OutboxItem, ShowRun
from classifiers.errors import ModelError
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS, ModelVersion, Registry

VERBS = {
    Job.TRAIN: Verb.MODEL_TRAIN,
    Job.PROMOTE: Verb.MODEL_PROMOTE,
    Job.ROLLBACK: Verb.MODEL_ROLLBACK,
}
_LATEST = "learning"
#: So many earlier messages are shown anew after a promotion or a rollback.
_EARLIER = 5


def ask(
    unit: UnitOfWork, registry: Registry, actor: Actor, job: Job, now: datetime, *, version: str = ""
) -> Run | None:
    """Keep that a job was asked for; None where another is under way.

    `version` is what was seen: the challenger to promote, the champion to leave. Raises NotAllowed,
    StaleVersion where the models changed since, NotFound where there is nothing to go back to.
    """
    authorize(actor, VERBS[job])
    before = latest(unit)
    if before is not None and not before.state.over:
        return None
    aliases = registry.aliases()
    seen = {Job.PROMOTE: aliases.get(CHALLENGER), Job.ROLLBACK: aliases.get(CHAMPION)}
    if job in seen and (not version or seen[job] != version):
        raise StaleVersion(version)
    if job is Job.ROLLBACK and PREVIOUS not in aliases:
        raise NotFound(PREVIOUS)
    number = int(unit.marks.get(_LATEST) or 0) + 1
    run = Run(id=str(number), job=job, by=actor.id, asked_at=now, version=version)
    unit.marks.set(_LATEST, run.id)
    keep(unit, run, now)
    unit.audit.append(AuditEntry(at=now, actor=actor.id, action=f"asked:{VERBS[job]}", after=version))
    return run


def latest(unit: UnitOfWork) -> Run | None:
    """Return what was asked for last."""
    number = unit.marks.get(_LATEST)
    return find(unit, number) if number else None


def find(unit: UnitOfWork, run_id: str) -> Run | None:
    text = unit.marks.get(f"{_LATEST}/{run_id}")
    return RUN.load(text) if text else None


def keep(unit: UnitOfWork, run: Run, now: datetime) -> None:
    """Keep how far it is, and have its message shown anew."""
    unit.marks.set(f"{_LATEST}/{run.id}", RUN.dump(run))
    _show(unit, run.id, f"{run.state}/{run.stage}/{run.share:.3f}", now)
    if run.job is not Job.TRAIN and run.state is RunState.DONE:
        # The cards of trainings offer what can be done now.
        for number in range(max(1, int(run.id) - _EARLIER), int(run.id)):
            _show(unit, str(number), f"after/{run.id}", now)


def report(unit: UnitOfWork, registry: Registry, run_id: str) -> RunReport | None:
    """Return what the message of a run shows now."""
    run = find(unit, run_id)
    if run is None:
        return None
    aliases = aliases_of(registry)
    shown = aliases.get(CHAMPION, "") if run.job is Job.ROLLBACK else run.version
    return RunReport(
        run=run,
        model=described(registry, shown) if run.state.over else None,
        champion=aliases.get(CHAMPION, ""),
        previous=aliases.get(PREVIOUS, ""),
    )


def aliases_of(registry: Registry) -> dict[str, str]:
    """Return the aliases; none where they cannot be read."""
    try:
        return registry.aliases()
    except ModelError:
        return {}


def described(registry: Registry, name: str) -> ModelVersion | None:
    """Return a version or alias as far as it can be read."""
    try:
        return registry.describe(name) if name else None
    except ModelError:
        return None


def _show(unit: UnitOfWork, run_id: str, what: str, now: datetime) -> None:
    item = OutboxItem(key=f"learning/{run_id}/{what}", message=ShowRun(run_id=run_id), created_at=now)
    unit.outbox.put(item)
