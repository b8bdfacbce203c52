"""Files of entries and queries for measuring, and the figures worked out from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.errors import FaqEntryError
from knowledge.faq.queries import FaqQuery, read_corpus, read_queries
from knowledge.faq.retrieval_metrics import metrics_as_dict, outcome_metrics, retrieval_metrics
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import ConfidenceSettings, load_settings
from tests.knowledge.faq.samples import entry

ENTRIES = (
    entry("o365/price", question="料金はいくらですか"),
    entry("o365/end", question="料金の解約の期限はいつですか"),
    entry("o365/size", question="容量の上限はいくつですか"),
)
#: Answers where the hit holds everything, suggests where it holds something.
STRICT = ConfidenceSettings(
    intercept=-10.0, weights={"word_coverage": 20.0}, answer_at=0.999, suggest_at=0.0005
)
QUERIES = (
    FaqQuery(id="1", query="料金は", relevant=("o365/price",)),
    FaqQuery(id="2", query="料金の山と海", relevant=("o365/end",)),
    FaqQuery(id="3", query="容量", relevant=("o365/price",)),
    FaqQuery(id="4", query="雲と空と鳥", relevant=()),
    FaqQuery(id="5", query="上限", relevant=()),
)


@pytest.fixture(scope="module")
def index() -> FaqIndex:
    return FaqIndex.build(ENTRIES, replace(load_settings(), confidence=STRICT))


def test_retrieval_metrics_counts_the_rank_of_the_right_entry(index: FaqIndex) -> None:
    ticks = iter([0.0, 0.001, 1.0, 1.003, 2.0, 2.002])
    metrics = retrieval_metrics(index, QUERIES, clock=lambda: next(ticks))
    assert metrics_as_dict(metrics) == {
        "queries": 3,
        "recall_at_1": 0.3333,
        "recall_at_3": 0.6667,
        "recall_at_5": 0.6667,
        "recall_at_10": 0.6667,
        "mrr": 0.5,
        "median_ms": 2.0,
        "p99_ms": 2.98,
    }


def test_outcome_metrics_counts_right_and_wrong_answers_and_silence(index: FaqIndex) -> None:
    assert metrics_as_dict(outcome_metrics(index, QUERIES)) == {
        "queries": 5,
        "unanswerable": 2,
        "answer_precision": 0.3333,
        "answered_rightly": 0.3333,
        "helped": 0.6667,
        "silent_precision": 1.0,
        "silent_recall": 0.5,
        "unanswerable_not_answered": 0.5,
        "answers": 3,
        "suggestions": 1,
        "silences": 1,
    }


def test_metrics_of_no_queries_are_harmless(index: FaqIndex) -> None:
    assert retrieval_metrics(index, ()).queries == 0
    assert outcome_metrics(index, ()).answer_precision == 1.0


def test_read_queries_reads_the_least_and_the_most() -> None:
    lines = [
        '{"query": "a", "relevant": []}',
        "",
        '{"id": "x", "query": "b", "relevant": ["e"], "policy": "o365", "split": "test"}',
    ]
    assert read_queries(lines, "q.jsonl") == (
        FaqQuery(id="1", query="a", relevant=()),
        FaqQuery(id="x", query="b", relevant=("e",), policy="o365", split="test"),
    )


def test_read_corpus_reads_entries_with_and_without_a_question() -> None:
    entries = read_corpus(
        ['{"id": "a", "answer": "x"}', '{"id": "b", "question": "q", "answer": "y"}'], "e.jsonl"
    )
    assert [(e.id, e.question, e.answer) for e in entries] == [("a", "", "x"), ("b", "q", "y")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3", "must be a JSON object"),
        ('{"query": "", "relevant": []}', "query must be a text that is not empty"),
        ('{"query": "a"}', "relevant must be a list of entry ids"),
        ('{"query": "a", "relevant": [1]}', "relevant must be a list of entry ids"),
        ('{"query": "a", "relevant": [], "policy": 3}', "policy must be a text"),
    ],
)
def test_read_queries_names_line_and_reason(line: str, reason: str) -> None:
    with pytest.raises(FaqEntryError) as caught:
        read_queries(["", line], "q.jsonl")
    assert (caught.value.file, caught.value.key, caught.value.reason) == ("q.jsonl", "line 2", reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "a"}', "answer must be a text that is not empty"),
        ('{"id": 3, "answer": "x"}', "id must be a text that is not empty"),
        ('{"id": "z", "answer": "x"}', "the id 'z' stands twice"),
        ('{"id": "a", "answer": "x", "question": 3}', "question must be a text"),
    ],
)
def test_read_corpus_names_line_and_reason(line: str, reason: str) -> None:
    with pytest.raises(FaqEntryError) as caught:
        read_corpus(['{"id": "z", "answer": "y"}', line], "e.jsonl")
    assert (caught.value.file, caught.value.key, caught.value.reason) == ("e.jsonl", "line 2", reason)
