from __future__ import annotations

import io
import json

import pytest
import structlog

from bot.logs import configure, logger


def test_a_line_goes_to_standard_error_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", before)
    configure()
    before.close()
    monkeypatch.setattr("sys.stderr", now)
    try:
        logger("test").info("told", count=1)
    finally:
        structlog.reset_defaults()
    assert json.loads(now.getvalue())["count"] == 1
