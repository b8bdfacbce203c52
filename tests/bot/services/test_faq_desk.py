"""Unanswered questions become entries: who may, what is kept, and that the next search knows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.authorisation import Actor, Role
from bot.compose import Parts
from bot.errors import NotAllowed, NotFound
from bot.services.faq_desk import drafts, gaps, publish, write_draft
from bot.settings import Settings
from bot.storage.sqlite.store import SqliteStore
from knowledge.faq.entry import FaqEntry
from knowledge.faq.settings import load_settings
from knowledge.faq.terms import TermReader
from tests.builders import NOW

STAFF = Actor(id="U1", roles=frozenset({Role.STAFF}))
CUSTOMER = Actor(id="U2", roles=frozenset({Role.CUSTOMER}))
ENTRY = FaqEntry(
    id="own/parking",
    question="来客用の駐車場はありますか",
    answer="**来客用の駐車場は本館の裏に 3 台分あります。**",
    policies=("o365",),
    variants=("車で行ってもいいですか", "駐車場", "パーキングはどこ"),
    source="o365 はじめに",
)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(Settings(home=tmp_path))


def test_gaps_group_what_nobody_answered(parts: Parts) -> None:
    store = SqliteStore.in_memory()
    reader = TermReader(load_settings().terms, parts.lexicon)
    with store.transaction() as unit:
        for text in ("駐車場はありますか", "駐車場はどこにありますか", "食堂は何時までですか"):
            unit.feedback.unanswered(text, "o365", NOW)
        found = gaps(unit, reader)
    store.close()
    assert [gap.count for gap in found] == [2, 1]


def test_published_draft_is_found_by_the_next_search_and_survives(parts: Parts) -> None:
    store = SqliteStore.in_memory()
    assert "own/parking" not in {hit.entry.id for hit in parts.faq.search("駐車場", "o365").hits}
    with store.transaction() as unit:
        write_draft(unit, STAFF, ENTRY, NOW)
        assert [draft.entry for draft in drafts(unit, STAFF)] == [ENTRY]
        publish(unit, parts.shelve, STAFF, ENTRY.id, NOW)
        assert list(drafts(unit, STAFF)) == []
        actions = [entry.action for entry in unit.audit.all()]
    store.close()
    assert actions == ["faq_draft", "faq_publish"]
    assert parts.faq.search("来客用の駐車場はありますか", "o365").hits[0].entry.id == ENTRY.id
    assert Parts(parts.settings).catalogue.get(ENTRY.id) is not None


def test_draft_of_a_customer_is_refused() -> None:
    store = SqliteStore.in_memory()
    with store.transaction() as unit, pytest.raises(NotAllowed):
        write_draft(unit, CUSTOMER, ENTRY, NOW)
    store.close()


def test_unknown_draft_is_not_published(parts: Parts) -> None:
    store = SqliteStore.in_memory()
    with store.transaction() as unit, pytest.raises(NotFound):
        publish(unit, parts.shelve, STAFF, "own/nothing", NOW)
    store.close()


def test_draft_is_replaced_by_a_later_one_of_the_same_entry() -> None:
    store = SqliteStore.in_memory()
    better = replace(ENTRY, answer="**5 台分あります。**")
    with store.transaction() as unit:
        write_draft(unit, STAFF, ENTRY, NOW)
        write_draft(unit, STAFF, better, NOW)
        assert [draft.entry for draft in drafts(unit, STAFF)] == [better]
    store.close()
