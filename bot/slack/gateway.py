"""The outside as Slack is: posts, updates and finds messages; decides neither words nor retries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue.replies import Reply
from bot.errors import GatewayError, Refused
from bot.learning import RunReport
from bot.logs import logger
from bot.slack.ids import METADATA_EVENT, Method
from bot.slack.views.message import Rendered, render
from bot.slack.views.plain import cut
from bot.slack.web import Web
from bot.texts import learning, staff, user
from bot.texts import surface as words
from bot.texts.message import Message, Paragraph
from bot.traffic import Address, Card, CardLog, MessageRef

#: Nothing in a message calls people or fetches pages.
_QUIET = {"link_names": False, "unfurl_links": False, "unfurl_media": False}
_LOG_LINE = 3_000
_LOG = logger("gateway")

#: User id -> the name to show.
Naming = Callable[[str], str]


class SlackGateway:
    """Implements Gateway. Every message carries its key as metadata, so that it can be found again."""

    def __init__(self, web: Web, *, staff_channel: str, name_of: Naming) -> None:
        self._web, self._staff_channel, self._name_of = web, staff_channel, name_of

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
        return self._post(address, render(user.render(reply)), key)

    def show_card(self, card: Card, previous: MessageRef | None, *, key: str) -> MessageRef:
        rendered = render(staff.card(self._named(card)))
        return self._replace(previous, Address(channel=self._staff_channel), rendered, key)

    def show_run(
        self, report: RunReport, channel: str, previous: MessageRef | None, *, key: str
    ) -> MessageRef:
        rendered = render(learning.card(report, self._name_of(report.run.by)))
        return self._replace(previous, Address(channel=channel or self._staff_channel), rendered, key)

    def log_on_card(self, card: MessageRef, line: CardLog, *, key: str) -> MessageRef:
        text = staff.log_line(line, self._name_of(line.actor))
        message = Message(fallback=text, parts=(Paragraph(text=cut(text, _LOG_LINE)),))
        return self._post(self.thread_of(card), render(message), key)

    def tell_desk(self, text: str, *, key: str, channel: str = "") -> MessageRef:
        message = Message(fallback=text, parts=(Paragraph(text=cut(text, _LOG_LINE)),))
        return self._post(Address(channel=channel or self._staff_channel), render(message), key)

    def react(self, channel: str, message: str, emoji: str) -> None:
        try:
            self._web.write(Method.REACT, channel=channel, timestamp=message, name=emoji)
        except Refused as error:
            if error.code != "already_reacted":
                raise

    def working(self, address: Address) -> None:
        """Worth a try: Slack takes the line away by itself when something is posted."""
        try:
            self._web.write(
                Method.STATUS, channel_id=address.channel, thread_ts=address.thread, status=words.WORKING
            )
        except GatewayError as error:
            _LOG.info("no_status", error=type(error).__name__)

    def find(self, address: Address, *, key: str) -> MessageRef | None:
        channel = self._channel_of(address)
        try:
            return _marked(self._messages(channel, address.thread), channel, key)
        except Refused as error:
            if error.code in ("thread_not_found", "message_not_found"):
                return None
            raise

    def find_card(self, *, key: str) -> MessageRef | None:
        return self.find(Address(channel=self._staff_channel), key=key)

    def thread_of(self, card: MessageRef) -> Address:
        return Address(channel=card.channel, thread=card.message)

    # --- inside ---

    def _post(self, address: Address, rendered: Rendered, key: str) -> MessageRef:
        answer = self._web.write(
            Method.POST,
            channel=address.channel,
            thread_ts=address.thread,
            text=rendered.text,
            blocks=list(rendered.blocks),
            metadata=_mark(key),
            **_QUIET,
        )
        return MessageRef(channel=str(answer["channel"]), message=str(answer["ts"]))

    def _replace(
        self, previous: MessageRef | None, place: Address, rendered: Rendered, key: str
    ) -> MessageRef:
        if previous is not None:
            try:
                return self._update(previous, rendered, key)
            except Refused as error:
                # Somebody deleted the card: a ticket without one would be lost to the desk.
                if error.code != "message_not_found":
                    raise
        return self._post(place, rendered, key)

    def _update(self, ref: MessageRef, rendered: Rendered, key: str) -> MessageRef:
        self._web.write(
            Method.UPDATE,
            channel=ref.channel,
            ts=ref.message,
            text=rendered.text,
            blocks=list(rendered.blocks),
            metadata=_mark(key),
            link_names=False,
        )
        return ref

    def _messages(self, channel: str, thread: str | None) -> Iterable[Mapping[str, Any]]:
        if thread is None:
            return self._web.pages(Method.HISTORY, "messages", channel=channel, include_all_metadata=True)
        return self._web.pages(
            Method.REPLIES, "messages", channel=channel, ts=thread, include_all_metadata=True
        )

    def _channel_of(self, address: Address) -> str:
        """A person's id is good enough to post to; reading needs the direct channel."""
        if not address.channel.startswith(("U", "W")):
            return address.channel
        answer = self._web.write(Method.OPEN_DIRECT, users=address.channel)
        return str(answer["channel"]["id"])

    def _named(self, card: Card) -> Card:
        """Return the card with names instead of user ids."""
        ticket = card.ticket
        reporter = ticket.reporter_name or self._name_of(ticket.reporter)
        assignee = self._name_of(ticket.assignee) if ticket.assignee else None
        return replace(card, ticket=replace(ticket, reporter_name=reporter, assignee=assignee))


def _mark(key: str) -> dict[str, Any]:
    """Everybody in the workspace can read it: an id and nothing else."""
    return {"event_type": METADATA_EVENT, "event_payload": {"key": key}}


def _marked(messages: Iterable[Mapping[str, Any]], channel: str, key: str) -> MessageRef | None:
    for message in messages:
        if message.get("metadata") == _mark(key):
            return MessageRef(channel=channel, message=str(message["ts"]))
    return None
