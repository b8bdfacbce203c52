"""Every setting in one place: environment first, then `.env`; unknown MADOGUCHI_* names are refused."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

_ENV_FILE = ".env"


class Settings(BaseSettings):
    """Names in the environment: MADOGUCHI_<NAME>, and Slack's own names for the tokens."""

    model_config = SettingsConfigDict(
        env_prefix="MADOGUCHI_", env_file=_ENV_FILE, extra="ignore", frozen=True, populate_by_name=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("madoguchi", appauthor=False),
        description="Folder of the database and the models.",
    )
    policies_dir: Path | None = Field(default=None, description="Folder with policy packs of your own.")
    faq_dir: Path | None = Field(
        default=None, description="Folder with FAQ entries of your own (default: faq below the home)."
    )
    default_policy: str | None = Field(
        default=None, description="Policy taken while a person's contract is unknown."
    )
    staff_channel: str = Field(default="", description="Id of the private channel with the ticket cards.")
    staff: str = Field(
        default="", description="User ids of support staff, separated by commas (else: the staff channel)."
    )
    admins: str = Field(default="", description="User ids of admins, separated by commas.")
    staff_group: str = Field(
        default="", description="Id of the user group of support staff (paid plans; before the ids)."
    )
    admin_group: str = Field(
        default="", description="Id of the user group of admins (paid plans; before the ids)."
    )
    second_approver: bool = Field(default=False, description="Severity 1 needs two approvers.")
    admin_channel: str = Field(
        default="", description="Channel for the daily word on the audit trail (default: the staff channel)."
    )
    keep_messages_days: int = Field(
        default=30, ge=1, description="Days that the words of handled messages are kept."
    )
    keep_tickets_days: int = Field(
        default=365, ge=1, description="Days that closed tickets are kept before they are emptied."
    )
    posts_per_second: float = Field(
        default=1.0, ge=0, description="Messages a second in one channel; Slack allows about one (0: any)."
    )
    webhook_url: str = Field(
        default="", description="Address that is told of every change of a ticket (https; empty: off)."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Secret that those events are signed with (16 characters or more)."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("slack_bot_token", "SLACK_BOT_TOKEN"),
        description="Bot token (xoxb-…).",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("slack_app_token", "SLACK_APP_TOKEN"),
        description="App-level token for Socket Mode (xapp-…).",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("slack_signing_secret", "SLACK_SIGNING_SECRET"),
        description="Signing secret for HTTP mode.",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        validation_alias=AliasChoices("slack_api_url", "SLACK_API_URL"),
        description="Base URL of the Web API.",
    )

    @property
    def database(self) -> Path:
        return self.home / "desk.db"

    @property
    def heartbeat(self) -> Path:
        return self.home / "heartbeat.json"

    @property
    def own_faq(self) -> Path:
        """Where the operator's entries live; they survive upgrades of the shipped ones."""
        return self.faq_dir or self.home / "faq"

    @property
    def faq_index(self) -> Path:
        """Where the index over the FAQ waits for the next start."""
        return self.home / "faq-index.npz"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def staff_ids(self) -> frozenset[str]:
        return _ids(self.staff)

    @property
    def admin_ids(self) -> frozenset[str]:
        return _ids(self.admins)


def load_settings() -> Settings:
    """Read the settings; raises SettingsError naming the setting and the reason."""
    known = {
        f"MADOGUCHI_{name}".upper()
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None
    }
    for name in (*os.environ, *dotenv_values(_ENV_FILE)):
        if name.upper().startswith("MADOGUCHI_") and name.upper() not in known:
            raise SettingsError(name, "unknown setting")
    _check_mode()
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(".".join(str(part) for part in first["loc"]), first["msg"]) from error


def _check_mode() -> None:
    """Raise SettingsError where others can read a file that holds tokens."""
    file = Path(_ENV_FILE)
    holds = any(name.upper().startswith("SLACK_") for name in dotenv_values(_ENV_FILE))
    if holds and file.stat().st_mode & 0o077:
        raise SettingsError(_ENV_FILE, "others can read it: chmod 600 .env")


def _ids(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())
