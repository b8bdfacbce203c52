"""What every test starts from: an environment without the operator's settings, and a home of its own."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.__main__ import COLLECT_AFTER
from bot.compose import Parts
from bot.settings import Settings
from classifiers.crew import cores
from tests.builders import OPENED

#: Files of tests that take minutes.
LONG = ("test_kills.py", "test_learning.py")


def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores: much of the time a test waits for threads and processes of its own."""
    return cores() + 1


def pytest_configure() -> None:
    """The collector of dead cycles looks as seldom as in the program."""
    gc.set_threshold(COLLECT_AFTER)


def pytest_collection_finish() -> None:
    """What was loaded for the tests stays."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nothing is left to wait for at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No MADOGUCHI_* or SLACK_* of the person who runs the tests, no `.env`, an empty home."""
    _strip(monkeypatch)
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def closed_stores() -> Iterator[None]:
    """Close the database of every desk that a test built."""
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The real parts with the built-in model, trained once for all tests and workers that ask for it."""
    with pytest.MonkeyPatch.context() as patch, one_at_a_time(tmp_path_factory, "parts") as folder:
        _strip(patch)
        made = Parts(Settings(home=folder / "trained"))
        made.warm_up()  # what it holds, `with_settings` passes on: no test builds the FAQ's index again
    return made


@contextmanager
def one_at_a_time(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all workers share; who comes first fills it, while the others wait."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _strip(patch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.upper().startswith(("MADOGUCHI_", "SLACK_")):
            patch.delenv(name)
