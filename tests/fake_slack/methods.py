"""The Web API's methods over the state of the workspace; decides neither transport nor faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, Protocol

from tests.fake_slack.limits import LimitExceeded, check_message, check_metadata, check_view
from tests.fake_slack.workspace import APP, BOT, BOT_USER, TEAM, Channel, Ephemeral, Message, Workspace

Arguments = dict[str, Any]
Answer = dict[str, Any]


class Refusal(Exception):
    """`ok: false` with a code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


class Surroundings(Protocol):
    """What the methods need beside the workspace."""

    workspace: Workspace
    bot_token: str
    app_token: str
    #: Granted bot scopes; None grants everything.
    scopes: frozenset[str] | None

    def announce(
        self,
        channel: Channel,
        message: Message,
        *,
        subtype: str | None = None,
        previous: Message | None = None,
    ) -> None: ...
    def socket_url(self) -> str: ...


_READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
#: Method -> the scope it needs (by kind of channel where that matters).
SCOPES: dict[str, str | dict[str, str]] = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.delete": "chat:write",
    "conversations.history": _HISTORY,
    "conversations.replies": _HISTORY,
    "conversations.info": _READ,
    "conversations.members": _READ,
    "conversations.open": "im:write",
    "reactions.add": "reactions:write",
    "users.info": "users:read",
    "usergroups.users.list": "usergroups:read",
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
}


def call(slack: Surroundings, method: str, token: str, arguments: Arguments) -> Answer:
    """Do the method's work and return its answer; raises Refusal."""
    handler = _METHODS.get(method)
    if handler is None:
        raise Refusal("unknown_method")
    wanted = slack.app_token if method == "apps.connections.open" else slack.bot_token
    if token != wanted:
        raise Refusal("invalid_auth" if token else "not_authed")
    with slack.workspace.lock:
        _check_scope(slack, method, arguments)
        try:
            return {"ok": True, **handler(slack, arguments)}
        except LimitExceeded as error:
            raise Refusal(error.code, response_metadata={"messages": [error.detail]}) from error


def read_arguments(raw: Arguments) -> Arguments:
    """Return the arguments with JSON inside form fields parsed."""
    found: Arguments = {}
    for name, value in raw.items():
        if name in ("blocks", "metadata", "view", "prompts", "attachments") and isinstance(value, str):
            try:
                found[name] = json.loads(value)
            except json.JSONDecodeError:
                found[name] = value
        else:
            found[name] = value
    return found


def _check_scope(slack: Surroundings, method: str, arguments: Arguments) -> None:
    needed = SCOPES.get(method)
    if isinstance(needed, dict):
        known = slack.workspace.channels.get(str(arguments.get("channel", "")))
        needed = needed[known.kind] if known else None
    if needed and slack.scopes is not None and needed not in slack.scopes:
        raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(slack.scopes)))


