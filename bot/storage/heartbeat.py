"""The heartbeat as a small file beside the database: readable while the database is locked or full."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from bot.services.health import Heartbeat
from bot.storage.records import Record

_HEARTBEAT: Record[Heartbeat] = Record(Heartbeat)


def write_heartbeat(path: Path, heartbeat: Heartbeat) -> None:
    """Replace the file at once. Raises OSError where the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(_HEARTBEAT.dump(heartbeat), encoding="utf-8")
    os.replace(draft, path)


def read_heartbeat(path: Path) -> Heartbeat | None:
    """Return the last heartbeat; None where there is none, or half of one."""
    try:
        return _HEARTBEAT.load(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
