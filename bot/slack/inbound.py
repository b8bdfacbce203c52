"""Slack's payloads as our values; decides what concerns us at all, never what is done about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.dialogue.actions import Action, customer_event, picked
from bot.dialogue.events import Said
from bot.slack import ids
from bot.texts import staff
from bot.texts.alerts import CUT
from bot.tickets.ticket import CloseReason
from bot.traffic import Address, Inbound, MessageChanged, Sender, StaffMove
from classifiers.labels import Category, Severity

Payload = Mapping[str, Any]

#: Characters of a message that are read, at its beginning and at its end.
HEAD, TAIL = 3_000, 1_000
#: Subtypes of a message that are somebody's words.
_SPOKEN = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_SLACKBOT = "USLACKBOT"
_MARKUP = re.compile(
    r"<(?P<mark>[@#!])(?P<target>[^<>|\s]{1,200})(?:\|(?P<name>[^<>]{0,200}))?>"
    r"|<(?P<link>[a-z]{1,10}:[^<>|\s]{1,3000})(?:\|(?P<label>[^<>]{0,3000}))?>"
)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are in the one workspace that we serve."""

    team: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message or a change of one; `addressed` where it is meant for the bot beyond doubt."""

    inbound: Inbound
    addressed: bool
    #: Said in the channel itself, where others may answer in a thread.
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Something was pressed."""

    key: str
    action: Action
    value: str
    ticked: tuple[str, ...]
    sender: Sender
    trigger_id: str
    #: Where it was pressed; None on the Home tab.
    address: Address | None
    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form was sent."""

    key: str
    form: Action
    context: str
    values: Mapping[str, str]
    sender: Sender


def conversation_id(team: str, channel: str, root: str) -> str:
    """Return the id of the talk in a thread; a direct message starts a thread of its own."""
    return f"slack/{team}/{channel}/{root}"


def place_of(conversation: str) -> Address:
    """Return where a talk is. Raises ValueError for an id that is not Slack's."""
    kind, _, channel, root = conversation.split("/")
    if kind != "slack":
        raise ValueError(conversation)
    return Address(channel=channel, thread=root)


def message(body: Payload, me: Identity, now: datetime) -> Heard | None:
    """Return what somebody wrote, edited or deleted; None for anything else and for bots.

    A mention comes twice, as `app_mention` and as `message`: both have the same key.
    """
    event = body.get("event", {})
    if body.get("team_id") != me.team or not event.get("channel"):
        return None
    subtype = event.get("subtype")
    if subtype in ("message_changed", "message_deleted"):
        return _changed(event, me, now)
    if subtype not in _SPOKEN or not event.get("ts") or not _human(event, me):
        return None
    text = str(event.get("text") or "")
    mentioned = re.search(f"<@{re.escape(me.user)}(?:\\|[^<>]*)?>", text) is not None
    said = Said(text=readable(text, me))
    return Heard(
        inbound=_inbound(event, event, me, said, now),
        addressed=mentioned or event.get("type") == ids.EventName.APP_MENTION or _direct(event),
        begins=event.get("thread_ts") in (None, event["ts"]),
    )


def _capped(text: str) -> str:
    """Return the head and the tail of what is too long: nothing longer meets a pattern or the tokenizer."""
    return text if len(text) <= HEAD + TAIL else text[:HEAD] + CUT + text[-TAIL:]


def readable(text: str, me: Identity) -> str:
    """Return a message's text as people see it, cut to what is read: no mention of us, links resolved."""

    def plain(match: re.Match[str]) -> str:
        if match["link"]:
            return _link(match["link"].removeprefix("mailto:"), match["label"] or "")
        if match["mark"] == "@" and match["target"] == me.user:
            return ""
        sign = "#" if match["mark"] == "#" else "@"
        return sign + (match["name"] or match["target"]).removeprefix(sign)

    found = _MARKUP.sub(plain, _capped(text))
    for entity, char in _ENTITIES:
        found = found.replace(entity, char)
    # A lone surrogate can be stored nowhere.
    return found.encode("utf-8", "surrogatepass").decode("utf-8", "replace").strip()


def _link(url: str, label: str) -> str:
    """Return the address itself; a label that says something else stands before it."""
    return url if not label or url.endswith(label) else f"{label} ({url})"


def click(body: Payload, me: Identity) -> Click | None:
    """Return what was pressed; None for what is not a button of ours and for other workspaces."""
    pressed = (body.get("actions") or [{}])[0]
    sender = person(body, me)
    try:
        named = Action(str(pressed.get("action_id", "")).partition(ids.REPEAT)[0])
        action, value = picked(named, _pressed_value(pressed))
    except ValueError:
        return None
    if sender is None:
        return None
    channel = body.get("channel", {}).get("id")
    container = body.get("container", {})
    stands = str(container.get("message_ts", ""))
    root = str(container.get("thread_ts") or body.get("message", {}).get("thread_ts") or stands)
    return Click(
        key=f"{me.team}/click/{channel or 'home'}/{stands}/{sender.id}/{pressed.get('action_ts', '')}",
        action=action,
        value=value,
        ticked=_ticked(body),
        sender=sender,
        trigger_id=str(body.get("trigger_id", "")),
        address=Address(channel=channel, thread=root) if channel else None,
        conversation_id=conversation_id(me.team, channel or sender.id, root),
    )


