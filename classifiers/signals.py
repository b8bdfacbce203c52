"""Decides what a conversation says of extent, outage, product and the rest; not how bad that is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from classifiers.classification import Signals
from classifiers.cues import NEGATED, Cues
from classifiers.labels import Extent
from classifiers.products import product_of
from classifiers.reading import Reader, Reading
from classifiers.scorer import TARGETS, Floats, Thresholds

_JOINT: Final = 3
_FROM_CUES: Final = (
    "past",
    "hypothetical",
    "others_outage",
    "security",
    "own_environment",
    "deadline_at_risk",
    "stopped_work",
)
_LONGEST_FROM: Final = 6
_BLANKS: Final = re.compile(r"\s+")


def read_signals(
    readings: Sequence[Reading], probabilities: Mapping[str, Floats], thresholds: Thresholds, reader: Reader
) -> Signals:
    """Signals of a conversation, oldest turn first; later turns correct earlier ones.

    Extent, outage, ongoing, isolation and workaround come from the models, the rest from cues.
    """
    yes = {target: bool(probabilities[target][1] >= least) for target, least in thresholds.yes.items()}
    extent = Extent(TARGETS["extent"][int(probabilities["extent"].argmax())])
    fields = cue_signals(readings, reader.cues, open_fault=yes["ongoing"])
    return Signals(
        extent=extent,
        outage=yes["outage"],
        ongoing=yes["ongoing"],
        isolation_done=yes["isolation_done"],
        workaround=yes["workaround"],
        product=product_of(readings, reader.cues, named=float(probabilities["product_named"][1])),
        started_at=_started_at(readings, reader.cues),
        company=_company(readings, reader),
        **fields,
    )


def cue_signals(readings: Sequence[Reading], cues: Cues, *, open_fault: bool) -> dict[str, Any]:
    """The fields of Signals that cues decide, by name; an open fault is neither past nor a what-if."""
    fired = _standing(readings)
    fields = {cues.signals[cue] for cue in fired if cue in cues.signals}
    closed = {"past", "hypothetical", "others_outage"}
    named = {name: name in fields and not (open_fault and name in closed) for name in _FROM_CUES}
    return named | {"cues": tuple(sorted(fired))}


def _standing(readings: Sequence[Reading]) -> set[str]:
    """Names of cues that hold after the last turn: a later denial takes an earlier cue back."""
    standing: set[str] = set()
    for reading in readings:
        for cue in reading.cues:
            standing.discard(_opposite(cue.name))
            standing.add(cue.name)
    return standing


@lru_cache(maxsize=4_096)
def _opposite(cue: str) -> str:
    return cue.removeprefix(NEGATED) if cue.startswith(NEGATED) else NEGATED + cue


def _started_at(readings: Sequence[Reading], cues: Cues) -> str | None:
    """When it began, in the asker's own words; of several times the one with a "since" after it."""
    best: str | None = None
    for reading in readings:
        for start, end, since in _times(reading, cues):
            words = _BLANKS.sub(" ", reading.plain.text[start:end]).strip()
            if since:
                return words
            best = best or words
    return best


def _times(reading: Reading, cues: Cues) -> list[tuple[int, int, bool]]:
    joined: list[list[int]] = []
    for found in cues.started_at.find(reading.shape):
        start = found.start
        while start and reading.shape[start - 1] == "0" and reading.shape[start] == "0":
            start -= 1
        if joined and start - joined[-1][1] < _JOINT:
            joined[-1][1] = max(joined[-1][1], found.end)
        else:
            joined.append([start, found.end])
    times = []
    for start, end in joined:
        after = reading.shape[end : end + _LONGEST_FROM]
        since = [(after.find(word), word) for word in cues.started_from if after.find(word) in (0, 1, 2)]
        last = max((at + len(word) for at, word in since), default=0)
        times.append((start, end + last, bool(since)))
    return times


def _company(readings: Sequence[Reading], reader: Reader) -> str | None:
    for reading in readings:
        if name := reader.courtesy.company(reading.plain.text):
            return name
    return None
