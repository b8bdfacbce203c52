"""Starts the command `madoguchi`."""

from __future__ import annotations

import atexit
import gc

#: New objects between two looks for dead cycles; with Python's own 700, a start spends a quarter on looking.
COLLECT_AFTER = 50_000


def main() -> None:
    """Run the command line."""
    gc.set_threshold(COLLECT_AFTER)
    atexit.register(gc.freeze)  # what ends anyway need not be looked through for cycles first
    from bot.cli.app import run

    run()


if __name__ == "__main__":
    main()
