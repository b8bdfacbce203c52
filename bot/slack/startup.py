"""What has to be right before anything starts: tokens, and a staff channel that we are in."""

from __future__ import annotations

from pydantic import SecretStr

from bot.errors import Refused, SettingsError
from bot.settings import Settings
from bot.slack.ids import Method
from bot.slack.inbound import Identity
from bot.slack.web import Web
from bot.texts import doctor as texts

#: Shorter secrets than this are none.
_SECRET = 16


def tokens(settings: Settings) -> tuple[str, str]:
    """Return bot token and app token. Raises SettingsError naming the one that is missing or wrong."""
    return bot_token(settings), app_token(settings)


def bot_token(settings: Settings) -> str:
    """Raises SettingsError."""
    return _token("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-")


def app_token(settings: Settings) -> str:
    """Raises SettingsError."""
    return _token("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-")


def signing_secret(settings: Settings) -> str:
    """Return the secret that Slack signs with. Raises SettingsError where it is missing or too short."""
    name, secret = "SLACK_SIGNING_SECRET", settings.slack_signing_secret
    found = secret.get_secret_value().strip() if secret else ""
    if not found:
        raise SettingsError(name, texts.TOKEN_MISSING.format(name=name))
    if len(found) < _SECRET:
        raise SettingsError(name, texts.SECRET_SHORT.format(name=name, length=_SECRET))
    return found


def _token(name: str, secret: SecretStr | None, prefix: str) -> str:
    token = secret.get_secret_value().strip() if secret else ""
    if not token:
        raise SettingsError(name, texts.TOKEN_MISSING.format(name=name))
    if not token.startswith(prefix):
        raise SettingsError(name, texts.TOKEN_WRONG.format(name=name, prefix=prefix))
    return token


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
