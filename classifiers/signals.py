"""Decides what a conversation says of extent, outage, product and the rest; not how bad that is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from classifiers.classification import Signals
from classifiers.cues import NEGATED, Cues
from classifiers.labels import Extent
from classifiers.reading import Reader, Reading
from classifiers.scorer import TARGETS, Floats, Thresholds
from classifiers.text.lexicon import EntryKind, Mention

_JOINT: Final = 3
_LONGEST_FROM: Final = 6
_BLANKS: Final = re.compile(r"\s+")


def read_signals(
    readings: Sequence[Reading], probabilities: Mapping[str, Floats], thresholds: Thresholds, reader: Reader
) -> Signals:
    """Signals of a conversation, oldest turn first; later turns correct earlier ones.

    Extent, outage, ongoing, isolation and workaround come from the models, the rest from cues.
    """
    yes = {target: bool(probabilities[target][1] >= least) for target, least in thresholds.yes.items()}
    open_fault = yes["ongoing"]
    fired = _standing(readings)
    fields = {reader.cues.signals[cue] for cue in fired if cue in reader.cues.signals}
    return Signals(
        extent=Extent(TARGETS["extent"][int(probabilities["extent"].argmax())]),
        outage=yes["outage"],
        ongoing=open_fault,
        isolation_done=yes["isolation_done"],
        workaround=yes["workaround"],
        past="past" in fields and not open_fault,
        hypothetical="hypothetical" in fields and not open_fault,
        others_outage="others_outage" in fields and not yes["outage"],
        security="security" in fields,
        own_environment="own_environment" in fields,
        deadline_at_risk="deadline_at_risk" in fields,
        stopped_work="stopped_work" in fields,
        product=_product(readings),
        started_at=_started_at(readings, reader.cues),
        company=_company(readings, reader),
        cues=tuple(sorted(fired)),
    )


def _standing(readings: Sequence[Reading]) -> set[str]:
    """Names of cues that hold after the last turn: a later denial takes an earlier cue back."""
    standing: set[str] = set()
    for reading in readings:
        for cue in reading.cues:
            if cue.name.startswith(NEGATED):
                standing.discard(cue.name.removeprefix(NEGATED))
            else:
                standing.discard(NEGATED + cue.name)
            standing.add(cue.name)
    return standing


def _product(readings: Sequence[Reading]) -> str | None:
    """The product named first in the latest turn that names one; exact names before likenesses."""
    for reading in reversed(readings):
        products = [mention for mention in reading.mentions if mention.entry.kind is EntryKind.PRODUCT]
        if products:
            return min(products, key=_clearest).entry.name
    return None


def _clearest(mention: Mention) -> tuple[bool, int]:
    return mention.score < 1.0, mention.start


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
