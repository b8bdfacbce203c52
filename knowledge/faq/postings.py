"""Decides how well each text of a collection matches a set of terms (BM25); not whether that is an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    #: Texts and inverse frequencies of all postings met, side by side.
    texts: NDArray[np.int32]
    idf: Floats
    #: Sum of the inverse frequencies of all query terms, the unknown ones included.
    idf_sum: float
    #: Query terms in no text, and in all.
    unknown: int
    terms: int

    def coverage(self, text: int) -> float:
        """Share of the query's weight that occurs in `text`, 0..1."""
        if self.idf_sum <= 0:
            return 0.0
        return float(self.idf[self.texts == text].sum()) / self.idf_sum


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
        places = np.searchsorted(self.keys, terms)
        inside = places < len(self.keys)
        known = places[inside][self.keys[places[inside]] == terms[inside]]
        idf_known = self.idf[known].astype(np.float64)
        unknown = len(terms) - len(known)
        # A term that nobody wrote is as telling as one that a single text holds.
        idf_sum = float(idf_known.sum()) + unknown * float(np.log(1 + (self.size + 0.5) / 1.5))
        starts, ends = self.starts[known].tolist(), self.starts[known + 1].tolist()
        slices = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
        if not slices:
            nothing = np.zeros(0)
            return ChannelMatch(
                np.zeros(self.size), np.zeros(0, np.int32), nothing, idf_sum, unknown, len(terms)
            )
        texts = np.concatenate([self.texts[piece] for piece in slices])
        weights = np.concatenate([self.weights[piece] for piece in slices])
        idf = np.repeat(idf_known, [piece.stop - piece.start for piece in slices])
        scores = np.bincount(texts, weights=weights, minlength=self.size).astype(np.float64)
        return ChannelMatch(scores, texts, idf, idf_sum, unknown, len(terms))

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
