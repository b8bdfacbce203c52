"""The Bolt app with its listeners; an acknowledgement leaves only after a listener has returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.slack.listeners import buttons, commands, failures, forms, home, messages, shortcuts
from bot.slack.reception import Reception


def build_app(
    reception: Reception,
    trouble: Callable[[Exception], None] = lambda _error: None,
    *,
    signing_secret: str | None = None,
) -> App:
    """Return the app that serves `reception`; it has no token and makes no call of its own.

    `trouble` hears of whatever a listener could not keep. Requests over HTTP need the `signing_secret`.
    """

    def authorize(**_context: Any) -> AuthorizeResult:
        # Known since the start: a call per event would lose events whenever Slack is slow to answer.
        return AuthorizeResult(
            enterprise_id=None,
            team_id=reception.me.team,
            bot_user_id=reception.me.user,
        )

    app = App(
        name="madoguchi",  # without one Bolt reads the source of every caller to find one
        client=WebClient(),
        signing_secret=signing_secret,
        authorize=authorize,
        token_verification_enabled=False,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    messages.register(app, reception)
    buttons.register(app, reception)
    forms.register(app, reception)
    home.register(app, reception)
    shortcuts.register(app, reception)
    commands.register(app, reception)
    failures.register(app, trouble)
    return app
