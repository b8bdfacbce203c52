"""One person plays customer and staff on a real desk: says, presses, fills in; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from bot.console.gateway import CUSTOMER_CHANNEL, STAFF_CHANNEL, ConsoleGateway, Shown
from bot.dialogue.actions import Action, correction, customer_event, picked
from bot.dialogue.events import Event, Identified, Said
from bot.dialogue.state import Details, DialogueState
from bot.errors import NotFound
from bot.services import identification, own_tickets, worker
from bot.services.desk import Desk
from bot.services.material import material, with_canned
from bot.texts import forms, staff, staff_forms
from bot.texts.message import Button, Buttons, Checklist, Choice, Form, Menu, Message
from bot.tickets.ticket import CloseReason, Ticket
from bot.traffic import Address, CustomerMove, Inbound, Sender, StaffMove
from classifiers.labels import Category, Severity
from knowledge.contracts.contract import Identification


class Session:
    """A conversation in the terminal, through the same inbox, worker and outbox as in Slack."""

    def __init__(
        self, desk: Desk, gateway: ConsoleGateway, *, customer: Sender, staff_member: Sender, name: str
    ) -> None:
        self._desk, self.gateway = desk, gateway
        self._customer, self._staff = customer, staff_member
        self._conversation = f"console/{name}"
        self._count = 0

    # --- the customer ---

    def say(self, text: str) -> tuple[Shown, ...]:
        """Say something as the customer; returns what appeared."""
        return self._customer_does(Said(text=text))

    def press(self, action: Action, value: str = "", ticked: tuple[str, ...] = ()) -> tuple[Shown, ...]:
        """Press a customer's button (not one that opens a form)."""
        event = customer_event(action, value, ticked)
        if event is None:
            raise NotFound(action)
        return self._customer_does(event)

    def send(self, action: Action, value: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        """Press a customer's button and send the form that it opens, if any (not the identification)."""
        if action in own_tickets.MOVES:
            move = own_tickets.move_of(action, value, values)
            return self._run(self._inbound(move, self._customer, CUSTOMER_CHANNEL))
        if action is Action.CORRECT:
            return self._customer_does(correction(values))
        return self.press(action, value)

    def identify(self, values: Mapping[str, str]) -> tuple[Identification, tuple[Shown, ...]]:
        """Submit the identification form; a failure is told there and then, as in the modal."""
        now = self._desk.clock()
        with self._desk.store.transaction() as unit:
            outcome = identification.identify(
                unit,
                self._customer,
                holder=values.get("holder", ""),
                number=values.get("number", ""),
                now=now,
            )
        details = Details(
            contact=values.get("contact", ""),
            started_at=values.get("started_at", ""),
            extent=values.get("extent", ""),
            details=values.get("details", ""),
            attachments=values.get("attachments", ""),
        )
        return outcome, self._customer_does(Identified(identification=outcome, details=details))

    # --- staff ---

    def staff_presses(self, action: Action, ticket_id: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        """Press a staff button, with what its form holds."""
        ticket = self.ticket(ticket_id)
        severity, category = values.get("severity"), values.get("category")
        reason = values.get("reason")
        move = StaffMove(
            ticket_id=ticket_id,
            move=staff.MOVES[action],
            version=ticket.version,
            text=values.get("text", ""),
            severity=Severity(severity) if severity else None,
            category=Category(category) if category else None,
            assignee=values.get("assignee") or None,
            target=values.get("other") or values.get("target", ""),
            reason=CloseReason(reason) if reason else None,
        )
        move = with_canned(self._desk, move, values.get("canned", ""))
        return self._run(self._inbound(move, self._staff, STAFF_CHANNEL))

    # --- looking ---

    def ticket(self, ticket_id: str) -> Ticket:
        with self._desk.store.transaction() as unit:
            found = unit.tickets.get(ticket_id)
        if found is None:
            raise NotFound(ticket_id)
        return found

    def tickets(self) -> tuple[Ticket, ...]:
        """Return this conversation's tickets, newest first."""
        with self._desk.store.transaction() as unit:
            found = unit.tickets.find(reporter=self._customer.id)
        return tuple(ticket for ticket in found if ticket.conversation_id == self._conversation)

    def state(self) -> DialogueState:
        with self._desk.store.transaction() as unit:
            return unit.dialogues.load(self._conversation)

    def form(self, action: Action, ticket_id: str | None = None) -> Form:
        """Return the form that pressing `action` opens."""
        if action is Action.OPEN_IDENTIFICATION:
            return forms.identification(self._conversation)
        if action is Action.CORRECT:
            return forms.correction(self._conversation, self.state().category or "")
        if action in own_tickets.MOVES:
            return forms.own(action, ticket_id or "")
        ticket = self.ticket(ticket_id or "")
        return staff_forms.of_action(action, ticket, material(self._desk, ticket))

    # --- inside ---

    def _customer_does(self, event: Event) -> tuple[Shown, ...]:
        return self._run(self._inbound(event, self._customer, CUSTOMER_CHANNEL))

    def _inbound(self, event: Event | StaffMove | CustomerMove, sender: Sender, channel: str) -> Inbound:
        self._count += 1
        return Inbound(
            key=f"{self._conversation}/{self._count}",
            conversation_id=self._conversation,
            address=Address(channel=channel, thread=self._conversation),
            sender=sender,
            event=event,
            received_at=self._desk.clock(),
        )

    def _run(self, inbound: Inbound) -> tuple[Shown, ...]:
        before = len(self.gateway.shown)
        worker.accept(self._desk, inbound)
        worker.drain(self._desk, self.gateway)
        return tuple(self.gateway.shown[before:])


def pressable(message: Message) -> tuple[Button, ...]:
    """Return every button of a message, a menu's choices and a checklist's button included."""
    found: list[Button] = []
    for part in message.parts:
        match part:
            case Buttons(buttons=buttons):
                found.extend(buttons)
            case Checklist(button=button):
                found.append(button)
            case Menu(action=action, choices=choices):
                found.extend(_choice(action, choice) for choice in choices)
            case _:
                pass
    return tuple(found)


def _choice(action: Action, choice: Choice) -> Button:
    meant, value = picked(action, choice.value)
    return Button(action=meant, label=choice.label, value=value)


def ticket_of(button: Button) -> str:
    """Return the ticket a staff button is about."""
    return button.value.partition(staff.SEPARATOR)[0]
