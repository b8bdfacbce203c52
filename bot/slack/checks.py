"""What `doctor --online` asks Slack: tokens, scopes, the staff channel, user groups; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.errors import GatewayError, Refused, SettingsError
from bot.settings import Settings
from bot.slack.directory import NO_GROUPS
from bot.slack.ids import SCOPES, Method
from bot.slack.runner import WAITING
from bot.slack.startup import check_staff_channel, tokens
from bot.slack.web import Web
from bot.texts import doctor as texts
from bot.texts.errors import sentence


def online_findings(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    """Yield name, whether it holds, and what to say, for each check."""
    try:
        bot_token, app_token = tokens(settings)
    except SettingsError as error:
        yield texts.SLACK, False, error.reason
        return
    web = Web(bot_token, settings.slack_api_url, timeout=WAITING * 2)
    app = Web(app_token, settings.slack_api_url, timeout=WAITING * 2)
    yield _found(texts.SLACK, lambda: _connection(web, app))
    yield _found(texts.SCOPES, lambda: _scopes(web))
    yield _found(texts.CHANNEL, lambda: _channel(web, settings))
    for name in ("staff_group", "admin_group"):
        if group := getattr(settings, name):
            yield _found(texts.GROUPS[name], lambda group=group: _group(web, group))  # type: ignore[misc]


def _found(name: str, check: Callable[[], tuple[bool, str]]) -> tuple[str, bool, str]:
    try:
        ok, detail = check()
    except SettingsError as error:
        return name, False, error.reason
    except GatewayError as error:
        return name, False, sentence(error)
    return name, ok, detail


def _connection(web: Web, app: Web) -> tuple[bool, str]:
    """Both tokens: an address for Socket Mode is asked for, and not used."""
    answer = web.read(Method.AUTH_TEST)
    app.read(Method.CONNECT)
    return True, texts.CONNECTED.format(team=answer.get("team", ""), user=answer.get("user", ""))


def _scopes(web: Web) -> tuple[bool, str]:
    missing = sorted(set(SCOPES) - web.granted())
    if missing:
        return False, texts.SCOPES_MISSING.format(scopes=", ".join(missing))
    return True, texts.SCOPES_OK


def _channel(web: Web, settings: Settings) -> tuple[bool, str]:
    return True, texts.CHANNEL_OK.format(name=check_staff_channel(web, settings.staff_channel))


def _group(web: Web, group: str) -> tuple[bool, str]:
    """A workspace without groups is told of, and is no failure: the ids and the channel count there."""
    try:
        found = web.read(Method.GROUP, usergroup=group).get("users") or ()
    except Refused as error:
        missing = error.code in NO_GROUPS
        return missing, (texts.NO_GROUPS if missing else texts.GROUP_FAILED).format(code=error.code)
    return bool(found), (texts.GROUP_OK if found else texts.GROUP_EMPTY).format(count=len(found))
