"""Staff moves from the command line: through the same service, permissions and audit as in Slack."""

from __future__ import annotations

import secrets

import typer

from bot.authorisation import Role
from bot.cli.context import load_parts, open_store
from bot.clock import system_clock
from bot.compose import FixedDirectory
from bot.errors import BotError
from bot.services.approval import handle_move, record_refusal
from bot.settings import Settings, load_settings
from bot.texts import cli as words
from bot.texts import labels
from bot.tickets.ticket import TicketStatus
from bot.traffic import Address, Inbound, Sender, StaffMove


def wanted_statuses(status: str | None) -> tuple[TicketStatus, ...]:
    """Return the statuses to list; raises BadParameter naming the known ones."""
    if status is None:
        return ()
    if status not in set(TicketStatus):
        raise typer.BadParameter(", ".join(TicketStatus))
    return (TicketStatus(status),)


def do_move(move: StaffMove, actor: str) -> None:
    """Carry out one move as `actor`; a refusal is audited and told."""
    settings = load_settings()
    parts = load_parts(settings)
    now = system_clock()
    inbound = Inbound(
        key=f"cli/{secrets.token_hex(8)}",
        conversation_id=f"cli/{move.ticket_id}",
        address=Address(channel="cli"),
        sender=Sender(id=actor, name=actor),
        event=move,
        received_at=now,
    )
    with open_store(settings) as store:
        desk = parts.desk(store, FixedDirectory(_roles(settings)))
        try:
            with store.transaction() as unit:
                moved = handle_move(desk, unit, inbound, move, now)
        except BotError as error:
            with store.transaction() as unit:
                record_refusal(unit, inbound, move, error, now)
            raise
    typer.echo(words.MOVED.format(ticket=moved.id, status=labels.STATUS[moved.status]))


def _roles(settings: Settings) -> dict[str, frozenset[Role]]:
    staff = {user: frozenset({Role.STAFF}) for user in settings.staff_ids}
    return staff | {user: frozenset({Role.STAFF, Role.ADMIN}) for user in settings.admin_ids}
