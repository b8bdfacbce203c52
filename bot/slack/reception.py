"""The way in: keeps what Slack delivered before it is acknowledged, and looks at who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.authorisation import Actor, authorize
from bot.dialogue.events import Said
from bot.dialogue.state import DialogueState
from bot.errors import GatewayError, MoveRefused, MoveUnfit, NotAllowed, NotFound, StaleVersion
from bot.ports import UnitOfWork
from bot.services import approval, fitness, own_tickets
from bot.services.desk import Desk
from bot.slack.ids import SEEN
from bot.slack.inbound import Heard, Identity
from bot.slack.surfaces import Surfaces
from bot.texts import surface as words
from bot.texts.errors import sentence
from bot.tickets.lifecycle import VERBS, next_status
from bot.tickets.ticket import Ticket
from bot.traffic import Address, CustomerMove, Inbound, OutboxItem, React, Sender, StaffMove, Working

#: From this many waiting messages on, an answer takes long enough to say that it is on its way.
BUSY = 5


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
            # What began a thread without a word to the bot is no part of a talk that began below it.
            ours = heard.addressed or (not heard.begins and _knows(unit, heard.inbound.conversation_id))
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

    def objection(self, move: StaffMove, sender: Sender, key: str, *, complete: bool = True) -> str:
        """Return why a staff move cannot be made now, in words for the person, or nothing.

        The worker decides it again when it makes the move; a refusal for lack of permission is audited.
        """
        try:
            ticket = self.ticket(move.ticket_id)
            self._authorize(move, sender, ticket)
            if move.version not in (None, ticket.version):
                raise StaleVersion(ticket.id)
            next_status(ticket.status, move.move)
            if complete:
                with self.desk.store.reading() as unit:
                    fitness.check(self.desk, unit, ticket, move, self.now())
            else:
                fitness.may_begin(self.desk, ticket, move.move, self.now())
        except (NotFound, NotAllowed) as error:
            self._record(move, sender, key, error)
            return words.REFUSED
        except MoveUnfit as error:
            return sentence(error)
        except (StaleVersion, MoveRefused):
            return words.CHANGED
        except GatewayError:
            # Slack does not tell who that is: the worker asks again.
            return ""
        return ""

    def objection_to_own(self, move: CustomerMove, sender: Sender, key: str) -> str:
        """Return why a customer may not do that to a ticket, in words for the person, or nothing.

        The worker decides it again; whether it fits the ticket's status is told in the talk.
        """
        try:
            reporter = self.ticket(move.ticket_id).reporter if move.ticket_id else None
            roles = self.desk.directory.roles(sender.id)
            actor = Actor(id=sender.id, name=sender.name, roles=roles, team=sender.team)
            authorize(actor, own_tickets.VERBS[move.move], reporter=reporter)
        except (NotFound, NotAllowed) as error:
            refused = self.own_inbound(move, sender, key)
            with self.desk.store.transaction() as unit:
                approval.record_refusal(unit, refused, move, error, self.now())
            return words.REFUSED
        except GatewayError:
            return ""
        return ""

    def own_inbound(self, move: CustomerMove, sender: Sender, key: str) -> Inbound:
        """Return a customer's move as something that came in; without a talk it is answered directly."""
        about = f"ticket/{move.ticket_id}" if move.ticket_id else f"person/{sender.id}"
        return Inbound(
            key=key,
            conversation_id=about,
            address=Address(channel=sender.id),
            sender=sender,
            event=move,
            received_at=self.now(),
        )

    def knows(self, conversation_id: str) -> bool:
        """Tell whether a talk was begun."""
        with self.desk.store.reading() as unit:
            return _knows(unit, conversation_id)

    def talk(self, conversation_id: str) -> DialogueState:
        with self.desk.store.reading() as unit:
            return unit.dialogues.load(conversation_id)

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
        if not isinstance(inbound.event, StaffMove | CustomerMove) and not _knows(
            unit, inbound.conversation_id
        ):
            # Replies in a thread are taken from now on, even before the worker has seen the first message.
            begun = DialogueState(conversation_id=inbound.conversation_id)
            unit.dialogues.save(begun, inbound.address, inbound.received_at)
        if isinstance(inbound.event, Said):
            unit.outbox.put(_seen(inbound))
            if unit.inbox.waiting() > BUSY:
                unit.outbox.put(_working(inbound))
        return True


def _knows(unit: UnitOfWork, conversation_id: str) -> bool:
    return unit.dialogues.address_of(conversation_id) is not None


def _working(inbound: Inbound) -> OutboxItem:
    line = Working(address=inbound.address)
    return OutboxItem(key=f"{inbound.key}/working", message=line, created_at=inbound.received_at)


def _seen(inbound: Inbound) -> OutboxItem:
    """The emoji that says at once: we have it. A message's key ends with its timestamp."""
    stands = inbound.key.rpartition("/")[2]
    react = React(channel=inbound.address.channel, message=stands, emoji=SEEN)
    return OutboxItem(key=f"{inbound.key}/seen", message=react, created_at=inbound.received_at)
