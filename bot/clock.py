"""The wall clock and its zone: the only place that reads the time of day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

JST: Final = ZoneInfo("Asia/Tokyo")


def system_clock() -> datetime:
    """Return the present instant, aware, in JST."""
    return datetime.now(UTC).astimezone(JST)
