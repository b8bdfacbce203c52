"""Decides how well each text of a collection matches a set of terms (BM25); not whether that is an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import FaqIndexError

Floats = NDArray[np.float64]
Keys = NDArray[np.uint32]
Counts = NDArray[np.float32]

#: Terms in more than this many texts, and in more than this share of them, are too common to be searched for.
_COMMON_FROM: Final = 2_000
_COMMON_SHARE: Final = 0.05
_SORTED_AT_ONCE: Final = 2_000_000
_BLOCK: Final = 1_000
_NO_KEYS: Final[Keys] = np.zeros(0, dtype=np.uint32)
_NO_COUNTS: Final[Counts] = np.zeros(0, dtype=np.float32)
_PARTS: Final = ("keys", "starts", "texts", "weights", "idf")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTerms:
    """The terms of one text with how often each occurs; a part of lesser weight counts in fractions."""

    keys: Keys
    counts: Counts


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
        place = int(texts.searchsorted(text))
        return place < len(texts) and int(texts[place]) == text

    def weights_of(self, terms: Keys) -> Floats:
        """Inverse frequency of each term; an unknown one weighs the most."""
        if not len(self.keys):
            return np.full(len(terms), self._rarest)
        places = np.minimum(self.keys.searchsorted(terms), len(self.keys) - 1)
        return np.where(self.keys[places] == terms, self.idf[places].astype(np.float64), self._rarest)

    @property
    def _rarest(self) -> float:
        # A term that nobody wrote is as telling as one that a single text holds.
        return float(np.log(1 + (self.size + 0.5) / 1.5))

    def _known(self, keys: Keys) -> NDArray[np.intp]:
        places = self.keys.searchsorted(keys)
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
            keys=keys.astype(np.uint32, copy=False),
            starts=starts.astype(np.int64, copy=False),
            texts=texts.astype(np.int32, copy=False),
            weights=parts["weights"].astype(np.float32, copy=False),
            idf=parts["idf"].astype(np.float32, copy=False),
            size=size,
        )


class PostingsBuilder:
    """Takes the texts of a collection one after the other, in little memory, and makes their index."""

    def __init__(self) -> None:
        self._blocks: list[WeightedTerms] = []
        self._waiting: list[WeightedTerms] = []
        self._sizes: list[int] = []
        self._lengths: list[float] = []

    def add(self, terms: WeightedTerms) -> None:
        """The next text; texts are numbered from 0."""
        self._waiting.append(terms)
        self._sizes.append(len(terms.keys))
        self._lengths.append(float(terms.counts.sum()))
        if len(self._waiting) >= _BLOCK:
            self._blocks.append(_joined(self._waiting))
            self._waiting = []

    def finish(self, *, k1: float, b: float) -> Postings:
        """Index of all texts with BM25 weights already worked in; the builder is empty afterwards."""
        size = len(self._sizes)
        lengths = np.array(self._lengths, dtype=np.float64)
        mean = max(float(lengths.mean()), 1.0) if size else 1.0
        norm = (k1 * (1 - b + b * lengths / mean)).astype(np.float32)
        texts = np.repeat(np.arange(size, dtype=np.int32), self._sizes)
        whole = _joined([*self._blocks, *self._waiting])
        self._blocks, self._waiting, self._sizes, self._lengths = [], [], [], []
        runs = [_run(whole.keys[at], whole.counts[at], texts[at], norm, k1) for at in _ranges(whole.keys)]
        del whole, texts
        frequency = np.concatenate([run.frequency for run in runs])
        return Postings(
            keys=np.concatenate([run.keys for run in runs]),
            starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(frequency, dtype=np.int64)]),
            texts=np.concatenate([run.texts for run in runs]),
            weights=np.concatenate([run.weights for run in runs]),
            idf=np.concatenate([run.idf for run in runs]),
            size=size,
        )


def _joined(parts: Sequence[WeightedTerms]) -> WeightedTerms:
    return WeightedTerms(
        keys=np.concatenate([_NO_KEYS, *(part.keys for part in parts)]),
        counts=np.concatenate([_NO_COUNTS, *(part.counts for part in parts)]),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """The finished postings of a range of keys."""

    keys: Keys
    frequency: NDArray[np.int64]
    texts: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]


def _ranges(keys: Keys) -> list[NDArray[np.intp]]:
    """Places of the keys, split into ranges of ascending keys that are sorted one by one to save memory."""
    if len(keys) <= _SORTED_AT_ONCE:
        return [np.arange(len(keys))]
    parts = len(keys) // _SORTED_AT_ONCE + 1
    sample = np.sort(keys[:: max(len(keys) // 10_000, 1)])
    borders = np.unique(sample[np.arange(1, parts) * len(sample) // parts])
    edges = [0, *borders.tolist(), int(np.iinfo(np.uint32).max) + 1]
    return [np.flatnonzero((keys >= low) & (keys <= high - 1)) for low, high in pairwise(edges) if low < high]


def _run(keys: Keys, counts: Counts, texts: NDArray[np.int32], norm: NDArray[np.float32], k1: float) -> _Run:
    order = np.argsort(keys, kind="stable")
    keys, counts, texts = keys[order], counts[order], texts[order]
    unique, frequency = np.unique(keys, return_counts=True)
    idf = np.log(1 + (len(norm) - frequency + 0.5) / (frequency + 0.5))
    # What nearly every text has costs most of the time and tells nothing: it keeps its key, without postings.
    common = frequency > max(_COMMON_FROM, len(norm) * _COMMON_SHARE)
    idf[common] = 0.0
    kept = np.repeat(~common, frequency)
    counts, texts = counts[kept], texts[kept]
    frequency = np.where(common, 0, frequency).astype(np.int64)
    idf = idf.astype(np.float32)
    weights = np.repeat(idf, frequency) * counts * np.float32(k1 + 1) / (counts + norm[texts])
    return _Run(unique, frequency, texts, weights.astype(np.float32), idf)


def weighted(parts: Sequence[tuple[Keys, float]]) -> WeightedTerms:
    """Counts of terms over the parts of one text, each part with its weight."""
    used = [(keys, weight) for keys, weight in parts if len(keys) and weight > 0]
    if not used:
        return WeightedTerms(keys=_NO_KEYS, counts=_NO_COUNTS)
    keys = np.concatenate([part for part, _ in used])
    weights = np.repeat([weight for _, weight in used], [len(part) for part, _ in used])
    unique, where = np.unique(keys, return_inverse=True)
    counts = np.bincount(where, weights=weights, minlength=len(unique)).astype(np.float32)
    return WeightedTerms(keys=unique, counts=counts)
