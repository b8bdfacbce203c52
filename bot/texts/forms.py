"""The forms that open on a click: fields and words, laid out as modals or as questions in the terminal."""

from __future__ import annotations

from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import Choice, FieldKind, Form, FormField
from bot.tickets.ticket import Ticket
from classifiers.labels import Category, Severity

CANCEL = "やめる"


def identification(conversation_id: str, data_notice: str = "") -> Form:
    """Return the form for ご契約者名 and お客様番号."""
    notice = data_notice or "入力された内容は、ご契約の確認とお問い合わせへの対応だけに使います。"
    return Form(
        id=Action.OPEN_IDENTIFICATION,
        title="ご契約の確認",
        submit="確認する",
        cancel=CANCEL,
        intro=notice,
        context=(("conversation", conversation_id),),
        fields=(
            FormField(id="holder", label="ご契約者名", placeholder="例: 株式会社まどぐち", max_length=100),
            FormField(id="number", label="お客様番号", max_length=40),
            FormField(id="contact", label="ご連絡先(電話・メール)", required=False, max_length=100),
            FormField(
                id="started_at", label="発生日時", kind=FieldKind.DATETIME, required=False, max_length=40
            ),
            FormField(id="details", label="補足", kind=FieldKind.LINES, required=False, max_length=1500),
            FormField(
                id="attachments",
                label="添付資料のリンク",
                required=False,
                hint="画面の写しなどは、共有リンクを貼ってください。",
                max_length=300,
            ),
        ),
    )


def correct(ticket: Ticket) -> Form:
    """Return the form to approve with another severity or category."""
    return Form(
        id=Action.STAFF_CORRECT,
        title="修正して承認",
        submit="承認",
        cancel=CANCEL,
        context=_of(ticket),
        fields=(
            FormField(
                id="severity",
                label="重大度",
                kind=FieldKind.SELECT,
                initial=ticket.severity,
                choices=tuple(
                    Choice(label=f"{level}: {labels.SEVERITY[level]}", value=level) for level in Severity
                ),
            ),
            FormField(
                id="category",
                label="分類",
                kind=FieldKind.SELECT,
                initial=ticket.category,
                choices=tuple(
                    Choice(label=labels.CATEGORY[category], value=category) for category in Category
                ),
            ),
        ),
    )


def words(ticket: Ticket, action: Action) -> Form:
    """Return the form with one text: a question, an answer, or a reason."""
    title, label, submit = _WORDS[action]
    return Form(
        id=action,
        title=title,
        submit=submit,
        cancel=CANCEL,
        context=_of(ticket),
        fields=(FormField(id="text", label=label, kind=FieldKind.LINES, max_length=3000),),
    )


_WORDS: dict[Action, tuple[str, str, str]] = {
    Action.STAFF_ASK_BACK: ("お客様へ質問", "質問", "送る"),
    Action.STAFF_REJECT: ("却下", "お客様に伝える理由", "却下"),
    Action.STAFF_ANSWER: ("お客様へ回答", "回答", "送る"),
    Action.STAFF_CLOSE: ("完了にする", "完了の理由", "完了"),
}


def of_action(action: Action, ticket: Ticket) -> Form:
    """Return the form a staff button opens."""
    return correct(ticket) if action is Action.STAFF_CORRECT else words(ticket, action)


def _of(ticket: Ticket) -> tuple[tuple[str, str], ...]:
    return (("ticket", ticket.id), ("version", str(ticket.version)))
