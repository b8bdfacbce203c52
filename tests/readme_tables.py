"""Renders the dialogue's and the ticket's transition tables as Markdown, for bot/README.md.

`python -m tests.readme_tables` writes them into the file; tests/test_readme_tables.py holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bot.dialogue.events import EVENT_TYPES
from bot.dialogue.machine import TABLE
from bot.dialogue.state import Phase
from bot.tickets.lifecycle import TABLE as MOVES
from bot.tickets.lifecycle import Move
from bot.tickets.ticket import TicketStatus

README = Path(__file__).parent.parent / "bot" / "README.md"


def dialogue_table() -> str:
    """Return event by phase; a cell names the step that machine.py takes."""
    rows = [
        (f"`{event.__name__}`", *(_step(TABLE[(phase, event)].__name__) for phase in Phase))
        for event in EVENT_TYPES
    ]
    return _markdown(("", *Phase), rows)


def ticket_table() -> str:
    """Return move by status; a cell names the status it leads to, empty where it is refused."""
    rows = [(f"`{move}`", *(str(MOVES.get((status, move), "")) for status in TicketStatus)) for move in Move]
    return _markdown(("", *TicketStatus), rows)


TABLES = {"dialogue": dialogue_table, "ticket": ticket_table}


def with_tables(text: str) -> str:
    """Return the README with the tables of the code between their marks."""
    for name, render in TABLES.items():
        mark = re.compile(f"<!-- {name} table -->\n.*?<!-- end -->", re.DOTALL)
        text, count = mark.subn(f"<!-- {name} table -->\n\n{render()}\n<!-- end -->", text)
        if count != 1:
            raise AssertionError(f"{README}: the mark of the {name} table stands {count} times")
    return text


def _step(handler: str) -> str:
    return "" if handler == "_nothing_open" else handler.removeprefix("_").replace("_", " ")


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
