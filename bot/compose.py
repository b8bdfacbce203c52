"""Wires the real parts together: the only place that builds them, and the only one that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """Return the present instant, aware, in JST."""
    return datetime.now(UTC).astimezone(JST)
