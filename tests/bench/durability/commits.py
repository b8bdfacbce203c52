"""What the inbox commit adds to an acknowledgement: twenty deliveries at once, alone or beside a worker.

Between two rounds the twenty are marked done, as a worker does with what it has answered. Beside it stands
the floor: a bare file that one thread appends a page to and forces to the disk. Processor time is told, too,
marks included: it says what is ours on a machine that others load.

python -m tests.bench.durability.commits [--folder DIR] [--rounds 200] [--concurrent 20]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from bot.ports import UnitOfWork
from bot.storage.sqlite.store import SqliteStore
from tests.builders import NOW, inbound

_TURN = 0.0001


def floor(folder: Path, rounds: int) -> list[float]:
    """Return the seconds that appending a page and forcing it to the disk takes, nobody else waiting."""
    taken = []
    with (folder / "bare").open("ab", buffering=0) as bare:
        for _ in range(rounds):
            begun = time.perf_counter()
            bare.write(b"x" * 4096)
            os.fsync(bare.fileno())
            taken.append(time.perf_counter() - begun)
    return sorted(taken)


def _milliseconds(sorted_seconds: list[float]) -> dict[str, float]:
    count = len(sorted_seconds)
    return {
        name: round(sorted_seconds[int(count * share)] * 1000, 2)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1 - 1 / count))
    }


def measure(store: SqliteStore, concurrent: int, rounds: int, busy: bool) -> list[float]:
    """Return the seconds that each delivery waited for its commit."""
    waited: list[float] = []
    over = threading.Event()
    start = threading.Barrier(concurrent)

    def answer_all(unit: UnitOfWork) -> None:
        while (claimed := unit.inbox.claim(NOW)) is not None:
            unit.inbox.done(claimed.inbound.key)

    def deliver(lane: int) -> None:
        for number in range(rounds):
            item = inbound(
                "メールが送れません", key=f"{busy}/{lane}/{number}", conversation=f"{lane}/{number}"
            )
            start.wait()
            begun = time.perf_counter()
            store.write(lambda unit, item=item: unit.inbox.put(item))  # type: ignore[misc]
            waited.append(time.perf_counter() - begun)
            if start.wait() == 0:
                store.write(answer_all)
            time.sleep(0.002)

    def work() -> None:
        while not over.is_set():
            sum(number * number for number in range(20_000))
            with store.transaction() as unit:
                unit.marks.set("bench", str(time.perf_counter()))

    worker = threading.Thread(target=work, daemon=True)
    if busy:
        worker.start()
    lanes = [threading.Thread(target=deliver, args=(lane,)) for lane in range(concurrent)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    over.set()
    if busy:
        worker.join()
    return sorted(waited)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the database is made (default: a temporary one)")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--concurrent", type=int, default=20)
    given = parser.parse_args()
    sys.setswitchinterval(_TURN)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        bare = _milliseconds(floor(Path(folder), given.rounds * given.concurrent))
        print(json.dumps({"floor": "bare write and fsync", "milliseconds": bare}))
        store = SqliteStore.open(Path(folder) / "desk.db", exclusive=True)
        for busy in (False, True):
            begun = time.process_time()
            waited = measure(store, given.concurrent, given.rounds, busy)
            spent = (time.process_time() - begun) / len(waited)
            told = {"busy_worker": busy, "deliveries": len(waited), "milliseconds": _milliseconds(waited)}
            if not busy:
                told["cpu_milliseconds_each"] = round(spent * 1000, 3)
            print(json.dumps(told))
        store.close()


if __name__ == "__main__":
    main()
