"""What staff read: the ticket's card, its log, and queues in words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue.actions import DESTRUCTIVE, OPENS_FORM, Action
from bot.dialogue.actions import SEPARATOR as CHOICE
from bot.texts import labels
from bot.texts.message import (
    Button,
    Buttons,
    Choice,
    Confirm,
    Context,
    Divider,
    Fields,
    Heading,
    Menu,
    Message,
    Paragraph,
    Part,
    Quote,
    Style,
)
from bot.texts.staff_clocks import clock_line
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move, moves_from
from bot.tickets.ticket import SeverityChange, Ticket
from bot.traffic import Card, CardLog, OwnMove
from classifiers.classification import Classification
from classifiers.labels import Extent

#: Separates ticket and version in a staff button's value.
SEPARATOR = "@"
_WORDS = 1500
_BANDS = ((0.8, "高"), (0.55, "中"), (0.0, "低"))

#: What an entry of the trail says was done.
_ACTION: Mapping[str, str] = {
    **{str(move): name for move, name in labels.MOVE.items()},
    OwnMove.ASK_SEVERITY: "お客様から重大度の相談",
    OwnMove.RATE_GOOD: "お客様の評価: よかった",
    OwnMove.RATE_BAD: "お客様の評価: よくなかった",
    OwnMove.RATE_WORDS: "お客様の感想",
    "open": "起票",
    "message_deleted": "お客様が発言を削除(受付票の記録は残ります)",
    "unreadable": "自動処理できず",
    "follow_up": "続きの受付",
    "take_in": "ほかの受付を統合",
}

_BUTTONS: tuple[tuple[Move, Action, str, Style], ...] = (
    (Move.APPROVE, Action.STAFF_APPROVE, "承認", Style.PRIMARY),
    (Move.APPROVE, Action.STAFF_CORRECT, "修正して承認", Style.PLAIN),
    (Move.ASK_BACK, Action.STAFF_ASK_BACK, "質問する", Style.PLAIN),
    (Move.TAKE, Action.STAFF_TAKE, "引き取る", Style.PLAIN),
    (Move.ANSWER, Action.STAFF_ANSWER, "回答する", Style.PRIMARY),
    (Move.RESOLVE, Action.STAFF_RESOLVE, "解決にする", Style.PLAIN),
    (Move.RESUME, Action.STAFF_RESUME, "対応を再開", Style.PLAIN),
    (Move.CLOSE, Action.STAFF_CLOSE, "完了にする", Style.PLAIN),
    (Move.REOPEN, Action.STAFF_REOPEN, "再開する", Style.PLAIN),
    (Move.REJECT, Action.STAFF_REJECT, "却下", Style.DANGER),
)

#: What is done less often, in the menu below the buttons.
_MENU: tuple[tuple[Move, Action, str], ...] = (
    (Move.ASSIGN, Action.STAFF_ASSIGN, "担当を決める"),
    (Move.NOTE, Action.STAFF_NOTE, "社内メモ"),
    (Move.WAIT, Action.STAFF_WAIT, "お客様回答待ち"),
    (Move.CHANGE_SEVERITY, Action.STAFF_SEVERITY, "重大度を変える"),
    (Move.MERGE, Action.STAFF_MERGE, "統合する"),
    (Move.REQUEST_RCA, Action.STAFF_RCA, "原因調査の要請"),
)

#: What a person reads on each staff button.
LABELS: Mapping[Action, str] = {
    **{action: label for _, action, label, _ in _BUTTONS},
    **{action: label for _, action, label in _MENU},
}
#: The move each staff button stands for.
MOVES: Mapping[Action, Move] = {
    **{action: move for move, action, _, _ in _BUTTONS},
    **{action: move for move, action, _ in _MENU},
}


def card(view: Card) -> Message:
    """Return the card of one ticket as staff see it: the number stays masked."""
    ticket = view.ticket
    parts: list[Part | None] = [
        Heading(text=f"{ticket.id} {labels.STATUS[ticket.status]}"),
        Fields(pairs=_facts(ticket)),
        Paragraph(text=ticket.summary) if ticket.summary and ticket.summary != ticket.description else None,
        Quote(text=_cut(ticket.description)) if ticket.description else None,
        _promise(ticket),
        _why(ticket.classification),
        Paragraph(text="\n".join(clock_line(clock) for clock in view.clocks)) if view.clocks else None,
        Context(text="ご案内済みのFAQ: " + "、".join(view.faq)) if view.faq else None,
        Context(text="似た受付: " + "、".join(view.similar)) if view.similar else None,
        _same_incident(view),
        Divider(),
        _buttons(ticket),
        _menu(ticket),
        _log(view.log),
    ]
    fallback = f"{ticket.id} {labels.STATUS[ticket.status]} {_level(ticket)} {ticket.summary}"
    return Message(fallback=fallback, parts=tuple(part for part in parts if part is not None))


def log_line(line: CardLog, actor: str) -> str:
    """Return one line for the card's thread."""
    action = _ACTION.get(line.action, line.action)
    return f"{actor}: {action}" + (f"\n{line.text}" if line.text else "")


