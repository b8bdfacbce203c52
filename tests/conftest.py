"""What every test starts from: an environment without the operator's settings, and a home of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No MADOGUCHI_* or SLACK_* of the person who runs the tests, no `.env`, an empty home."""
    for name in tuple(os.environ):
        if name.startswith(("MADOGUCHI_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
