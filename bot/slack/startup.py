"""What has to be right before anything starts: tokens, and a staff channel that we are in."""

from __future__ import annotations

from bot.errors import Refused, SettingsError
from bot.settings import Settings
from bot.slack.ids import Method
from bot.slack.inbound import Identity
from bot.slack.web import Web
from bot.texts import doctor as texts


def tokens(settings: Settings) -> tuple[str, str]:
    """Return bot token and app token. Raises SettingsError naming the one that is missing or wrong."""
    wanted = (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-"),
        ("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-"),
    )
    found = []
    for name, secret, prefix in wanted:
        token = secret.get_secret_value().strip() if secret else ""
        if not token:
            raise SettingsError(name, texts.TOKEN_MISSING.format(name=name))
        if not token.startswith(prefix):
            raise SettingsError(name, texts.TOKEN_WRONG.format(name=name, prefix=prefix))
        found.append(token)
    return found[0], found[1]


def who_we_are(web: Web) -> Identity:
    """Ask Slack who the token is. Raises SettingsError where it is nobody, Unreachable, RateLimited."""
    try:
        answer = web.read(Method.AUTH_TEST)
    except Refused as error:
        raise SettingsError("SLACK_BOT_TOKEN", texts.CONNECT_FAILED.format(code=error.code)) from error
    return Identity(team=str(answer["team_id"]), user=str(answer["user_id"]))


def check_staff_channel(web: Web, channel: str) -> str:
    """Return the staff channel's name. Raises SettingsError where there is none, or we are not in it."""
    name = "MADOGUCHI_STAFF_CHANNEL"
    if not channel:
        raise SettingsError(name, texts.NO_STAFF_CHANNEL)
    try:
        found = web.read(Method.CHANNEL, channel=channel).get("channel") or {}
    except Refused as error:
        raise SettingsError(name, texts.CHANNEL_FAILED.format(code=error.code)) from error
    if not found.get("is_member"):
        raise SettingsError(name, texts.CHANNEL_FAILED.format(code="not_in_channel"))
    return str(found.get("name", channel))
