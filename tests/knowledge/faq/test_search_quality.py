"""The floors of the search on queries that it was never tuned on, and that the entries do not hold."""

from __future__ import annotations

import pytest

from classifiers.text.normalise import normalise
from knowledge.faq.queries import FaqQuery
from knowledge.faq.retrieval_metrics import (
    OutcomeMetrics,
    RetrievalMetrics,
    outcome_metrics,
    retrieval_metrics,
)
from knowledge.faq.terms import gram_keys
from tests.knowledge.faq.samples import queries, shipped_index

pytestmark = pytest.mark.quality


def _split(name: str) -> list[FaqQuery]:
    return [query for query in queries() if query.split == name]


def _pieces(text: str) -> frozenset[int]:
    return frozenset(gram_keys(normalise(text).text.lower()).tolist())


@pytest.fixture(scope="module")
def retrieval() -> RetrievalMetrics:
    return retrieval_metrics(shipped_index(), _split("test"))


@pytest.fixture(scope="module")
def outcomes() -> OutcomeMetrics:
    return outcome_metrics(shipped_index(), _split("test"))


def test_query_set_is_large_enough_and_names_only_entries_there_are() -> None:
    known = {entry.id for entry in shipped_index().entries}
    answerable = [query for query in queries() if query.relevant]
    assert len(answerable) >= 400
    assert len(queries()) - len(answerable) >= 80
    assert [query.id for query in answerable if not set(query.relevant) <= known] == []
    assert {query.split for query in queries()} == {"train", "test"}


def test_query_set_asks_nothing_twice() -> None:
    asked = [(query.query, query.policy) for query in queries()]
    assert len(set(asked)) == len(asked)


def test_no_query_is_nearly_a_phrasing_of_its_entry() -> None:
    phrasings = {e.id: [_pieces(text) for text in (e.question, *e.variants)] for e in shipped_index().entries}
    near = []
    for query in queries():
        asked = _pieces(query.query)
        said = [phrasing for key in query.relevant for phrasing in phrasings[key]]
        if max((2 * len(asked & one) / (len(asked) + len(one)) for one in said), default=0.0) >= 0.6:
            near.append(query.query)
    assert near == []


def test_the_right_entry_comes_first_for_nine_of_ten_test_queries(retrieval: RetrievalMetrics) -> None:
    assert retrieval.recall_at_1 >= 0.90


def test_the_right_entry_is_among_the_first_five(retrieval: RetrievalMetrics) -> None:
    assert retrieval.recall_at_5 >= 0.98


def test_at_most_one_answer_in_twenty_is_wrong(outcomes: OutcomeMetrics) -> None:
    assert outcomes.answer_precision >= 0.95


def test_nine_of_ten_unanswerable_queries_meet_silence(outcomes: OutcomeMetrics) -> None:
    assert outcomes.silent_recall >= 0.90


def test_silence_is_not_bought_by_never_answering(outcomes: OutcomeMetrics) -> None:
    assert outcomes.answered_rightly >= 0.60
