"""A contract and the outcome of an identification, as values; decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.policies.decision import Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A known person of a contract."""

    name: str
    role: Asker
    slack_user: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A support contract (ご契約)."""

    #: お客様番号 in its normal form (see identification.normalise_number); masked where `key` stands for it.
    number: str
    #: ご契約者名 as written in the contract.
    holder: str
    policy_id: str
    plan: str | None = None
    aliases: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    contacts: tuple[Contact, ...] = ()
    #: Opaque id that stands for the number once a contract is kept.
    key: str = ""

    @property
    def masked_number(self) -> str:
        """The number as it may be shown: only the last four characters."""
        return masked(self.number)


def masked(number: str) -> str:
    """A customer number as it may be shown; a masked one stays as it is."""
    return "****" + number[-4:] if len(number) > 4 else "****"


class IdentificationStatus(StrEnum):
    UNASKED = "unasked"
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """The outcome of comparing what a person typed with the registry."""

    status: IdentificationStatus = IdentificationStatus.UNASKED
    contract: Contract | None = None
    #: Similarity of the typed name to the closest known name, 0..1.
    similarity: float = 0.0
    #: Failed tries so far, this one included.
    attempts: int = 0

    @property
    def verified(self) -> bool:
        return self.status is IdentificationStatus.VERIFIED