def _facts(ticket: Ticket) -> tuple[tuple[str, str], ...]:
    contract = ticket.contract
    pairs = [
        ("お客様", f"{contract.holder}({contract.masked_number})" if contract else "未確認(要確認)"),
        ("ご契約", f"{contract.policy_id} {contract.plan or ''}".strip() if contract else "不明"),
        ("記入者", ticket.reporter_name or ticket.reporter),
        ("連絡先", ticket.contact),
        ("重大度", _level(ticket)),
        ("分類", f"{labels.CATEGORY[ticket.category]}{_band(ticket.classification, 'category')}"),
        ("製品", ticket.product or ""),
        ("影響", labels.EXTENT[ticket.extent] if ticket.extent is not Extent.UNKNOWN else ""),
        ("発生日時", ticket.started_at),
        ("添付資料", ticket.attachments),
        ("確認済みの手順", "、".join(ticket.isolation)),
        ("担当", ticket.assignee or ""),
        ("ご希望", "担当者との会話" if ticket.human_requested else ""),
        ("原因調査", f"{labels.absolute(ticket.rca_requested_at)} 要請" if ticket.rca_requested_at else ""),
        ("重大度の変更", "、".join(_change(change) for change in ticket.severity_changes)),
        ("完了の理由", labels.CLOSE_REASON[ticket.close_code] if ticket.close_code else ticket.close_reason),
        ("統合先", ticket.parent_id or ""),
        ("統合した受付", "、".join(ticket.children)),
        ("元の受付", ticket.follows or ""),
    ]
    return tuple((label, value) for label, value in pairs if value)


def _change(change: SeverityChange) -> str:
    return f"{labels.absolute(change.at)} {change.before}→{change.after}({change.reason})"


def _level(ticket: Ticket) -> str:
    name = labels.severity(ticket.severity, ticket.decision)
    return f"{ticket.severity}: {name}{_band(ticket.classification, 'severity')}"


def _band(found: Classification | None, axis: str) -> str:
    if found is None:
        return ""
    prediction = found.severity if axis == "severity" else found.category
    band = next(name for floor, name in _BANDS if prediction.confidence >= floor)
    doubt = "・要確認" if prediction.abstained else ""
    return f"(確信度 {band}{doubt})"


def _promise(ticket: Ticket) -> Part | None:
    decision = ticket.decision
    if decision is None:
        return None
    lines = [
        f"対応範囲: {labels.scope(decision)}",
        f"初回応答の期限: {labels.first_response(decision.first_response)}",
    ]
    if decision.desk is not None:
        lines.append(f"窓口: {labels.DESK[decision.desk]}")
    lines.extend([decision.reason, *decision.notes])
    return Paragraph(text="\n".join(lines))


def _why(found: Classification | None) -> Part | None:
    if found is None:
        return None
    words = [f"「{item.span}」→ {labels.towards(item.towards)}" for item in found.evidence[:6]]
    rules = [f"{labels.rule_reason(hit)}({labels.effect(hit)})" for hit in found.rule_hits]
    lines = []
    if words:
        lines.append("根拠の言葉: " + "、".join(words))
    if rules:
        lines.append("適用された規則: " + "、".join(rules))
    return Context(text="\n".join([*lines, f"モデル: {found.model_version}"]))


def _buttons(ticket: Ticket) -> Part:
    open_moves = set(moves_from(ticket.status))
    value = f"{ticket.id}{SEPARATOR}{ticket.version}"
    return Buttons(
        buttons=tuple(
            Button(
                action=action,
                label=label,
                value=value,
                style=style,
                confirm=_sure(label) if action in DESTRUCTIVE - OPENS_FORM else None,
            )
            for move, action, label, style in _BUTTONS
            if move in open_moves
        )
    )


def _same_incident(view: Card) -> Part | None:
    if not view.same_incident:
        return None
    return Paragraph(
        text=f"同じ障害の報告かもしれません。先の受付は {view.same_incident} です(その他の操作「統合する」)。"
    )


def _menu(ticket: Ticket) -> Part | None:
    open_moves = set(moves_from(ticket.status))
    value = f"{ticket.id}{SEPARATOR}{ticket.version}"
    choices = tuple(
        Choice(label=label, value=f"{action}{CHOICE}{value}")
        for move, action, label in _MENU
        if move in open_moves
    )
    return Menu(action=Action.STAFF_MORE, placeholder="その他の操作", choices=choices) if choices else None


def _sure(label: str) -> Confirm:
    return Confirm(title=label, text="お客様に通知されます。よろしいですか。", yes=label, no="戻る")


def _log(entries: tuple[AuditEntry, ...]) -> Part | None:
    if not entries:
        return None
    lines = [
        f"{labels.absolute(entry.at)} {_ACTION.get(entry.action, entry.action)}" for entry in entries[-5:]
    ]
    return Context(text="\n".join(lines))


def _cut(text: str) -> str:
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"
