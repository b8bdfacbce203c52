"""Decides which unanswered questions belong together and what entry they might become; stores nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from knowledge.faq.entry import FaqEntry
from knowledge.faq.terms import TermReader, TextTerms

#: Likeness from which two questions are about the same thing.
ALIKE: Final = 0.5
_MOST_VARIANTS: Final = 8
#: A word that this many questions share says too little to compare all of them.
_TOO_COMMON: Final = 200


class MissKind(StrEnum):
    UNANSWERED = "unanswered"
    NOT_HELPFUL = "not_helpful"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMiss:
    """A question that the FAQ did not answer, or not to the asker's liking. `asked_at` is timezone-aware."""

    id: str
    text: str
    asked_at: datetime
    kind: MissKind = MissKind.UNANSWERED
    policy_id: str | None = None
    #: The entry that did not help.
    entry_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqGap:
    """Questions about one thing, newest last; `question` is the most typical of them."""

    question: str
    misses: tuple[FaqMiss, ...]
    policies: tuple[str, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.misses)

    @property
    def last_asked_at(self) -> datetime:
        """When it was asked last."""
        return self.misses[-1].asked_at


def find_gaps(misses: Sequence[FaqMiss], reader: TermReader) -> tuple[FaqGap, ...]:
    """Misses grouped by likeness, the most frequent group first, then the most recent one.

    Questions are linked where they share at least half of their words or character pieces, and a group is
    whatever hangs together; the result does not depend on the order of the misses.
    """
    ordered = sorted(misses, key=lambda miss: (miss.asked_at, miss.id))
    read = [reader.read(miss.text) for miss in ordered]
    groups: dict[int, list[int]] = defaultdict(list)
    for number, root in enumerate(_roots(read)):
        groups[root].append(number)
    gaps = [
        _gap([ordered[number] for number in group], [read[number] for number in group])
        for group in groups.values()
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap.count, -gap.last_asked_at.timestamp(), gap.question)))


def draft_entry(gap: FaqGap, *, entry_id: str, answer: str, source: str) -> FaqEntry:
    """What a gap looks like as an entry, for staff to review; other wordings become variants."""
    wordings = dict.fromkeys(miss.text.strip() for miss in gap.misses)
    wordings.pop(gap.question, None)
    return FaqEntry(
        id=entry_id,
        question=gap.question,
        answer=answer,
        policies=gap.policies,
        variants=tuple(wordings)[:_MOST_VARIANTS],
        source=source,
    )


def likeness(first: TextTerms, second: TextTerms) -> float:
    """The higher of two Dice coefficients, over words and over character pieces, 0..1."""
    return max(
        _dice(frozenset(first.words.tolist()), frozenset(second.words.tolist())),
        _dice(frozenset(first.grams.tolist()), frozenset(second.grams.tolist())),
    )


def _roots(read: Sequence[TextTerms]) -> list[int]:
    parents = list(range(len(read)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    by_word: dict[int, list[int]] = defaultdict(list)
    for number, terms in enumerate(read):
        shared = Counter(other for word in set(_handles(terms)) for other in by_word[word][-_TOO_COMMON:])
        for other in shared:
            if root(other) != root(number) and likeness(read[other], terms) >= ALIKE:
                parents[root(number)] = root(other)
        for word in set(_handles(terms)):
            by_word[word].append(number)
    return [root(number) for number in range(len(read))]


def _handles(terms: TextTerms) -> list[int]:
    """Terms by which like questions find each other: words, or character pieces where there are none."""
    found: list[int] = (terms.words if len(terms.words) else terms.grams).tolist()
    return found


def _gap(misses: Sequence[FaqMiss], read: Sequence[TextTerms]) -> FaqGap:
    typical = [sum(likeness(one, other) for other in read) for one in read]
    best = max(range(len(misses)), key=lambda number: (typical[number], -len(misses[number].text), -number))
    policies = sorted({miss.policy_id for miss in misses if miss.policy_id is not None})
    return FaqGap(question=misses[best].text.strip(), misses=tuple(misses), policies=tuple(policies))


def _dice(first: frozenset[int], second: frozenset[int]) -> float:
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0
