"""Decides how a challenger is tried beside the champion on live messages: it answers nobody, only counts."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classifiers.classification import Classification
from classifiers.classify import Classifier
from classifiers.reading import Reading

#: A file of comparisons that is longer is not added to: the figures are long settled.
MOST_BYTES: Final = 10_000_000
#: Messages that the challenger judges at once.
BATCH: Final = 16
_TARGETS: Final = ("severity", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCounts:
    """How often champion and challenger were compared and what they disagreed on."""

    champion: str
    challenger: str
    compared: int = 0
    #: Messages on which severity or category differ.
    different: int = 0
    #: (target, champion's label, challenger's label) → count, most frequent first.
    changes: tuple[tuple[tuple[str, str, str], int], ...] = ()


class Shadow:
    """A challenger beside the champion; safe to share between threads and processes.

    It judges BATCH messages at a time, which costs far less than one by one; what is still waiting when the
    process ends is not counted.
    """

    def __init__(self, champion: str, challenger: Classifier, directory: Path) -> None:
        self._champion, self._challenger = champion, challenger
        self._path = comparison_file(directory, champion, challenger.model.version)
        self._waiting: list[tuple[Sequence[Reading], list[str]]] = []
        self._lock = threading.Lock()

    def compare(self, readings: Sequence[Reading], verdict: Classification) -> None:
        """Take what was read and how the champion judged it; no word of it is kept on disk.

        Raises OSError where the labels cannot be noted.
        """
        with self._lock:
            self._waiting.append((readings, _labels(verdict)))
            if len(self._waiting) < BATCH:
                return
            batch, self._waiting = self._waiting, []
        others = self._challenger.judge_all([readings for readings, _ in batch], explained=False)
        pairs = [[labels, _labels(other)] for (_, labels), other in zip(batch, others, strict=True)]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            if os.fstat(file.fileno()).st_size < MOST_BYTES:
                file.write("".join(f"{json.dumps(pair)}\n" for pair in pairs).encode())


def _labels(verdict: Classification) -> list[str]:
    return [getattr(verdict, target).label.value for target in _TARGETS]


def comparison_file(directory: Path, champion: str, challenger: str) -> Path:
    """Where the comparisons of two versions stand."""
    return directory / f"{champion}--{challenger}.jsonl"


def read_counts(directory: Path, champion: str, challenger: str) -> ShadowCounts:
    """The differences counted so far; zero where nothing was compared. A torn last line is left out."""
    changes: Counter[tuple[str, str, str]] = Counter()
    compared = different = 0
    try:
        lines = comparison_file(directory, champion, challenger).read_bytes().splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        try:
            before, after = json.loads(line)
        except ValueError:
            continue
        compared += 1
        different += before != after
        changes.update(
            (target, old, new) for target, old, new in zip(_TARGETS, before, after, strict=True) if old != new
        )
    return ShadowCounts(
        champion=champion,
        challenger=challenger,
        compared=compared,
        different=different,
        changes=tuple(changes.most_common()),
    )
