"""Logs: JSON lines on standard error with an allow-list of keys, so that no words or numbers get in."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: Their lines hold bodies and texts, whatever level they are set to.
LIBRARIES = ("slack_bolt", "slack_sdk", "uvicorn", "asyncio")

#: Only these keys are ever written; anything else is dropped and counted.
ALLOWED_KEYS = frozenset(
    {
        "action",
        "attempts",
        "channel",
        "count",
        "error",
        "event",
        "key",
        "kind",
        "level",
        "logger",
        "method",
        "model",
        "path",
        "reason",
        "retry_after",
        "room",
        "seconds",
        "status",
        "ticket",
        "timestamp",
        "version",
        "where",
    }
)


def logger(room: str) -> structlog.stdlib.BoundLogger:
    """Return a logger that names its room."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return bound


def keep_allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list."""
    dropped = [key for key in fields if key not in ALLOWED_KEYS]
    for key in dropped:
        del fields[key]
    if dropped:
        fields["count"] = fields.get("count", len(dropped))
    return fields


def configure(level: str = "INFO") -> None:
    """Set up logging for the process; of the libraries only who complained is told."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),  # as it is at each line
        cache_logger_on_first_use=False,
    )
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.setLevel(logging.ERROR)
        library.handlers, library.propagate = [_NamesOnly()], False


class _NamesOnly(logging.Handler):
    """Tells that a library complained, and what kind of error it was: its own words may be a customer's."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        logger("library").warning("complaint", where=record.name, error=kind.__name__ if kind else "")
