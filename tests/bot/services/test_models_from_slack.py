"""What is asked of the models from Slack: who may, one at a time, never twice, and what a crash leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.authorisation import Actor, Role
from bot.compose import Parts
from bot.errors import NotAllowed, NotFound, StaleVersion, StoreFull
from bot.learning import Job, Run, RunState
from bot.services import promotion, runs
from bot.services.apprentice import Died, Failed, Made, Step, Task, Told
from bot.services.learning import Learner
from bot.services.promotion import Weighed
from classifiers.comparison import Comparison, Difference
from classifiers.examples import read_examples, write_examples
from classifiers.gates import Gate, Objection
from classifiers.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry
from tests.builders import ADMIN, NOW, STAFF, World, administration, world

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[3]
HEAD = Actor(id=ADMIN.id, roles=frozenset({Role.STAFF, Role.ADMIN}))
AGENT = Actor(id=STAFF.id, roles=frozenset({Role.STAFF}))
OBJECTION = Objection(gate=Gate.CRITICAL_RECALL, before=0.99, after=0.9, bound=0.005)
SAME = Difference(before=0.9, after=0.9, better=0, worse=0, p_value=1.0, low=0.0, high=0.0)
FIRST, SECOND = "2026-11-20.1", "2026-11-20.2"


@pytest.fixture
def registry(parts: Parts, tmp_path: Path) -> Registry:
    """A champion and a challenger."""
    made = Registry(tmp_path / "models")
    for _ in range(2):
        made.save(parts.classifier.model, trained_at=NOW)
    return made


def weighed(*objections: Objection) -> Weighed:
    comparison = Comparison(before=FIRST, after=SECOND, examples=1, severity=SAME, category=SAME, changed=())
    return Weighed(version=SECOND, champion=FIRST, comparison=comparison, objections=objections)


def trail(made: World) -> list[tuple[str, str | None, str | None, str]]:
    with made.store.reading() as unit:
        return [(e.action, e.before, e.after, e.note) for e in unit.audit.all()]


# --- promotion and rollback ----------------------------------------------------------------------


def test_gates_hold_unless_somebody_says_why(registry: Registry) -> None:
    made = world()
    refused = promotion.carry_out(registry, made.store, HEAD, weighed(OBJECTION), now=NOW)
    assert (refused.done, refused.objections, registry.aliases()[CHAMPION]) == (False, (OBJECTION,), FIRST)
    forced = promotion.carry_out(registry, made.store, HEAD, weighed(OBJECTION), now=NOW, reason=" 試験 ")
    assert (forced.done, registry.aliases()) == (True, {CHAMPION: SECOND, PREVIOUS: FIRST})
    assert trail(made) == [
        ("refused:model.promote", FIRST, SECOND, "critical_recall"),
        ("model.promote", FIRST, SECOND, "forced: 試験 (critical_recall)"),
    ]


def test_what_was_weighed_against_another_champion_is_not_promoted(registry: Registry) -> None:
    made = world()
    registry.promote(CHALLENGER)
    with pytest.raises(StaleVersion):
        promotion.carry_out(registry, made.store, HEAD, weighed(), now=NOW)
    assert (registry.aliases()[CHAMPION], trail(made)) == (SECOND, [])


def test_only_admins_promote_and_roll_back(registry: Registry) -> None:
    made, before = world(), registry.aliases()
    with pytest.raises(NotAllowed):
        promotion.carry_out(registry, made.store, AGENT, weighed(), now=NOW)
    registry.promote(CHALLENGER)
    with pytest.raises(NotAllowed):
        promotion.roll_back(registry, made.store, AGENT, now=NOW)
    with pytest.raises(StaleVersion):
        promotion.roll_back(registry, made.store, HEAD, now=NOW, seen=FIRST)
    assert promotion.roll_back(registry, made.store, HEAD, now=NOW, seen=SECOND) == FIRST
    assert registry.aliases()[CHAMPION] == before[CHAMPION]
    assert trail(made) == [("model.rollback", SECOND, FIRST, "")]


# --- asking --------------------------------------------------------------------------------------


def ask(made: World, registry: Registry, job: Job, version: str = "", actor: Actor = HEAD) -> Run | None:
    with made.store.transaction() as unit:
        return runs.ask(unit, registry, actor, job, NOW, version=version)


def test_one_thing_is_under_way_at_a_time(registry: Registry) -> None:
    made = world()
    first = ask(made, registry, Job.TRAIN)
    assert first is not None
    assert [ask(made, registry, job, SECOND) for job in (Job.TRAIN, Job.PROMOTE)] == [None, None]
    with made.store.transaction() as unit:
        runs.keep(unit, replace(first, state=RunState.FAILED), NOW)
    second = ask(made, registry, Job.PROMOTE, SECOND)
    assert second is not None
    assert (first.id, second.id) == ("1", "2")
    assert [action for action, *_ in trail(made)] == ["asked:model.train", "asked:model.promote"]


@pytest.mark.parametrize(
    ("job", "version", "error"),
    [
        (Job.PROMOTE, FIRST, StaleVersion),
        (Job.PROMOTE, "", StaleVersion),
        (Job.ROLLBACK, SECOND, StaleVersion),
        (Job.ROLLBACK, FIRST, NotFound),
    ],
)
def test_a_button_of_other_models_is_refused(
    registry: Registry, job: Job, version: str, error: type[Exception]
) -> None:
    made = world()
    with pytest.raises(error):
        ask(made, registry, job, version)
    with made.store.reading() as unit:
        assert (runs.latest(unit), unit.outbox.waiting()) == (None, 0)


@pytest.mark.parametrize("job", Job)
def test_only_admins_may_ask(registry: Registry, job: Job) -> None:
    with pytest.raises(NotAllowed):
        ask(world(), registry, job, SECOND, AGENT)


# --- doing it ------------------------------------------------------------------------------------


class Pupil:
    """An apprentice whose words are given."""

    def __init__(self, *words: Told) -> None:
        self.words, self.pid, self.stopped = list(words), 0, False

    def told(self) -> Iterator[Told]:
        while self.words:
            yield self.words.pop(0)

    def stop(self) -> None:
        self.stopped = True


def learner(made: World, registry: Registry, pupil: Pupil, changed: list[str] | None = None) -> Learner:
    return Learner(
        made.desk,
        administration(registry),
        start=lambda _task: pupil,  # type: ignore[arg-type, return-value]
        changed=(changed if changed is not None else []).append,
    )


def latest(made: World) -> Run:
    with made.store.reading() as unit:
        found = runs.latest(unit)
    assert found is not None
    return found


def test_a_training_is_followed_step_by_step(registry: Registry) -> None:
    made, changed = world(), list[str]()
    pupil = Pupil(Step(name="reading", share=0.05))
    at_work = learner(made, registry, pupil, changed)
    assert at_work.step() is False
    ask(made, registry, Job.TRAIN)
    assert (at_work.step(), latest(made).state) == (True, RunState.RUNNING)
    at_work.step()
    assert (latest(made).stage, latest(made).seconds_left) == ("reading", None)
    assert at_work.step() is False
    pupil.words = [Step(name="judges", share=0.6)]
    at_work.step()
    assert (latest(made).share, latest(made).seconds_left) == (0.6, 0)
    pupil.words = [Step(name="done", share=1.0), Made(version=SECOND)]
    at_work.step()
    assert (latest(made).state, latest(made).version, pupil.stopped) == (RunState.DONE, SECOND, True)
    assert changed == [ADMIN.id]


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        (Failed(reason="ディスクに空きがありません。"), RunState.FAILED, "ディスクに空きがありません。"),
        (Died(), RunState.STOPPED, ""),
    ],
)
def test_what_went_wrong_is_kept_and_the_next_may_begin(
    registry: Registry, word: Told, state: RunState, reason: str
) -> None:
    made = world()
    made.clock.advance(minutes=1)
    at_work = learner(made, registry, Pupil(word))
    ask_later(made, registry)
    at_work.step()
    at_work.step()
    assert (latest(made).state, latest(made).reason) == (state, reason)
    assert registry.aliases()[CHAMPION] == FIRST
    assert ask(made, registry, Job.TRAIN) is not None


def ask_later(made: World, registry: Registry) -> None:
    with made.store.transaction() as unit:
        runs.ask(unit, registry, HEAD, Job.TRAIN, made.clock())


def test_the_gates_are_asked_again_whatever_a_card_offered(registry: Registry) -> None:
    made = world()
    at_work = learner(made, registry, Pupil(weighed(OBJECTION)))
    ask(made, registry, Job.PROMOTE, SECOND)
    at_work.step()
    at_work.step()
    assert (latest(made).state, latest(made).against) == (RunState.REFUSED, (OBJECTION,))
    assert registry.aliases()[CHAMPION] == FIRST
    assert [action for action, *_ in trail(made)] == ["asked:model.promote", "refused:model.promote"]


def test_the_role_is_read_again_when_the_promotion_is_made(registry: Registry) -> None:
    made = world()
    at_work = learner(made, registry, Pupil(weighed()))
    ask(made, registry, Job.PROMOTE, SECOND)
    made.roles.of[ADMIN.id] = frozenset({Role.STAFF})
    at_work.step()
    at_work.step()
    assert (latest(made).state, registry.aliases()[CHAMPION]) == (RunState.FAILED, FIRST)


def test_a_promotion_is_made_once_even_where_its_outcome_cannot_be_kept_at_first(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world()
    at_work = learner(made, registry, Pupil(weighed()))
    ask(made, registry, Job.PROMOTE, SECOND)
    at_work.step()
    keep, full = at_work._keep, [True]

    def sometimes(run: Run) -> None:
        if full.pop() if full else False:
            raise StoreFull
        keep(run)

    monkeypatch.setattr(at_work, "_keep", sometimes)
    with pytest.raises(StoreFull):
        at_work.step()
    at_work.step()
    assert (latest(made).state, registry.aliases()[CHAMPION]) == (RunState.DONE, SECOND)
    assert [action for action, *_ in trail(made)] == ["asked:model.promote", "model.promote"]


@pytest.mark.parametrize(
    ("job", "version", "before", "state"),
    [
        (Job.TRAIN, "", {}, RunState.STOPPED),
        (Job.PROMOTE, SECOND, {}, RunState.STOPPED),
        (Job.PROMOTE, SECOND, {CHALLENGER}, RunState.DONE),
        (Job.ROLLBACK, FIRST, {}, RunState.STOPPED),
        (Job.ROLLBACK, FIRST, {CHALLENGER}, RunState.DONE),
    ],
)
def test_a_start_tells_what_became_of_what_a_dead_process_left(
    registry: Registry, job: Job, version: str, before: set[str], state: RunState
) -> None:
    made = world()
    left = Run(
        id="1",
        job=job,
        by=ADMIN.id,
        asked_at=NOW + timedelta(seconds=1),
        version=version,
        state=RunState.RUNNING,
    )
    with made.store.transaction() as unit:
        unit.marks.set("learning", "1")
        runs.keep(unit, left, NOW)
    for name in before:
        registry.promote(name)
    learner(made, registry, Pupil()).recover()
    assert latest(made).state is state


def test_a_training_that_was_done_just_before_the_crash_is_found(registry: Registry) -> None:
    made = world()
    left = Run(id="1", job=Job.TRAIN, by=ADMIN.id, asked_at=NOW, state=RunState.RUNNING)
    with made.store.transaction() as unit:
        unit.marks.set("learning", "1")
        runs.keep(unit, left, NOW)
    learner(made, registry, Pupil()).recover()
    assert (latest(made).state, latest(made).version) == (RunState.DONE, SECOND)


def test_a_stopping_desk_ends_its_apprentice_and_says_so(registry: Registry) -> None:
    made, pupil = world(), Pupil()
    made.clock.advance(minutes=1)
    at_work = learner(made, registry, pupil)
    ask_later(made, registry)
    at_work.step()
    at_work.stop()
    assert (pupil.stopped, latest(made).state) == (True, RunState.STOPPED)


# --- real processes ------------------------------------------------------------------------------

DESK = """
import sys, time
from datetime import datetime, timezone
from pathlib import Path
from bot.services.apprentice import Apprentice, Task
from classifiers.examples import EVALUATION_FILE

