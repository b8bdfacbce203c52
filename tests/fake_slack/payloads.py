"""What Slack sends for events, clicks and submissions, built from what stands in the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fake_slack.workspace import APP, BOT_USER, TEAM, Channel, Message, User, View, Workspace

Element = dict[str, Any]


def event_callback(workspace: Workspace, event: dict[str, Any], *, team: str) -> dict[str, Any]:
    """Return the body of the Events API around an event."""
    return {
        "type": "event_callback",
        "token": "legacy",
        "team_id": team,
        "api_app_id": APP,
        "event": event,
        "event_id": f"Ev{workspace.number():06d}",
        "event_time": int(float(event.get("event_ts", "0"))),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        "is_ext_shared_channel": False,
    }


def block_actions(
    workspace: Workspace,
    user: User,
    surface: Message | View,
    channel: Channel | None,
    action_id: str,
    *,
    value: str | None,
    selected: str | None,
    ticked: tuple[str, ...],
) -> dict[str, Any]:
    """Return the payload of a click on a message in `channel`, or on a view."""
    block_id, element = _find(surface, action_id, value)
    action: Element = {
        "action_id": element["action_id"],
        "block_id": block_id,
        "type": element["type"],
        "action_ts": workspace.next_ts(),
    }
    if element["type"] == "button":
        action |= {"value": element.get("value", ""), "text": element["text"]}
    elif element["type"] == "static_select":
        action["selected_option"] = _option(element, selected or "")
    elif element["type"] == "checkboxes":
        action["selected_options"] = [_option(element, tick) for tick in ticked]
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": _person(user),
        "team": {"id": TEAM, "domain": "madoguchi"},
        "api_app_id": APP,
        "trigger_id": workspace.new_trigger(user.id),
        "actions": [action],
        "state": {"values": _ticks(surface, ticked)},
        "response_url": "https://hooks.slack.com/actions/T/1/x",
    }
    if channel is None:
        view = {key: item for key, item in surface.items() if not key.startswith("_")}
        return payload | {"container": {"type": "view", "view_id": surface["id"]}, "view": view}
    container = {"type": "message", "message_ts": surface["ts"], "channel_id": channel.id}
    if surface.get("thread_ts"):
        container["thread_ts"] = surface["thread_ts"]
    message = {key: item for key, item in surface.items() if not key.startswith("_") and key != "metadata"}
    return payload | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message,
    }


def message_action(
    workspace: Workspace, user: User, channel: Channel, message: Message, callback_id: str
) -> dict[str, Any]:
    """Return the payload of a shortcut chosen from a message's menu; the app need not be in the channel."""
    shown = {key: item for key, item in message.items() if not key.startswith("_") and key != "metadata"}
    return {
        "type": "message_action",
        "callback_id": callback_id,
        "user": _person(user),
        "team": {"id": TEAM, "domain": "madoguchi"},
        "api_app_id": APP,
        "trigger_id": workspace.new_trigger(user.id),
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message_ts": message["ts"],
        "message": shown,
        "action_ts": workspace.next_ts(),
        "response_url": "https://hooks.slack.com/app/T/1/x",
    }


def view_submission(
    workspace: Workspace, user: User, view: View, values: Mapping[str, Mapping[str, Element]]
) -> dict[str, Any]:
    """Return the payload of a submitted modal."""
    sent = {key: item for key, item in view.items() if not key.startswith("_")}
    return {
        "type": "view_submission",
        "user": _person(user),
        "team": {"id": TEAM, "domain": "madoguchi"},
        "api_app_id": APP,
        "trigger_id": workspace.new_trigger(user.id),
        "view": sent | {"state": {"values": values}},
        "response_urls": [],
    }


def modal_state(view: View, values: Mapping[str, Any]) -> dict[str, dict[str, Element]]:
    """Return the state of a modal filled in with `values` by block id.

    Raises LookupError for a block that is not there, ValueError for a required one left out or a text
    that is too long, as Slack's client would not let them through.
    """
    inputs = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    for name in values:
        if name not in inputs:
            raise LookupError(name)
    state = {}
    for name, block in inputs.items():
        element = block["element"]
        if values.get(name) in (None, "") and not block.get("optional") and not _initial(element):
            raise ValueError(f"{name} is required")
        state[name] = {element["action_id"]: _filled(element, values.get(name))}
    return state


def _filled(element: Element, value: Any) -> Element:
    kind = element["type"]
    filled: Element = {"type": kind}
    if kind == "plain_text_input":
        text = element.get("initial_value") if value is None else str(value)
        if text and len(text) > element.get("max_length", 3_000):
            raise ValueError("longer than the field allows")
        filled["value"] = text or None
    elif kind == "static_select":
        chosen = _option(element, value) if value else element.get("initial_option")
        filled["selected_option"] = chosen
    elif kind == "users_select":
        filled["selected_user"] = value
    elif kind == "datetimepicker":
        filled["selected_date_time"] = value
    return filled


def _initial(element: Element) -> Any:
    return element.get("initial_value") or element.get("initial_option") or element.get("initial_date_time")


def _find(surface: Mapping[str, Any], action_id: str, value: str | None) -> tuple[str, Element]:
    for block_id, element in _elements(surface):
        same = element.get("action_id", "").partition("#")[0] == action_id.partition("#")[0]
        if same and (value is None or element.get("value") == value):
            return block_id, element
    raise LookupError(f"{action_id} {value or ''}".strip())


def _elements(surface: Mapping[str, Any]) -> Iterator[tuple[str, Element]]:
    for number, block in enumerate(surface.get("blocks", [])):
        block_id = block.get("block_id") or f"auto-{number}"
        inside = list(block.get("elements", [])) if block["type"] == "actions" else []
        if "accessory" in block:
            inside.append(block["accessory"])
        for element in inside:
            yield block_id, element


def _ticks(surface: Mapping[str, Any], ticked: tuple[str, ...]) -> dict[str, dict[str, Element]]:
    found: dict[str, dict[str, Element]] = {}
    known: set[str] = set()
    for block_id, element in _elements(surface):
        if element["type"] == "checkboxes":
            options = [option for option in element["options"] if option["value"] in ticked]
            known |= {option["value"] for option in options}
            state = {"type": "checkboxes", "selected_options": options}
            found.setdefault(block_id, {})[element["action_id"]] = state
    if set(ticked) - known:
        raise LookupError(f"no such box: {sorted(set(ticked) - known)}")
    return found


def _option(element: Element, value: str) -> Element:
    for option in element["options"]:
        if option["value"] == value:
            return dict(option)
    raise LookupError(value)


def _person(user: User) -> dict[str, Any]:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}
