"""health, backup, restore, verify, audit verify: keeping the desk's data sound."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import complain, open_store
from bot.settings import Settings, load_settings
from bot.texts import alerts

if TYPE_CHECKING:
    from bot.services.health import Trouble, Vitals

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("health")(health)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("verify")(verify)
    app.add_typer(audit, name="audit")


def health() -> None:
    """Tell as JSON whether the running desk is well; exit status 1 where something is wrong.

    Example: madoguchi health || systemctl restart madoguchi
    """
    from bot.services.health import troubles

    vitals = _vitals(load_settings())
    found = troubles(vitals)
    typer.echo(json.dumps(_report(vitals, found), ensure_ascii=False, indent=2))
    if found:
        raise typer.Exit(1)


def backup(file: Annotated[Path, typer.Argument(help="New file to write.")]) -> None:
    """Copy the database of one instant, also while the desk runs. Keys are not in it: keep them elsewhere.

    Example: madoguchi backup /backup/desk-$(date +%F).db
    """
    from bot.storage.sqlite.backup import backup as copy

    copy(load_settings().database, file)
    typer.echo(alerts.BACKED_UP.format(file=file))


def restore(file: Annotated[Path, typer.Argument(help="A file that backup wrote.")]) -> None:
    """Put a backup in the place of the database, which is kept; the desk must not run."""
    from bot.storage.sqlite.backup import restore as put_back

    kept = put_back(file, load_settings().database)
    typer.echo(alerts.RESTORED.format(file=file, kept=kept or "-"))


def verify() -> None:
    """Check database and audit trail; exit status 1 where either was damaged."""
    from bot.errors import StoreCorrupt
    from bot.storage.sqlite.backup import verify as check

    try:
        count, bad = check(load_settings().database)
    except StoreCorrupt as error:
        complain(alerts.DAMAGED.format(reason=error))
        raise typer.Exit(1) from error
    _tell_audit(count, bad, alerts.VERIFIED)


@audit.command("verify")
def verify_audit() -> None:
    """Check that no entry of the audit trail was changed, added or removed; names the first bad one."""
    with open_store(load_settings()) as store, store.reading() as unit:
        count, bad = len(unit.audit.all()), unit.audit.first_bad()
    _tell_audit(count, bad, alerts.AUDIT_OK)


def _tell_audit(count: int, bad: int | None, good: str) -> None:
    if bad is not None:
        complain(alerts.AUDIT_BAD.format(number=bad))
        raise typer.Exit(1)
    typer.echo(good.format(count=count))


def _vitals(settings: Settings) -> Vitals:
    from bot.compose import vitals
    from classifiers.registry import Registry

    with open_store(settings) as store, store.reading() as unit:
        return vitals(unit, settings, Registry(settings.models))


def _report(vitals: Vitals, found: list[tuple[Trouble, int]]) -> dict[str, Any]:
    from bot.services.health import age

    beat, waiting = vitals.heartbeat, vitals.queues
    return {
        "ok": not found,
        "problems": [_words(trouble, measure) for trouble, measure in found],
        "now": _instant(vitals.now),
        "process": None
        if beat is None
        else {
            "pid": beat.pid,
            "started_at": _instant(beat.started_at),
            "heartbeat_at": _instant(beat.at),
            "connected": beat.connected,
            "last_pong_seconds": round(beat.pong_age, 1),
            "last_event": _instant(beat.last_event),
            "last_sweep": _instant(beat.last_sweep),
        },
        "inbox": {"waiting": waiting.inbox, "oldest_seconds": age(waiting.inbox_since, vitals.now)},
        "outbox": {
            "waiting": waiting.outbox,
            "oldest_seconds": age(waiting.outbox_since, vitals.now),
            "dead": waiting.dead,
        },
        "webhook": {"given_up": waiting.webhook_dead},
        "disk_free_mb": vitals.disk_free,
        "model": vitals.model,
        "clock": {"skew_seconds": None if beat is None else beat.clock_skew},
    }


def _words(trouble: Trouble, measure: int) -> str:
    from bot.texts.administration import problem

    return problem(trouble, measure)


def _instant(value: datetime | None) -> str | None:
    from bot.clock import JST

    return None if value is None else value.astimezone(JST).isoformat(timespec="seconds")
