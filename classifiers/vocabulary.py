"""Decides which row of the weight matrix a feature has; not which features there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]
#: The lowest bits of a key name its block, the highest ones its bucket.
BLOCK_BITS: Final = 3
_BUCKETS_PER_ROW: Final = 2


def block_of(keys: Keys) -> Rows:
    """The number of the block that every key belongs to."""
    return (keys & np.uint64((1 << BLOCK_BITS) - 1)).astype(np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Feature keys in ascending order; the place of a key is its row.

    Keys are spread evenly, so their highest bits lead to a bucket of very few. Hundreds are found at once in
    a handful of steps, and the processor waits for memory only once, which a dictionary of strings makes it
    do for every feature.
    """

    keys: Keys
    _padded: Keys = field(init=False)
    _first: NDArray[np.int32] = field(init=False)
    _shift: np.uint64 = field(init=False)
    _reach: Rows = field(init=False)

    def __post_init__(self) -> None:
        """Raises ValueError where the keys are not in ascending order, each once."""
        if len(self.keys) > 1 and not (self.keys[1:] > self.keys[:-1]).all():
            raise ValueError("the keys of the vocabulary are not in order")
        bits = max(1, (_BUCKETS_PER_ROW * len(self.keys)).bit_length())
        shift = np.uint64(64 - bits)
        sizes = np.bincount((self.keys >> shift).astype(np.intp), minlength=1 << bits)
        deepest = max(1, int(sizes.max()))
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        for name, value in (
            ("_padded", np.concatenate([self.keys, np.zeros(deepest + 1, dtype=np.uint64)])),
            ("_first", first),
            ("_shift", shift),
            ("_reach", np.arange(deepest)),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def blocks(self) -> NDArray[np.int8]:
        """The block of every row."""
        return block_of(self.keys).astype(np.int8)

    def find(self, keys: Keys) -> tuple[Rows, Rows]:
        """The keys that have a row, by their places in `keys`, and those rows."""
        first = self._first.take((keys >> self._shift).astype(np.intp))
        same = self._padded.take(first[:, None] + self._reach) == keys[:, None]
        known, further = same.nonzero()
        return known, first.take(known) + further


def spread(numbers: Keys, blocks: Keys | np.uint64) -> Keys:
    """The keys of numbers in their blocks, evenly spread; equal ones stay equal."""
    mixed = (numbers + blocks) * _ODD
    mixed ^= mixed >> _HALF
    mixed *= _ODD_TOO
    mixed ^= mixed >> _HALF
    mixed <<= np.uint64(BLOCK_BITS)
    mixed |= blocks
    return mixed


_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
