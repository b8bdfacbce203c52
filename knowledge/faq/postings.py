"""Decides how well each text of a collection matches a set of terms (BM25); not whether that is an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import FaqIndexError

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_PARTS: Final = ("keys", "starts", "texts", "weights", "idf")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTerms:
    """The terms of one text with how often each occurs; a part of lesser weight counts in fractions."""

    keys: Keys
    counts: Floats


@dataclass(frozen=True, slots=True)
class ChannelMatch:
    """What one query found in one channel."""

    #: Score per text.
    scores: Floats
    #: Where the query's distinct terms stand in the index, without the unknown ones.
    known: NDArray[np.intp]
    #: How many distinct terms the query has, the unknown ones included.
    terms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """An inverted index of one channel in five arrays, so that it is stored and loaded as it stands."""

    #: Sorted term keys; term i owns postings starts[i]:starts[i + 1].
    keys: Keys
    starts: NDArray[np.int64]
    texts: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]
    size: int

    @classmethod
    def build(cls, collection: Sequence[WeightedTerms], *, k1: float, b: float) -> Postings:
        """Index over texts numbered from 0, with BM25 weights already worked in."""
        size = len(collection)
        lengths = np.array([terms.counts.sum() for terms in collection], dtype=np.float64)
        mean = max(float(lengths.mean()), 1.0) if size else 1.0
        norm = k1 * (1 - b + b * lengths / mean)
        keys = np.concatenate([terms.keys for terms in collection]) if size else np.zeros(0, dtype=np.uint64)
        counts = np.concatenate([terms.counts for terms in collection]) if size else np.zeros(0)
        texts = np.repeat(np.arange(size, dtype=np.int32), [len(terms.keys) for terms in collection])
        order = np.argsort(keys, kind="stable")
        keys, counts, texts = keys[order], counts[order], texts[order]
        unique, first, frequency = np.unique(keys, return_index=True, return_counts=True)
        idf = np.log(1 + (size - frequency + 0.5) / (frequency + 0.5))
        weights = np.repeat(idf, frequency) * counts * (k1 + 1) / (counts + norm[texts])
        return cls(
            keys=unique,
            starts=np.append(first, len(keys)).astype(np.int64),
            texts=texts,
            weights=weights.astype(np.float32),
            idf=idf.astype(np.float32),
            size=size,
        )

    def match(self, query: Keys) -> ChannelMatch:
        """Scores of all texts for the distinct terms of a query."""
        terms = np.unique(query)
        known = self._known(terms)
        pieces = self._pieces(known)
        if not pieces:
            return ChannelMatch(np.zeros(self.size), known, len(terms))
        texts = np.concatenate([self.texts[piece] for piece in pieces])
        weights = np.concatenate([self.weights[piece] for piece in pieces])
        scores = np.bincount(texts, weights=weights, minlength=self.size).astype(np.float64)
        return ChannelMatch(scores, known, len(terms))

    def coverage(self, match: ChannelMatch, text: int) -> float:
        """Share of the query's weight that occurs in one text, 0..1."""
        weights = self.idf[match.known].astype(np.float64)
        held = np.array([self._holds(piece, text) for piece in self._pieces(match.known)], dtype=np.bool_)
        total = float(weights.sum()) + (match.terms - len(match.known)) * self._rarest
        return float(weights[held].sum()) / total if total > 0 else 0.0

    def holds_all(self, keys: Keys, text: int) -> bool:
        """True where one text has every one of these terms."""
        known = self._known(keys)
        return len(known) == len(keys) and all(self._holds(piece, text) for piece in self._pieces(known))

    def _pieces(self, known: NDArray[np.intp]) -> list[slice]:
        starts, ends = self.starts[known].tolist(), self.starts[known + 1].tolist()
        return [slice(start, end) for start, end in zip(starts, ends, strict=True)]

    def _holds(self, piece: slice, text: int) -> bool:
        texts = self.texts[piece]
        place = int(np.searchsorted(texts, text))
        return place < len(texts) and int(texts[place]) == text

    def weight_of(self, terms: Iterable[int]) -> float:
        """Sum of the inverse frequencies of some distinct terms; an unknown one weighs the most."""
        keys = np.fromiter(terms, dtype=np.uint64)
        known = self._known(keys)
        return float(self.idf[known].sum()) + (len(keys) - len(known)) * self._rarest

    @property
    def _rarest(self) -> float:
        # A term that nobody wrote is as telling as one that a single text holds.
        return float(np.log(1 + (self.size + 0.5) / 1.5))

    def _known(self, keys: Keys) -> NDArray[np.intp]:
        places = np.searchsorted(self.keys, keys)
        places = np.minimum(places, max(len(self.keys) - 1, 0))
        return places[self.keys[places] == keys] if len(self.keys) else places[:0]

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """The arrays under `prefix.*`, for storage."""
        return {f"{prefix}.{part}": getattr(self, part) for part in _PARTS}

    @classmethod
    def from_arrays(cls, prefix: str, stored: Mapping[str, NDArray[np.generic]], size: int) -> Postings:
        """The opposite of `arrays`.

        Raises:
            FaqIndexError: an array is missing or they do not fit each other.
        """
        try:
            parts = {part: stored[f"{prefix}.{part}"] for part in _PARTS}
        except KeyError as error:
            raise FaqIndexError(f"the stored index lacks {error}") from error
        keys, starts, texts = parts["keys"], parts["starts"], parts["texts"]
        fits = (
            len(starts) == len(keys) + 1
            and len(parts["idf"]) == len(keys)
            and len(texts) == len(parts["weights"]) == (int(starts[-1]) if len(starts) else -1)
            and (len(texts) == 0 or int(texts.max()) < size)
        )
        if not fits:
            raise FaqIndexError(f"the arrays of {prefix} do not fit each other")
        return cls(
            keys=keys.astype(np.uint64, copy=False),
            starts=starts.astype(np.int64, copy=False),
            texts=texts.astype(np.int32, copy=False),
            weights=parts["weights"].astype(np.float32, copy=False),
            idf=parts["idf"].astype(np.float32, copy=False),
            size=size,
        )


def weighted(parts: Sequence[tuple[Keys, float]]) -> WeightedTerms:
    """Counts of terms over the parts of one text, each part with its weight."""
    used = [(keys, weight) for keys, weight in parts if len(keys) and weight > 0]
    if not used:
        return WeightedTerms(keys=np.zeros(0, dtype=np.uint64), counts=np.zeros(0))
    keys = np.concatenate([part for part, _ in used])
    weights = np.repeat([weight for _, weight in used], [len(part) for part, _ in used])
    unique, where = np.unique(keys, return_inverse=True)
    counts = np.bincount(where, weights=weights, minlength=len(unique)).astype(np.float64)
    return WeightedTerms(keys=unique, counts=counts)
