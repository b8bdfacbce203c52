"""Other ways to replay a transcript: the bare state machine, and the desk in a fake Slack.

Both offer what bot.console.session.Session offers to bot.console.script.replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from bot.console.gateway import CUSTOMER_CHANNEL, Shown
from bot.dialogue.actions import OPENS_FORM, Action, correction, customer_event
from bot.dialogue.effects import Say
from bot.dialogue.events import Confirmed, Event, FaqChosen, Identified
from bot.dialogue.machine import pending_turns, step
from bot.dialogue.paths import Advice
from bot.dialogue.phrases import interpret
from bot.dialogue.state import Details, DialogueState, Phase
from bot.errors import NotFound
from bot.services.desk import Desk
from bot.services.intake_ticket import new_ticket
from bot.services.own_tickets import MOVES
from bot.slack import ids
from bot.texts import staff, user
from bot.texts.message import Button, Buttons, Message
from bot.tickets.ticket import Ticket
from bot.traffic import Inbound, MessageRef
from bot.triage import Situation, Stated, triage
from knowledge.contracts.contract import Contract, Identification
from tests.bot.slack.conftest import shown
from tests.fake_slack import FakeSlack

Registry = Callable[[str, str], Identification]


class OutOfReach(Exception):
    """The transcript goes on outside the talk: with staff, or with a ticket of one's own."""


