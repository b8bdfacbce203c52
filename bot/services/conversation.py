"""One thing a customer did: load, triage, step, and keep the outcome in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.effects import (
    AddToTicket,
    Effect,
    OpenTicket,
    RecordFaqFeedback,
    RecordUnanswered,
    RememberContract,
    Say,
)
from bot.dialogue.events import Confirmed, Event, FaqChosen, Said
from bot.dialogue.machine import pending_turns, step
from bot.dialogue.paths import Advice
from bot.dialogue.phrases import interpret
from bot.dialogue.state import DialogueState, Phase
from bot.extents import statement
from bot.ports import UnitOfWork
from bot.services import intake_ticket
from bot.services.desk import Desk
from bot.services.identification import attempts_left
from bot.traffic import Inbound, OutboxItem, Post
from bot.triage import Situation, Stated, Triage, triage, unanswered_question
from knowledge.contracts.contract import Contract, Identification, IdentificationStatus
from knowledge.contracts.identification import asker_of
from knowledge.policies.decision import Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What was thought of an event before the transaction, and the state it was thought for."""

    state: DialogueState
    triage: Triage | None


def think(desk: Desk, unit: UnitOfWork, inbound: Inbound, event: Event, now: datetime) -> Thought:
    """Return what takes long, from a `unit` that only reads: nobody waits for the store meanwhile."""
    state, event = _read(desk, unit, inbound, event, now)
    return Thought(state=state, triage=_triage(desk, state, event, now))


def handle(
    desk: Desk,
    unit: UnitOfWork,
    inbound: Inbound,
    event: Event,
    now: datetime,
    thought: Thought | None = None,
) -> None:
    """Take one step of the talk that `inbound` belongs to; everything is written through `unit`.

    A thought counts only as long as the talk is where it was.
    """
    state, event = _read(desk, unit, inbound, event, now)
    current = thought is not None and thought.state == state
    found = thought.triage if thought is not None and current else _triage(desk, state, event, now)
    advice = _advice(desk, unit, state, event, found, inbound, now)
    taken = step(state, event, advice)
    unit.dialogues.save(taken.state, inbound.address, now)
    for index, effect in enumerate(taken.effects):
        _carry_out(desk, unit, _Taken(taken.state, found, inbound, now), effect, index)
    begins = state.phase in (Phase.NEW, Phase.ENDED)
    if begins and found is not None and unanswered_question(found):
        text = "\n".join(pending_turns(state, event))
        _carry_out(desk, unit, _Taken(taken.state, found, inbound, now), RecordUnanswered(text=text), 0)


class _Taken:
    """The step as taken, for its effects."""

    __slots__ = ("inbound", "now", "state", "triage")

    def __init__(self, state: DialogueState, triage: Triage | None, inbound: Inbound, now: datetime) -> None:
        self.state, self.triage, self.inbound, self.now = state, triage, inbound, now


def _read(
    desk: Desk, unit: UnitOfWork, inbound: Inbound, event: Event, now: datetime
) -> tuple[DialogueState, Event]:
    state = _known_person(desk, unit, unit.dialogues.load(inbound.conversation_id), inbound, now)
    return state, interpret(event.text, state) if isinstance(event, Said) else event


def _known_person(
    desk: Desk, unit: UnitOfWork, state: DialogueState, inbound: Inbound, now: datetime
) -> DialogueState:
    """Return the state with who talks, and with the contract the person showed before."""
    if not state.reporter:
        state = state.evolve(reporter=inbound.sender.id, reporter_name=inbound.sender.name)
    key = unit.people.contract_of(state.reporter)
    if state.identification.verified:
        # Whoever is verified is remembered: where nothing is remembered any more, it was taken back.
        return state if key else state.evolve(identification=Identification())
    contract = unit.contracts.get(key) if key else None
    if contract is None or not desk.in_force(contract, now):
        return state
    known = Identification(status=IdentificationStatus.VERIFIED, contract=contract, similarity=1.0)
    return state.evolve(identification=known)


def _triage(desk: Desk, state: DialogueState, event: Event, now: datetime) -> Triage | None:
    turns = pending_turns(state, event)
    if not turns:
        return None
    contract = _contract(state, event)
    situation = Situation(
        now=now,
        policy_id=contract.policy_id if contract else desk.configuration.default_policy,
        plan=contract.plan if contract else None,
        addons=contract.addons if contract else (),
        asker=asker_of(contract, slack_user=state.reporter) if contract else Asker.CONTRACT_HOLDER,
    )
    done = getattr(event, "done", ()) or state.isolation
    category = getattr(event, "category", None) or state.category
    # A form that was filled in before the first word is no turn; whom it concerns counts all the same.
    chosen = state.details.extent if state.phase is Phase.NEW else ""
    found = statement(desk.brain.read(chosen), chosen) if chosen else None
    extent = found.extent if found else None
    stated = Stated(category=category, isolation_done=bool(done), extent=extent)
    return triage(desk.brain, turns, situation, stated)


def _contract(state: DialogueState, event: Event) -> Contract | None:
    identification = getattr(event, "identification", None) or state.identification
    return identification.contract if identification.verified else None


def _advice(
    desk: Desk,
    unit: UnitOfWork,
    state: DialogueState,
    event: Event,
    found: Triage | None,
    inbound: Inbound,
    now: datetime,
) -> Advice:
    contract = _contract(state, event)
    policy_id = contract.policy_id if contract else desk.configuration.default_policy
    texts = desk.policy_texts(policy_id) if policy_id else None
    route = found.decision.route if found and found.decision else None
    return Advice(
        triage=found,
        isolation_steps=texts.isolation_steps if texts else (),
        rule=texts.rule if texts else "",
        pointer=texts.pointers.get(route, "") if texts and route else "",
        entry=desk.faq_entry(event.entry_id) if isinstance(event, FaqChosen) else None,
        attempts_left=attempts_left(unit, inbound.sender.id, now),
        new_ticket_id=unit.tickets.reserve_id(now) if _opens_ticket(state, event) else "",
    )


def _opens_ticket(state: DialogueState, event: Event) -> bool:
    """A second click on the same button uses up no number."""
    return isinstance(event, Confirmed) and state.phase is Phase.CONFIRMING


def _carry_out(desk: Desk, unit: UnitOfWork, taken: _Taken, effect: Effect, index: int) -> None:
    state, inbound, now = taken.state, taken.inbound, taken.now
    match effect:
        case Say(reply=reply):
            key = f"{inbound.key}/{index}"
            post = Post(address=inbound.address, reply=reply)
            unit.outbox.put(OutboxItem(key=key, message=post, created_at=now))
        case OpenTicket():
            intake_ticket.open_ticket(unit, state, taken.triage, inbound, now)
        case AddToTicket(text=text, human=human):
            intake_ticket.add_information(unit, state.ticket_id or "", text, human, inbound, now)
        case RememberContract():
            contract = state.identification.contract
            if contract is not None:
                unit.people.link(inbound.sender.id, contract.key, now)
        case RecordFaqFeedback(entry_id=entry, solved=solved):
            unit.feedback.faq(entry, inbound.sender.id, solved, now)
        case RecordUnanswered(text=text):
            contract = state.identification.contract
            policy = contract.policy_id if contract else desk.configuration.default_policy
            unit.feedback.unanswered(desk.mask(text), policy, now)
