"""The outside as a terminal sees it: messages are kept in order and shown to whoever plays along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogue.replies import Reply
from bot.learning import RunReport
from bot.texts import learning, staff, user
from bot.texts.message import Message, Paragraph
from bot.traffic import Address, Card, CardLog, MessageRef

CUSTOMER_CHANNEL = "customer"
STAFF_CHANNEL = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message that stands in the terminal; a card that changed is shown again."""

    ref: MessageRef
    key: str
    message: Message
    updated: bool = False


class ConsoleGateway:
    """Implements Gateway by keeping what was sent."""

    def __init__(self, on_message: Callable[[Shown], None] | None = None) -> None:
        self._on_message = on_message
        self.shown: list[Shown] = []

    def post(self, address: Address, reply: Reply, *, key: str) -> MessageRef:
        return self._show(address.channel, key, user.render(reply))

    def show_card(self, card: Card, previous: MessageRef | None, *, key: str) -> MessageRef:
        message = staff.card(card)
        if previous is None:
            return self._show(STAFF_CHANNEL, key, message)
        self._keep(Shown(ref=previous, key=key, message=message, updated=True))
        return previous

    def log_on_card(self, card: MessageRef, line: CardLog, *, key: str) -> MessageRef:
        text = staff.log_line(line, line.actor)
        return self._show(STAFF_CHANNEL, key, Message(fallback=text, parts=(Paragraph(text=text),)))

    def show_run(
        self, report: RunReport, channel: str, previous: MessageRef | None, *, key: str
    ) -> MessageRef:
        message = learning.card(report)
        if previous is None:
            return self._show(STAFF_CHANNEL, key, message)
        self._keep(Shown(ref=previous, key=key, message=message, updated=True))
        return previous

    def tell_desk(self, text: str, *, key: str, channel: str = "") -> MessageRef:
        return self._show(STAFF_CHANNEL, key, Message(fallback=text, parts=(Paragraph(text=text),)))

    def react(self, channel: str, message: str, emoji: str) -> None:
        """Nothing to see in a terminal."""

    def working(self, address: Address) -> None:
        """The answer comes at once."""

    def find(self, address: Address, *, key: str) -> MessageRef | None:
        return next((shown.ref for shown in self.shown if shown.key == key), None)

    def find_card(self, *, key: str) -> MessageRef | None:
        return next((shown.ref for shown in self.shown if shown.key == key), None)

    def thread_of(self, card: MessageRef) -> Address:
        return Address(channel=card.channel, thread=card.message)

    def _show(self, channel: str, key: str, message: Message) -> MessageRef:
        ref = MessageRef(channel=channel, message=str(len(self.shown) + 1))
        self._keep(Shown(ref=ref, key=key, message=message))
        return ref

    def _keep(self, shown: Shown) -> None:
        self.shown.append(shown)
        if self._on_message is not None:
            self._on_message(shown)
