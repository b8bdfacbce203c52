"""The command `madoguchi`: names its sub-commands and turns errors into one sentence and an exit status."""

from __future__ import annotations

import sys

import typer

from bot.cli import (
    decisions,
    desk,
    faq,
    faq_keeping,
    labels,
    language,
    models,
    operations,
    privacy,
    serving,
    upkeep,
    versions,
)
from bot.cli.context import complain
from bot.errors import BotError
from bot.texts import cli as words
from classifiers.errors import ClassifierError
from knowledge.errors import KnowledgeError

app = typer.Typer(
    name="madoguchi",
    help="Self-hosted Slack triage bot for Japanese support desks.\n\nStart with: madoguchi demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for room in (
    desk,
    language,
    decisions,
    faq,
    faq_keeping,
    operations,
    serving,
    models,
    versions,
    labels,
    privacy,
    upkeep,
):
    room.register(app)


def run() -> None:
    """Run the command line; a known error is one sentence on standard error and exit status 2."""
    try:
        app()
    except KeyboardInterrupt:
        complain(words.INTERRUPTED)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except (BotError, ClassifierError, KnowledgeError) as error:
        from bot.texts.errors import sentence

        complain(sentence(error))
        sys.exit(2)
