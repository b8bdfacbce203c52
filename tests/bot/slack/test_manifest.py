"""The manifest against Slack's own schema, and against what the code listens to and calls."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.listeners import home, messages, shortcuts
from bot.texts import surface
from tests.fake_slack import methods

ROOT = Path(__file__).parents[3]
SLACK = ROOT / "bot" / "slack"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return found


def test_manifest_fits_the_official_schema(manifest: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests" / "data" / "slack-manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, schema)


def test_every_subscribed_event_has_a_listener_and_every_listener_an_event(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(ids.SUBSCRIPTIONS)
    assert {event for event, _ in ids.SUBSCRIPTIONS.values()} == set(ids.EventName)
    listened = {
        node.attr
        for module in (messages, home, shortcuts)
        for decorator in _decorators(Path(module.__file__ or ""))
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute) and node.attr in ids.EventName.__members__
    }
    assert listened == set(ids.EventName.__members__)


def test_scopes_are_those_of_the_methods_and_events(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"]["bot"] == list(ids.SCOPES)


def test_every_method_with_scopes_is_called_and_no_other_call_is_made() -> None:
    shortcuts = {name for name in vars(WebClient) if not name.startswith("_")}
    named, direct = set(), set()
    for file in SLACK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                if owner == "Method" and file.name != "ids.py":
                    named.add(node.attr)
                if node.attr in shortcuts:
                    direct.add(node.attr)
    assert named == set(ids.Method.__members__)
    assert set(ids.METHOD_SCOPES) == set(ids.Method)
    assert direct == set()


def test_scopes_agree_with_the_fake_slack() -> None:
    for method, scopes in ids.METHOD_SCOPES.items():
        needed = methods.SCOPES.get(method, ())
        wanted = {needed} if isinstance(needed, str) else set(needed.values() if needed else ())
        # The desk reads only threads and channels, and whether it is in one: never a direct channel's data.
        assert wanted - {"im:read"} <= set(scopes)


def test_suggested_prompts_are_the_ones_of_the_messages_tab(manifest: dict[str, Any]) -> None:
    prompts = manifest["features"]["agent_view"]["suggested_prompts"]
    assert [(prompt["title"], prompt["message"]) for prompt in prompts] == list(surface.PROMPTS)


def test_socket_mode_and_buttons_are_on(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}


def _decorators(file: Path) -> list[ast.expr]:
    return [
        decorator
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
