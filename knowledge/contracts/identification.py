"""Decides whether a person speaks for a contract; asks nobody and keeps no attempts itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from rapidfuzz import fuzz

from knowledge.calendars.business_calendar import JST
from knowledge.contracts.contract import Contract, Identification, IdentificationStatus
from knowledge.contracts.words import word_list
from knowledge.policies.decision import Asker

#: Hyphens, dashes, minus signs and the long vowel mark that people type for them.
_DASHES = "\\-\u2010-\u2015\u2212\u30fc"
_NUMBER_NOISE = re.compile(f"[\\s{_DASHES}_.,:;#/'\"()\\[\\]\u3001\u3002\u300c\u300d\u3010\u3011]+")
_NAME_NOISE = re.compile("[^\\w]|_")
_TO_KATAKANA = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}
#: Similarity from which a typed name confirms a number.
NAME_CONFIRMS = 0.82
#: A name that is a good part of the other (branch or department added or left out) confirms, too.
_PART_CONFIRMS = 0.9
_LEAST_PART = 3


class ContractRegistry(Protocol):
    """Where contracts are looked up."""

    def find(self, number: str) -> Contract | None:
        """The contract of a customer number in its normal form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a person to identify; kept by the caller."""

    person: str
    #: In its normal form.
    number: str
    #: Aware.
    at: datetime
    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRules:
    """How many failures are allowed: by one person, on one number, and by everybody together.

    A success makes a person's and a number's failures within `window` forgotten, never those of the day:
    whoever holds one contract could else try all the others.
    """

    per_person: int = 5
    per_number: int = 10
    window: timedelta = timedelta(minutes=15)
    #: Pause after the last failure once one of the limits above is reached.
    cool_down: timedelta = timedelta(minutes=30)
    per_person_a_day: int = 20
    per_workspace_a_day: int = 100
    day: timedelta = timedelta(days=1)


@lru_cache(maxsize=4096)
def normalise_number(text: str) -> str:
    """A customer number without label, width, hyphens and spaces; letters in upper case, zeros kept."""
    found = unicodedata.normalize("NFKC", text).strip().lower()
    for label in word_list("numbers", "labels"):
        if found.startswith(label) and not found[len(label) : len(label) + 1].isalpha():
            found = found[len(label) :]
            break
    for ending in word_list("numbers", "endings"):
        found = found.rstrip(" \u3002.!").removesuffix(ending)
    return _NUMBER_NOISE.sub("", found).upper()


@lru_cache(maxsize=4096)
def normalise_name(text: str) -> str:
    """A holder's name without legal form, polite ending, width, spaces and punctuation, in katakana."""
    found = unicodedata.normalize("NFKC", text).strip().casefold()
    for ending in word_list("names", "endings"):
        found = found.removesuffix(ending)
    for form in word_list("names", "legal_forms"):
        found = found.removeprefix(form).removesuffix(form).strip()
    return _NAME_NOISE.sub("", found).translate(_TO_KATAKANA)


def similarity(typed: str, contract: Contract) -> float:
    """How well a typed name fits the holder or one of its aliases, 0..1."""
    name = normalise_name(typed)
    if not name:
        return 0.0
    return max(_alike(name, normalise_name(known)) for known in (contract.holder, *contract.aliases))


def in_force(contract: Contract, today: date) -> bool:
    """True where the contract holds on that day; both ends belong to it."""
    started = contract.valid_from is None or contract.valid_from <= today
    return started and (contract.valid_until is None or today <= contract.valid_until)


def locked_until(
    history: Iterable[Attempt], person: str, number: str, now: datetime, rules: AttemptRules | None = None
) -> datetime | None:
    """When the person may try this number again, or None where they may now."""
    rules = rules or AttemptRules()
    tries = sorted(history, key=lambda attempt: attempt.at)
    ends = [
        *_pauses([t for t in tries if t.person == person], rules.per_person, rules),
        *_pauses([t for t in tries if t.number == number], rules.per_number, rules),
        *_day_ends([t for t in tries if t.person == person], rules.per_person_a_day, now, rules),
        *_day_ends(tries, rules.per_workspace_a_day, now, rules),
    ]
    until = max(ends, default=now)
    return until if until > now else None


