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
from knowledge.faq.postings import ChannelMatch, Postings, weighted
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
        self._masks: dict[tuple[str | None, bool], NDArray[np.bool_]] = {}
        self._phrases = lru_cache(maxsize=_PHRASES_KEPT)(self._phrase_grams)

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
        fields = [_fields(reader, entry) for entry in entries]
        postings = {
            channel: Postings.build(
                [
                    weighted([(getattr(asked, channel), 1.0), (getattr(told, channel), blend.answer)])
                    for asked, told in fields
                ],
                k1=blend.k1,
                b=blend.b,
            )
            for channel in CHANNELS
        }
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
        order = _best(inside, max(k, 2))
        if not order:
            return None
        rival = 0.0 if allowed is None else float(np.where(allowed, 0.0, blended).max())
        features = self._features(terms, matches, order, inside, rival)
        kept = [number for number in order if inside[number] >= _LEAST_SCORE][:k]
        return RankedMatch(tuple(kept), tuple(float(inside[number]) for number in kept), features)

    def _allowed(self, policy_id: str | None, staff: bool) -> NDArray[np.bool_] | None:
        key = (policy_id, staff)
        if key not in self._masks:
            self._masks[key] = np.array(
                [
                    (policy_id is None or policy_id in entry.policies) and (staff or not entry.internal)
                    for entry in self.entries
                ],
                dtype=np.bool_,
            )
        mask = self._masks[key]
        return None if bool(mask.all()) else mask

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

    def _features(
        self,
        terms: TextTerms,
        matches: dict[str, ChannelMatch],
        order: Sequence[int],
        scores: Floats,
        rival: float,
    ) -> MatchFeatures:
        best, runner_up = order[0], order[1] if len(order) > 1 else None
        words, grams, pairs = matches["words"], matches["grams"], matches["pairs"]
        query = frozenset(terms.grams.tolist())
        phrase = self._likeness(query, best)
        coverage = words.coverage(best)
        return MatchFeatures(
            word_coverage=coverage,
            gram_coverage=grams.coverage(best),
            pair_coverage=pairs.coverage(best),
            phrase=phrase,
            phrase_lead=phrase - (0.0 if runner_up is None else self._likeness(query, runner_up)),
            score=float(scores[best]),
            margin=1.0 if runner_up is None else 1.0 - float(scores[runner_up]) / float(scores[best]),
            coverage_lead=coverage - (0.0 if runner_up is None else words.coverage(runner_up)),
            unknown=words.unknown / words.terms if words.terms else 1.0,
            length=float(np.log1p(words.terms)),
            rival=min(rival / float(scores[best]), 2.0),
        )

    def _likeness(self, query: frozenset[int], number: int) -> float:
        """Dice coefficient with the closest single phrasing of an entry, 0..1."""
        return max(
            (
                2 * len(query & phrase) / (len(query) + len(phrase))
                for phrase in self._phrases(number)
                if phrase
            ),
            default=0.0,
        )

    def _phrase_grams(self, number: int) -> tuple[frozenset[int], ...]:
        entry = self.entries[number]
        return tuple(
            frozenset(self._reader.grams(text).tolist()) for text in (entry.question, *entry.variants)
        )


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
    if k < len(scores):
        border = np.partition(scores, -k)[-k]
        candidates = np.flatnonzero((scores >= border) & (scores > 0))
    else:
        candidates = np.flatnonzero(scores > 0)
    ranked = candidates[np.argsort(-scores[candidates], kind="stable")]
    return [int(number) for number in ranked[:k]]
