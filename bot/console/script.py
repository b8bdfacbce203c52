"""Replays a transcript (TOML) through a session and tells what came of it; decides nothing.

A transcript names the policy, optionally the instant, and its steps in order:

    policy = "synnex-csp"
    now = 2026-11-20T16:30:00+09:00
    [[step]]
    say = "…"                  # the customer writes
    [[step]]
    press = "faq_solved"       # the customer presses a button (action id or its label), `with` its form
    [[step]]
    identify = { holder = "…", number = "…" }
    [[step]]
    staff = "staff_approve"    # staff press a button of the newest ticket
    with = { severity = "A" }  # what its form holds
    [[step]]
    expect = { phase = "submitted", ticket = { status = "open", severity = "A" }, says = ["…"] }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.console.gateway import Shown
from bot.console.session import Session, pressable
from bot.dialogue.actions import Action
from bot.errors import InputFileError, NotFound, ScriptError
from bot.services import own_tickets
from bot.texts import staff
from bot.tickets.ticket import Ticket


class Expectation(BaseModel):
    """What must hold after the step before."""

    model_config = ConfigDict(extra="forbid")

    phase: str | None = None
    #: Fields of the newest ticket as words; `none` where there must be no ticket.
    ticket: dict[str, str] | Literal["none"] | None = None
    #: Each must stand in what appeared last.
    says: list[str] = Field(default_factory=list)
    never_says: list[str] = Field(default_factory=list)


class ScriptStep(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    say: str | None = None
    press: str | None = None
    ticked: list[str] = Field(default_factory=list)
    identify: dict[str, str] | None = None
    staff: str | None = None
    values: dict[str, str] = Field(default_factory=dict, alias="with")
    expect: Expectation | None = None

    @property
    def acts(self) -> bool:
        """Tell whether something is done, and not only looked at."""
        return any(thing is not None for thing in (self.say, self.press, self.identify, self.staff))

    @model_validator(mode="after")
    def _one_thing(self) -> ScriptStep:
        done = [self.say is not None, self.press is not None, self.identify is not None]
        if sum([*done, self.staff is not None]) > 1:
            raise ValueError("a step does one thing: say, press, identify or staff")
        if not self.acts and self.expect is None:
            raise ValueError("a step needs say, press, identify, staff or expect")
        return self


class Script(BaseModel):
    """A transcript."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    policy: str | None = None
    now: datetime | None = None
    step: list[ScriptStep] = Field(min_length=1)


def read_script(path: Path) -> Script:
    """Return the transcript in `path`; raises InputFileError or ScriptError (file, place, reason)."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputFileError(str(path), error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScriptError(str(path), "TOML", str(error)) from error
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScriptError(str(path), place, first["msg"]) from error
    if script.now is not None and script.now.tzinfo is None:
        raise ScriptError(str(path), "now", "an instant needs an offset such as +09:00")
    return script


def replay(script: Script, session: Session, path: str) -> Iterator[tuple[ScriptStep, tuple[Shown, ...]]]:
    """Play every step and yield it with what appeared; raises ScriptError where an expectation fails."""
    shown: tuple[Shown, ...] = ()
    for number, step in enumerate(script.step, start=1):
        where = f"step {number}"
        if step.acts:
            shown = _play(step, session, path, where)
        if step.expect is not None:
            _check(step.expect, session, shown, path, where)
        yield step, shown


def _play(step: ScriptStep, session: Session, path: str, where: str) -> tuple[Shown, ...]:
    try:
        return _do(step, session, path, where)
    except NotFound as error:
        raise ScriptError(path, where, f"{error} opens a form or is not a customer's button") from error
    except ValueError as error:
        raise ScriptError(path, where, str(error)) from error


def _do(step: ScriptStep, session: Session, path: str, where: str) -> tuple[Shown, ...]:
    if step.say is not None:
        return session.say(step.say)
    if step.identify is not None:
        return session.identify(step.identify)[1]
    if step.press is not None:
        action, value = _button(step.press, session, path, where)
        if step.ticked:
            return session.press(action, value, tuple(step.ticked))
        return session.send(action, value, step.values)
    tickets = session.tickets()
    if not tickets:
        raise ScriptError(path, where, "there is no ticket yet")
    return session.staff_presses(_action(step.staff or "", path, where), tickets[0].id, step.values)


def _button(name: str, session: Session, path: str, where: str) -> tuple[Action, str]:
    """Return action and value of the newest button with that action id or label."""
    for shown in reversed(session.gateway.shown):
        for button in pressable(shown.message):
            if name in (button.label, button.action):
                return button.action, button.value
    tickets = session.tickets()
    if name in own_tickets.MOVES and tickets:
        # Those stand on the Home tab, which a terminal has not.
        return Action(name), tickets[0].id
    raise ScriptError(path, where, f"no button {name!r} is shown")


def _action(name: str, path: str, where: str) -> Action:
    known = ", ".join(staff.MOVES)
    if name not in staff.MOVES:
        raise ScriptError(path, where, f"unknown action {name!r}; staff have {known}")
    return Action(name)


def _check(expect: Expectation, session: Session, shown: tuple[Shown, ...], path: str, where: str) -> None:
    said = "\n".join(item.message.fallback for item in shown)
    for words in expect.says:
        if words not in said:
            raise ScriptError(path, where, f"{words!r} was not said; said was: {said}")
    for words in expect.never_says:
        if words in said:
            raise ScriptError(path, where, f"{words!r} was said")
    phase = session.state().phase
    if expect.phase is not None and phase != expect.phase:
        raise ScriptError(path, where, f"phase is {phase}, not {expect.phase}")
    if expect.ticket is not None:
        _check_ticket(expect.ticket, session.tickets(), path, where)


def _check_ticket(
    expected: dict[str, str] | Literal["none"], tickets: tuple[Ticket, ...], path: str, where: str
) -> None:
    if expected == "none":
        if tickets:
            raise ScriptError(path, where, f"there is a ticket: {tickets[0].id}")
        return
    if not tickets:
        raise ScriptError(path, where, "there is no ticket")
    facts = outcome(tickets[0])
    for key, value in expected.items():
        if facts.get(key) != value:
            raise ScriptError(path, where, f"{key} is {facts.get(key)!r}, not {value!r}")


def outcome(ticket: Ticket) -> dict[str, Any]:
    """Return a ticket's outcome as plain words, the customer number masked."""
    decision = ticket.decision
    return {
        "id": ticket.id,
        "status": str(ticket.status),
        "kind": str(ticket.kind),
        "severity": str(ticket.severity),
        "category": str(ticket.category),
        "product": ticket.product,
        "extent": str(ticket.extent),
        "holder": ticket.contract.holder if ticket.contract else None,
        "number": ticket.contract.masked_number if ticket.contract else None,
        "policy": ticket.contract.policy_id if ticket.contract else None,
        "scope": str(decision.scope) if decision else None,
        "clause": decision.clause if decision else None,
        "severity_label": decision.severity_label if decision else None,
        "desk": str(decision.desk) if decision and decision.desk else None,
        "due": ticket.due_at.isoformat() if ticket.due_at else None,
        "approved_by": ticket.approval.by if ticket.approval else None,
    }
