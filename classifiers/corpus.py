"""Decides whether a corpus is sound (duplicates, contradictions, leaks between files) and counts it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rapidfuzz import fuzz, process

from classifiers.examples import Example
from classifiers.text.normalise import normalise

#: Shared runs of this many characters point to a copy.
RUN: Final = 12
#: A text is a near-duplicate if this share of its runs stands in one text of the other file …
SHARED_RUNS: Final = 0.25
#: … or if the two are this alike (0..100).
ALIKE: Final = 88.0
_SHORTEST_ALIKE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with one or two examples; `kind` is a fixed word."""

    kind: str
    first: str
    second: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusStats:
    """Counts of a corpus."""

    examples: int
    conversations: int
    hard: int
    noisy: int
    severities: Mapping[str, int]
    categories: Mapping[str, int]
    extents: Mapping[str, int]
    flags: Mapping[str, int]
    hard_tags: Mapping[str, int]
    noise_tags: Mapping[str, int]
    #: Voice → severity → count.
    voices: Mapping[str, Mapping[str, int]]
    #: Category → severity → count.
    severity_by_category: Mapping[str, Mapping[str, int]]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def stats(examples: Sequence[Example]) -> CorpusStats:
    """Count labels, voices and tags; labels are those after the last turn."""
    voices: dict[str, Counter[str]] = defaultdict(Counter)
    categories: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        voices[example.voice][example.labels.severity] += 1
        categories[example.labels.category][example.labels.severity] += 1
    flags = ("outage", "ongoing", "isolation_done", "workaround")
    return CorpusStats(
        examples=len(examples),
        conversations=sum(len(example.turns) > 1 for example in examples),
        hard=sum(bool(example.hard) for example in examples),
        noisy=sum(bool(example.noise) for example in examples),
        severities=_counted(example.labels.severity for example in examples),
        categories=_counted(example.labels.category for example in examples),
        extents=_counted(example.labels.extent for example in examples),
        flags={flag: sum(getattr(example.labels, flag) for example in examples) for flag in flags},
        hard_tags=_counted(tag for example in examples for tag in example.hard),
        noise_tags=_counted(tag for example in examples for tag in example.noise),
        voices={voice: _counted(count.elements()) for voice, count in sorted(voices.items())},
        severity_by_category={name: _counted(count.elements()) for name, count in sorted(categories.items())},
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    return {str(word): count for word, count in sorted(Counter(words).items())}


def check(examples: Sequence[Example]) -> tuple[Problem, ...]:
    """Duplicate ids, repeated texts, and the same text with different labels."""
    problems: list[Problem] = []
    ids: dict[str, Example] = {}
    texts: dict[str, Example] = {}
    for example in examples:
        if example.id in ids:
            problems.append(
                Problem(kind="duplicate_id", first=example.id, second=None, detail="the id is used twice")
            )
        ids.setdefault(example.id, example)
        key = plain(example)
        twin = texts.setdefault(key, example)
        if twin is not example:
            kind = "duplicate_text" if twin.labels == example.labels else "contradiction"
            problems.append(Problem(kind=kind, first=twin.id, second=example.id, detail=key[:60]))
    return tuple(problems)


def plain(example: Example) -> str:
    """The text of an example without spaces, case and markup: what copies have in common."""
    return "\n".join("".join(normalise(turn).text.lower().split()) for turn in example.turns)


def leaks(train: Sequence[Example], held_out: Sequence[Example]) -> tuple[Problem, ...]:
    """Held-out examples that are near-duplicates of a training example."""
    texts = [plain(example) for example in train]
    runs: dict[str, set[int]] = defaultdict(set)
    for number, text in enumerate(texts):
        for run in _runs(text):
            runs[run].add(number)
    problems = []
    for example in held_out:
        text = plain(example)
        copied = _copied_from(text, runs)
        source = _alike(text, texts) if copied is None else copied
        if source is not None:
            kind = "alike" if copied is None else "shared_runs"
            problems.append(Problem(kind=kind, first=train[source].id, second=example.id, detail=text[:60]))
    return tuple(problems)


def _runs(text: str) -> set[str]:
    return {text[at : at + RUN] for at in range(len(text) - RUN + 1)}


def _copied_from(text: str, runs: Mapping[str, set[int]]) -> int | None:
    mine = _runs(text)
    shared = Counter(number for run in mine for number in runs.get(run, ()))
    if not shared:
        return None
    number, count = shared.most_common(1)[0]
    return number if count >= SHARED_RUNS * len(mine) and count >= 2 else None


def _alike(text: str, texts: Sequence[str]) -> int | None:
    least = ALIKE if len(text) >= _SHORTEST_ALIKE else 100.0
    best = process.extractOne(text, texts, scorer=fuzz.ratio, score_cutoff=least)
    return None if best is None else int(best[2])
