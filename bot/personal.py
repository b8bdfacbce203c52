"""What is kept about people and contracts: the ports to it, and whose data is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from knowledge.contracts.contract import Contract
from knowledge.contracts.identification import Attempt


class PeoplePort(Protocol):
    def link(self, user_id: str, contract_key: str, at: datetime) -> None: ...

    def unlink(self, user_id: str) -> None: ...

    def contract_of(self, user_id: str) -> str | None:
        """Return the key of the contract that a person has shown."""
        ...

    def record_attempt(self, attempt: Attempt) -> None: ...

    def attempts(self, *, since: datetime) -> Sequence[Attempt]:
        """Return every identification tried since then, oldest first."""
        ...


class ContractPort(Protocol):
    """Contracts; whatever is read back carries its key, and its number only masked."""

    def upsert(self, contracts: Sequence[Contract]) -> tuple[int, int]:
        """Keep them all or none; return how many were new and how many changed."""
        ...

    def find(self, number: str) -> Contract | None:
        """Return the contract of a customer number in its normal form."""
        ...

    def get(self, key: str) -> Contract | None: ...

    def knows(self, number: str) -> bool: ...

    def key_of(self, number: str) -> str:
        """Return the opaque id that stands for a number in its normal form, known or not."""
        ...

    def lengths(self) -> Sequence[int]:
        """Return how long known numbers are, in their normal form."""
        ...

    def all(self, limit: int | None = None) -> Sequence[Contract]: ...

    def count(self) -> int: ...

    def in_force(self, day: date) -> Mapping[str, int]:
        """Return how many contracts hold on a day, by policy."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose data is meant: a person's or a contract's, exactly one of them."""

    user: str | None = None
    contract_key: str | None = None

    def __post_init__(self) -> None:
        if bool(self.user) == bool(self.contract_key):
            raise ValueError("either a person or a contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Somebody whose data was kept in a certain time."""

    user: str
    contract_key: str
    holder: str
    tickets: int


class VaultPort(Protocol):
    """Everything about somebody, over all tables."""

    def about(self, whose: About) -> dict[str, list[Any]]: ...

    def open_tickets(self, whose: About) -> Sequence[str]: ...

    def erase(self, whose: About, at: datetime) -> Sequence[str]: ...

    def rename(self, whose: About, name: str) -> int: ...

    def forget_messages(self, before: datetime) -> int: ...

    def forget_tickets(self, before: datetime, at: datetime) -> int: ...

    def touched(self, since: datetime, until: datetime) -> Sequence[Affected]: ...