def identify(
    registry: ContractRegistry,
    typed_name: str,
    typed_number: str,
    *,
    history: Sequence[Attempt] = (),
    person: str,
    now: datetime,
    rules: AttemptRules | None = None,
    known_as: str | None = None,
) -> Identification:
    """Compares a typed name and number with the registry at `now` (aware).

    Only the exact number finds a contract; the name confirms it. The caller keeps `attempt_of` the
    outcome and passes it back in `history` next time; `known_as` is what stands for the number there.
    """
    rules = rules or AttemptRules()
    number = normalise_number(typed_number)
    failed = len(_failures(sorted(_of(history, person), key=lambda t: t.at), now, rules))
    if locked_until(history, person, known_as or number, now, rules) is not None:
        return Identification(status=IdentificationStatus.LOCKED, attempts=failed)
    contract = registry.find(number) if number else None
    # The same work for a number that nobody has: the time tells no one which part was wrong.
    alike = similarity(typed_name, contract or _NOBODY)
    if contract is None:
        return Identification(status=IdentificationStatus.UNKNOWN, attempts=failed + 1)
    if alike < NAME_CONFIRMS:
        return Identification(status=IdentificationStatus.MISMATCH, similarity=alike, attempts=failed + 1)
    valid = in_force(contract, now.astimezone(JST).date())
    status = IdentificationStatus.VERIFIED if valid else IdentificationStatus.EXPIRED
    return Identification(status=status, contract=contract, similarity=alike, attempts=failed)


def attempt_of(found: Identification, person: str, typed_number: str, now: datetime) -> Attempt | None:
    """The try to be kept; None where it was not let through and so does not prolong the pause."""
    if found.status is IdentificationStatus.LOCKED:
        return None
    proved = found.status in (IdentificationStatus.VERIFIED, IdentificationStatus.EXPIRED)
    return Attempt(person=person, number=normalise_number(typed_number), at=now, succeeded=proved)


def asker_of(contract: Contract, slack_user: str | None = None, email: str | None = None) -> Asker:
    """The role of a person who speaks for a contract: that of a known contact, else the holder."""
    for contact in contract.contacts:
        if slack_user and contact.slack_user == slack_user:
            return contact.role
    for contact in contract.contacts:
        if email and contact.email and contact.email.casefold() == email.casefold():
            return contact.role
    return Asker.CONTRACT_HOLDER


def _alike(typed: str, known: str) -> float:
    if not known:
        return 0.0
    ratio = fuzz.ratio(typed, known) / 100
    shorter, longer = sorted((typed, known), key=len)
    if len(shorter) >= _LEAST_PART and len(shorter) * 2 >= len(longer) and shorter in longer:
        return max(ratio, _PART_CONFIRMS)
    return ratio


def _of(history: Iterable[Attempt], person: str) -> list[Attempt]:
    return [attempt for attempt in history if attempt.person == person]


_NOBODY = Contract(number="0", holder="nobody at all incorporated", policy_id="-")


def _pauses(tries: Sequence[Attempt], limit: int, rules: AttemptRules) -> list[datetime]:
    """When pauses after too many failures within the window end; `tries` oldest first."""
    last = tries[-1].at if tries else None
    failures = _failures(tries, last, rules) if last is not None else []
    return [failures[-1].at + rules.cool_down] if len(failures) >= limit else []


def _day_ends(tries: Sequence[Attempt], limit: int, now: datetime, rules: AttemptRules) -> list[datetime]:
    """When there is room for another failure of the day; `tries` oldest first."""
    failed = [t for t in tries if not t.succeeded and now - rules.day < t.at <= now]
    return [failed[-limit].at + rules.day] if len(failed) >= limit else []


def _failures(tries: Sequence[Attempt], now: datetime, rules: AttemptRules) -> list[Attempt]:
    """Failures within the window since the last success; `tries` oldest first."""
    found: list[Attempt] = []
    for attempt in tries:
        if attempt.succeeded:
            found = []
        elif now - rules.window < attempt.at <= now:
            found.append(attempt)
    return found
