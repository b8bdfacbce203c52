"""Decides what is wrong with a set of entries (links, length, duplicates, figures); repairs nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit

from classifiers.text.normalise import normalise
from knowledge.faq.entry import FaqEntry
from knowledge.faq.figures import FactList, Figure
from knowledge.faq.terms import gram_keys

#: A Slack `markdown` block takes 12,000 characters; a customer reads far fewer.
LONGEST_ANSWER: Final = 1_200
LONGEST_LEAD: Final = 240
LEAD_LINES: Final = 3
FEWEST_VARIANTS: Final = 3
MOST_VARIANTS: Final = 8
#: Dice coefficient over character pieces from which two questions count as the same.
_SAME_QUESTION: Final = 0.95
_LINK: Final = re.compile(r"\[([^\[\]]*)\]\(([^)\[\n]*)\)|(https?://[^\s)>\]]+)")


class LintKind(StrEnum):
    LINK = "link"
    LENGTH = "length"
    LEAD = "lead"
    VARIANTS = "variants"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One thing to look at; `detail` is plain English for staff."""

    entry_id: str
    kind: LintKind
    detail: str


def lint_entries(entries: Sequence[FaqEntry], facts: FactList) -> tuple[LintFinding, ...]:
    """Everything that is wrong, in the order of the entries, pairs of entries last."""
    found: list[LintFinding] = []
    for entry in entries:
        found.extend(_links(entry))
        found.extend(_length(entry, facts))
        found.extend(_variants(entry))
        found.extend(_figures(entry, facts))
    found.extend(_same_ids(entries))
    found.extend(_same_questions(entries, facts))
    return tuple(found)


def _links(entry: FaqEntry) -> Iterator[LintFinding]:
    for match in _LINK.finditer(entry.answer):
        target = match[2] if match[3] is None else match[3]
        if match[3] is None and not match[1].strip():
            yield _finding(entry, LintKind.LINK, f"the link to {target!r} has no text")
        if not _is_web_address(target):
            yield _finding(entry, LintKind.LINK, f"{target!r} is no complete https address")


def _is_web_address(target: str) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return (
        parts.scheme in ("https", "http") and "." in (parts.hostname or "") and not re.search(r"\s", target)
    )


def _length(entry: FaqEntry, facts: FactList) -> Iterator[LintFinding]:
    if len(entry.answer) > LONGEST_ANSWER:
        yield _finding(entry, LintKind.LENGTH, f"{len(entry.answer)} characters, at most {LONGEST_ANSWER}")
    lines = [line for line in entry.answer.splitlines() if line.strip()]
    lead = "\n".join(lines[:LEAD_LINES])
    if len(lead) > LONGEST_LEAD:
        yield _finding(entry, LintKind.LEAD, f"the first {LEAD_LINES} lines have {len(lead)} characters")
    if facts.figures_in(entry.answer) and not facts.figures_in(lead):
        yield _finding(entry, LintKind.LEAD, f"the figures come after the first {LEAD_LINES} lines")


def _variants(entry: FaqEntry) -> Iterator[LintFinding]:
    if not FEWEST_VARIANTS <= len(entry.variants) <= MOST_VARIANTS:
        detail = f"{len(entry.variants)} variants; {FEWEST_VARIANTS} to {MOST_VARIANTS} are right"
        yield _finding(entry, LintKind.VARIANTS, detail)
    for phrase, times in Counter(map(_plain, (entry.question, *entry.variants))).items():
        if times > 1:
            yield _finding(entry, LintKind.VARIANTS, f"{phrase!r} stands {times} times")


def _figures(entry: FaqEntry, facts: FactList) -> Iterator[LintFinding]:
    stated = facts.figures_in(entry.answer)
    if not stated:
        return
    held = facts.held_by(entry.source)
    if held is None:
        yield _finding(entry, LintKind.FIGURE, f"no facts are listed for {entry.source!r}")
        return
    for figure in stated:
        if figure not in held:
            yield _finding(entry, LintKind.FIGURE, f"{figure} is not among the facts of {entry.source!r}")


def _same_ids(entries: Sequence[FaqEntry]) -> Iterator[LintFinding]:
    for entry_id, times in Counter(entry.id for entry in entries).items():
        if times > 1:
            detail = f"the id stands {times} times"
            yield LintFinding(entry_id=entry_id, kind=LintKind.DUPLICATE, detail=detail)


def _same_questions(entries: Sequence[FaqEntry], facts: FactList) -> Iterator[LintFinding]:
    """Pairs of one policy that ask the same; a conflict where their figures of one unit differ."""
    asked = [
        [frozenset(gram_keys(_plain(text)).tolist()) for text in (e.question, *e.variants)] for e in entries
    ]
    policies = sorted({policy for entry in entries for policy in entry.policies})
    seen: set[tuple[int, int]] = set()
    for policy in policies:
        numbers = [number for number, entry in enumerate(entries) if policy in entry.policies]
        for first, second in combinations(numbers, 2):
            if (first, second) in seen or not _any_alike(asked[first], asked[second]):
                continue
            seen.add((first, second))
            other = entries[second].id
            yield _finding(entries[first], LintKind.DUPLICATE, f"asks the same as {other}")
            for unit in _differing_units(
                facts.figures_in(entries[first].answer), facts.figures_in(entries[second].answer)
            ):
                yield _finding(
                    entries[first], LintKind.CONFLICT, f"states other figures ({unit}) than {other}"
                )


def _any_alike(first: Sequence[frozenset[int]], second: Sequence[frozenset[int]]) -> bool:
    for one in first:
        for two in second:
            total = len(one) + len(two)
            # The shorter phrase bounds the coefficient, which spares most of the comparisons.
            if not total or 2 * min(len(one), len(two)) / total < _SAME_QUESTION:
                continue
            if 2 * len(one & two) / total >= _SAME_QUESTION:
                return True
    return False


def _differing_units(first: Sequence[Figure], second: Sequence[Figure]) -> list[str]:
    units = {figure.unit for figure in first} & {figure.unit for figure in second}
    return sorted(unit for unit in units if _numbers(first, unit) != _numbers(second, unit))


def _numbers(figures: Sequence[Figure], unit: str) -> frozenset[str]:
    return frozenset(figure.number for figure in figures if figure.unit == unit)


def _plain(text: str) -> str:
    return normalise(text).text.lower()


def _finding(entry: FaqEntry, kind: LintKind, detail: str) -> LintFinding:
    return LintFinding(entry_id=entry.id, kind=kind, detail=detail)