def submission(body: Payload, me: Identity) -> Submission | None:
    """Return what a form holds; None for a form that is not ours and for other workspaces."""
    view, sender = body.get("view", {}), person(body, me)
    try:
        form = Action(view.get("callback_id", ""))
    except ValueError:
        return None
    if sender is None:
        return None
    values = {
        block: _value(next(iter(elements.values()), {}))
        for block, elements in view.get("state", {}).get("values", {}).items()
    }
    return Submission(
        key=f"{me.team}/view/{view.get('id', '')}/{view.get('hash', '')}",
        form=form,
        context=str(view.get("private_metadata", "")),
        values=values,
        sender=sender,
    )


def customer_move(pressed: Click, now: datetime) -> Inbound | None:
    """Return a customer's click as what it stands for; None where it is no such button."""
    try:
        event = customer_event(pressed.action, pressed.value, pressed.ticked)
    except ValueError:
        return None
    if event is None or pressed.address is None:
        return None
    return Inbound(
        key=pressed.key,
        conversation_id=pressed.conversation_id,
        address=pressed.address,
        sender=pressed.sender,
        event=event,
        received_at=now,
    )


def staff_move(pressed: Click) -> StaffMove | None:
    """Return a staff button as a move; None where it is no such button."""
    move = staff.MOVES.get(pressed.action)
    ticket_id, _, version = pressed.value.partition(staff.SEPARATOR)
    if move is None or not version.isdecimal():
        return None
    return StaffMove(ticket_id=ticket_id, move=move, version=int(version))


def staff_words(sent: Submission, context: Mapping[str, str]) -> StaffMove | None:
    """Return a staff form as a move; None where something in it is none of our words."""
    move, version = staff.MOVES.get(sent.form), context.get("version", "")
    if move is None or not version.isdecimal():
        return None
    severity, category = sent.values.get("severity"), sent.values.get("category")
    reason = sent.values.get("reason")
    try:
        return StaffMove(
            ticket_id=context.get("ticket", ""),
            move=move,
            version=int(version),
            text=sent.values.get("text", ""),
            severity=Severity(severity) if severity else None,
            category=Category(category) if category else None,
            assignee=sent.values.get("assignee") or None,
            target=(sent.values.get("other") or sent.values.get("target", "")).strip().upper(),
            reason=CloseReason(reason) if reason else None,
        )
    except ValueError:
        return None


# --- inside --------------------------------------------------------------------------------------


def _inbound(
    event: Payload, written: Payload, me: Identity, what: Said | MessageChanged, now: datetime, mark: str = ""
) -> Inbound:
    channel, stands = event["channel"], written["ts"]
    root = written.get("thread_ts") or stands
    return Inbound(
        key=f"{me.team}/{channel}/{stands}{mark}",
        conversation_id=conversation_id(me.team, channel, root),
        address=Address(channel=channel, thread=root),
        sender=Sender(id=written["user"], team=written.get("user_team") or written.get("team") or me.team),
        event=what,
        received_at=now,
    )


def _changed(event: Payload, me: Identity, now: datetime) -> Heard | None:
    """An edit by its writer, or a deletion; unfurled links change a message, too, and are nothing."""
    deleted = event["subtype"] == "message_deleted"
    written = event.get("previous_message" if deleted else "message") or {}
    if not _human(written, me) or not written.get("ts"):
        return None
    edited = (written.get("edited") or {}).get("ts")
    if not deleted and not edited:
        return None
    text = None if deleted else readable(str(written.get("text") or ""), me)
    previous = {} if deleted else event.get("previous_message") or {}
    said = readable(str(previous.get("text") or ""), me)
    source = f"{me.team}/{event['channel']}/{written['ts']}"
    what = MessageChanged(source_key=source, text=text, before=said)
    mark = "/deleted" if deleted else f"/edited/{edited}"
    return Heard(inbound=_inbound(event, written, me, what, now, mark), addressed=False)


def _human(written: Payload, me: Identity) -> bool:
    user = written.get("user")
    return bool(user) and not written.get("bot_id") and user not in (me.user, _SLACKBOT)


def _direct(event: Payload) -> bool:
    return event.get("channel_type") == "im" or str(event["channel"]).startswith("D")


def person(body: Payload, me: Identity) -> Sender | None:
    """Return who did something; None for other workspaces."""
    user = body.get("user", {})
    if (body.get("team") or {}).get("id") != me.team or not user.get("id"):
        return None
    name = str(user.get("name") or user.get("username") or "")
    return Sender(id=user["id"], name=name, team=user.get("team_id") or me.team)


def _ticked(body: Payload) -> tuple[str, ...]:
    blocks = (body.get("state") or {}).get("values", {})
    return tuple(
        str(option["value"])
        for elements in blocks.values()
        for name, element in elements.items()
        if name.partition(ids.REPEAT)[0] == ids.STEPS
        for option in element.get("selected_options") or ()
    )


def _pressed_value(pressed: Payload) -> str:
    option = pressed.get("selected_option") or {}
    return str(pressed.get("value") or option.get("value") or "")


def _value(element: Payload) -> str:
    """Return what one input holds; an instant as its seconds."""
    option = element.get("selected_option") or {}
    found = element.get("value") or option.get("value") or element.get("selected_user")
    found = found or element.get("selected_date_time") or ""
    return str(found).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
