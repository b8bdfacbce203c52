"""Decides how good a search is on queries with known answers: recall, risk and speed; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from knowledge.faq.entry import FaqOutcome
from knowledge.faq.queries import FaqQuery
from knowledge.faq.search import FaqIndex

DEPTHS: Final = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalMetrics:
    """How far up the right entry stands, over answerable queries, and how long a search takes."""

    queries: int
    #: Share of queries with a right entry among the first 1, 3, 5, 10 hits.
    recall_at_1: float
    recall_at_3: float
    recall_at_5: float
    recall_at_10: float
    #: Mean of 1 / rank of the first right hit; 0 beyond the tenth.
    mrr: float
    median_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeMetrics:
    """What answering, suggesting and silence were worth, over all queries."""

    queries: int
    unanswerable: int
    #: Answers whose first hit was right, among answers; 1 without answers.
    answer_precision: float
    #: Answerable queries that were answered rightly, and that got a right suggestion or answer.
    answered_rightly: float
    helped: float
    #: Among silent queries those without an answer, and the other way round.
    silent_precision: float
    silent_recall: float
    #: Unanswerable queries that got no answer (silence or suggestions).
    unanswerable_not_answered: float
    answers: int
    suggestions: int
    silences: int


def retrieval_metrics(
    index: FaqIndex, queries: Sequence[FaqQuery], clock: Callable[[], float] = perf_counter
) -> RetrievalMetrics:
    """Recall, rank and time of every query that has an answer; `clock` gives seconds."""
    ranks: list[int] = []
    seconds: list[float] = []
    for query in queries:
        if not query.relevant:
            continue
        before = clock()
        hits = index.search(query.query, query.policy, max(DEPTHS)).hits
        seconds.append(clock() - before)
        ids = [hit.entry.id for hit in hits]
        ranks.append(next((rank for rank, item in enumerate(ids, start=1) if item in query.relevant), 0))
    found = np.array(ranks)
    recall = {depth: _share((found > 0) & (found <= depth)) for depth in DEPTHS}
    return RetrievalMetrics(
        queries=len(ranks),
        recall_at_1=recall[1],
        recall_at_3=recall[3],
        recall_at_5=recall[5],
        recall_at_10=recall[10],
        mrr=float(np.mean([1 / rank if rank else 0.0 for rank in ranks])) if ranks else 0.0,
        median_ms=float(np.median(seconds)) * 1000 if seconds else 0.0,
        p99_ms=float(np.percentile(seconds, 99)) * 1000 if seconds else 0.0,
    )


def outcome_metrics(index: FaqIndex, queries: Sequence[FaqQuery]) -> OutcomeMetrics:
    """What the three outcomes were worth; suggestions count with their first three hits."""
    results = [(query, index.search(query.query, query.policy, 3)) for query in queries]
    outcomes = Counter(result.outcome for _, result in results)
    right = [bool(result.hits) and result.hits[0].entry.id in query.relevant for query, result in results]
    shown = [any(hit.entry.id in query.relevant for hit in result.hits) for query, result in results]
    answered = [result.outcome is FaqOutcome.ANSWER for _, result in results]
    silent = [result.outcome is FaqOutcome.SILENT for _, result in results]
    answerable = [bool(query.relevant) for query, _ in results]
    helped = [r if a else h and not s for a, r, s, h in zip(answered, right, silent, shown, strict=True)]
    return OutcomeMetrics(
        queries=len(results),
        unanswerable=answerable.count(False),
        answer_precision=_among(right, answered),
        answered_rightly=_among([a and r for a, r in zip(answered, right, strict=True)], answerable),
        helped=_among(helped, answerable),
        silent_precision=_among([not a for a in answerable], silent),
        silent_recall=_among(silent, [not a for a in answerable]),
        unanswerable_not_answered=_among([not a for a in answered], [not a for a in answerable]),
        answers=outcomes[FaqOutcome.ANSWER],
        suggestions=outcomes[FaqOutcome.SUGGEST],
        silences=outcomes[FaqOutcome.SILENT],
    )


def metrics_as_dict(metrics: RetrievalMetrics | OutcomeMetrics) -> dict[str, Any]:
    """The figures by name, rounded to four digits."""
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(metrics).items()
    }


def _among(flags: Sequence[bool], chosen: Sequence[bool]) -> float:
    """Share of true flags where `chosen` is true; 1 where nothing is chosen."""
    kept = [flag for flag, take in zip(flags, chosen, strict=True) if take]
    return sum(kept) / len(kept) if kept else 1.0


def _share(flags: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    return float(flags.mean()) if len(flags) else 0.0
