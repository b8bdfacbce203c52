"""A whole Slack workspace for tests: start it, point the bot at it, and act as its people."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.fake_slack.envelopes import Envelope, Hub
from tests.fake_slack.faults import Fault, Faults
from tests.fake_slack.http import Server
from tests.fake_slack.limits import check_view
from tests.fake_slack.payloads import (
    block_actions,
    event_callback,
    message_action,
    modal_state,
    view_submission,
)
from tests.fake_slack.workspace import (
    BOT_USER,
    TEAM,
    Call,
    Channel,
    Ephemeral,
    Message,
    User,
    View,
    Workspace,
)

#: Seconds after which what should happen is taken for not happening, on a busy machine as well.
PATIENCE = 30.0
#: Kind of channel -> the event subscription for its messages, and the scope that needs.
_MESSAGES = {
    "channel": ("message.channels", "channels:history"),
    "group": ("message.groups", "groups:history"),
    "im": ("message.im", "im:history"),
}


class FakeSlack:
    """A workspace with the bot in it.

    `scopes` and `events` are what the app was granted and subscribed to; None grants everything.
    """

    bot_token = "xoxb-fake-bot"
    app_token = "xapp-fake-app"
    team = TEAM
    bot = BOT_USER

    def __init__(
        self,
        *,
        scopes: Iterable[str] | None = None,
        events: Iterable[str] | None = None,
        seed: int = 0,
        trigger_life: float = 3.0,
    ) -> None:
        self.scopes = None if scopes is None else frozenset(scopes)
        self.events = None if events is None else frozenset(events)
        self.workspace = Workspace(trigger_life=trigger_life)
        self.faults = Faults(seed)
        self.hub = Hub(self.workspace.changed, seed=seed)
        self._server = Server(self)
        self._tickets: set[str] = set()
        #: Set when it is over: hanging calls need not be waited for.
        self.stopped = threading.Event()

    # --- running ---

    def start(self) -> FakeSlack:
        self._server.start()
        self.hub.start()
        return self

    def stop(self) -> None:
        self.stopped.set()
        self.hub.stop()
        self._server.stop()

    def __enter__(self) -> FakeSlack:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Base URL of the Web API, as SLACK_API_URL wants it."""
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    def environment(self) -> dict[str, str]:
        """Return the environment that points a bot here."""
        return {
            "SLACK_API_URL": self.url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
        }

    def fail(self, method: str, fault: Fault, *, times: int | None = 1, share: float = 1.0) -> None:
        """Make the next calls of `method` (`*` for any) fail; `times=None` until `faults.clear()`."""
        self.faults.add(method, fault, times=times, share=share)

    def wait_until(self, predicate: Callable[[], Any], timeout: float = PATIENCE) -> Any:
        """Return what `predicate` returns once it is true; raise TimeoutError otherwise."""
        return self.workspace.wait_until(predicate, timeout)

    def wait_connected(self, timeout: float = PATIENCE) -> None:
        """Wait for a Socket Mode connection."""
        self.wait_until(lambda: self.hub.connections, timeout)

    def socket_url(self) -> str:
        ticket = f"ticket-{self.workspace.number()}"
        self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.server_port}/link?ticket={ticket}"

    def take_ticket(self, ticket: str) -> bool:
        """A ticket of apps.connections.open opens one connection."""
        with self.workspace.lock:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                return True
            return False

    # --- people and places ---

    def user(self, name: str, *, team: str = TEAM, **flags: bool) -> str:
        """Add a user and return the id; flags as in users.info (`deleted`, `is_restricted`, …)."""
        with self.workspace.lock:
            user = User(id=f"U{self.workspace.number():04d}", name=name, team=team, **flags)
            self.workspace.users[user.id] = user
            return user.id

    def channel(
        self, name: str, *, private: bool = False, members: Iterable[str] = (), bot: bool = True
    ) -> str:
        """Add a channel and return its id; the bot is a member unless told otherwise."""
        with self.workspace.lock:
            kind = "group" if private else "channel"
            prefix = "G" if private else "C"
            inside = {*members, BOT_USER} if bot else set(members)
            made = Channel(id=f"{prefix}{self.workspace.number():04d}", name=name, kind=kind, members=inside)
            self.workspace.channels[made.id] = made
            return made.id

    def direct(self, user: str) -> str:
        """Return the direct channel of the bot and `user`."""
        return self.workspace.direct_channel(user).id

    # --- looking ---

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Return a channel's messages (all of them, or one thread with its root), oldest first."""
        with self.workspace.lock:
            place = self._place(channel)
            found = place.messages if thread_ts is None else self.workspace.thread(place, thread_ts)
            return copy.deepcopy(found)

    def bot_messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        return [message for message in self.messages(channel, thread_ts) if message.get("bot_id")]

    @property
    def ephemerals(self) -> list[Ephemeral]:
        return list(self.workspace.ephemerals)

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the calls of the Web API so far."""
        return [made for made in list(self.workspace.calls) if method in (None, made.method)]

    def modal(self, user: str, timeout: float = PATIENCE) -> View:
        """Return the modal that is open before `user`, waiting for it."""
        return copy.deepcopy(self.wait_until(lambda: self._open_modal(user), timeout))

    def has_modal(self, user: str) -> bool:
        return self._open_modal(user) is not None

    def home(self, user: str, timeout: float = PATIENCE) -> View:
        return copy.deepcopy(self.wait_until(lambda: self.workspace.homes.get(user), timeout))

    def _open_modal(self, user: str) -> View | None:
        found = [view for view in self.workspace.modals.values() if view["_user"] == user]
        return found[-1] if found else None

    # --- acting ---

    def post_as(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **more: Any
    ) -> str:
        """Write a message as `user` and return its ts; the app hears of it as it would."""
        message: Message = {"user": user, "text": text, "team": self.workspace.users[user].team, **more}
        if thread_ts:
            message["thread_ts"] = thread_ts
        place = self._place(channel)
        self.workspace.add_message(place, message)
        self.announce(place, message)
        return str(message["ts"])

    def edit_as(self, user: str, channel: str, ts: str, text: str) -> None:
        place, message = self._message(channel, ts)
        before = copy.deepcopy(message)
        message["text"] = text
        message["edited"] = {"user": user, "ts": self.workspace.next_ts()}
        self.announce(place, message, subtype="message_changed", previous=before)

    def delete_as(self, user: str, channel: str, ts: str) -> None:
        place, message = self._message(channel, ts)
        place.messages.remove(message)
        self.announce(place, message, subtype="message_deleted")

    def react_as(self, user: str, channel: str, ts: str, emoji: str) -> Envelope | None:
        """Put an emoji on a message as `user`; the app hears of it where it is a member."""
        place, message = self._message(channel, ts)
        event = {
            "type": "reaction_added",
            "user": user,
            "reaction": emoji,
            "item_user": message.get("user"),
            "item": {"type": "message", "channel": channel, "ts": ts},
            "event_ts": self.workspace.next_ts(),
        }
        return self._event("reaction_added", "reactions:read", event) if BOT_USER in place.members else None

    def shortcut(self, user: str, channel: str, ts: str, callback_id: str, *, wait: bool = True) -> Envelope:
        """Choose a shortcut from a message's menu as `user`."""
        place, message = self._message(channel, ts)
        person = self.workspace.users[user]
        return self._interact(message_action(self.workspace, person, place, message, callback_id), wait=wait)

    def open_home(self, user: str, tab: str = "home") -> Envelope | None:
        """Open the app's Home or Messages tab as `user`."""
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.direct(user),
            "tab": tab,
            "event_ts": self.workspace.next_ts(),
        }
        return self._event("app_home_opened", None, event)

    def press(
        self,
        user: str,
        message: Message | View,
        action_id: str,
        *,
        value: str | None = None,
        selected: str | None = None,
        ticked: Iterable[str] = (),
        wait: bool = True,
    ) -> Envelope:
        """Press a button, choose from a menu, or tick: on a message (with its channel known) or a Home.

        `value` picks one of several with the same action; `ticked` are values of the message's
        checkboxes. Raises LookupError where there is no such element.
        """
        channel = None if "type" in message and message["type"] == "home" else self._channel_of(message)
        payload = block_actions(
            self.workspace,
            self.workspace.users[user],
            message,
            channel,
            action_id,
            value=value,
            selected=selected,
            ticked=tuple(ticked),
        )
        return self._interact(payload, wait=wait)

    def submit(self, user: str, view: View, values: Mapping[str, Any]) -> dict[str, Any]:
        """Submit a modal with values by block id; return the ack's payload ({} closes the modal)."""
        payload = view_submission(self.workspace, self.workspace.users[user], view, modal_state(view, values))
        envelope = self._interact(payload, wait=True)
        if envelope.ack.get("response_action") == "update":
            check_view(envelope.ack["view"])
            self.workspace.keep_view(envelope.ack["view"], user, view_id=view["id"])
        if not envelope.ack or envelope.ack.get("response_action") == "clear":
            with self.workspace.lock:
                self.workspace.modals.pop(view["id"], None)
        return envelope.ack

    def slash(self, user: str, channel: str, command: str, text: str = "") -> dict[str, Any]:
        """Type a slash command; return the ack's payload."""
        payload = {
            "command": command,
            "text": text,
            "user_id": user,
            "user_name": self.workspace.users[user].name,
            "team_id": TEAM,
            "channel_id": channel,
            "api_app_id": "A0MADO",
            "trigger_id": self.workspace.new_trigger(user),
            "response_url": "https://hooks.slack.com/commands/T/1/x",
        }
        envelope = self.hub.send("slash_commands", payload, repeat=False)
        self.wait_until(lambda: envelope.acked_at is not None)
        return envelope.ack

    def send_event(self, event: dict[str, Any], *, team: str = TEAM) -> Envelope:
        """Send any event, whether subscribed or not."""
        return self.hub.send("events_api", event_callback(self.workspace, event, team=team), repeat=True)

    # --- what the app hears ---

    def announce(
        self,
        channel: Channel,
        message: Message,
        *,
        subtype: str | None = None,
        previous: Message | None = None,
    ) -> None:
        """Tell the app of a message (or of its change), as far as it is a member and subscribed."""
        if BOT_USER not in channel.members:
            return
        name, scope = _MESSAGES[channel.kind]
        event: dict[str, Any] = {
            "channel": channel.id,
            "channel_type": channel.kind,
            "event_ts": message["ts"],
        }
        plain = {
            key: value for key, value in message.items() if not key.startswith("_") and key != "metadata"
        }
        if subtype is None:
            event = {**plain, **event}
        else:
            event |= {"type": "message", "subtype": subtype, "ts": self.workspace.next_ts(), "hidden": True}
            event["event_ts"] = event["ts"]
            if subtype == "message_changed":
                event |= {"message": plain, "previous_message": previous}
            else:
                event |= {"deleted_ts": message["ts"], "previous_message": plain}
        mention = f"<@{BOT_USER}>" in message.get("text", "")
        if subtype is None and mention and channel.kind != "im" and message.get("user") != BOT_USER:
            self._event("app_mention", "app_mentions:read", {**event, "type": "app_mention"})
        self._event(name, scope, copy.deepcopy(event))

    def _event(self, name: str, scope: str | None, event: dict[str, Any]) -> Envelope | None:
        if self.events is not None and name not in self.events:
            return None
        if scope is not None and self.scopes is not None and scope not in self.scopes:
            return None
        return self.send_event(event)

    def _interact(self, payload: dict[str, Any], *, wait: bool) -> Envelope:
        envelope = self.hub.send("interactive", payload, repeat=False)
        if wait:
            self.wait_until(lambda: envelope.acked_at is not None)
        return envelope

    def _place(self, channel: str) -> Channel:
        return self.workspace.channels[channel]

    def _message(self, channel: str, ts: str) -> tuple[Channel, Message]:
        place = self._place(channel)
        found = place.find(ts)
        if found is None:
            raise LookupError(ts)
        return place, found

    def _channel_of(self, message: Message) -> Channel:
        return next(place for place in self.workspace.channels.values() if place.find(message["ts"]))
