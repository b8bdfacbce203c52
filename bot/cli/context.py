"""What every sub-command needs: settings, parts with progress on standard error, and the store."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import typer

from bot.settings import Settings, load_settings
from bot.texts import console as words
from bot.texts.escaping import clean

if TYPE_CHECKING:
    from rich.console import Console

    from bot.compose import Parts
    from bot.language import Language
    from bot.storage.sqlite.store import SqliteStore


@lru_cache(maxsize=1)
def errors() -> Console:
    """Where progress, warnings and complaints go: never to standard output."""
    from rich.console import Console

    return Console(stderr=True)


def complain(text: str) -> None:
    """Say what went wrong on standard error."""
    typer.echo(text, err=True)


def load_language(settings: Settings | None = None) -> Language:
    """Return only those parts that understand a message: they are there much sooner."""
    from bot.language import Language

    return Language(settings or load_settings(), progress=_Progress())


def load_parts(settings: Settings | None = None) -> Parts:
    """Return the parts of this command's settings; the first training shows its progress."""
    from bot.compose import Parts

    return Parts(settings or load_settings(), progress=_Progress())


@contextmanager
def open_store(settings: Settings, *, exclusive: bool = False) -> Iterator[SqliteStore]:
    """Open the operator's database and close it afterwards."""
    from bot.storage.sqlite.store import SqliteStore

    store = SqliteStore.open(settings.database, exclusive=exclusive)
    try:
        yield store
    finally:
        store.close()


def print_table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table on standard output, as wide as its content where nobody looks."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 200)
    table = Table(*columns, title=title or None, title_justify="left")
    for row in rows:
        # Cells hold what customers wrote: no markup of ours, no codes for the terminal.
        table.add_row(*(Text(clean(cell)) for cell in row))
    console.print(table)


class _Progress:
    """Shows the stages of a training on standard error, one line that is rewritten on a terminal."""

    def __init__(self) -> None:
        self._started = False

    def __call__(self, stage: str, share: float) -> None:
        if not self._started:
            errors().print(words.TRAINING)
            self._started = True
        if errors().is_terminal:
            errors().print(f"  {share:4.0%} {stage:<24}", end="\r" if share < 1 else "\n")
        else:
            errors().print(f"  {share:4.0%} {stage}")
