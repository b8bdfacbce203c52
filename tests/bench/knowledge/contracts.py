"""Prints how long it takes to import 10,000 contracts and to look one up among 1,000,000.

Run: python tests/bench/knowledge/contracts.py
"""

from __future__ import annotations

import random
import statistics
import time
from datetime import datetime

from knowledge.calendars.business_calendar import JST
from knowledge.contracts.contract import Contract
from knowledge.contracts.identification import identify
from knowledge.contracts.registry import InMemoryRegistry, parse_contracts, plan_import, write_contracts
from knowledge.policies.packs import PolicyBook

IMPORTED = 10_000
REGISTERED = 1_000_000
LOOKUPS = 20_000


def _contracts(count: int) -> list[Contract]:
    return [
        Contract(
            number=f"{number:010d}", holder=f"株式会社第{number}商事", policy_id="synnex-csp", plan="24x365"
        )
        for number in range(count)
    ]


def main() -> None:
    book = PolicyBook.load()
    for encoding in ("utf-8", "cp932"):
        raw = write_contracts(_contracts(IMPORTED)).encode(encoding)
        began = time.perf_counter()
        contracts = parse_contracts(raw, book)
        registry = InMemoryRegistry(contracts)
        changed = plan_import(registry, contracts)
        seconds = time.perf_counter() - began
        print(f"import and compare {len(changed.unchanged)} contracts ({encoding}): {seconds:.2f} s")
    registry = InMemoryRegistry(_contracts(REGISTERED))
    chosen = random.Random(0).sample(range(REGISTERED), LOOKUPS)
    now = datetime(2026, 11, 20, 10, 0, tzinfo=JST)
    micros: list[float] = []
    for number in chosen:
        typed = f"お客様番号 {number:010d}"
        began = time.perf_counter()
        found = identify(registry, f"(株)第{number}商事", typed, person="U1", now=now)
        micros.append((time.perf_counter() - began) * 1e6)
        if not found.verified:
            raise SystemExit(f"not verified: {number}")
    micros.sort()
    print(
        f"identify among {REGISTERED} contracts: median {statistics.median(micros):.1f} us, "
        f"p99 {micros[int(len(micros) * 0.99)]:.1f} us"
    )


if __name__ == "__main__":
    main()
