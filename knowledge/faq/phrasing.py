"""Decides how like a query is to the closest single phrasing of an entry; not which entries are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from knowledge.faq.entry import FaqEntry
from knowledge.faq.postings import Postings
from knowledge.faq.terms import TermReader, TextTerms


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The distinct terms of one way to ask, with what its words weigh together."""

    words: frozenset[int]
    weight: float
    grams: frozenset[int]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Dice coefficients 0..1 with the closest phrasing: over words by rarity, and over character pieces."""

    words: float
    grams: float


class PhrasingReader:
    """Turns phrasings into comparable sets."""

    def __init__(self, reader: TermReader, word_postings: Postings) -> None:
        self._reader = reader
        self._weigh: Callable[[frozenset[int]], float] = word_postings.weight_of

    def of_entry(self, entry: FaqEntry) -> tuple[Phrasing, ...]:
        """One per question and variant that is not empty."""
        return tuple(
            self.of_terms(self._reader.read(text)) for text in (entry.question, *entry.variants) if text
        )

    def of_terms(self, terms: TextTerms) -> Phrasing:
        """The sets of terms already read."""
        words = frozenset(terms.words.tolist())
        return Phrasing(words, self._weigh(words), frozenset(terms.grams.tolist()))

    def likeness(self, query: Phrasing, phrasings: tuple[Phrasing, ...]) -> Likeness:
        """Likeness to the closest phrasing, each measure by itself; zeros without phrasings."""
        words = grams = 0.0
        for phrasing in phrasings:
            total = query.weight + phrasing.weight
            shared = query.words & phrasing.words
            if shared and total > 0:
                words = max(words, 2 * self._weigh(shared) / total)
            size = len(query.grams) + len(phrasing.grams)
            if size:
                grams = max(grams, 2 * len(query.grams & phrasing.grams) / size)
        return Likeness(words, grams)
