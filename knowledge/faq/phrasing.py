"""Decides how like a query is to the closest single phrasing of an entry; not which entries are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.faq.entry import FaqEntry
from knowledge.faq.postings import Postings
from knowledge.faq.terms import TermReader, TextTerms


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The distinct terms of one way to ask."""

    #: Word → how telling it is.
    words: Mapping[int, float]
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
        self._postings = word_postings

    def of_entry(self, entry: FaqEntry) -> tuple[Phrasing, ...]:
        """One per question and variant that is not empty."""
        return tuple(
            self.of_terms(self._reader.read(text)) for text in (entry.question, *entry.variants) if text
        )

    def of_terms(self, terms: TextTerms) -> Phrasing:
        """The sets of terms already read."""
        weights = self._postings.weights_of(terms.words)
        words = dict(zip(terms.words.tolist(), weights.tolist(), strict=True))
        return Phrasing(words, sum(words.values()), frozenset(terms.grams.tolist()))


def likeness(query: Phrasing, phrasings: tuple[Phrasing, ...]) -> Likeness:
    """Likeness to the closest phrasing, each measure by itself; zeros without phrasings."""
    words = grams = 0.0
    known = query.words
    for phrasing in phrasings:
        total = query.weight + phrasing.weight
        if total > 0:
            words = max(words, 2 * sum(known[word] for word in known.keys() & phrasing.words) / total)
        size = len(query.grams) + len(phrasing.grams)
        if size:
            grams = max(grams, 2 * len(query.grams & phrasing.grams) / size)
    return Likeness(words, grams)
