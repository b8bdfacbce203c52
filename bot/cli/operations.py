"""contracts, tickets: what the operator keeps."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.authorisation import Verb
from bot.cli.acting import ActorOption as AnybodyOption
from bot.cli.acting import permitted
from bot.cli.context import complain, load_parts, open_store, print_table
from bot.settings import load_settings
from bot.texts import cli as words
from classifiers.labels import Category, Severity

if TYPE_CHECKING:
    from bot.ports import UnitOfWork
    from bot.tickets.ticket import Ticket

contracts = typer.Typer(help="Import, list and export contracts.", no_args_is_help=True)
tickets = typer.Typer(help="List, show, approve, reject and export tickets.", no_args_is_help=True)

ActorOption = Annotated[
    str, typer.Option("--actor", help="User id of who does it; must be staff by the settings.")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(contracts, name="contracts")
    app.add_typer(tickets, name="tickets")


def _record(unit: UnitOfWork, actor: str, action: str, after: str) -> None:
    """Whoever can read the database file is its operator: what they take out of it is written down."""
    from bot.clock import system_clock
    from bot.tickets.audit import AuditEntry

    unit.audit.append(AuditEntry(at=system_clock(), actor=actor, action=action, after=after))


@contracts.command("import")
def import_contracts(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8 or CP932.")], actor: AnybodyOption = None
) -> None:
    """Import contracts: all of the file or nothing; known numbers are updated.

    Example: madoguchi contracts import contracts.csv
    """
    from knowledge.contracts.registry import read_contracts

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.CONTRACT_IMPORT)
        found = read_contracts(file, load_parts(settings).policies)
        with store.transaction() as unit:
            new, changed = unit.contracts.upsert(found)
            count = unit.contracts.count()
            _record(unit, who.id, "contract.import", f"new={new} changed={changed}")
    typer.echo(words.IMPORTED.format(new=new, changed=changed, count=count))


@contracts.command("list")
def list_contracts(actor: AnybodyOption = None) -> None:
    """List the contracts; numbers are masked."""
    settings = load_settings()
    with open_store(settings) as store:
        permitted(store, settings, actor, Verb.CONTRACT_SEE)
        with store.reading() as unit:
            found = unit.contracts.all()
    rows = [
        (
            contract.masked_number,
            contract.holder,
            contract.policy_id,
            contract.plan or "",
            ", ".join(contract.addons),
            str(contract.valid_until or ""),
        )
        for contract in found
    ]
    print_table("", ("number", "holder", "policy", "plan", "add-ons", "until"), rows)


@contracts.command("export")
def export_contracts(
    file: Annotated[Path, typer.Argument(help="CSV to write.")], actor: AnybodyOption = None
) -> None:
    """Write every contract to a CSV file, with masked numbers: the whole ones are not kept."""
    from knowledge.contracts.registry import write_contracts

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.CONTRACT_SEE)
        with store.transaction() as unit:
            found = unit.contracts.all()
            _record(unit, who.id, "contract.export", f"count={len(found)}")
    file.write_text(write_contracts(found), encoding="utf-8-sig", newline="")
    typer.echo(words.EXPORTED.format(count=len(found), file=file))
    complain(words.MASKED)


@tickets.command("list")
def list_tickets(
    status: Annotated[str | None, typer.Option("--status", help="Only this status.")] = None,
    actor: AnybodyOption = None,
) -> None:
    """List tickets, newest first."""
    from bot.cli.ticket_moves import wanted_statuses

    settings = load_settings()
    with open_store(settings) as store:
        permitted(store, settings, actor, Verb.TICKET_SEE)
        with store.reading() as unit:
            found = unit.tickets.find(statuses=wanted_statuses(status))
    _print_tickets(found)


def _print_tickets(found: Sequence[Ticket]) -> None:
    from bot.texts import labels

    rows = [
        (
            ticket.id,
            labels.STATUS[ticket.status],
            str(ticket.severity),
            labels.CATEGORY[ticket.category],
            ticket.contract.holder if ticket.contract else "",
            labels.absolute(ticket.due_at) if ticket.due_at else "",
            ticket.summary,
        )
        for ticket in found
    ]
    print_table("", ("id", "status", "sev", "category", "holder", "first response", "summary"), rows)


@tickets.command("show")
def show_ticket(
    ticket: Annotated[str, typer.Argument(help="Ticket id, e.g. M-00001.")], actor: AnybodyOption = None
) -> None:
    """Show a ticket as its card, with its audit trail."""
    from bot.console.layout import as_text
    from bot.texts.staff import card
    from bot.traffic import Card

    settings = load_settings()
    with open_store(settings) as store:
        permitted(store, settings, actor, Verb.TICKET_SEE)
        with store.reading() as unit:
            found = unit.tickets.get(ticket)
            log = unit.audit.of_ticket(ticket)
    if found is None:
        complain(words.NO_SUCH_TICKET.format(ticket=ticket))
        raise typer.Exit(1)
    typer.echo(as_text(card(Card(ticket=found, log=tuple(log)))))


@tickets.command("approve")
def approve(
    ticket: Annotated[str, typer.Argument(help="Ticket id.")],
    actor: ActorOption,
    severity: Annotated[Severity | None, typer.Option("--severity", help="Correct the severity.")] = None,
    category: Annotated[Category | None, typer.Option("--category", help="Correct the category.")] = None,
) -> None:
    """Approve a ticket, optionally with another severity or category; the customer is told."""
    from bot.cli.ticket_moves import do_move
    from bot.tickets.lifecycle import Move
    from bot.traffic import StaffMove

    do_move(StaffMove(ticket_id=ticket, move=Move.APPROVE, severity=severity, category=category), actor)


@tickets.command("reject")
def reject(
    ticket: Annotated[str, typer.Argument(help="Ticket id.")],
    actor: ActorOption,
    reason: Annotated[str, typer.Option("--reason", help="What the customer is told.")],
) -> None:
    """Reject a ticket; the customer is told why."""
    from bot.cli.ticket_moves import do_move
    from bot.tickets.lifecycle import Move
    from bot.traffic import StaffMove

    do_move(StaffMove(ticket_id=ticket, move=Move.REJECT, text=reason), actor)


@tickets.command("search")
def search_tickets(
    said: Annotated[list[str], typer.Argument(metavar="WORDS", help="All must occur.")],
    actor: AnybodyOption = None,
) -> None:
    """Find tickets by their words, holder, number of the ticket or product, newest first.

    Example: madoguchi tickets search Outlook 送信
    """
    from bot.services.ticket_search import search

    settings = load_settings()
    with open_store(settings) as store:
        permitted(store, settings, actor, Verb.TICKET_SEE)
        with store.reading() as unit:
            found = search(unit, " ".join(said))
    _print_tickets(found)


@tickets.command("export")
def export_tickets(
    file: Annotated[str, typer.Argument(help="File to write; - is standard output.")],
    layout: Annotated[
        str, typer.Option("--format", help="jsonl, csv, zendesk, freshdesk, servicenow, backlog or redmine.")
    ] = "jsonl",
    encoding: Annotated[
        str, typer.Option("--encoding", help="For tables: utf-8-sig or cp932.")
    ] = "utf-8-sig",
    actor: AnybodyOption = None,
) -> None:
    """Write every ticket; customer numbers are masked, and no cell of a table is a formula.

    Example: madoguchi tickets export tickets.csv --format backlog --encoding cp932
    """
    from bot.texts.ticket_tables import Layout, table

    if layout != "jsonl" and layout not in set(Layout):
        raise typer.BadParameter(", ".join(("jsonl", *Layout)))
    if encoding not in _ENCODINGS:
        raise typer.BadParameter(", ".join(_ENCODINGS))
    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.TICKET_EXPORT)
        with store.transaction() as unit:
            found = [*reversed(unit.tickets.find(limit=1_000_000))]
            _record(unit, who.id, "ticket.export", f"count={len(found)}")
    text = _as_json_lines(found) if layout == "jsonl" else table(found, Layout(layout))
    if file == "-":
        sys.stdout.write(text)
        return
    # What CP932 has no letter for is shown as a question mark rather than lost with the file.
    code = "utf-8" if layout == "jsonl" else encoding
    Path(file).write_text(text, encoding=code, errors="replace", newline="")
    typer.echo(words.EXPORTED.format(count=len(found), file=file), err=True)


_ENCODINGS = ("utf-8-sig", "cp932")


def _as_json_lines(found: Sequence[Ticket]) -> str:
    from bot.console.script import outcome

    return "".join(
        json.dumps({**outcome(item), "summary": item.summary}, ensure_ascii=False, default=str) + "\n"
        for item in found
    )
