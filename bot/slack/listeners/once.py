"""A click of the desk that is done at once: by the roles of this moment, and never twice."""

from __future__ import annotations

from collections.abc import Callable

from bot.authorisation import Actor
from bot.errors import GatewayError, NotAllowed, NotFound, StaleVersion
from bot.ports import UnitOfWork
from bot.slack.reception import Reception
from bot.texts import surface as words
from bot.texts.errors import sentence
from bot.tickets.audit import AuditEntry
from bot.traffic import Address, Ignored, Inbound, Sender


def once(
    reception: Reception, sender: Sender, key: str, what: str, act: Callable[[UnitOfWork, Actor], None]
) -> str:
    """Do it in the transaction that keeps the click; returns why not, or nothing.

    The same click twice is one. Raises whatever else `act` raises, and then nothing was kept.
    """
    try:
        actor = acting(reception, sender)
        with reception.desk.store.transaction() as unit:
            if unit.inbox.put(_fact(reception, sender, key, what)):
                act(unit, actor)
    except NotAllowed as error:
        record(reception, sender, key, what, error)
        return words.REFUSED
    except (NotFound, StaleVersion):
        return words.CHANGED
    except GatewayError as error:
        return sentence(error)
    return ""


def acting(reception: Reception, sender: Sender) -> Actor:
    """Return who acts, with the roles of this moment; raises GatewayError."""
    roles = reception.desk.directory.roles(sender.id)
    return Actor(id=sender.id, name=sender.name, roles=roles, team=sender.team)


def record(reception: Reception, sender: Sender, key: str, what: str, error: Exception) -> None:
    """Write down that somebody was refused."""
    refused = AuditEntry(
        at=reception.now(), actor=sender.id, action=f"refused:{what}", note=type(error).__name__
    )

    def keep(unit: UnitOfWork) -> None:
        if unit.inbox.put(_fact(reception, sender, key, what)):
            unit.audit.append(refused)

    reception.desk.store.write(keep)


def _fact(reception: Reception, sender: Sender, key: str, what: str) -> Inbound:
    """Return the click as something that is done by now: the worker has nothing to do with it."""
    return Inbound(
        key=key,
        conversation_id=f"person/{sender.id}",
        address=Address(channel=sender.id),
        sender=sender,
        event=Ignored(what=what),
        received_at=reception.now(),
    )
