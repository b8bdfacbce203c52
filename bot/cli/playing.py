"""Sets up a session in the terminal for demo, script and chat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from rich.console import Console

from bot.authorisation import Role
from bot.cli.context import complain
from bot.clock import system_clock
from bot.compose import FixedDirectory, Parts
from bot.console.chat import Chat
from bot.console.gateway import ConsoleGateway
from bot.console.layout import plain
from bot.console.script import Script, outcome, read_script, replay
from bot.console.session import Session
from bot.dialogue.actions import Action
from bot.ports import Clock, Store
from bot.settings import Settings
from bot.storage.sqlite.store import SqliteStore
from bot.texts import console as words
from bot.texts import staff, surface
from bot.traffic import Sender
from knowledge.contracts.contract import Contract
from knowledge.contracts.registry import read_contracts

CUSTOMER = Sender(id="customer", name=words.CUSTOMER_TITLE)
STAFF = Sender(id="staff", name=words.STAFF_TITLE)
_ROLES = {
    CUSTOMER.id: frozenset({Role.CUSTOMER}),
    STAFF.id: frozenset({Role.STAFF, Role.ADMIN}),
}


def sample_contracts(parts: Parts) -> tuple[Contract, ...]:
    """Return the contracts the demo comes with: every policy has some."""
    file = resources.files("knowledge") / "data" / "contracts.sample.csv"
    with resources.as_file(file) as path:
        return read_contracts(path, parts.policies)


def play_demo(parts: Parts, policy: str | None) -> None:
    """Hold a guided conversation on a temporary database."""
    parts.warm_up()
    console = Console()
    store = SqliteStore.in_memory()
    contracts = sample_contracts(parts)
    with store.transaction() as unit:
        unit.contracts.upsert(contracts)
    console.print(words.WELCOME)
    try:
        chosen = policy or _choose_policy(parts, console)
        parts.policies.get(chosen)
        mine = next(contract for contract in contracts if contract.policy_id == chosen)
        console.print(words.SAMPLE_CONTRACT.format(holder=mine.holder, number=mine.number), style="bold")
        console.print(words.SAMPLES.format(examples=" / ".join(words.EXAMPLES)), style="dim")
        Chat(_session(_with_policy(parts, chosen), store, name="demo"), console, console.input).run()
    except (EOFError, KeyboardInterrupt):
        console.print()
    finally:
        store.close()
    console.print(words.GOODBYE)


def play_chat(parts: Parts, store: Store) -> None:
    """Hold a conversation on the operator's own database."""
    parts.warm_up()
    console = Console()
    console.print(words.WELCOME_OWN)
    name = system_clock().strftime("%Y%m%d-%H%M%S")
    try:
        Chat(_session(parts, store, name=name), console, console.input).run()
    except (EOFError, KeyboardInterrupt):
        console.print()
    console.print(words.GOODBYE_OWN)


def play_script(parts: Parts, path: Path) -> None:
    """Replay a transcript, print the conversation and then the outcome as one JSON object.

    Raises ScriptError where an expectation fails, after what was said until then.
    """
    script = read_script(path)
    with script_session(parts, script) as session:
        _print_replay(script, session, str(path))


def _print_replay(script: Script, session: Session, path: str) -> None:
    for step, shown in replay(script, session, path):
        if step.say is not None:
            print(f"[{words.CUSTOMER_TITLE}]\n{step.say}\n")
        elif step.acts:
            pressed = step.press or step.staff or words.IDENTIFIED
            typed = step.values.get("text", "")
            print(f"[{words.PRESSED.format(label=_label(pressed))}]\n" + (f"{typed}\n" if typed else ""))
        for item in shown if step.acts else ():
            print(f"{plain(item)}\n")
    tickets = session.tickets()
    print(f"[{words.OUTCOME}]")
    if not tickets:
        complain(words.NO_TICKET)
    result = {
        "phase": str(session.state().phase),
        "identification": str(session.state().identification.status),
        "ticket": outcome(tickets[0]) if tickets else None,
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


def _label(pressed: str) -> str:
    """Return what a person would call it: a transcript may name a button by its id."""
    found = {**staff.LABELS, **surface.LABELS}
    return found.get(Action(pressed), pressed) if pressed in set(Action) else pressed


@contextmanager
def script_session(parts: Parts, script: Script) -> Iterator[Session]:
    """Return a session on a temporary database with the sample contracts, at the script's instant."""
    with closing(SqliteStore.in_memory()) as store:
        with store.transaction() as unit:
            unit.contracts.upsert(sample_contracts(parts))
        fixed = script.now
        clock: Clock = system_clock if fixed is None else (lambda: fixed)
        yield _session(_with_policy(parts, script.policy), store, name="script", clock=clock)


def _session(parts: Parts, store: Store, *, name: str, clock: Clock = system_clock) -> Session:
    desk = parts.desk(store, FixedDirectory(_ROLES), clock=clock)
    return Session(desk, ConsoleGateway(), customer=CUSTOMER, staff_member=STAFF, name=name)


def _with_policy(parts: Parts, policy: str | None) -> Parts:
    """Return the parts with this policy as the one taken before the contract is known."""
    if policy is not None:
        parts.policies.get(policy)
    settings: Settings = parts.settings.model_copy(update={"default_policy": policy})
    return parts.with_settings(settings)


def _choose_policy(parts: Parts, console: Console) -> str:
    ids = parts.policies.ids
    console.print(words.CHOOSE_POLICY)
    for number, policy_id in enumerate(ids, start=1):
        name = parts.policies.get(policy_id).name
        console.print(words.POLICY_LINE.format(number=number, name=name, policy=policy_id), markup=False)
    while True:
        answer = console.input("> ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(ids):
            return ids[int(answer) - 1]
        console.print(words.CHOOSE_AGAIN)
