"""Decides which marks a conversation has: what was read from it besides its words; not what they weigh."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.cues import Count
from classifiers.reading import Reading


def conversation_marks(readings: Sequence[Reading]) -> list[str]:
    """Marks of a conversation; in several turns also whether they stand in the last or an earlier one."""
    marks: dict[str, None] = {f"turns:{min(len(readings), 3)}": None}
    for number, reading in enumerate(readings):
        place = "last " if number == len(readings) - 1 else "earlier "
        for name in _turn_marks(reading):
            marks[name] = None
            if len(readings) > 1:
                marks[place + name] = None
    return list(marks)


def bucket(number: int) -> str:
    """How many, in the steps the guide knows: none, one, a few, more."""
    if number <= 1:
        return f"#{number}"
    return "#few" if number <= 10 else "#many"


def _turn_marks(reading: Reading) -> set[str]:
    """Marks of one turn: cues, products and their families, counted people, length."""
    marks = {f"cue {cue.name}" for cue in reading.cues}
    marks.update(f"count {_count(count)}" for count in reading.counts)
    for mention in reading.mentions:
        marks.add(f"names {mention.entry.id}")
        marks.update(f"family {family}" for family in mention.entry.families)
    size = len(reading.shape)
    marks.add("long" if size > 120 else "middling" if size > 25 else "short")
    return marks


def _count(count: Count) -> str:
    return f"{count.unit} {bucket(count.number)}"
