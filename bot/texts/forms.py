"""The forms that open on a click: fields and words, laid out as modals or as questions in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import Choice, FieldKind, Form, FormField
from classifiers.labels import Category, Severity

CANCEL = "やめる"
#: What is picked becomes the customer's own words.
EXTENTS = tuple(Choice(label=label, value=phrase) for label, phrase in labels.EXTENT_CHOICES)
CATEGORIES = tuple(
    Choice(label=name, value=category)
    for category, name in labels.CATEGORY.items()
    if category is not Category.SMALLTALK
)


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
            FormField(
                id="extent",
                label="影響している人数",
                kind=FieldKind.SELECT,
                required=False,
                choices=EXTENTS,
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


def correction(conversation_id: str, category: str = "") -> Form:
    """Return the form in which a customer puts right what was understood."""
    return Form(
        id=Action.CORRECT,
        title="内容を直す",
        submit="直す",
        cancel=CANCEL,
        context=(("conversation", conversation_id),),
        fields=(
            FormField(
                id="category",
                label="内容",
                kind=FieldKind.SELECT,
                required=False,
                initial=category,
                choices=CATEGORIES,
            ),
            FormField(
                id="extent",
                label="影響している人数",
                kind=FieldKind.SELECT,
                required=False,
                choices=EXTENTS,
            ),
        ),
    )


def own(action: Action, ticket_id: str, names: Mapping[Severity, str] = MappingProxyType({})) -> Form:
    """Return the form for a customer's own ticket; `names` are the policy's words for severities."""
    title, label, submit = _WORDS[action]
    levels = tuple(
        Choice(label=names.get(level, labels.SEVERITY[level]), value=level)
        for level in Severity
        if not names or level in names
    )
    asked = FormField(id="severity", label="ご希望の重大度", kind=FieldKind.SELECT, choices=levels)
    return Form(
        id=action,
        title=title,
        submit=submit,
        cancel=CANCEL,
        context=(("ticket", ticket_id),),
        fields=(
            *((asked,) if action is Action.OWN_SEVERITY else ()),
            FormField(id="text", label=label, kind=FieldKind.LINES, max_length=2000),
        ),
    )


_WORDS: dict[Action, tuple[str, str, str]] = {
    Action.OWN_ADD: ("追加の情報", "お伝えになりたいこと", "送る"),
    Action.OWN_SEVERITY: ("重大度の相談", "理由(業務への影響など)", "送る"),
    Action.RATE_WORDS: ("ご感想", "お気づきのこと", "送る"),
}
