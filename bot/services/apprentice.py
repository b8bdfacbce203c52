"""Heavy work on models in a process of its own: the desk goes on hearing meanwhile; keeps no state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bot.services.promotion import Weighed
from bot.texts.errors import sentence
from classifiers.examples import Example

#: How much it steps back behind the desk itself.
NICE = 10
#: Seconds that a stopped one has to end.
_ENDING = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Train on the corpus and these labels or, with a `candidate`, only hold that against the champion."""

    models: Path
    corpus: Path
    held_out: Path
    now: datetime
    labels: tuple[Example, ...] = ()
    candidate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a training is."""

    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A training is done; its figures stand in the registry."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It could not be done; in words for people."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The process is gone without a word."""


Told = Step | Made | Weighed | Failed | Died


class Apprentice:
    """One task under way; ends by itself where the desk is gone."""

    def __init__(self, task: Task) -> None:
        # A fresh interpreter: a fork would take the locks of our threads with it.
        context = get_context("spawn")
        self._ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_life, args=(theirs, task), name="apprentice", daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def told(self) -> Iterator[Told]:
        """What it has said since it was last asked; the last word of one that is gone is Died."""
        try:
            while self._ours.poll():
                yield self._ours.recv()
        except (EOFError, OSError):
            yield Died()

    def stop(self) -> None:
        """End it, whatever it does; finished stages of a training are kept."""
        self._process.terminate()
        self._process.join(_ENDING)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_ENDING)
        self._ours.close()


def _life(connection: Connection, task: Task) -> None:
    with suppress(OSError):
        os.nice(NICE)
    work(connection, task)


def work(connection: Connection, task: Task) -> None:
    """Do the task and tell of it. Whoever listens being gone ends it at the next word."""
    try:
        told = _do(connection, task)
    except (BrokenPipeError, KeyboardInterrupt):
        return
    except Exception as error:  # whatever it was, somebody waits for an answer
        told = Failed(reason=sentence(error))
    with suppress(BrokenPipeError):
        connection.send(told)


def _do(connection: Connection, task: Task) -> Told:
    # scikit-learn is loaded in this process only, never in the one that hears and answers.
    from bot.services.models import weigh_up  # noqa: PLC0415
    from bot.services.training import retrain  # noqa: PLC0415
    from bot.services.workshop import Workshop  # noqa: PLC0415

    shop = Workshop.open(task.models, corpus=task.corpus, held_out=task.held_out)
    if task.candidate:
        return weigh_up(shop, task.candidate)
    trained = retrain(
        shop,
        task.labels,
        now=task.now,
        progress=lambda step, share: connection.send(Step(name=step, share=share)),
    )
    return Made(version=trained.version)
