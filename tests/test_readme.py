"""The README cannot lie: its commands, settings and files are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.app import app
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SLACK_NAMES = {"slack_bot_token", "slack_app_token", "slack_signing_secret", "slack_api_url"}


def _commands() -> set[str]:
    names = {command.name for command in app.registered_commands if command.name}
    return names | {group.name for group in app.registered_groups if group.name}


def test_every_command_stands_in_the_readme() -> None:
    told = set(re.findall(r"`madoguchi ([a-z]+)", README))
    assert _commands() - told == set()


def test_the_readme_tells_no_command_that_does_not_exist() -> None:
    told = set(re.findall(r"(?<!/)madoguchi ([a-z]+)\b", README))  # `/madoguchi …` is the Slack command
    assert told - _commands() - {"is"} == set()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_setting_stands_in_the_readme(name: str) -> None:
    shown = name.upper() if name in SLACK_NAMES else f"MADOGUCHI_{name.upper()}"
    assert f"`{shown}`" in README


def test_the_readme_tells_no_setting_that_does_not_exist() -> None:
    known = {f"MADOGUCHI_{name}".upper() for name in Settings.model_fields}
    assert {name for name in re.findall(r"MADOGUCHI_[A-Z_]+", README) if not name.endswith("_")} <= known


def test_files_named_in_the_readme_exist() -> None:
    named = re.findall(r"\b(?:tests|bot|knowledge|classifiers)/[\w./-]+\.(?:toml|md|csv|py|jsonl)", README)
    assert [path for path in named if not (ROOT / path).exists()] == []
