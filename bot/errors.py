"""What can go wrong in the bot.

BotError
├── SettingsError        a setting is missing or unusable (name, reason)
├── StoreError
│   ├── StoreBusy        another process holds the database
│   ├── StoreCorrupt     the database failed its integrity check
│   ├── StoreFull        the disk takes no more
│   └── StaleVersion     somebody else changed the record first
├── NotAllowed           the actor may not do that (told like NotFound)
├── NotFound             no such record
├── TicketsOpen          somebody still waits for an answer (ids)
├── MoveRefused          the ticket's state does not allow that move
│   └── MoveUnfit        what was given with the move does not fit (reason)
├── ScriptError          a transcript file is malformed (file, step, reason)
├── InputFileError       an input file cannot be read
└── GatewayError         the outside world refused or did not answer
    ├── Unreachable      whether it was done is unknown; read back before repeating
    ├── RateLimited      try again after `retry_after` seconds
    └── Refused          it will never work like this (code)

Each leaf has one Japanese sentence for people in texts/errors.py.
"""

from __future__ import annotations


class BotError(Exception):
    """Root of everything raised by the bot."""


class SettingsError(BotError):
    """A setting cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


class StoreError(BotError):
    """The store cannot be used."""


class StoreBusy(StoreError):
    """Another process holds the database."""


class StoreCorrupt(StoreError):
    """The database failed its integrity check; restore a backup."""


class StoreFull(StoreError):
    """The disk takes no more; nothing was kept."""


class StaleVersion(StoreError):
    """Somebody else changed the record first."""


class NotAllowed(BotError):
    """The actor may not do that."""


class NotFound(BotError):
    """There is no such record."""


class TicketsOpen(BotError):
    """Somebody still waits for an answer."""

    def __init__(self, tickets: tuple[str, ...]) -> None:
        super().__init__(", ".join(tickets))
        self.tickets = tickets


class MoveRefused(BotError):
    """The ticket's state does not allow that move."""

    def __init__(self, status: str, move: str) -> None:
        super().__init__(f"a ticket that is {status} cannot {move}")
        self.status, self.move = status, move


class MoveUnfit(MoveRefused):
    """What was given with the move does not fit it; `reason` is a word of tickets/rules.Unfit."""

    def __init__(self, status: str, move: str, reason: str) -> None:
        super().__init__(status, move)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.move}: {self.reason}"


class ScriptError(BotError):
    """A transcript file cannot be replayed."""

    def __init__(self, file: str, where: str, reason: str) -> None:
        super().__init__(f"{file}: {where}: {reason}")
        self.file, self.where, self.reason = file, where, reason


class InputFileError(BotError):
    """An input file cannot be read."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


class GatewayError(BotError):
    """The outside world did not do what was asked."""


class Unreachable(GatewayError):
    """No answer came: whether it was done is unknown."""


class RateLimited(GatewayError):
    """Too many calls."""

    def __init__(self, method: str, retry_after: float) -> None:
        super().__init__(f"{method}: retry after {retry_after} s")
        self.method, self.retry_after = method, retry_after


class Refused(GatewayError):
    """The call will never work like this."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method, self.code = method, code
