"""The forms that staff buttons open: fields, words, and what the policy says beside them."""

from __future__ import annotations

from collections.abc import Callable

from bot.dialogue.actions import Action
from bot.services.material import StaffMaterial
from bot.texts import labels
from bot.texts.message import Choice, FieldKind, Form, FormField
from bot.tickets.rules import at_fault_desk, close_reasons
from bot.tickets.ticket import Ticket
from classifiers.labels import Category, Severity

CANCEL = "やめる"
_TEXT = 3000


def of_action(action: Action, ticket: Ticket, material: StaffMaterial | None = None) -> Form:
    """Return the form a staff button opens."""
    title, submit, fields = _FORMS[action]
    offered = material or StaffMaterial()
    return Form(
        id=action,
        title=title,
        submit=submit,
        cancel=CANCEL,
        intro=_intro(action, ticket, offered),
        context=(("ticket", ticket.id), ("version", str(ticket.version))),
        fields=fields(ticket, offered),
    )


def _intro(action: Action, ticket: Ticket, material: StaffMaterial) -> str:
    """Return what the policy says about it, with its clause."""
    texts = material.texts
    if texts is None:
        return _NOTICE.get(action, "")
    desk = ticket.decision.desk if ticket.decision else None
    own = texts.desk_closing.get(desk, ()) if desk else ()
    rule, clause = {
        Action.STAFF_CLOSE: texts.closing,
        Action.STAFF_SEVERITY: texts.severity_change,
        Action.STAFF_RCA: texts.root_cause,
    }.get(action, ("", ""))
    lines = [f"{rule}(根拠: {clause})"] if rule else []
    if action is Action.STAFF_CLOSE:
        lines.extend(f"・{line}" for line in own)
    return "\n".join([*lines, *filter(None, [_NOTICE.get(action, "")])])


_NOTICE = {
    Action.STAFF_NOTE: "社内だけの記録です。お客様には届きません。",
    Action.STAFF_MERGE: "この受付は統合先とまとめて対応し、統合先の結果をこのお客様にもお知らせします。",
    Action.STAFF_WAIT: "ご回答があるまで、次回連絡の時計が止まります。",
}


def _text(label: str, *, required: bool = True, id_: str = "text") -> FormField:
    return FormField(id=id_, label=label, kind=FieldKind.LINES, required=required, max_length=_TEXT)


def _severity(ticket: Ticket) -> FormField:
    return FormField(
        id="severity",
        label="重大度",
        kind=FieldKind.SELECT,
        initial=ticket.severity,
        choices=tuple(Choice(label=f"{level}: {labels.SEVERITY[level]}", value=level) for level in Severity),
    )


def _category(ticket: Ticket) -> FormField:
    return FormField(
        id="category",
        label="分類",
        kind=FieldKind.SELECT,
        initial=ticket.category,
        choices=tuple(Choice(label=labels.CATEGORY[category], value=category) for category in Category),
    )


def _answer(ticket: Ticket, material: StaffMaterial) -> tuple[FormField, ...]:
    if not material.canned:
        return (_text("回答"),)
    choices = tuple(Choice(label=entry.question, value=entry.id) for entry in material.canned)
    canned = FormField(
        id="canned",
        label="定型文(FAQ)",
        kind=FieldKind.SELECT,
        required=False,
        choices=choices,
        hint="選ぶと、入力した文章の後にその答えを添えます。",
    )
    return (canned, _text("回答", required=False))


def _close(ticket: Ticket, material: StaffMaterial) -> tuple[FormField, ...]:
    reasons = tuple(
        Choice(label=labels.CLOSE_REASON[reason], value=reason) for reason in close_reasons(ticket)
    )
    return (
        FormField(id="reason", label="完了の理由", kind=FieldKind.SELECT, choices=reasons),
        _text("お客様に伝えること", required=at_fault_desk(ticket)),
    )


def _merge(ticket: Ticket, material: StaffMaterial) -> tuple[FormField, ...]:
    if not material.similar:
        return (FormField(id="target", label="統合先の受付番号", max_length=20, placeholder="M-00001"),)
    choices = tuple(Choice(label=f"{other.id} {other.summary}", value=other.id) for other in material.similar)
    return (
        FormField(
            id="target", label="統合先", kind=FieldKind.SELECT, initial=material.parent, choices=choices
        ),
        FormField(id="other", label="ほかの受付番号", required=False, max_length=20, placeholder="M-00001"),
    )


def _words(label: str, *, required: bool = True) -> Callable[[Ticket, StaffMaterial], tuple[FormField, ...]]:
    return lambda ticket, material: (_text(label, required=required),)


_Fields = Callable[[Ticket, StaffMaterial], tuple[FormField, ...]]

#: Title, the button that sends, and the fields.
_FORMS: dict[Action, tuple[str, str, _Fields]] = {
    Action.STAFF_CORRECT: ("修正して承認", "承認", lambda t, m: (_severity(t), _category(t))),
    Action.STAFF_ASK_BACK: ("お客様へ質問", "送る", _words("質問")),
    Action.STAFF_REJECT: ("却下", "却下", _words("お客様に伝える理由")),
    Action.STAFF_ANSWER: ("お客様へ回答", "送る", _answer),
    Action.STAFF_CLOSE: ("完了にする", "完了", _close),
    Action.STAFF_NOTE: ("社内メモ", "残す", _words("メモ")),
    Action.STAFF_WAIT: ("お客様の回答を待つ", "待つ", _words("お客様に尋ねること", required=False)),
    Action.STAFF_ASSIGN: (
        "担当を決める",
        "決める",
        lambda t, m: (FormField(id="assignee", label="担当者", kind=FieldKind.USER, max_length=40),),
    ),
    Action.STAFF_SEVERITY: (
        "重大度を変える",
        "変える",
        lambda t, m: (_severity(t), _text("お客様に伝える理由")),
    ),
    Action.STAFF_MERGE: ("ほかの受付に統合", "統合", _merge),
    Action.STAFF_RCA: ("原因調査の要請", "要請", _words("要請の内容", required=False)),
}
