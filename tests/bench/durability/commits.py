"""What the inbox commit adds to an acknowledgement: twenty deliveries at once, alone or beside a worker.

python -m tests.bench.durability.commits [--folder DIR] [--rounds 200] [--concurrent 20]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

from bot.storage.sqlite.store import SqliteStore
from tests.builders import inbound

_TURN = 0.0001


def measure(store: SqliteStore, concurrent: int, rounds: int, busy: bool) -> list[float]:
    """Return the seconds that each delivery waited for its commit."""
    waited: list[float] = []
    over = threading.Event()
    start = threading.Barrier(concurrent)

    def deliver(lane: int) -> None:
        for number in range(rounds):
            item = inbound(
                "メールが送れません", key=f"{busy}/{lane}/{number}", conversation=f"{lane}/{number}"
            )
            start.wait()
            begun = time.perf_counter()
            store.write(lambda unit, item=item: unit.inbox.put(item))  # type: ignore[misc]
            waited.append(time.perf_counter() - begun)
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
        store = SqliteStore.open(Path(folder) / "desk.db", exclusive=True)
        for busy in (False, True):
            waited = measure(store, given.concurrent, given.rounds, busy)
            figures = {
                name: round(waited[int(len(waited) * share)] * 1000, 2)
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1 - 1 / len(waited)))
            }
            print(json.dumps({"busy_worker": busy, "deliveries": len(waited), "milliseconds": figures}))
        store.close()


if __name__ == "__main__":
    main()
