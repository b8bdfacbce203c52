"""demo, chat, run, doctor: the desk itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import errors, load_parts, open_store
from bot.settings import load_settings
from bot.texts import console as words


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("demo")(demo)
    app.command("chat")(chat)
    app.command("run")(run)
    app.command("doctor")(doctor)


PolicyOption = Annotated[
    str | None, typer.Option("--policy", help="Start as a customer of this policy (demo contracts).")
]


def demo(
    script: Annotated[
        Path | None, typer.Option("--script", help="Replay a transcript (TOML) and print the outcome.")
    ] = None,
    policy: PolicyOption = None,
) -> None:
    """Try the desk in the terminal: no token, no network, nothing kept.

    Example: madoguchi demo --script tests/cases/dialogues/o365-outage.toml
    """
    from bot.cli.playing import play_demo, play_script

    errors().print(f"[dim]{words.LOADING}[/dim]")
    parts = load_parts()
    if script is not None:
        play_script(parts, script)
    else:
        play_demo(parts, policy)


def chat() -> None:
    """Talk to the desk in the terminal with your own database and contracts."""
    from bot.cli.playing import play_chat

    settings = load_settings()
    with open_store(settings, exclusive=True) as store:
        play_chat(load_parts(settings), store)


def run() -> None:
    """Run the desk in Slack over Socket Mode. Needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN."""
    from bot.cli.running import run_desk

    run_desk(load_parts(load_settings()))


def doctor(
    online: Annotated[bool, typer.Option("--online", help="Also check tokens, scopes and channels.")] = False,
) -> None:
    """Check Python, dictionary, model, policies, FAQ, calendar, database and settings."""
    from bot.cli.checks import examine

    if not examine(online=online):
        raise typer.Exit(1)
