"""Starts the desk in Slack with the operator's database."""

from __future__ import annotations

import gc
from functools import partial

from bot import logs
from bot.cli.context import open_store
from bot.clock import system_clock
from bot.compose import Parts
from bot.slack.runner import run


def run_desk(parts: Parts) -> None:
    """Run until a signal.

    Raises SettingsError for wrong tokens, StoreBusy where another desk runs, ModelRefused for a model that
    cannot be used.
    """
    logs.configure(parts.settings.log_level)
    with open_store(parts.settings, exclusive=True) as store:
        # Before anybody is listened to: what is bad must stop the start, not fail on every message.
        parts.check()
        run(parts.desk, store, parts.settings, clock=system_clock, warm_up=partial(settle, parts))


def settle(parts: Parts) -> None:
    """Build what the first message would wait for, and keep the collector of dead cycles away from it.

    A look through all that is loaded would hold up every answer meanwhile.
    """
    parts.warm_up()
    gc.collect()
    gc.freeze()
