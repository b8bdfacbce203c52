"""Decides whether the FAQ answers a question, suggests or stays silent; not what an answer says.

A blend of BM25 over dictionary forms, character 2- and 3-grams and neighbouring pairs of words, each divided
by its own maximum. Question, variants and answer of an entry lie in one field: scoring phrasings apart loses
badly. Dictionary forms join spellings, character pieces forgive typos, pairs keep the order. A BM25 score
says little about being right, so a small logistic model over coverage and distance does (see `confidence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.text.lexicon import Lexicon
from knowledge.faq.confidence import MatchFeatures, confidence_of, outcome_of
from knowledge.faq.entry import FaqEntry, FaqHit, FaqOutcome, FaqResult
from knowledge.faq.phrasing import Likeness, PhrasingReader, likeness
from knowledge.faq.postings import ChannelMatch, Postings, PostingsBuilder, weighted
from knowledge.faq.settings import SearchSettings, load_settings
from knowledge.faq.terms import TermReader, TextTerms

Floats = NDArray[np.float64]

CHANNELS: Final = ("words", "grams", "pairs")
_NOTHING: Final = FaqResult(outcome=FaqOutcome.SILENT, confidence=0.0)
#: Hits below this share of the best score are noise.
_LEAST_SCORE: Final = 0.1
_PHRASES_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class RankedMatch:
    """Entries by number, best first, with what the confidence is judged by."""

    order: tuple[int, ...]
    scores: tuple[float, ...]
    features: MatchFeatures


class FaqIndex:
    """All entries, searchable. Immutable; searches may run in several threads."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        postings: dict[str, Postings],
        settings: SearchSettings,
        lexicon: Lexicon,
    ) -> None:
        self.entries = tuple(entries)
        self.postings = postings
        self.settings = settings
        self._reader = TermReader(settings.terms, lexicon)
        self._masks: dict[tuple[str | None, bool], NDArray[np.bool_] | None] = {}
        self._phrasing = PhrasingReader(self._reader, postings["words"])
        self._phrasings = lru_cache(maxsize=_PHRASES_KEPT)(
            lambda number: self._phrasing.of_entry(self.entries[number])
        )

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        settings: SearchSettings | None = None,
        lexicon: Lexicon | None = None,
    ) -> FaqIndex:
        """Index over entries; settings and lexicon default to the shipped ones."""
        settings = settings or load_settings()
        lexicon = lexicon or Lexicon.load()
        reader = TermReader(settings.terms, lexicon)
        blend = settings.blend
        builders = {channel: PostingsBuilder() for channel in CHANNELS}
        for entry in entries:
            asked, told = _fields(reader, entry)
            # An entry that is nothing but an answer is searched by it in full.
            told_weight = blend.answer if len(asked.grams) else 1.0
            for channel, builder in builders.items():
                builder.add(weighted([(getattr(asked, channel), 1.0), (getattr(told, channel), told_weight)]))
        postings = {channel: builder.finish(k1=blend.k1, b=blend.b) for channel, builder in builders.items()}
        return cls(entries, postings, settings, lexicon)

    def search(
        self, query: str, policy_id: str | None = None, k: int = 5, *, staff: bool = False
    ) -> FaqResult:
        """What the FAQ has to say.

        In: the question as it was written; `policy_id` limits the hits to entries that hold for that policy;
        `staff` also finds internal entries. Out: at most `k` hits, best first; silent where nothing fits.
        """
        ranked = self.rank(query, policy_id, max(k, 1), staff=staff)
        if ranked is None or k < 1:
            return _NOTHING
        confidence = confidence_of(ranked.features, self.settings.confidence)
        hits = tuple(
            FaqHit(entry=self.entries[number], score=score)
            for number, score in zip(ranked.order[:k], ranked.scores, strict=False)
        )
        return FaqResult(
            outcome=outcome_of(confidence, self.settings.confidence), confidence=confidence, hits=hits
        )

    def rank(self, query: str, policy_id: str | None, k: int, *, staff: bool = False) -> RankedMatch | None:
        """The order of entries for a query and the features of the best one; None where nothing matches."""
        terms = self._reader.read(query, limit=self.settings.terms.longest_query)
        if not self.entries or not len(terms.grams):
            return None
        matches = {channel: self.postings[channel].match(getattr(terms, channel)) for channel in CHANNELS}
        allowed = self._allowed(policy_id, staff)
        blended = self._blend(matches, allowed)
        inside = blended if allowed is None else np.where(allowed, blended, 0.0)
        candidates = _best(inside, max(k, int(self.settings.blend.reranked)))
        if not candidates:
            return None
        ranked = self._rerank(terms, candidates, inside)
        best = ranked[0]
        rival = 0.0 if allowed is None else float(np.where(allowed, 0.0, blended).max())
        features = self._features(terms, ranked, matches, rival / float(inside[best.number]))
        kept = [candidate for candidate in ranked if candidate.score >= _LEAST_SCORE][:k]
        return RankedMatch(
            tuple(candidate.number for candidate in kept),
            tuple(candidate.score for candidate in kept),
            features,
        )

    def _allowed(self, policy_id: str | None, staff: bool) -> NDArray[np.bool_] | None:
        key = (policy_id, staff)
        if key not in self._masks:
            mask = np.array(
                [
                    (policy_id is None or policy_id in entry.policies) and (staff or not entry.internal)
                    for entry in self.entries
                ],
                dtype=np.bool_,
            )
            self._masks[key] = None if bool(mask.all()) else mask
        return self._masks[key]

    def _blend(self, matches: dict[str, ChannelMatch], allowed: NDArray[np.bool_] | None) -> Floats:
        total = np.zeros(len(self.entries))
        weight_sum = 0.0
        for channel, match in matches.items():
            weight = float(getattr(self.settings.blend, channel))
            scores = match.scores if allowed is None else match.scores[allowed]
            top = float(scores.max()) if len(scores) else 0.0
            if top > 0 and match.terms:
                total += match.scores * (weight / top)
                weight_sum += weight
        return total / weight_sum if weight_sum else total

    def _rerank(self, terms: TextTerms, candidates: Sequence[int], scores: Floats) -> list[_Candidate]:
        blend = self.settings.blend
        query = self._phrasing.of_terms(terms)
        rest = 1.0 - blend.phrase_words - blend.phrase_grams
        ranked = []
        for number in candidates:
            like = likeness(query, self._phrasings(number))
            score = (
                rest * float(scores[number])
                + blend.phrase_words * like.words
                + blend.phrase_grams * like.grams
            )
            ranked.append(_Candidate(number, score, like))
        return sorted(ranked, key=lambda candidate: -candidate.score)

    def _features(
        self,
        terms: TextTerms,
        ranked: Sequence[_Candidate],
        matches: dict[str, ChannelMatch],
        rival: float,
    ) -> MatchFeatures:
        best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
        words = self.postings["words"]
        return MatchFeatures(
            word_coverage=words.coverage(matches["words"], best.number),
            gram_coverage=self.postings["grams"].coverage(matches["grams"], best.number),
            phrase=best.like.words,
            margin=1.0 if second is None else 1.0 - second.score / best.score,
            missed_product=float(not words.holds_all(terms.products, best.number)),
            missed_focus=float(not words.holds_all(terms.focus, best.number)),
            length=float(np.log1p(matches["words"].terms)),
            rival=min(max(rival - 1.0, 0.0), 1.0),
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    score: float
    like: Likeness


def faq_result_as_dict(result: FaqResult) -> dict[str, Any]:
    """The result as the command line prints it (without the asker's id)."""
    return {
        "answerable": result.answerable,
        "outcome": result.outcome.value,
        "confidence": round(result.confidence, 4),
        "hits": [
            {
                "entry": hit.entry.id,
                "question": hit.entry.question,
                "answer": hit.entry.answer,
                "score": round(hit.score, 4),
                "source": hit.entry.source,
            }
            for hit in result.hits
        ],
    }


def _fields(reader: TermReader, entry: FaqEntry) -> tuple[TextTerms, TextTerms]:
    asked = "\n".join((entry.question, *entry.variants, *entry.products))
    return reader.read(asked), reader.read(entry.answer)


def _best(scores: Floats, k: int) -> list[int]:
    """Numbers of the k highest scores above 0, best first; equal scores in the order of the entries."""
    top = float(scores.max(initial=0.0))
    candidates = np.flatnonzero(scores > top / 2)
    if len(candidates) < k:
        candidates = np.flatnonzero(scores > 0)
    if len(candidates) > k:
        border = np.partition(scores[candidates], -k)[-k]
        candidates = candidates[scores[candidates] >= border]
    ranked = candidates[np.argsort(-scores[candidates], kind="stable")]
    return [int(number) for number in ranked[:k]]
