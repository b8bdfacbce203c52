"""The way in: keeps what Slack delivered before it is acknowledged, and looks at who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.authorisation import Actor, authorize
from bot.dialogue.events import Said
from bot.dialogue.state import DialogueState
from bot.errors import GatewayError, MoveRefused, NotAllowed, NotFound, StaleVersion
from bot.ports import UnitOfWork
from bot.services import approval
from bot.services.desk import Desk
from bot.slack.ids import SEEN
from bot.slack.inbound import Heard, Identity
from bot.slack.surfaces import Surfaces
from bot.texts import surface as words
from bot.tickets.lifecycle import VERBS, next_status
from bot.tickets.ticket import Ticket
from bot.traffic import Address, Inbound, OutboxItem, React, Sender, StaffMove


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What every listener works with."""

    desk: Desk
    me: Identity
    surfaces: Surfaces
    staff_channel: str
    #: Tells the worker that something waits.
    wake: Callable[[], None]

    def now(self) -> datetime:
        return self.desk.clock()

    def hear(self, heard: Heard) -> bool:
        """Keep a message for the bot, or of a talk that it knows; False for anything else, or twice."""

        def keep(unit: UnitOfWork) -> bool:
            ours = heard.addressed or _knows(unit, heard.inbound.conversation_id)
            return ours and self._keep(unit, heard.inbound)

        new = self.desk.store.write(keep)
        if new:
            self.wake()
        return new

    def take(self, inbound: Inbound, *also: OutboxItem) -> bool:
        """Keep a click or a form; False where it was known already. Committed when this returns."""

        def keep(unit: UnitOfWork) -> bool:
            new = self._keep(unit, inbound)
            for item in also if new else ():
                unit.outbox.put(item)
            return new

        new = self.desk.store.write(keep)
        self.wake()
        return new

    def send(self, item: OutboxItem) -> None:
        """Queue a message that answers no talk."""
        self.desk.store.write(lambda unit: unit.outbox.put(item))
        self.wake()

    def owns(self, conversation_id: str, user: str) -> bool:
        """Tell whether a talk belongs to `user`; one that nobody began yet belongs to whoever asks."""
        with self.desk.store.reading() as unit:
            reporter = unit.dialogues.load(conversation_id).reporter
        return reporter in ("", user)

    def objection(self, move: StaffMove, sender: Sender, key: str) -> str:
        """Return why a staff move cannot be made now, in words for the person, or nothing.

        The worker decides it again when it makes the move; a refusal for lack of permission is audited.
        """
        try:
            ticket = self.ticket(move.ticket_id)
            self._authorize(move, sender, ticket)
            if move.version not in (None, ticket.version):
                raise StaleVersion(ticket.id)
            next_status(ticket.status, move.move)
        except (NotFound, NotAllowed) as error:
            self._record(move, sender, key, error)
            return words.REFUSED
        except (StaleVersion, MoveRefused):
            return words.CHANGED
        except GatewayError:
            # Slack does not tell who that is: the worker asks again.
            return ""
        return ""

    def ticket(self, ticket_id: str) -> Ticket:
        """Raises NotFound."""
        with self.desk.store.reading() as unit:
            found = unit.tickets.get(ticket_id)
        if found is None:
            raise NotFound(ticket_id)
        return found

    def staff_inbound(self, move: StaffMove, sender: Sender, key: str) -> Inbound:
        """Return a staff move as something that came in; its place is the ticket it is about."""
        return Inbound(
            key=key,
            conversation_id=f"ticket/{move.ticket_id}",
            address=Address(channel=self.staff_channel),
            sender=sender,
            event=move,
            received_at=self.now(),
        )

    def _authorize(self, move: StaffMove, sender: Sender, ticket: Ticket) -> None:
        roles = self.desk.directory.roles(sender.id)
        actor = Actor(id=sender.id, name=sender.name, roles=roles, team=sender.team)
        authorize(actor, VERBS[move.move], reporter=ticket.reporter)

    def _record(self, move: StaffMove, sender: Sender, key: str, error: Exception) -> None:
        refused = self.staff_inbound(move, sender, key)
        with self.desk.store.transaction() as unit:
            approval.record_refusal(unit, refused, move, error, self.now())

    def _keep(self, unit: UnitOfWork, inbound: Inbound) -> bool:
        if not unit.inbox.put(inbound):
            return False
        if not isinstance(inbound.event, StaffMove) and not _knows(unit, inbound.conversation_id):
            # Replies in a thread are taken from now on, even before the worker has seen the first message.
            begun = DialogueState(conversation_id=inbound.conversation_id)
            unit.dialogues.save(begun, inbound.address, inbound.received_at)
        if isinstance(inbound.event, Said):
            unit.outbox.put(_seen(inbound))
        return True


def _knows(unit: UnitOfWork, conversation_id: str) -> bool:
    return unit.dialogues.address_of(conversation_id) is not None


def _seen(inbound: Inbound) -> OutboxItem:
    """The emoji that says at once: we have it. A message's key ends with its timestamp."""
    stands = inbound.key.rpartition("/")[2]
    react = React(channel=inbound.address.channel, message=stands, emoji=SEEN)
    return OutboxItem(key=f"{inbound.key}/seen", message=react, created_at=inbound.received_at)
