"""Decides which examples may train: a broken corpus is refused, doubtful labels of the desk are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifiers.corpus import Problem, check, leaks, plain
from classifiers.errors import TrainingError
from classifiers.examples import Example

#: Problems that are named in a refusal.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What a training may use."""

    corpus: tuple[Example, ...]
    desk: tuple[Example, ...]
    #: Why examples were left out: `contradiction` and `leak` (of the desk), `superseded` (of the corpus).
    left_out: tuple[Problem, ...]
    #: Held-out examples that are near-copies of what is left to train on.
    overlap: int


def admit(corpus: Sequence[Example], desk: Sequence[Example], held_out: Sequence[Example]) -> Admitted:
    """Choose what may train.

    Raises TrainingError for duplicate ids or contradictory labels in the corpus. Of the desk's labels those
    are left out that contradict each other or are near-copies of held-out examples; where the desk
    contradicts the corpus, the desk is believed.
    """
    broken = [problem for problem in check(corpus) if problem.kind != "duplicate_text"]
    if broken:
        named = "; ".join(_named(problem) for problem in broken[:_NAMED])
        raise TrainingError(
            f"{len(broken)} examples are broken: {named}",
            kind="broken",
            count=len(broken),
            problems=tuple(broken[:_NAMED]),
        )
    agreeing, left_out = _agreeing(desk)
    clean, copies = _apart(agreeing, held_out)
    kept, superseded = _superseded(corpus, clean)
    return Admitted(
        corpus=tuple(kept),
        desk=tuple(clean),
        left_out=(*left_out, *copies, *superseded),
        overlap=len(leaks([*kept, *clean], held_out)),
    )


def _named(problem: Problem) -> str:
    where = problem.first if problem.second is None else f"{problem.first}, {problem.second}"
    return f"{problem.kind} ({where})"


def _agreeing(desk: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    texts: dict[str, list[Example]] = defaultdict(list)
    for example in desk:
        texts[plain(example)].append(example)
    kept, left_out = [], []
    for text, twins in texts.items():
        if len({(twin.labels.severity, twin.labels.category) for twin in twins}) == 1:
            kept.append(twins[0])
            continue
        left_out += [
            Problem(kind="contradiction", first=twins[0].id, second=twin.id, detail=text[:60])
            for twin in twins[1:]
        ]
    return kept, left_out


def _apart(desk: Sequence[Example], held_out: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    kept, left_out = list(desk), list[Problem]()
    # Each round names one source per held-out example: until none is left.
    while kept and (found := leaks(kept, held_out)):
        left_out += [
            Problem(kind="leak", first=problem.first, second=problem.second, detail=problem.detail)
            for problem in found
        ]
        copies = {problem.first for problem in found}
        kept = [example for example in kept if example.id not in copies]
    return kept, left_out


def _superseded(corpus: Sequence[Example], desk: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    said = {plain(example): example for example in desk}
    kept, left_out = [], []
    for example in corpus:
        text = plain(example)
        twin = said.get(text)
        if twin is None or (twin.labels.severity, twin.labels.category) == (
            example.labels.severity,
            example.labels.category,
        ):
            kept.append(example)
        else:
            left_out.append(Problem(kind="superseded", first=example.id, second=twin.id, detail=text[:60]))
    return kept, left_out
