"""Unanswered questions: which belong together, and what becomes of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from classifiers.text.lexicon import Lexicon
from knowledge.faq.gaps import FaqMiss, MissKind, draft_entry, find_gaps
from knowledge.faq.settings import load_settings
from knowledge.faq.terms import TermReader
from tests.knowledge.faq.samples import entry

READER = TermReader(load_settings().terms, Lexicon.load())
MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _miss(number: int, text: str, policy: str | None = "o365") -> FaqMiss:
    return FaqMiss(id=f"m{number}", text=text, asked_at=MORNING + timedelta(minutes=number), policy_id=policy)


MISSES = (
    _miss(1, "共有メールボックスの作り方を教えて"),
    _miss(2, "会議室の予約方法"),
    _miss(3, "共有メールボックスを作成したい", "unified"),
    _miss(4, "共有メールボックスの作り方", None),
    _miss(5, "😀"),
    _miss(6, "会議室を予約する方法は？"),
)


def test_find_gaps_groups_what_asks_the_same_most_frequent_first() -> None:
    gaps = find_gaps(MISSES, READER)
    assert [[miss.id for miss in gap.misses] for gap in gaps] == [["m1", "m3", "m4"], ["m2", "m6"], ["m5"]]
    assert [gap.count for gap in gaps] == [3, 2, 1]
    assert gaps[0].question == "共有メールボックスの作り方"
    assert gaps[0].policies == ("o365", "unified")
    assert gaps[0].last_asked_at == MORNING + timedelta(minutes=4)


def test_find_gaps_does_not_depend_on_the_order_of_the_misses() -> None:
    shuffled = list(MISSES)
    random.Random(3).shuffle(shuffled)
    assert find_gaps(shuffled, READER) == find_gaps(MISSES, READER)


def test_find_gaps_of_nothing_is_nothing() -> None:
    assert find_gaps([], READER) == ()


def test_draft_entry_takes_the_other_wordings_as_variants() -> None:
    doubled = (
        *MISSES,
        FaqMiss(id="m7", text="会議室の予約方法", asked_at=MORNING, kind=MissKind.NOT_HELPFUL),
    )
    gap = next(gap for gap in find_gaps(doubled, READER) if gap.question == "会議室の予約方法")
    draft = draft_entry(gap, entry_id="o365/rooms", answer="総務へ", source="o365 house")
    assert draft == entry(
        "o365/rooms",
        question="会議室の予約方法",
        answer="総務へ",
        variants=("会議室を予約する方法は？",),
        source="o365 house",
    )
