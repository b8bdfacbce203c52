"""What admins and reviewers see, as views with fixed content."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from bot.labelling import Candidate, Review, Source
from bot.learning import Job, Run, RunReport, RunState
from bot.services.administration import Overview, PolicyInForce
from bot.services.health import Heartbeat, Queues, Vitals
from bot.slack.views.form import modal
from bot.slack.views.home import home
from bot.texts import administration, learning, surface
from bot.texts.message import Message
from classifiers.gates import Gate, Objection
from classifiers.labels import Category, Severity
from classifiers.registry import ModelVersion
from classifiers.scorer import Thresholds
from classifiers.shadow import ShadowCounts
from tests.builders import NOW

VERSION = ModelVersion(
    id="2026-11-20.2",
    trained_at=NOW,
    examples_digest="e",
    artefact_digest="a",
    thresholds=Thresholds(
        critical=0.2,
        severity_confidence=0.5,
        severity_margin=0.1,
        category_confidence=0.4,
        category_margin=0.1,
        yes={},
    ),
    metrics={
        "severity": {"accuracy": 0.931, "calibration_error": 0.021},
        "category": {"accuracy": 0.872, "calibration_error": 0.03},
        "critical_recall": 0.991,
        "critical_precision": 0.952,
        "under_triage": 0.002,
        "champion": {"critical_recall": 0.99, "severity": {"calibration_error": 0.022}},
        "comparison": {
            target: {
                "before": 0.93,
                "after": 0.931,
                "better": 10,
                "worse": 9,
                "p_value": 1.0,
                "low": -0.007,
                "high": 0.008,
            }
            for target in ("severity", "category")
        },
        "desk": {"examples": 60, "before": 0.0, "after": 1.0},
        "against": [],
    },
    aliases=("challenger",),
    metadata={"examples": 5128, "desk_labels": 60},
)
OBJECTION = Objection(gate=Gate.CRITICAL_RECALL, before=0.99, after=0.9, bound=0.005)
REFUSED_VERSION = replace(VERSION, metrics=VERSION.metrics | {"against": [asdict(OBJECTION)]})
RUN = Run(id="1", job=Job.TRAIN, by="U1", asked_at=NOW, version=VERSION.id)


def run_card(state: RunState, model: ModelVersion | None = None, **changes: Any) -> Message:
    """The message of a run; champion is 2026-11-20.1 unless told otherwise."""
    champion = changes.pop("champion", "2026-11-20.1")
    run = replace(RUN, state=state, **changes)
    return learning.card(RunReport(run=run, model=model, champion=champion, previous="2026-11-19.1"), "高橋")


MESSAGES: dict[str, Message] = {
    "run_waiting": run_card(RunState.WAITING),
    "run_training": run_card(RunState.RUNNING, stage="judges", share=0.63, seconds_left=25),
    "run_checking": run_card(RunState.RUNNING, job=Job.PROMOTE),
    "run_trained": run_card(RunState.DONE, VERSION),
    "run_trained_worse": run_card(RunState.DONE, REFUSED_VERSION),
    "run_trained_answers": run_card(RunState.DONE, VERSION, champion=VERSION.id),
    "run_promoted": run_card(RunState.DONE, VERSION, job=Job.PROMOTE, champion=VERSION.id),
    "run_refused": run_card(RunState.REFUSED, VERSION, job=Job.PROMOTE, against=(OBJECTION,)),
    "run_rolled_back": run_card(RunState.DONE, job=Job.ROLLBACK),
    "run_failed": run_card(RunState.FAILED, reason="ディスクに空きがありません。"),
    "run_stopped": run_card(RunState.STOPPED),
}
VITALS = Vitals(
    now=NOW,
    heartbeat=Heartbeat(at=NOW, started_at=NOW, pid=1, connected=True, pong_age=1.0, last_event=NOW),
    queues=Queues(inbox=1, inbox_since=NOW - timedelta(minutes=2), outbox=0, outbox_since=None, dead=0),
    disk_free=9_000,
    model="2026-11-20.1",
)
OVERVIEW = Overview(
    champion=replace(VERSION, id="2026-11-20.1", aliases=("champion",)),
    challenger=VERSION,
    previous="2026-11-19.1",
    shadow=ShadowCounts(
        champion="2026-11-20.1",
        challenger=VERSION.id,
        compared=32,
        different=1,
        changes=((("severity", "B", "A"), 1),),
    ),
    run=None,
    usable=60,
    contracts={"o365": 3},
    policies=(
        PolicyInForce(id="o365", effective_from=date(2026, 4, 1)),
        PolicyInForce(id="unified", effective_from=None),
    ),
    vitals=VITALS,
)
CANDIDATE = Candidate(
    id=7,
    source=Source.DOUBT,
    text="レジが止まりました",
    severity=Severity.B,
    category=Category.THIRD_PARTY,
    confidence=0.41,
    model_version="2026-11-20.1",
    created_at=NOW,
    reviews=(Review(reviewer="U1", severity=Severity.A, category=Category.THIRD_PARTY, at=NOW),),
)
VIEWS: dict[str, dict[str, Any]] = {
    "home_admin": home(
        surface.home([], [*administration.label_parts([CANDIDATE]), *administration.parts(OVERVIEW)])
    ),
    "home_admin_busy": home(
        surface.home(
            [],
            administration.parts(
                replace(
                    OVERVIEW,
                    champion=None,
                    challenger=REFUSED_VERSION,
                    run=replace(RUN, state=RunState.RUNNING),
                    vitals=replace(VITALS, heartbeat=None, model=None),
                )
            ),
        )
    ),
    "form_label_review": modal(administration.review_form(CANDIDATE, 12)),
}