class Machine:
    """The state machine with triage and nothing else: no store, no inbox, no outbox."""

    def __init__(self, desk: Desk, identify: Registry, inbound: Callable[[Event], Inbound]) -> None:
        self._desk, self._identify, self._inbound = desk, identify, inbound
        self._state = DialogueState(conversation_id="talk/1", reporter="customer")
        self._tickets: tuple[Ticket, ...] = ()
        self.gateway = SimpleNamespace(shown=[])

    def say(self, text: str) -> tuple[Shown, ...]:
        return self._take(interpret(text, self._state))

    def send(self, action: Action, value: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        if action in MOVES:
            raise OutOfReach
        return self._take(correction(values)) if action is Action.CORRECT else self.press(action, value)

    def press(self, action: Action, value: str = "", ticked: tuple[str, ...] = ()) -> tuple[Shown, ...]:
        event = customer_event(action, value, ticked)
        if event is None:
            raise NotFound(action)
        return self._take(event)

    def identify(self, values: Mapping[str, str]) -> tuple[Identification, tuple[Shown, ...]]:
        found = self._identify(values["holder"], values["number"])
        told = {name: values[name] for name in values if name not in ("holder", "number")}
        return found, self._take(Identified(identification=found, details=Details(**told)))

    def staff_presses(self, action: Action, ticket_id: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        raise OutOfReach

    def state(self) -> DialogueState:
        return self._state

    def tickets(self) -> tuple[Ticket, ...]:
        return self._tickets

    def _take(self, event: Event) -> tuple[Shown, ...]:
        advice = self._advice(event)
        taken = step(self._state, event, advice)
        if taken.state.ticket_id and not self._tickets:
            made = new_ticket(taken.state, advice.triage, self._inbound(event), self._desk.clock())
            self._tickets = (made,)
        self._state = taken.state
        replies = [effect.reply for effect in taken.effects if isinstance(effect, Say)]
        said = tuple(_as_shown(user.render(reply)) for reply in replies)
        self.gateway.shown.extend(said)
        return said

    def _advice(self, event: Event) -> Advice:
        state, desk = self._state, self._desk
        known = event.identification if isinstance(event, Identified) else state.identification
        contract = known.contract if known.verified else state.identification.contract
        policy = contract.policy_id if contract else desk.configuration.default_policy
        assert policy is not None
        texts = desk.policy_texts(policy)
        turns = pending_turns(state, event)
        found = (
            triage(desk.brain, turns, self._situation(policy, contract), _stated(state, event))
            if turns
            else None
        )
        route = found.decision.route if found and found.decision else None
        return Advice(
            triage=found,
            isolation_steps=texts.isolation_steps,
            rule=texts.rule,
            pointer=texts.pointers.get(route, "") if route else "",
            entry=desk.faq_entry(event.entry_id) if isinstance(event, FaqChosen) else None,
            attempts_left=4,
            new_ticket_id="M-00001"
            if isinstance(event, Confirmed) and state.phase is Phase.CONFIRMING
            else "",
        )

    def _situation(self, policy: str, contract: Contract | None) -> Situation:
        return Situation(
            now=self._desk.clock(),
            policy_id=policy,
            plan=contract.plan if contract else None,
            addons=contract.addons if contract else (),
        )


def _stated(state: DialogueState, event: Event) -> Stated:
    done = getattr(event, "done", ()) or state.isolation
    category = getattr(event, "category", None) or state.category
    return Stated(category=category, isolation_done=bool(done))


def _as_shown(message: Message) -> Shown:
    return Shown(ref=MessageRef(channel=CUSTOMER_CHANNEL, message=""), key="", message=message)


class Channel:
    """A person who mentions the bot in a channel of the fake Slack, and one of the staff."""

    def __init__(self, slack: FakeSlack, desk: Desk, *, staff_channel: str, colleague: str) -> None:
        self._slack, self._desk = slack, desk
        self._customer = slack.user("田中")
        self._channel = slack.channel("soudan", members=[self._customer])
        self._staff_channel, self._staff = staff_channel, colleague
        self._root = ""
        self._seen: set[str] = set()
        self._raw: dict[str, dict[str, Any]] = {}
        self.gateway = SimpleNamespace(shown=[])

    def say(self, text: str) -> tuple[Shown, ...]:
        if self._root:
            self._slack.post_as(self._customer, self._channel, text, thread_ts=self._root)
        else:
            self._root = self._slack.post_as(self._customer, self._channel, f"<@{self._slack.bot}> {text}")
        return self._news()

    def send(self, action: Action, value: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        if action in MOVES and not self._showing(action, value):
            self._slack.workspace.homes.pop(self._customer, None)
            self._slack.open_home(self._customer)
            surface = self._slack.home(self._customer)
        else:
            surface = self._showing(action, value)
        wanted = None if action in (Action.CORRECT, Action.FORGET_CONTRACT) else value or None
        if action is Action.CORRECT_CATEGORY:
            self._slack.press(self._customer, surface, action, selected=value)
        else:
            self._slack.press(self._customer, surface, action, value=wanted)
        if action in OPENS_FORM:
            assert self._slack.submit(self._customer, self._slack.modal(self._customer), values) == {}
        return self._news()

    def press(self, action: Action, value: str = "", ticked: tuple[str, ...] = ()) -> tuple[Shown, ...]:
        # An option's value holds the start of a long step.
        boxes = [step[:150] for step in ticked]
        self._slack.press(self._customer, self._showing(action, value), action, ticked=boxes)
        return self._news()

    def identify(self, values: Mapping[str, str]) -> tuple[None, tuple[Shown, ...]]:
        self._slack.press(
            self._customer, self._showing(Action.OPEN_IDENTIFICATION, ""), Action.OPEN_IDENTIFICATION
        )
        answer = self._slack.submit(self._customer, self._slack.modal(self._customer), values)
        told = answer.get("errors", {}).get("number", "")
        return None, (*self._news(), *((_as_shown(Message(fallback=told, parts=())),) if told else ()))

    def staff_presses(self, action: Action, ticket_id: str, values: Mapping[str, str]) -> tuple[Shown, ...]:
        cards = [m for m in self._slack.bot_messages(self._staff_channel) if "thread_ts" not in m]
        card = next(m for m in cards if ticket_id in m["text"])
        version = self.tickets()[0].version
        self._slack.press(self._staff, card, action, value=f"{ticket_id}{staff.SEPARATOR}{version}")
        if action in OPENS_FORM:
            assert self._slack.submit(self._staff, self._slack.modal(self._staff), values) == {}
        return self._news()

    def state(self) -> DialogueState:
        with self._desk.store.reading() as unit:
            return unit.dialogues.load(f"slack/{self._slack.team}/{self._channel}/{self._root}")

    def tickets(self) -> tuple[Ticket, ...]:
        with self._desk.store.reading() as unit:
            found = unit.tickets.find(reporter=self._customer)
        # In Slack people have names of another kind than in the terminal.
        return tuple(
            replace(t, approval=replace(t.approval, by="staff") if t.approval else None) for t in found
        )

    def _news(self) -> tuple[Shown, ...]:
        self._slack.wait_until(lambda: not self._slack.hub.unacked() and self._idle(), 10)
        direct = self._slack.direct(self._customer)
        found = [*self._slack.bot_messages(self._channel), *self._slack.bot_messages(direct)]
        fresh = [message for message in found if message["ts"] not in self._seen]
        self._seen |= {message["ts"] for message in fresh}
        made = tuple(
            Shown(
                ref=MessageRef(channel=CUSTOMER_CHANNEL, message=message["ts"]),
                key="",
                message=Message(fallback=shown(message), parts=(Buttons(buttons=_buttons(message)),)),
            )
            for message in fresh
        )
        self._raw |= {message["ts"]: message for message in fresh}
        self.gateway.shown.extend(made)
        return made

    def _idle(self) -> bool:
        with self._desk.store.reading() as unit:
            return unit.inbox.waiting() == 0 and unit.outbox.waiting() == 0

    def _showing(self, action: Action, value: str) -> dict[str, Any] | None:
        """Return the newest message with that button."""
        for item in reversed(self.gateway.shown):
            for part in item.message.parts:
                if any(b.action == action and value in (b.value, "") for b in part.buttons):
                    return self._raw[item.ref.message]
        return None


def _buttons(message: dict[str, Any]) -> tuple[Button, ...]:
    elements = [e for block in message["blocks"] if block["type"] == "actions" for e in block["elements"]]
    found = []
    for element in elements:
        name = str(element["action_id"]).partition(ids.REPEAT)[0]
        if element["type"] == "button":
            found.append(
                Button(action=Action(name), label=element["text"]["text"], value=element.get("value", ""))
            )
        elif element["type"] == "static_select":
            found += [
                Button(action=Action(name), label=option["text"]["text"], value=option["value"])
                for option in element["options"]
            ]
    return tuple(found)
