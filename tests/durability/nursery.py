"""Starts `madoguchi run` by forking a process that has imported it: two thirds of a start are imports.

What is started has its own memory, files and links, and is killed as any process. Before the fork only the
shipped word lists are read, nothing of the operator's. The long form of the kill harness starts every process
from nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO


class Child:
    """One process of the nursery, with what the harness needs of a `Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None:
            self._status = self._nursery.status(self.pid)
        return self._status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if timeout is not None and end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("madoguchi run", timeout)
            time.sleep(0.005)
        return status


class Nursery:
    """A process that forks on demand."""

    def __init__(self, home: Path, environment: Mapping[str, str], log: IO[bytes]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def start(self) -> Child:
        return Child(self, int(self._ask("start")))

    def status(self, pid: int) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        told = self._ask(f"status {pid}")
        return None if told == "-" else int(told)

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, words: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(words, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


def _serve() -> bool:
    """Answer until nobody asks any more; True in a forked process."""
    living: set[int] = set()
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "start":
            pid = os.fork()
            if not pid:
                return True
            living.add(pid)
            print(pid, flush=True)
        else:
            pid, status = os.waitpid(int(rest[0]), os.WNOHANG)
            living.discard(pid)
            print(os.waitstatus_to_exitcode(status) if pid else "-", flush=True)
    for pid in living:
        os.kill(pid, signal.SIGKILL)
    return False


if __name__ == "__main__":
    import bot.cli.desk
    import bot.cli.running  # noqa: F401
    from bot.__main__ import main
    from classifiers.reading import Reader

    Reader.load()
    if _serve():
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        sys.argv = ["madoguchi", "run"]
        main()
