"""Names that Slack knows us by: events, Web API methods with their scopes, block and action ids."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class EventName(StrEnum):
    """Events that a listener is registered for."""

    MESSAGE = "message"
    APP_MENTION = "app_mention"
    APP_HOME_OPENED = "app_home_opened"
    REACTION_ADDED = "reaction_added"


class Method(StrEnum):
    """Methods of the Web API that are called."""

    AUTH_TEST = "auth.test"
    CONNECT = "apps.connections.open"
    POST = "chat.postMessage"
    UPDATE = "chat.update"
    WHISPER = "chat.postEphemeral"
    HISTORY = "conversations.history"
    REPLIES = "conversations.replies"
    CONVERSATIONS = "users.conversations"
    CHANNEL = "conversations.info"
    MEMBERS = "conversations.members"
    OPEN_DIRECT = "conversations.open"
    REACT = "reactions.add"
    USER = "users.info"
    GROUP = "usergroups.users.list"
    OPEN_VIEW = "views.open"
    PUBLISH_HOME = "views.publish"
    SUGGEST = "assistant.threads.setSuggestedPrompts"
    STATUS = "assistant.threads.setStatus"


_HISTORY = ("channels:history", "groups:history", "im:history", "metadata.message:read")

#: Method -> the bot scopes it needs. The staff channel may be private or not.
METHOD_SCOPES: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.AUTH_TEST: (),
        # With the app-level token, whose scope is connections:write.
        Method.CONNECT: (),
        Method.POST: ("chat:write",),
        Method.UPDATE: ("chat:write",),
        Method.WHISPER: ("chat:write",),
        Method.HISTORY: _HISTORY,
        Method.REPLIES: _HISTORY,
        Method.CONVERSATIONS: ("channels:read", "groups:read", "im:read"),
        Method.CHANNEL: ("channels:read", "groups:read"),
        Method.MEMBERS: ("channels:read", "groups:read"),
        Method.OPEN_DIRECT: ("im:write",),
        Method.REACT: ("reactions:write",),
        Method.USER: ("users:read",),
        Method.GROUP: ("usergroups:read",),
        Method.OPEN_VIEW: (),
        Method.PUBLISH_HOME: (),
        Method.SUGGEST: ("assistant:write",),
        Method.STATUS: ("chat:write",),
    }
)

#: Event as the manifest subscribes to it -> (the listener's event, the bot scope it needs).
SUBSCRIPTIONS: Mapping[str, tuple[EventName, str | None]] = MappingProxyType(
    {
        "app_home_opened": (EventName.APP_HOME_OPENED, None),
        "app_mention": (EventName.APP_MENTION, "app_mentions:read"),
        "message.channels": (EventName.MESSAGE, "channels:history"),
        "message.groups": (EventName.MESSAGE, "groups:history"),
        "message.im": (EventName.MESSAGE, "im:history"),
        "reaction_added": (EventName.REACTION_ADDED, "reactions:read"),
    }
)

#: Scopes that the command and the shortcuts need.
SURFACE_SCOPES = ("commands",)

#: Every bot scope, as the manifest has to ask for them.
SCOPES: tuple[str, ...] = tuple(
    sorted(
        set(SURFACE_SCOPES)
        | {scope for scopes in METHOD_SCOPES.values() for scope in scopes}
        | {scope for _, scope in SUBSCRIPTIONS.values() if scope is not None}
    )
)

#: The mark that every posted message carries: its outbox key and nothing else.
METADATA_EVENT = "madoguchi_outbox"

#: Slack wants action ids to differ inside a block: `slot_answer`, `slot_answer#1`, …
REPEAT = "#"
#: Action id of the boxes of a checklist; ticking alone does nothing.
STEPS = "steps"
#: Action id of the one element in each input of a form; its block id is the field's id.
FIELD = "value"
#: On a customer's message as soon as it is taken in.
SEEN = "eyes"
#: Put on a message, it makes a ticket of it.
TICKET = "ticket"
#: Typed by people, and in the menu of a message.
COMMAND = "/madoguchi"
SHORTCUT = "ticket_from_message"
