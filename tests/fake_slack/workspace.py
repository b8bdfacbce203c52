"""The state of one fake workspace: users, channels, messages, views; knows neither HTTP nor events."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TEAM = "T0MADO"
BOT_USER = "U0BOT"
BOT = "B0BOT"
APP = "A0MADO"
Message = dict[str, Any]
View = dict[str, Any]


@dataclass(slots=True)
class User:
    id: str
    name: str
    team: str = TEAM
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "profile": {"display_name": self.name, "real_name": self.name},
        }


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    #: `channel`, `group` (private) or `im`.
    kind: str
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: list[Message] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_private": self.kind != "channel",
            "is_im": self.kind == "im",
            "is_archived": self.archived,
            "is_member": BOT_USER in self.members,
        }

    def find(self, ts: str) -> Message | None:
        return next((message for message in self.messages if message["ts"] == ts), None)


@dataclass(slots=True)
class Ephemeral:
    channel: str
    user: str
    text: str
    thread_ts: str | None
    blocks: list[Any]


@dataclass(slots=True)
class Call:
    """One call of the Web API, as it was made."""

    method: str
    arguments: dict[str, Any]
    at: float
    #: The code of the answer: `ok`, an error code, or the kind of fault it met.
    outcome: str = ""


@dataclass(slots=True)
class _Trigger:
    user: str
    at: float
    used: bool = False


class Workspace:
    """Everything that stands in the workspace; every change wakes those who wait for one."""

    def __init__(self, *, trigger_life: float = 3.0) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.users: dict[str, User] = {BOT_USER: User(id=BOT_USER, name="madoguchi", is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        #: Whether the plan has what is paid for, such as user groups.
        self.paid = True
        self.usergroups: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        #: Open modals, oldest first.
        self.modals: dict[str, View] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, list[dict[str, str]]] = {}
        self.calls: list[Call] = []
        self._triggers: dict[str, _Trigger] = {}
        self._trigger_life = trigger_life
        self._counter = 0

    def number(self) -> int:
        with self.lock:
            self._counter += 1
            return self._counter

    def next_ts(self) -> str:
        """Return a message timestamp: unique, rising, and near to the clock of the machine."""
        with self.lock:
            now = max(int(time.time() * 1_000_000), getattr(self, "_last_ts", 0) + 1)
            self._last_ts = now
            return f"{now // 1_000_000}.{now % 1_000_000:06d}"

    def touch(self) -> None:
        with self.lock:
            self.changed.notify_all()

    def wait_until(self, predicate: Callable[[], Any], timeout: float) -> Any:
        """Return what `predicate` returns as soon as it is true; raise TimeoutError otherwise."""
        end = time.monotonic() + timeout
        with self.lock:
            while True:
                found = predicate()
                if found:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"nothing happened within {timeout} s")
                self.changed.wait(min(left, 0.05))

    # --- messages ---

    def add_message(self, channel: Channel, message: Message) -> Message:
        with self.lock:
            message.setdefault("ts", self.next_ts())
            message["type"] = "message"
            channel.messages.append(message)
            self.touch()
            return message

    def thread(self, channel: Channel, root: str) -> list[Message]:
        with self.lock:
            return [m for m in channel.messages if m["ts"] == root or m.get("thread_ts") == root]

    def roots(self, channel: Channel) -> list[Message]:
        with self.lock:
            return [m for m in channel.messages if m.get("thread_ts", m["ts"]) == m["ts"]]

    def direct_channel(self, user: str) -> Channel:
        """Return the direct channel of the bot with `user`, opened when first asked for."""
        with self.lock:
            known = f"D{user[1:]}"
            if known not in self.channels:
                self.channels[known] = Channel(id=known, name="", kind="im", members={user, BOT_USER})
            return self.channels[known]

    # --- triggers and views ---

    def new_trigger(self, user: str) -> str:
        with self.lock:
            trigger = f"trigger.{self.number()}"
            self._triggers[trigger] = _Trigger(user, time.monotonic())
            return trigger

    def use_trigger(self, trigger: str) -> tuple[str, str]:
        """Return (user, "") or ("", error code)."""
        with self.lock:
            known = self._triggers.get(trigger)
            if known is None:
                return "", "invalid_trigger_id"
            if known.used:
                return "", "exchanged_trigger_id"
            if time.monotonic() - known.at > self._trigger_life:
                return "", "expired_trigger_id"
            known.used = True
            return known.user, ""

    def keep_view(self, view: View, user: str, *, view_id: str | None = None) -> View:
        with self.lock:
            kept = copy.deepcopy(view)
            kept["id"] = view_id or f"V{self.number():05d}"
            kept["hash"] = f"{time.time():.6f}.{self.number()}"
            kept["team_id"], kept["app_id"], kept["bot_id"] = TEAM, APP, BOT
            kept["_user"] = user
            kept.setdefault("private_metadata", "")
            kept.setdefault("callback_id", "")
            kept["state"] = {"values": {}}
            if kept["type"] == "home":
                self.homes[user] = kept
            else:
                self.modals[kept["id"]] = kept
            self.touch()
            return kept
