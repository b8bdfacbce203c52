from __future__ import annotations

import os

from classifiers.crew import WORTH_PROCESSES, share_out


def _told(shared: int, task: int) -> tuple[int, int]:
    return shared + task, os.getpid()


def test_shared_work_gives_the_same_in_the_order_of_the_tasks() -> None:
    alone = share_out(_told, 10, [1, 2, 3], rows=1)
    shared = share_out(_told, 10, [1, 2, 3], rows=WORTH_PROCESSES)
    assert [value for value, _ in alone] == [value for value, _ in shared] == [11, 12, 13]


def test_little_work_stays_in_this_process() -> None:
    assert {process for _, process in share_out(_told, 0, [1, 2], rows=1)} == {os.getpid()}
