"""The inverted index against BM25 worked out by hand and by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import FaqIndexError
from knowledge.faq import postings as module
from knowledge.faq.postings import Postings, PostingsBuilder, weighted

K1, B = 0.9, 0.75


def _keys(*terms: int) -> np.ndarray:
    return np.array(terms, dtype=np.uint32)


def _build(texts: list[list[int]]) -> Postings:
    builder = PostingsBuilder()
    for text in texts:
        builder.add(weighted([(_keys(*text), 1.0)]))
    return builder.finish(k1=K1, b=B)


def _brute(texts: list[list[int]], query: list[int]) -> list[float]:
    mean = max(sum(map(len, texts)) / len(texts), 1.0)
    scores = []
    for text in texts:
        score = 0.0
        for term in set(query):
            holding = sum(term in other for other in texts)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            count = text.count(term)
            score += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * len(text) / mean)) if count else 0.0
        scores.append(score)
    return scores


TEXTS = st.lists(st.lists(st.integers(0, 12), max_size=8), min_size=1, max_size=12)


@given(TEXTS, st.lists(st.integers(0, 15), max_size=6))
def test_match_scores_as_bm25_does(texts: list[list[int]], query: list[int]) -> None:
    assert _build(texts).match(_keys(*query)).scores.tolist() == pytest.approx(_brute(texts, query), abs=1e-5)


@given(TEXTS)
@settings(max_examples=30)
def test_finish_gives_the_same_index_when_it_sorts_in_parts(texts: list[list[int]]) -> None:
    whole = _build(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SORTED_AT_ONCE", 3)
        patch.setattr(module, "_BLOCK", 2)
        parts = _build(texts)
    for name, array in whole.arrays("x").items():
        assert parts.arrays("x")[name].tolist() == array.tolist()


def test_coverage_is_the_weighted_share_of_the_query() -> None:
    index = _build([[1, 2], [1, 3], [4]])
    match = index.match(_keys(1, 3, 9))
    weights = index.weights_of(_keys(1, 3, 9)).tolist()
    assert index.coverage(match, 1) == pytest.approx((weights[0] + weights[1]) / sum(weights))
    assert index.coverage(match, 2) == 0.0
    assert index.coverage(index.match(_keys()), 0) == 0.0


def test_holds_all_wants_every_term() -> None:
    index = _build([[1, 2], [1, 3]])
    assert [index.holds_all(_keys(1, 3), text) for text in (0, 1)] == [False, True]
    assert index.holds_all(_keys(), 0)
    assert not index.holds_all(_keys(9), 0)


def test_finish_leaves_out_what_nearly_every_text_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMON_FROM", 2)
    index = _build([[1, 2], [1], [1]])
    assert index.match(_keys(1)).scores.tolist() == [0.0, 0.0, 0.0]
    assert index.weights_of(_keys(1)).tolist() == [0.0]


def test_match_of_an_empty_collection_is_empty() -> None:
    assert _build([]).match(_keys(1)).scores.tolist() == []


def test_weighted_adds_up_the_parts() -> None:
    terms = weighted([(_keys(5, 5, 7), 1.0), (_keys(7, 8), 0.5), (_keys(9), 0.0)])
    assert dict(zip(terms.keys.tolist(), terms.counts.tolist(), strict=True)) == {5: 2.0, 7: 1.5, 8: 0.5}


def test_from_arrays_reads_what_arrays_gave() -> None:
    index = _build([[1, 2], [1, 3]])
    again = Postings.from_arrays("w", index.arrays("w"), 2)
    assert again.match(_keys(1, 2)).scores.tolist() == index.match(_keys(1, 2)).scores.tolist()


@pytest.mark.parametrize("name", ["keys", "starts", "texts", "weights", "idf"])
def test_from_arrays_refuses_an_index_with_a_part_missing_or_cut(name: str) -> None:
    arrays = _build([[1, 2], [1, 3]]).arrays("w")
    cut = {**arrays, f"w.{name}": arrays[f"w.{name}"][:-1]}
    with pytest.raises(FaqIndexError):
        Postings.from_arrays("w", cut, 2)
    del arrays[f"w.{name}"]
    with pytest.raises(FaqIndexError):
        Postings.from_arrays("w", arrays, 2)
