"""privacy: what people may ask of the desk about their data, and who was touched by a breach."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.cli.context import complain, open_store
from bot.settings import load_settings
from bot.texts import cli as words

if TYPE_CHECKING:
    from bot.authorisation import Actor
    from bot.personal import About
    from bot.ports import UnitOfWork

privacy = typer.Typer(help="Show, correct or erase what is kept about somebody.", no_args_is_help=True)
T = TypeVar("T")

UserOption = Annotated[str | None, typer.Option("--user", help="A person, by Slack user id.")]
ContractOption = Annotated[str | None, typer.Option("--contract", help="A contract, by customer number.")]
ActorOption = Annotated[
    str, typer.Option("--actor", help="User id of who does it: an admin by the settings.")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(privacy, name="privacy")


@privacy.command("export")
def export(actor: ActorOption, user: UserOption = None, contract: ContractOption = None) -> None:
    """Print everything that is kept about a person or a contract as JSON.

    Example: madoguchi privacy export --user U0123456789 --actor U0ADMIN
    """
    from bot.services.privacy import export as exported

    found = _do(lambda unit, who, now: exported(unit, who, _whose(unit, user, contract), now), actor)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@privacy.command("erase")
def erase(
    actor: ActorOption,
    user: UserOption = None,
    contract: ContractOption = None,
    force: Annotated[bool, typer.Option("--force", help="Also while somebody waits for an answer.")] = False,
) -> None:
    """Erase a person or a contract from every table, the log and free pages; the desk must not run.

    Tickets stay as numbers without words or names; their cards in Slack are redrawn at the next start. What
    people wrote in Slack itself has to be deleted there.
    """
    from bot.services.privacy import erase as erased

    emptied = _do(
        lambda unit, who, now: erased(unit, who, _whose(unit, user, contract), now, force=force),
        actor,
        scrub=True,
    )
    typer.echo(words.ERASED.format(count=len(emptied)))
    complain(words.RETRAIN)


@privacy.command("correct")
def correct(
    name: Annotated[str, typer.Option("--name", help="The right name (of a contract: its holder).")],
    actor: ActorOption,
    user: UserOption = None,
    contract: ContractOption = None,
) -> None:
    """Correct a person's name or a contract's holder wherever it is kept; the desk must not run."""
    from bot.services.privacy import correct as corrected

    count = _do(
        lambda unit, who, now: corrected(unit, who, _whose(unit, user, contract), name, now),
        actor,
        scrub=True,
    )
    typer.echo(words.CORRECTED.format(count=count))


@privacy.command("breach-report")
def breach_report(
    actor: ActorOption,
    since: Annotated[datetime, typer.Option("--since", help="Start, in Japanese time.")],
    until: Annotated[datetime, typer.Option("--until", help="End, in Japanese time.")],
) -> None:
    """List whose data a breach between two instants may have touched, as JSON.

    Example: madoguchi privacy breach-report --since 2026-11-20 --until 2026-11-21 --actor U0ADMIN
    """
    from bot.clock import JST
    from bot.services.privacy import breach

    first, last = since.replace(tzinfo=JST), until.replace(tzinfo=JST)
    found = _do(lambda unit, who, now: breach(unit, who, first, last, now), actor)
    people = [
        {"user": one.user, "contract": one.contract_key, "holder": one.holder, "tickets": one.tickets}
        for one in found
    ]
    report = {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "persons": len(people),
        "contracts": len({one.contract_key for one in found if one.contract_key}),
        "kept": list(words.KEPT),
        "not_kept": list(words.NOT_KEPT),
        "duties": list(words.BREACH_DUTIES),
        "affected": people,
    }
    typer.echo(json.dumps(report, ensure_ascii=False, indent=2))


def _whose(unit: UnitOfWork, user: str | None, contract: str | None) -> About:
    from bot.services.privacy import about

    if (user is None) == (contract is None):
        raise typer.BadParameter(words.ONE_OF_BOTH)
    return about(unit, user=user, number=contract)


def _do(work: Callable[[UnitOfWork, Actor, datetime], T], actor: str, *, scrub: bool = False) -> T:
    """Do it as `actor` in one transaction; a refusal is audited and told."""
    from bot.authorisation import Actor, Role
    from bot.clock import system_clock
    from bot.errors import NotAllowed
    from bot.tickets.audit import AuditEntry

    settings, now = load_settings(), system_clock()
    who = Actor(id=actor, roles=frozenset({Role.ADMIN} if actor in settings.admin_ids else ()))
    with open_store(settings, exclusive=scrub) as store:
        try:
            with store.transaction() as unit:
                done: Any = work(unit, who, now)
        except NotAllowed as error:
            refused = AuditEntry(at=now, actor=actor, action=f"refused:{error}", note="NotAllowed")
            with store.transaction() as unit:
                unit.audit.append(refused)
            raise
        if scrub:
            store.scrub()
    return done  # type: ignore[no-any-return]
