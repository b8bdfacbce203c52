"""The long form of the kill harness; prints the account as JSON and fails where anything is lost or doubled.

python -m tests.bench.durability.kills --models HOME/models [--messages 1000] [--kills 200] [--faults]

tests/durability/test_kills.py runs the short form of it, both modes at the same time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.durability.harness import Plan, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True, help="folder of a trained registry")
    parser.add_argument("--home", type=Path, help="of the desk, kept afterwards (default: a temporary one)")
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--life", type=float, default=2.5, help="most seconds that a process works")
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds for all to be answered at the end"
    )
    parser.add_argument("--faults", action="store_true", help="with failing calls and breaking links")
    parser.add_argument("--forked", action="store_true", help="start in forks of a process with all imports")
    given = parser.parse_args()
    plan = Plan(
        messages=given.messages,
        kills=given.kills,
        faults=given.faults,
        seed=given.seed,
        life=given.life,
        from_nothing=not given.forked,
    )
    home = given.home or Path(tempfile.mkdtemp(prefix="madoguchi-kills-"))
    account = run(plan, home, given.models, patience=given.patience)
    print(json.dumps({**asdict(account), "faults": account.faults}, ensure_ascii=False, indent=2))
    if account.faults:
        print(f"kept for a look: {home}", file=sys.stderr)
        return 1
    if given.home is None:
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
