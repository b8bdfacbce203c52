"""What the FAQ says to a question: whose entry comes first, and when it keeps silent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.faq.entry import FaqHit, FaqOutcome, FaqResult
from knowledge.faq.search import FaqIndex, faq_result_as_dict
from tests.knowledge.faq.samples import entry, shipped_index


def _first(query: str, policy: str | None) -> str:
    return shipped_index().search(query, policy).hits[0].entry.id


@pytest.mark.parametrize(
    ("query", "policy", "expected"),
    [
        ("ワンドラの容量は", "sonpo-cloud", "sonpo-cloud/storage-size"),
        ("ﾊﾟｽﾜｰﾄﾞの文字数と文字種", "sonpo-cloud", "sonpo-cloud/password-policy"),
        ("ＤＮＳの逆引き", "sonpo-cloud", "sonpo-cloud/dns-reverse"),
        ("誤送信めーるの取消し", "sonpo-cloud", "sonpo-cloud/cancel-sent-mail"),
        ("アウトロックが固まる、調べて", "synnex-csp", "synnex-csp/client-app-trouble"),
        ("問合せできる人", "synnex-csp", "synnex-csp/who-may-ask"),
        ("オンサイトサポト", "synnex-csp", "synnex-csp/onsite"),
    ],
)
def test_search_finds_an_entry_in_another_spelling(query: str, policy: str, expected: str) -> None:
    assert _first(query, policy) == expected


@pytest.mark.parametrize("policy", ["o365", "sonpo-cloud", "synnex-csp", "unified"])
@pytest.mark.parametrize(
    "query", ["初回応答は何時間以内ですか", "料金はいくら", "UERとは何ですか", "サポートの受付時間"]
)
def test_search_never_hits_an_entry_of_another_policy(query: str, policy: str) -> None:
    hits = shipped_index().search(query, policy, 50).hits
    assert {hit.entry.id.split("/")[0] for hit in hits} <= {policy}


@pytest.mark.parametrize(
    ("query", "policy"),
    [
        ("UERの応答時間は何分ですか", "synnex-csp"),
        ("ラピッドレスポンスの対応開始時間", "o365"),
        ("共通ルールプランの月額料金", "unified"),
        ("お客様番号はどこに書いてありますか", "synnex-csp"),
        ("閉じた問い合わせは何日以内なら再開できますか", "unified"),
    ],
)
def test_search_gives_no_answer_that_only_another_policy_holds(query: str, policy: str) -> None:
    assert shipped_index().search(query, policy).answerable is False


@pytest.mark.parametrize("query", ["", "   ", "😀🙏✨", "!?!?…", "\x00\x00", "\u200b", "\ud83d"])
def test_search_says_nothing_to_a_query_without_letters(query: str) -> None:
    expected = FaqResult(outcome=FaqOutcome.SILENT, confidence=0.0)
    assert shipped_index().search(query, "o365") == expected


@pytest.mark.parametrize(
    "query", ["あ" * 10_000, "abc " * 2_500, "1" * 10_000, "料金" * 5_000, "😀" * 10_000]
)
def test_search_survives_ten_thousand_characters(query: str) -> None:
    assert shipped_index().search(query, "o365").answerable is False


@given(st.text(max_size=80), st.sampled_from([None, "o365", "nobody"]), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_search_keeps_its_promises_for_any_text(query: str, policy: str | None, k: int) -> None:
    result = shipped_index().search(query, policy, k)
    scores = [hit.score for hit in result.hits]
    assert len(scores) <= k
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= value <= 1.0 for value in (*scores, result.confidence))


def test_search_keeps_internal_entries_for_staff() -> None:
    index = FaqIndex.build([entry("o365/a", question="合言葉は", internal=True)])
    assert index.search("合言葉は", "o365").hits == ()
    assert [hit.entry.id for hit in index.search("合言葉は", "o365", staff=True).hits] == ["o365/a"]


def test_search_hits_an_entry_of_several_policies_under_each() -> None:
    index = FaqIndex.build([entry("o365/a", question="合言葉は", policies=("o365", "unified"))])
    assert [index.search("合言葉", policy).hits[0].entry.id for policy in ("o365", "unified")] == [
        "o365/a"
    ] * 2
    assert index.search("合言葉", "synnex-csp").hits == ()


def test_search_of_an_empty_index_is_silent() -> None:
    assert FaqIndex.build([]).search("料金") == FaqResult(outcome=FaqOutcome.SILENT, confidence=0.0)


def test_search_orders_by_the_closest_phrasing() -> None:
    loose = entry("o365/a", question="会議 録画 保存", variants=("録画の保存先", "会議の保存", "保存の会議"))
    exact = entry("o365/b", question="会議の録画を止める", variants=("録画停止",))
    index = FaqIndex.build([loose, exact])
    assert [hit.entry.id for hit in index.search("会議の録画を止める").hits] == ["o365/b", "o365/a"]


def test_faq_result_as_dict_follows_the_contract() -> None:
    hit = FaqHit(entry=entry("o365/a", question="問い", answer="答え", source="o365 1"), score=0.51234)
    result = FaqResult(outcome=FaqOutcome.SUGGEST, confidence=0.43219, hits=(hit,))
    assert faq_result_as_dict(result) == {
        "answerable": False,
        "outcome": "suggest",
        "confidence": 0.4322,
        "hits": [
            {"entry": "o365/a", "question": "問い", "answer": "答え", "score": 0.5123, "source": "o365 1"}
        ],
    }
