"""Who acts on the command line: whoever owns the files is the admin, unless they name somebody."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.authorisation import Actor, Role
from bot.settings import Settings

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