def _channel(slack: Surroundings, arguments: Arguments, *, writing: bool = False) -> Channel:
    name = str(arguments.get("channel", ""))
    if writing and name in slack.workspace.users:
        return slack.workspace.direct_channel(name)
    channel = slack.workspace.channels.get(name)
    if channel is None:
        raise Refusal("channel_not_found")
    if BOT_USER not in channel.members:
        raise Refusal("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    if writing and channel.archived:
        raise Refusal("is_archived")
    return channel


def _truthy(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


# --- the app itself ------------------------------------------------------------------------------


def _auth_test(slack: Surroundings, arguments: Arguments) -> Answer:
    return {
        "url": "https://madoguchi.example/",
        "team": "まどぐち",
        "team_id": TEAM,
        "user": "madoguchi",
        "user_id": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
    }


def _connections_open(slack: Surroundings, arguments: Arguments) -> Answer:
    return {"url": slack.socket_url()}


# --- chat ----------------------------------------------------------------------------------------


def _post(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments, writing=True)
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    check_message(text, blocks)
    thread = arguments.get("thread_ts")
    if thread and channel.find(str(thread)) is None:
        raise Refusal("thread_not_found")
    message: Message = {"user": BOT_USER, "bot_id": BOT, "app_id": APP, "text": text, "blocks": blocks}
    if thread:
        message["thread_ts"] = str(thread)
    if arguments.get("metadata"):
        check_metadata(arguments["metadata"])
        message["metadata"] = arguments["metadata"]
    for flag in ("unfurl_links", "unfurl_media", "link_names"):
        message[f"_{flag}"] = _truthy(arguments.get(flag, False))
    slack.workspace.add_message(channel, message)
    slack.announce(channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": _seen(message, metadata=True)}


def _update(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments, writing=True)
    message = channel.find(str(arguments.get("ts", "")))
    if message is None:
        raise Refusal("message_not_found")
    if message.get("bot_id") != BOT:
        raise Refusal("cant_update_message")
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    check_message(text, blocks)
    before = copy.deepcopy(message)
    message["text"], message["blocks"] = text, blocks
    message["edited"] = {"user": BOT_USER, "ts": slack.workspace.next_ts()}
    if arguments.get("metadata"):
        check_metadata(arguments["metadata"])
        message["metadata"] = arguments["metadata"]
    slack.workspace.touch()
    slack.announce(channel, message, subtype="message_changed", previous=before)
    return {"channel": channel.id, "ts": message["ts"], "text": text}


def _delete(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments, writing=True)
    message = channel.find(str(arguments.get("ts", "")))
    if message is None:
        raise Refusal("message_not_found")
    channel.messages.remove(message)
    slack.workspace.touch()
    slack.announce(channel, message, subtype="message_deleted")
    return {"channel": channel.id, "ts": message["ts"]}


def _ephemeral(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments, writing=True)
    user = str(arguments.get("user", ""))
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    check_message(text, blocks)
    shown = Ephemeral(channel.id, user, text, arguments.get("thread_ts"), blocks)
    slack.workspace.ephemerals.append(shown)
    slack.workspace.touch()
    return {"message_ts": slack.workspace.next_ts()}


# --- reading -------------------------------------------------------------------------------------


def _history(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments)
    found = [_with_replies(slack, channel, root) for root in reversed(slack.workspace.roots(channel))]
    return _page(slack, found, arguments)


def _with_replies(slack: Surroundings, channel: Channel, root: Message) -> Message:
    """A root message tells how many replies it has and when the latest came."""
    replies = slack.workspace.thread(channel, root["ts"])[1:]
    if not replies:
        return root
    told = {"thread_ts": root["ts"], "reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
    return {**root, **told}


def _replies(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments)
    found = slack.workspace.thread(channel, str(arguments.get("ts", "")))
    if not found:
        raise Refusal("thread_not_found")
    return _page(slack, found, arguments)


def _page(slack: Surroundings, messages: list[Message], arguments: Arguments) -> Answer:
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    if _truthy(arguments.get("inclusive", False)):
        kept = [m for m in messages if oldest <= float(m["ts"]) <= latest]
    else:
        kept = [m for m in messages if oldest < float(m["ts"]) < latest]
    start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
    readable = slack.scopes is None or "metadata.message:read" in slack.scopes
    metadata = _truthy(arguments.get("include_all_metadata", False)) and readable
    more = start + size < len(kept)
    return {
        "messages": [_seen(message, metadata=metadata) for message in kept[start : start + size]],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + size) if more else ""},
    }


def _seen(message: Message, *, metadata: bool) -> Message:
    hidden = () if metadata else ("metadata",)
    return {
        key: copy.deepcopy(value)
        for key, value in message.items()
        if not key.startswith("_") and key not in hidden
    }


def _info(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = slack.workspace.channels.get(str(arguments.get("channel", "")))
    if channel is None or (channel.kind != "channel" and BOT_USER not in channel.members):
        raise Refusal("channel_not_found")
    return {"channel": channel.as_dict()}


def _conversations(slack: Surroundings, arguments: Arguments) -> Answer:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    wanted = {kinds[name] for name in str(arguments.get("types") or "public_channel").split(",")}
    for kind in wanted:
        if slack.scopes is not None and _READ[kind] not in slack.scopes:
            raise Refusal("missing_scope", needed=_READ[kind])
    found = [
        channel.as_dict()
        for channel in slack.workspace.channels.values()
        if channel.kind in wanted and BOT_USER in channel.members and not channel.archived
    ]
    start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
    more = start + size < len(found)
    return {
        "channels": found[start : start + size],
        "response_metadata": {"next_cursor": str(start + size) if more else ""},
    }


def _members(slack: Surroundings, arguments: Arguments) -> Answer:
    members = sorted(_channel(slack, arguments).members)
    start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
    more = start + size < len(members)
    return {
        "members": members[start : start + size],
        "response_metadata": {"next_cursor": str(start + size) if more else ""},
    }


def _open(slack: Surroundings, arguments: Arguments) -> Answer:
    user = str(arguments.get("users", ""))
    if user not in slack.workspace.users:
        raise Refusal("user_not_found")
    return {"channel": {"id": slack.workspace.direct_channel(user).id}}


def _react(slack: Surroundings, arguments: Arguments) -> Answer:
    message = _channel(slack, arguments, writing=True).find(str(arguments.get("timestamp", "")))
    if message is None:
        raise Refusal("message_not_found")
    reactions = message.setdefault("reactions", [])
    if arguments.get("name") in reactions:
        raise Refusal("already_reacted")
    reactions.append(arguments.get("name"))
    slack.workspace.touch()
    return {}


def _user(slack: Surroundings, arguments: Arguments) -> Answer:
    user = slack.workspace.users.get(str(arguments.get("user", "")))
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user.as_dict()}


def _group(slack: Surroundings, arguments: Arguments) -> Answer:
    group = str(arguments.get("usergroup", ""))
    if not slack.workspace.paid:
        raise Refusal("plan_upgrade_required")
    if group not in slack.workspace.usergroups:
        raise Refusal("no_such_subteam")
    return {"users": list(slack.workspace.usergroups[group])}


# --- views and the assistant's surface -----------------------------------------------------------


def _views_open(slack: Surroundings, arguments: Arguments) -> Answer:
    view = arguments.get("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments")
    check_view(view)
    user, error = slack.workspace.use_trigger(str(arguments.get("trigger_id", "")))
    if error:
        raise Refusal(error)
    return {"view": _shown(slack.workspace.keep_view(view, user))}


def _views_update(slack: Surroundings, arguments: Arguments) -> Answer:
    known = slack.workspace.modals.get(str(arguments.get("view_id", "")))
    view = arguments.get("view")
    if known is None or not isinstance(view, dict):
        raise Refusal("not_found")
    check_view(view)
    if arguments.get("hash") and arguments["hash"] != known["hash"]:
        raise Refusal("hash_conflict")
    return {"view": _shown(slack.workspace.keep_view(view, known["_user"], view_id=known["id"]))}


def _views_publish(slack: Surroundings, arguments: Arguments) -> Answer:
    user, view = str(arguments.get("user_id", "")), arguments.get("view")
    if user not in slack.workspace.users or not isinstance(view, dict):
        raise Refusal("invalid_arguments")
    check_view(view)
    return {"view": _shown(slack.workspace.keep_view(view, user))}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in view.items() if not key.startswith("_")}


def _status(slack: Surroundings, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments | {"channel": arguments.get("channel_id")})
    thread = str(arguments.get("thread_ts", ""))
    slack.workspace.statuses[(channel.id, thread)] = str(arguments.get("status", ""))
    return {}


def _prompts(slack: Surroundings, arguments: Arguments) -> Answer:
    prompts = arguments.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise Refusal("invalid_arguments")
    channel = _channel(slack, arguments | {"channel": arguments.get("channel_id")})
    slack.workspace.prompts[channel.id] = prompts
    slack.workspace.touch()
    return {}


_METHODS: dict[str, Callable[[Surroundings, Arguments], Answer]] = {
    "auth.test": _auth_test,
    "apps.connections.open": _connections_open,
    "chat.postMessage": _post,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.postEphemeral": _ephemeral,
    "conversations.history": _history,
    "conversations.replies": _replies,
    "conversations.info": _info,
    "conversations.members": _members,
    "users.conversations": _conversations,
    "conversations.open": _open,
    "reactions.add": _react,
    "users.info": _user,
    "usergroups.users.list": _group,
    "views.open": _views_open,
    "views.update": _views_update,
    "views.publish": _views_publish,
    "assistant.threads.setStatus": _status,
    "assistant.threads.setSuggestedPrompts": _prompts,
}
