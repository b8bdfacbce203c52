"""Tickets as CSV for other tools: columns, states, and cells that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io

import pytest

from bot.texts.ticket_tables import Layout, inert, table
from bot.tickets.ticket import TicketStatus
from classifiers.labels import Severity
from tests.builders import ticket


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("status", TicketStatus)
@pytest.mark.parametrize("severity", Severity)
def test_every_ticket_has_a_row_with_its_state(
    layout: Layout, status: TicketStatus, severity: Severity
) -> None:
    (row,) = rows(table([ticket(status=status, severity=severity)], layout))
    assert None not in row
    assert "メールが送れません" in str(row)
    assert "P100200" not in str(row)


@pytest.mark.parametrize(
    ("layout", "cells"),
    [
        (Layout.ZENDESK, {"status": "pending", "priority": "urgent", "type": "incident"}),
        (Layout.FRESHDESK, {"Status": "Pending", "Priority": "Urgent", "Type": "Incident"}),
        (Layout.SERVICENOW, {"state": "3", "impact": "1", "urgency": "1"}),
        (Layout.BACKLOG, {"状態": "処理中", "優先度": "高", "期限日": "2026/11/20"}),
        (Layout.REDMINE, {"Status": "Feedback", "Priority": "Immediate", "Due date": "2026-11-20"}),
        (Layout.CSV, {"状態": "お客様回答待ち", "お客様番号": "****0200", "重大度": "1"}),
    ],
)
def test_cells_are_the_words_of_the_tool(layout: Layout, cells: dict[str, str]) -> None:
    one = ticket(status=TicketStatus.WAITING_CUSTOMER, severity=Severity.CRITICAL)
    (row,) = rows(table([one], layout))
    assert {name: row[name] for name in cells} == cells


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", " =", "\u3000@", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    assert inert(text) == f"'{text}"
    for layout in Layout:
        (row,) = rows(table([ticket(summary=text, description=text)], layout))
        assert [
            cell for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
        ] == []


def test_harmless_cell_is_left_alone() -> None:
    assert [inert(text) for text in ("", "a=b", "2026-11-20", "'x")] == ["", "a=b", "2026-11-20", "'x"]


def test_lines_and_quotes_come_back_as_they_were() -> None:
    (row,) = rows(table([ticket(description='1行目\n"2行目",終わり')], Layout.ZENDESK))
    assert row["description"] == '1行目\n"2行目",終わり'
