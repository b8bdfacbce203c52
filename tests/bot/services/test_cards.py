"""What a card shows beside the ticket: clocks, similar tickets, the incident, the FAQ tried."""

from __future__ import annotations

from datetime import timedelta

from bot.services.cards import card_of
from bot.texts import staff
from bot.texts.message import Menu
from bot.tickets.ticket import TicketStatus
from tests.builders import ENTRY, NOW, ticket, world

WORDS = "全社でメールが送信できません"


def test_card_tells_clocks_faq_and_the_incident() -> None:
    made = world()
    first = ticket(description=WORDS, product="outlook")
    second = ticket(
        id="M-00002",
        description=WORDS,
        product="outlook",
        created_at=NOW + timedelta(minutes=5),
        source_key="m2",
        faq_shown=(ENTRY.id, "gone"),
    )
    with made.store.transaction() as unit:
        unit.tickets.add(first)
        unit.tickets.add(second)
        card = card_of(made.desk, unit, second, NOW + timedelta(minutes=15))
        before = card_of(made.desk, unit, first, NOW + timedelta(minutes=15))
    assert (card.similar, card.same_incident, card.faq) == (
        ("M-00001 メールが送れません",),
        "M-00001",
        (ENTRY.question,),
    )
    assert (before.similar, before.same_incident) == (("M-00002 メールが送れません",), "")
    shown = str(staff.card(card))
    for words in ("残り 45分", "先の受付は M-00001", ENTRY.question):
        assert words in shown


def test_menu_offers_only_open_moves() -> None:
    made = world()
    with made.store.transaction() as unit:
        merged = card_of(made.desk, unit, ticket(status=TicketStatus.MERGED), NOW)
        closed = card_of(made.desk, unit, ticket(status=TicketStatus.CLOSED), NOW)
    menus = [
        [choice.label for part in staff.card(card).parts if isinstance(part, Menu) for choice in part.choices]
        for card in (merged, closed)
    ]
    assert menus == [[], ["社内メモ"]]
