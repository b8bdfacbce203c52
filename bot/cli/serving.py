"""serve: the desk in Slack over HTTP, for workspaces that do not allow Socket Mode."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import load_parts, open_store
from bot.errors import SettingsError
from bot.settings import load_settings
from bot.texts import cli as words


def register(app: typer.Typer) -> None:
    """Add this room's command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.", min=1, max=65535)] = 3000,
) -> None:
    """Run the desk in Slack over HTTP. Needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET.

    It answers at /slack/events and /healthz only. Put a proxy with TLS before it; by default nobody but this
    machine can connect.

    With MADOGUCHI_WEBHOOK_URL and MADOGUCHI_WEBHOOK_SECRET every change of a ticket is posted there, signed.

    Example: madoguchi serve --port 3000
    """
    from functools import partial

    from bot import logs
    from bot.cli.running import settle
    from bot.clock import system_clock
    from bot.slack.runner import run
    from bot.slack.startup import signing_secret

    try:
        from bot.slack.http import HttpLink
    except ModuleNotFoundError as error:
        raise SettingsError("serve", words.HTTP_MISSING) from error
    settings = load_settings()
    secret = signing_secret(settings)
    logs.configure(settings.log_level)
    parts = load_parts(settings)
    with open_store(settings, exclusive=True) as store:
        parts.check()
        run(
            parts.desk,
            store,
            settings,
            clock=system_clock,
            warm_up=partial(settle, parts),
            make_link=lambda ends: HttpLink(ends, secret, host, port),
        )
