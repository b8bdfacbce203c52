"""Training, promotion and rollback asked for in Slack, done beside the desk and taken up after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.authorisation import Actor
from bot.errors import BotError
from bot.learning import Job, Run, RunState
from bot.logs import logger
from bot.services import labels, promotion
from bot.services.administration import Administration
from bot.services.apprentice import Apprentice, Died, Failed, Made, Step, Task, Told
from bot.services.desk import Desk
from bot.services.promotion import Weighed
from bot.services.runs import aliases_of, keep, latest
from bot.texts.errors import sentence
from classifiers.errors import ClassifierError
from classifiers.examples import Example
from classifiers.registry import CHAMPION, Registry

#: Seconds between two words on how far a training is, and between two looks for something to review.
TELL, FILL = 5.0, 600.0
#: Below this share of a training, what is left cannot be told.
_TOO_EARLY = 0.1
_LOG = logger("learning")

Start = Callable[[Task], Apprentice]


class Learner:
    """Does what was asked for, one step at a time, with an apprentice for what is heavy."""

    def __init__(
        self,
        desk: Desk,
        administration: Administration,
        *,
        start: Start = Apprentice,
        changed: Callable[[str], None] = lambda _user: None,
    ) -> None:
        """`changed` hears whose Home is out of date."""
        self._desk, self._administration, self._start, self._changed = desk, administration, start, changed
        self._registry = administration.registry
        self._apprentice: Apprentice | None = None
        self._word: Told | None = None
        #: What came of a run, until that is kept: nothing is done twice because the disk was full.
        self._done: Run | None = None
        self._begun = self._told_at = 0.0
        self._filled_at = -FILL

    def recover(self) -> None:
        """At start: tell of what a dead process left half done, or note that it was done after all."""
        with self._desk.store.reading() as unit:
            run = latest(unit)
        if run is not None and run.state is RunState.RUNNING:
            self._keep(_found_again(run, self._registry))

    def step(self) -> bool:
        """Begin what waits, or take what the apprentice says; True where something was done."""
        with self._desk.store.reading() as unit:
            run = latest(unit)
        if run is None or run.state.over:
            self._look_for_doubts()
            return False
        if self._done is not None:
            self._finish(self._done)
        elif run.state is RunState.WAITING:
            self._begin(run)
        else:
            return self._listen(run)
        return True

    def stop(self) -> None:
        """End what is under way, and tell of it; a training is taken up again when it is asked for."""
        if self._apprentice is None:
            return
        self._let_go()
        self.recover()

    def _let_go(self) -> None:
        if self._apprentice is not None:
            self._apprentice.stop()
        self._apprentice, self._word = None, None

    def _begin(self, run: Run) -> None:
        now = self._desk.clock()
        lessons: tuple[Example, ...] = ()
        if run.job is Job.TRAIN:
            with self._desk.store.transaction() as unit:
                labels.collect(unit)
                lessons = labels.examples(unit)
        self._begun = self._told_at = time.monotonic()
        self._word = None
        running = replace(run, state=RunState.RUNNING, stage="checking" if run.job is Job.TRAIN else "")
        self._keep(running)
        if run.job is Job.ROLLBACK:
            self._close(running, self._roll_back, now)
            return
        self._apprentice = self._start(
            Task(
                models=self._registry.directory,
                corpus=self._administration.corpus,
                held_out=self._administration.held_out,
                # Names the version: a start after a crash finds by it what was made.
                now=run.asked_at,
                labels=lessons,
                candidate=run.version if run.job is Job.PROMOTE else "",
            )
        )
        _LOG.info("begun", job=run.job, labels=len(lessons))

    def _listen(self, run: Run) -> bool:
        if self._apprentice is None and self._word is None:
            self._word = Died()
        for told in self._apprentice.told() if self._apprentice else ():
            self._word = told
            if not isinstance(told, Step):
                break
        match self._word:
            case None:
                return False
            case Step() as step:
                self._word = None
                self._on_the_way(run, step)
            case word:
                self._close(run, lambda r, now: self._outcome(r, word, now), self._desk.clock())
        return True

    def _on_the_way(self, run: Run, step: Step) -> None:
        now = time.monotonic()
        if step.name == run.stage and now - self._told_at < TELL:
            return
        spent = now - self._begun
        left = round(spent / step.share * (1 - step.share)) if step.share > _TOO_EARLY else None
        self._told_at = now
        self._keep(replace(run, stage=step.name, share=step.share, seconds_left=left))

    def _outcome(self, run: Run, word: Told, now: datetime) -> Run:
        match word:
            case Made(version=version):
                return replace(run, state=RunState.DONE, version=version)
            case Weighed() as weighed:
                return self._promote(run, weighed, now)
            case Failed(reason=reason):
                return replace(run, state=RunState.FAILED, reason=reason)
            case _:
                return _found_again(run, self._registry)

    def _close(self, run: Run, outcome: Callable[[Run, datetime], Run], now: datetime) -> None:
        """Keep what came of it; whatever cannot be done is said, and nothing is tried twice."""
        try:
            self._done = outcome(run, now)
        except (BotError, ClassifierError) as error:
            self._done = replace(run, state=RunState.FAILED, reason=sentence(error))
        self._finish(self._done)

    def _finish(self, done: Run) -> None:
        self._keep(done)
        self._done = None
        self._let_go()
        _LOG.info("over", job=done.job, state=done.state)
        self._changed(done.by)

    def _promote(self, run: Run, weighed: Weighed, now: datetime) -> Run:
        found = promotion.carry_out(self._registry, self._desk.store, self._asker(run), weighed, now=now)
        state = RunState.DONE if found.done else RunState.REFUSED
        return replace(run, state=state, against=found.objections)

    def _roll_back(self, run: Run, now: datetime) -> Run:
        promotion.roll_back(self._registry, self._desk.store, self._asker(run), now=now, seen=run.version)
        return replace(run, state=RunState.DONE)

    def _asker(self, run: Run) -> Actor:
        """Who asked, with the roles of this moment; raises GatewayError."""
        return Actor(id=run.by, roles=self._desk.directory.roles(run.by))

    def _keep(self, run: Run) -> None:
        now = self._desk.clock()
        self._desk.store.write(lambda unit: keep(unit, run, now))

    def _look_for_doubts(self) -> None:
        """Now and then, put corrections, doubtful tickets and some drawn blindly before the reviewers."""
        if time.monotonic() - self._filled_at < FILL:
            return
        self._filled_at = time.monotonic()
        with self._desk.store.transaction() as unit:
            labels.collect(unit)
            labels.fill(unit, self._desk.mask, self._desk.clock())


def _found_again(run: Run, registry: Registry) -> Run:
    """What became of a run whose process died: it may have been done just before."""
    aliases = aliases_of(registry)
    if run.job is Job.TRAIN:
        made = [version.id for version in registry.versions() if version.trained_at == run.asked_at]
        if made:
            return replace(run, state=RunState.DONE, version=made[-1])
    done = {
        Job.TRAIN: False,
        Job.PROMOTE: aliases.get(CHAMPION) == run.version,
        Job.ROLLBACK: aliases.get(CHAMPION) != run.version,
    }
    return replace(run, state=RunState.DONE if done[run.job] else RunState.STOPPED)
