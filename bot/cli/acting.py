"""Who acts on the command line: whoever owns the files is the admin, unless they name somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.authorisation import Actor, Role, Verb, allowed
from bot.errors import NotAllowed
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.ports import Store

#: Stands in the audit trail for the person at the machine.
OPERATOR = "operator"

ActorOption = Annotated[
    str | None, typer.Option("--actor", help="User id of who does it (default: the operator of the machine).")
]


def acting(settings: Settings, actor: str | None) -> Actor:
    """Return who acts: a named person has the roles of the settings, the operator all of them."""
    if actor is None:
        return Actor(id=OPERATOR, roles=frozenset({Role.STAFF, Role.ADMIN}))
    roles = {Role.STAFF} if actor in settings.staff_ids else set[Role]()
    if actor in settings.admin_ids:
        roles |= {Role.STAFF, Role.ADMIN}
    return Actor(id=actor, roles=frozenset(roles or {Role.CUSTOMER}))


def permitted(store: Store, settings: Settings, actor: str | None, verb: Verb) -> Actor:
    """Return who acts. Raises NotAllowed for whoever may not, and writes it down."""
    from bot.clock import system_clock
    from bot.tickets.audit import AuditEntry

    who = acting(settings, actor)
    if not allowed(who, verb):
        refused = AuditEntry(
            at=system_clock(), actor=who.id, action=f"refused:{verb}", note=NotAllowed.__name__
        )
        store.write(lambda unit: unit.audit.append(refused))
        raise NotAllowed(verb)
    return who
