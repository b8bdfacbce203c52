"""How alike tickets are, and which ones are taken for one incident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.tickets.similarity import likeness, similar, suggested_parent
from bot.tickets.ticket import Ticket, TicketStatus
from classifiers.labels import Category
from tests.builders import NOW, ticket

WORDS = "全社で Outlook からメールが送信できません"


def report(number: int, text: str = WORDS, *, minutes: float = 0, **changes: object) -> Ticket:
    fields = {"product": "outlook", **changes}
    return ticket(
        id=f"M-0000{number}", description=text, created_at=NOW + timedelta(minutes=minutes), **fields
    )


def test_same_words_at_the_same_time_are_the_same() -> None:
    assert likeness(report(1), report(2)) == pytest.approx(1.0)
    assert likeness(report(1), report(2, WORDS.replace("Outlook", "OUTLOOK"))) == pytest.approx(1.0)


def test_nothing_in_common_is_nothing() -> None:
    other = report(2, "請求書の宛名", minutes=60 * 24 * 8, product=None, category=Category.BILLING_CONTRACT)
    assert likeness(report(1), other) == 0.0
    assert likeness(report(1, ""), report(2, "", minutes=60 * 24 * 8)) == pytest.approx(0.4)


def test_most_alike_stands_first_and_itself_never() -> None:
    one = report(1)
    others = [
        one,
        report(2, "請求書の宛名", category=Category.BILLING_CONTRACT, product=None),
        report(3, "Outlook でメールが受信できません"),
        report(4, "Outlook からメールが送信できません"),
    ]
    assert [other.id for other in similar(one, others)] == ["M-00004", "M-00003"]


@pytest.mark.parametrize(
    ("earlier", "parent"),
    [
        ({}, "M-00001"),
        ({"status": TicketStatus.CLOSED}, None),
        ({"status": TicketStatus.MERGED}, None),
        ({"minutes": -200}, None),
        ({"minutes": 31}, None),
        ({"text": "請求書の宛名を変えたい"}, None),
    ],
)
def test_first_report_within_the_window_is_the_parent(earlier: dict[str, object], parent: str | None) -> None:
    found = suggested_parent(report(2, minutes=30), [report(1, **earlier)])  # type: ignore[arg-type]
    assert (found.id if found else None) == parent


def test_storm_has_one_parent() -> None:
    storm = [report(number, minutes=number) for number in range(1, 9)]
    parents = [suggested_parent(one, storm) for one in storm]
    assert [parent.id if parent else None for parent in parents] == [None, *["M-00001"] * 7]


def test_what_is_over_is_not_merged() -> None:
    assert suggested_parent(report(2, minutes=5, status=TicketStatus.CLOSED), [report(1)]) is None
