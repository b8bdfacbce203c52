"""Decides which row of the weight matrix a feature has; not which features there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]
#: The lowest bits of a key name its block.
BLOCK_BITS: Final = 3
#: Slots for every key at least; with two and fewer, keys would begin to stand in each other's way.
_SLOTS_PER_KEY: Final = 2.5
#: Rounds after which a larger table is tried; a dozen do, as a rule.
_MOST_ROUNDS: Final = 100
#: No feature's key: there is no block of this number.
_EMPTY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)


def block_of(keys: Keys) -> Rows:
    """The number of the block that every key belongs to."""
    return (keys & np.uint64((1 << BLOCK_BITS) - 1)).astype(np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Feature keys in ascending order; the place of a key is its row.

    A key stands in one of two slots of a table (cuckoo hashing, Pagh and Rodler 2004). Hundreds are found at
    once in a handful of steps, and the processor waits for memory only twice, which a dictionary of strings
    makes it do for every feature.
    """

    keys: Keys
    #: Key and row of every slot.
    _table: Keys = field(init=False)
    _rows: NDArray[np.int32] = field(init=False)
    _shift: np.uint64 = field(init=False)

    def __post_init__(self) -> None:
        """Raises ValueError where the keys are not in ascending order, each once."""
        if len(self.keys) > 1 and not (self.keys[1:] > self.keys[:-1]).all():
            raise ValueError("the keys of the vocabulary are not in order")
        rows, shift = _placed(self.keys)
        table = np.append(self.keys, _EMPTY).take(rows)
        for name, value in (("_table", table), ("_rows", rows), ("_shift", shift)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def blocks(self) -> NDArray[np.int8]:
        """The block of every row."""
        return block_of(self.keys).astype(np.int8)

    def find(self, keys: Keys) -> tuple[Rows, Rows]:
        """The keys that have a row, by their places in `keys`, and those rows."""
        one, other = _slots(keys, self._shift)
        first = self._table.take(one) == keys
        known = (first | (self._table.take(other) == keys)).nonzero()[0]
        return known, self._rows.take(np.where(first, one, other).take(known)).astype(np.intp)


def _slots(keys: Keys, shift: np.uint64) -> tuple[Rows, Rows]:
    """The two slots that each key may stand in; keys are spread evenly already."""
    return (keys >> shift).view(np.intp), ((keys * _ODD_TOO) >> shift).view(np.intp)


def _placed(keys: Keys) -> tuple[NDArray[np.int32], np.uint64]:
    """The row that stands in every slot, -1 in free ones, and the shift that leads from a key to its slot."""
    for bits in count(max(1, int(_SLOTS_PER_KEY * len(keys)).bit_length())):
        shift = np.uint64(64 - bits)
        if (owners := _settled(np.stack(_slots(keys, shift)), 1 << bits)) is not None:
            return owners, shift
    raise AssertionError("there is always a larger table")


def _settled(slots: Rows, size: int) -> NDArray[np.int32] | None:
    """The owner of every slot (-1: free) once all keys have found a place; None where they go on too long.

    In: both slots of each key (2 × keys), the number of slots. Whoever finds no place, or loses it to
    another, tries the other slot in the next round.
    """
    owners = np.full(size, -1, dtype=np.int32)
    side = np.zeros(slots.shape[1], dtype=np.intp)
    waiting = np.arange(slots.shape[1], dtype=np.int32)
    for _ in range(_MOST_ROUNDS):
        wanted = slots[side[waiting], waiting]
        before = owners[wanted]
        owners[wanted] = waiting
        won = owners[wanted] == waiting
        waiting = np.concatenate([waiting[~won], before[won & (before >= 0)]])
        if not len(waiting):
            return owners
        side[waiting] ^= 1
    return None


def spread(numbers: Keys, blocks: Keys | np.uint64) -> Keys:
    """The keys of numbers in their blocks, evenly spread; equal ones stay equal."""
    mixed = (numbers + blocks) * _ODD
    mixed ^= mixed >> _HALF
    mixed *= _ODD_TOO
    mixed ^= mixed >> _HALF
    mixed <<= np.uint64(BLOCK_BITS)
    mixed |= blocks
    return mixed
