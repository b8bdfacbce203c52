"""What can be made to go wrong with a call to the Web API; decides when, not what a method does."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way a call goes wrong. Made by the class methods below."""

    kind: str
    #: HTTP status answered, where one is.
    status: int = 200
    #: Seconds: Retry-After, or how long the call hangs.
    seconds: float = 0.0
    code: str = ""

    @classmethod
    def rate_limited(cls, retry_after: float = 1) -> Fault:
        """429 with Retry-After; nothing is done."""
        return cls(kind="answer", status=429, seconds=retry_after, code="ratelimited")

    @classmethod
    def server_error(cls, status: int = 500) -> Fault:
        """A status of 5xx with an HTML body; nothing is done."""
        return cls(kind="html", status=status)

    @classmethod
    def html(cls) -> Fault:
        """200 with a body that is not JSON; nothing is done."""
        return cls(kind="html", status=200)

    @classmethod
    def refused(cls, code: str) -> Fault:
        """`ok: false` with that code; nothing is done."""
        return cls(kind="answer", code=code)

    @classmethod
    def lost_answer(cls) -> Fault:
        """The work is done, then the connection is closed without an answer."""
        return cls(kind="lost")

    @classmethod
    def lost_server_error(cls, status: int = 503) -> Fault:
        """The work is done, the answer is a status of 5xx."""
        return cls(kind="lost_html", status=status)

    @classmethod
    def reset(cls) -> Fault:
        """The connection is reset before anything is done."""
        return cls(kind="reset")

    @classmethod
    def hang(cls, seconds: float) -> Fault:
        """The answer (and the work) comes only after `seconds`."""
        return cls(kind="hang", seconds=seconds)


@dataclass(slots=True)
class _Plan:
    fault: Fault
    #: None means again and again.
    times: int | None
    share: float


class Faults:
    """Faults by method, taken in the order they were planned."""

    def __init__(self, seed: int) -> None:
        self._plans: dict[str, list[_Plan]] = {}
        self._random = random.Random(seed)

    def add(self, method: str, fault: Fault, *, times: int | None = 1, share: float = 1.0) -> None:
        """Make calls of `method` (`*` for all) fail, `times` of them, each with probability `share`."""
        self._plans.setdefault(method, []).append(_Plan(fault, times, share))

    def clear(self) -> None:
        self._plans.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault that this call meets, if any."""
        for name in (method, "*"):
            for plan in self._plans.get(name, ()):
                if plan.times == 0 or self._random.random() >= plan.share:
                    continue
                if plan.times is not None:
                    plan.times -= 1
                return plan.fault
        return None
