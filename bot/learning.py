"""Work on models that was asked for in Slack, as values: what, by whom, how far; does none of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from classifiers.gates import Objection
from classifiers.registry import ModelVersion


class Job(StrEnum):
    """What can be asked for."""

    TRAIN = "train"
    PROMOTE = "promote"
    ROLLBACK = "rollback"


class RunState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    #: The gates did not let it through.
    REFUSED = "refused"
    #: It could not be done; `reason` says why.
    FAILED = "failed"
    #: The process died; a training can be taken up again.
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        return self not in (RunState.WAITING, RunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One piece of work."""

    id: str
    job: Job
    #: User id of who asked.
    by: str
    asked_at: datetime
    state: RunState = RunState.WAITING
    #: What is promoted or was trained; for a rollback the champion that was seen.
    version: str = ""
    #: The step of a training, the share done, and the seconds left (None: too early to say).
    stage: str = ""
    share: float = 0.0
    seconds_left: int | None = None
    #: For people.
    reason: str = ""
    against: tuple[Objection, ...] = ()
    type: Literal["run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What the message of a run shows, read when it is sent."""

    run: Run
    #: The version of the run; None where there is none yet, or it cannot be read.
    model: ModelVersion | None = None
    champion: str = ""
    previous: str = ""

    @property
    def metrics(self) -> dict[str, Any]:
        return dict(self.model.metrics) if self.model else {}
