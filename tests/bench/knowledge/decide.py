"""Prints how long a policy decision takes, over every situation of tests/cases/policies.

Run: python tests/bench/knowledge/decide.py
"""

from __future__ import annotations

import statistics
import time
import tomllib
from pathlib import Path

from knowledge.policies.packs import PolicyBook
from knowledge.policies.records import request_from_dict

CASES = Path(__file__).parents[2] / "cases" / "policies"
ROUNDS = 30


def main() -> None:
    began = time.perf_counter()
    book = PolicyBook.load()
    print(f"load four packs, lexicon, calendar: {(time.perf_counter() - began) * 1e3:.0f} ms")
    requests = []
    for file in sorted(CASES.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in data["cases"]["rows"]:
            record = {**data["base"], **row}
            requests.append(request_from_dict({**record, "plan": record.get("plan") or None}, book))
    micros: list[float] = []
    for _ in range(ROUNDS):
        for policy_id, request in requests:
            began = time.perf_counter()
            book.decide(policy_id, request)
            micros.append((time.perf_counter() - began) * 1e6)
    micros.sort()
    p99 = micros[int(len(micros) * 0.99)]
    print(f"decide, {len(requests)} situations x {ROUNDS}:")
    print(f"  median {statistics.median(micros):.1f} us, p99 {p99:.1f} us, worst {micros[-1]:.1f} us")


if __name__ == "__main__":
    main()
