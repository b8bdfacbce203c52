"""Decides how independent pieces of work are shared among cores; not what they are."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final, TypeVar

from threadpoolctl import threadpool_limits

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")
#: Processes begin as copies of this one, so that what they share need not be written out and read.
FORKS: Final = sys.platform == "linux"
#: Fewer rows are done sooner than processes start.
WORTH_PROCESSES: Final = 2_000
#: Conversations that are best done together.
TOGETHER: Final = 250


def in_parts(rows: Sequence[T], size: int = TOGETHER) -> list[Sequence[T]]:
    """Rows in order, so many at a time; the last part may be smaller."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def share_out(work: Callable[[S, T], R], shared: S, tasks: Sequence[T], rows: int) -> list[R]:
    """`work(shared, task)` for every task, in the order of the tasks.

    In: a function at the top of a module, what all tasks need, the tasks, the longest first, and how many
    rows each has to do with. Where it pays they run in processes; the results are the same.
    """
    return list(shared_out(work, shared, tasks, rows))


def shared_out(work: Callable[[S, T], R], shared: S, tasks: Sequence[T], rows: int) -> Iterator[R]:
    """As `share_out`, each result as soon as it and those before it are there."""
    crew = min(cores(), len(tasks))
    if rows < WORTH_PROCESSES or crew < 2:
        yield from (work(shared, task) for task in tasks)
        return
    context = multiprocessing.get_context("fork" if FORKS else None)
    with ProcessPoolExecutor(crew, context, initializer=_adopt, initargs=(work, shared)) as pool:
        yield from pool.map(_do, tasks)


def cores() -> int:
    """How many processes this one may use at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_adopted: list[tuple[Callable[[Any, Any], Any], Any]] = []


def _adopt(work: Callable[[Any, Any], Any], shared: Any) -> None:
    threadpool_limits(1)  # one core each
    gc.disable()  # it ends with its work, and nothing here makes cycles: looking for them takes a fifth
    _adopted[:] = [(work, shared)]


def _do(task: Any) -> Any:
    work, shared = _adopted[0]
    return work(shared, task)
