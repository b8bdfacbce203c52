"""Decides which texts are near-copies of each other, so that no copy stands on both sides of a split."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final
from zlib import crc32

#: Characters of a run, and how many of a text's runs stand for it.
RUN: Final = 8
SKETCH: Final = 12
#: Texts are near-copies from this share of common runs on.
SHARED: Final = 0.5
#: A run that so many texts have is a phrase, not a copy.
_PHRASE: Final = 100


def clusters(texts: Sequence[str]) -> list[int]:
    """One number per text, equal for near-copies; the number is the place of the first of them.

    A text is stood for by those of its runs with the smallest checksums: copies keep most of them.
    """
    owners: dict[int, list[int]] = defaultdict(list)
    first = list(range(len(texts)))
    sizes: list[int] = []
    for place, text in enumerate(texts):
        runs = sketch(text)
        sizes.append(len(runs))
        common = Counter(other for run in runs if len(owners[run]) <= _PHRASE for other in owners[run])
        for other, count in common.items():
            if count >= SHARED * max(len(runs), sizes[other]):
                _join(first, place, other)
        for run in runs:
            owners[run].append(place)
    return [_root(first, place) for place in range(len(texts))]


def sketch(text: str) -> frozenset[int]:
    """The checksums that stand for a text; a short one stands for itself."""
    if len(text) <= RUN:
        return frozenset({crc32(text.encode(errors="replace"))})
    runs = {crc32(text[at : at + RUN].encode(errors="replace")) for at in range(len(text) - RUN + 1)}
    return frozenset(sorted(runs)[:SKETCH])


def _root(first: list[int], place: int) -> int:
    while first[place] != place:
        first[place] = first[first[place]]
        place = first[place]
    return place


def _join(first: list[int], one: int, other: int) -> None:
    a, b = _root(first, one), _root(first, other)
    first[max(a, b)] = min(a, b)
