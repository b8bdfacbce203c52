"""Tickets as tables for other tools: which columns each one reads, and what stands in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from bot.clock import JST
from bot.texts import labels
from bot.texts.escaping import clean
from bot.tickets.ticket import Ticket, TicketKind, TicketStatus
from classifiers.labels import Severity

Cell = Callable[[Ticket], str]


class Layout(StrEnum):
    """Column sets that importers of these tools take."""

    CSV = "csv"
    ZENDESK = "zendesk"
    FRESHDESK = "freshdesk"
    SERVICENOW = "servicenow"
    BACKLOG = "backlog"
    REDMINE = "redmine"


#: A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def table(tickets: Iterable[Ticket], layout: Layout) -> str:
    """Return the tickets as CSV with headings and CRLF; no cell is a formula, no number is shown whole."""
    columns = _COLUMNS[layout]
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for ticket in tickets:
        writer.writerow(inert(cell(ticket)) for cell in columns.values())
    return out.getvalue()


def inert(value: str) -> str:
    """Return a cell that a spreadsheet shows and never calculates."""
    shown = clean(value)
    return f"'{shown}" if shown.lstrip(" \u3000\n").startswith(_FORMULA) else shown


def _instant(pattern: str, read: Callable[[Ticket], datetime | None]) -> Cell:
    def cell(ticket: Ticket) -> str:
        at = read(ticket)
        return at.astimezone(JST).strftime(pattern) if at else ""

    return cell


def _mapped(names: Mapping[TicketStatus, str]) -> Cell:
    return lambda ticket: names[ticket.status]


def _by_severity(*names: str) -> Cell:
    words = dict(zip(Severity, names, strict=True))
    return lambda ticket: words[ticket.severity]


_S = TicketStatus
_ISO, _MINUTES, _DAY = "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d"
_NEW = (_S.AWAITING_APPROVAL, _S.OPEN)
_PENDING = (_S.ASKED_BACK, _S.WAITING_CUSTOMER)
_DONE = (_S.CLOSED, _S.REJECTED, _S.MERGED)


def _states(new: str, working: str, pending: str, solved: str, closed: str) -> dict[TicketStatus, str]:
    return {
        **dict.fromkeys(_NEW, new),
        _S.IN_PROGRESS: working,
        **dict.fromkeys(_PENDING, pending),
        _S.RESOLVED: solved,
        **dict.fromkeys(_DONE, closed),
    }


def _id(ticket: Ticket) -> str:
    return ticket.id


def _summary(ticket: Ticket) -> str:
    return ticket.summary


def _description(ticket: Ticket) -> str:
    return ticket.description


def _holder(ticket: Ticket) -> str:
    return ticket.contract.holder if ticket.contract else ""


def _number(ticket: Ticket) -> str:
    return ticket.contract.masked_number if ticket.contract else ""


def _category(ticket: Ticket) -> str:
    return labels.CATEGORY[ticket.category]


def _reporter(ticket: Ticket) -> str:
    return ticket.reporter_name


def _assignee(ticket: Ticket) -> str:
    return ticket.assignee or ""


def _kind(incident: str, request: str, question: str) -> Cell:
    names = {
        TicketKind.INCIDENT: incident,
        TicketKind.SERVICE_REQUEST: request,
        TicketKind.QUESTION: question,
    }
    return lambda ticket: names[ticket.kind]


_COLUMNS: Mapping[Layout, Mapping[str, Cell]] = {
    Layout.CSV: {
        "受付番号": _id,
        "状態": lambda ticket: labels.STATUS[ticket.status],
        "種類": lambda ticket: labels.KIND[ticket.kind],
        "重大度": lambda ticket: str(ticket.severity),
        "分類": _category,
        "ご契約者名": _holder,
        "お客様番号": _number,
        "記入者": _reporter,
        "担当": _assignee,
        "概要": _summary,
        "内容": _description,
        "対応範囲": lambda ticket: labels.scope(ticket.decision) if ticket.decision else "",
        "受付日時": _instant(_MINUTES, lambda ticket: ticket.created_at),
        "初回応答の期限": _instant(_MINUTES, lambda ticket: ticket.due_at),
        "初回応答": _instant(_MINUTES, lambda ticket: ticket.first_response_at),
        "完了日時": _instant(_MINUTES, lambda ticket: ticket.closed_at),
        "統合先": lambda ticket: ticket.parent_id or "",
        "元の受付": lambda ticket: ticket.follows or "",
    },
    Layout.ZENDESK: {
        "external_id": _id,
        "subject": _summary,
        "description": _description,
        "status": _mapped(_states("new", "open", "pending", "solved", "closed")),
        "priority": _by_severity("urgent", "high", "normal", "low"),
        "type": _kind("incident", "task", "question"),
        "organization": _holder,
        "requester": _reporter,
        "tags": lambda ticket: f"madoguchi {ticket.category}",
        "created_at": _instant(_ISO, lambda ticket: ticket.created_at),
        "solved_at": _instant(_ISO, lambda ticket: ticket.resolved_at),
    },
    Layout.FRESHDESK: {
        "Subject": _summary,
        "Description": _description,
        "Status": _mapped(_states("Open", "Open", "Pending", "Resolved", "Closed")),
        "Priority": _by_severity("Urgent", "High", "Medium", "Low"),
        "Type": _kind("Incident", "Service Request", "Question"),
        "Company": _holder,
        "Requester name": _reporter,
        "Tags": lambda ticket: f"madoguchi,{ticket.category},{ticket.id}",
        "Created time": _instant(_MINUTES, lambda ticket: ticket.created_at),
        "Due by Time": _instant(_MINUTES, lambda ticket: ticket.due_at),
    },
    Layout.SERVICENOW: {
        "correlation_id": _id,
        "short_description": _summary,
        "description": _description,
        "state": _mapped(_states("1", "2", "3", "6", "7")),
        "impact": _by_severity("1", "1", "2", "3"),
        "urgency": _by_severity("1", "2", "2", "3"),
        "category": lambda ticket: str(ticket.category),
        "company": _holder,
        "opened_at": _instant(_MINUTES, lambda ticket: ticket.created_at),
        "resolved_at": _instant(_MINUTES, lambda ticket: ticket.resolved_at),
        "closed_at": _instant(_MINUTES, lambda ticket: ticket.closed_at),
        "close_notes": lambda ticket: ticket.close_reason,
    },
    Layout.BACKLOG: {
        "件名": lambda ticket: f"[{ticket.id}] {ticket.summary}",
        "詳細": _description,
        "種別名": _kind("障害", "依頼", "質問"),
        "カテゴリー名": _category,
        "優先度": _by_severity("高", "高", "中", "低"),
        "状態": _mapped(_states("未対応", "処理中", "処理中", "処理済み", "完了")),
        "開始日": _instant(_DAY, lambda ticket: ticket.created_at),
        "期限日": _instant(_DAY, lambda ticket: ticket.due_at),
    },
    Layout.REDMINE: {
        "Subject": lambda ticket: f"[{ticket.id}] {ticket.summary}",
        "Description": _description,
        "Tracker": _kind("Bug", "Support", "Support"),
        "Status": _mapped(_states("New", "In Progress", "Feedback", "Resolved", "Closed")),
        "Priority": _by_severity("Immediate", "Urgent", "Normal", "Low"),
        "Category": lambda ticket: str(ticket.category),
        "Start date": _instant("%Y-%m-%d", lambda ticket: ticket.created_at),
        "Due date": _instant("%Y-%m-%d", lambda ticket: ticket.due_at),
    },
}