if __name__ == "__main__":
    models, corpus = map(Path, sys.argv[1:])
    now = datetime.now(timezone.utc)
    task = Task(models=models, corpus=corpus, held_out=EVALUATION_FILE, now=now)
    apprentice = Apprentice(task)
    print(apprentice.pid, flush=True)
    while not list(apprentice.told()):
        time.sleep(0.05)
    print("heard", flush=True)
    time.sleep(600)
"""


def test_an_apprentice_ends_when_its_desk_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "desk.py"
    script.write_text(DESK, encoding="utf-8")
    corpus = tmp_path / "corpus.jsonl"
    write_examples(corpus, read_examples()[::8])
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "models"), str(corpus)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as desk:
        assert desk.stdout is not None
        pid = int(desk.stdout.readline())
        assert desk.stdout.readline() == b"heard\n"
        desk.send_signal(signal.SIGKILL)
        desk.wait()
        assert _ends(pid, 90)
    assert [path.name for path in (tmp_path / "models").glob("2*")] == []


def _ends(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.2)
    return False


def test_the_task_of_a_promotion_is_only_to_weigh(registry: Registry) -> None:
    made, tasks = world(), list[Task]()
    at_work = learner(made, registry, Pupil())
    at_work._start = lambda task: tasks.append(task) or Pupil()  # type: ignore[assignment, func-returns-value]
    ask(made, registry, Job.PROMOTE, SECOND)
    at_work.step()
    assert [(task.candidate, task.labels) for task in tasks] == [(SECOND, ())]
