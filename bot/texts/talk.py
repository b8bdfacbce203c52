"""What customers read while they talk to the bot, up to the summary of their ticket."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import replies as r
from bot.dialogue.actions import SEPARATOR, Action
from bot.dialogue.state import Slot
from bot.texts import labels
from bot.texts.message import (
    Button,
    Buttons,
    Checklist,
    Choice,
    Context,
    Fields,
    Heading,
    Markdown,
    Menu,
    Message,
    Paragraph,
    Part,
    Quote,
    Style,
)
from bot.texts.wording import closed_note, cut, message, words_for
from classifiers.labels import Category, Extent
from knowledge.contracts.contract import IdentificationStatus
from knowledge.policies.decision import PolicyDecision, Scope

_HUMAN = Button(action=Action.ASK_HUMAN, label="担当者に聞く")
_CANCEL = Button(action=Action.CANCEL, label="やめる")
_SOLVED = Button(action=Action.FAQ_SOLVED, label="解決した", style=Style.PRIMARY)
_UNSOLVED = Button(action=Action.FAQ_UNSOLVED, label="解決しない")
_CORRECT = Button(action=Action.CORRECT, label="直す")
#: Notes that a customer is told beside the reason; staff see all of them on the card.
_NOTES = 2
#: Characters of such a note; a table of all plans is no reading for a phone.
_NOTE = 80
_IDENTIFY = Button(action=Action.OPEN_IDENTIFICATION, label="契約を確認する", style=Style.PRIMARY)


@words_for.register
def _(reply: r.Greeting) -> Message:
    if reply.thanks:
        rest = (
            "お手続きは途中です。続きは、最新のメッセージのボタンか文字でお知らせください。"
            if reply.waiting
            else "ほかにもあれば、このまま書いてください。"
        )
        return message(Paragraph(text=f"こちらこそ、ありがとうございます。{rest}"))
    return message(
        Paragraph(
            text="こんにちは、サポート窓口の madoguchi です。お困りのことを、そのままの言葉で書いてください。"
        ),
        Context(
            text="障害の受付、使い方の質問、アカウントの依頼ができます。受付状況はホームで確認できます。"
        ),
        Buttons(buttons=(_HUMAN,)),
    )


@words_for.register
def _(reply: r.EmptyMessage) -> Message:
    return message(
        Paragraph(text="内容を読み取れませんでした。お困りのことを文字で書いてください。"),
        Buttons(buttons=(_HUMAN,)),
    )


@words_for.register
def _(reply: r.MatterRequest) -> Message:
    lead = "担当者におつなぎします。" if reply.human else "お困りのことがあれば、お聞かせください。"
    # A person is wanted already, and without any words there is nothing to hand over.
    buttons = (_CANCEL,) if reply.human else (_HUMAN, _CANCEL)
    return message(
        Paragraph(text=lead), Paragraph(text=labels.QUESTION[Slot.DETAIL]), Buttons(buttons=buttons)
    )


@words_for.register
def _(reply: r.TriageReply) -> Message:
    return message(
        Paragraph(text=_lead(reply)),
        *(() if reply.unchanged else _verdict(reply.understanding)),
        *_question(reply),
        *_choices(reply.suggestions),
    )


def _lead(reply: r.TriageReply) -> str:
    if reply.unchanged:
        return "追加の内容を受け取りました。判定は変わりません。"
    return "内容を更新しました。" if reply.updated else "お問い合わせを受け取りました。"


def _verdict(found: r.Understanding) -> tuple[Part | None, ...]:
    return (Fields(pairs=understood(found)), closed_note(found.decision), _reason(found.decision))


def understood(found: r.Understanding) -> tuple[tuple[str, str], ...]:
    """Return what was understood as label and value, short enough for a phone."""
    about = labels.CATEGORY[found.category]
    if found.product:
        about = f"{about} / {found.product}"
    pairs = [("内容", about if found.category_sure else f"{about}(確認が必要です)")]
    if found.extent is not Extent.UNKNOWN:
        pairs.append(("影響", labels.EXTENT[found.extent]))
    decision = found.decision
    level = labels.severity(found.severity, decision)
    if decision is not None and decision.desk is not None:
        pairs.append(("窓口", labels.DESK[decision.desk]))
    elif decision is None or decision.severity_label:
        pairs.append(("重大度", level if found.severity_sure else f"{level}(確認が必要です)"))
    if decision is not None:
        pairs.append(("対応範囲", labels.scope(decision)))
        if decision.scope in (Scope.IN_SCOPE, Scope.BEST_EFFORT):
            pairs.append(("初回応答の期限", labels.first_response(decision.first_response)))
    return tuple(pairs)


def _reason(decision: PolicyDecision | None) -> Part | None:
    if decision is None:
        return None
    notes = [note for note in decision.notes if len(note) <= _NOTE]
    return Context(text="\n".join([decision.reason, *notes[:_NOTES]]))


def _question(reply: r.TriageReply) -> tuple[Part, ...]:
    if reply.question is None:
        return ()
    question = Paragraph(text=labels.QUESTION[reply.question])
    skip = Button(action=Action.SKIP_QUESTION, label="わからない")
    choices = _slot_buttons(reply.question, reply.categories)
    return (question, Buttons(buttons=(*choices, skip, _HUMAN, _CORRECT)))


def _slot_buttons(slot: Slot, categories: tuple[Category, ...]) -> tuple[Button, ...]:
    if slot is Slot.EXTENT:
        pairs = labels.EXTENT_CHOICES
    elif slot is Slot.STARTED_AT:
        pairs = labels.STARTED_CHOICES
    elif slot is Slot.CATEGORY:
        pairs = tuple((labels.CATEGORY[category], str(category)) for category in categories)
    else:
        pairs = ()
    return tuple(
        Button(action=Action.ANSWER_SLOT, label=label, value=f"{slot}{SEPARATOR}{phrase}")
        for label, phrase in pairs
    )


def _choices(choices: tuple[r.FaqChoice, ...]) -> tuple[Part, ...]:
    if not choices:
        return ()
    buttons = tuple(
        Button(action=Action.CHOOSE_FAQ, label=choice.question, value=choice.entry_id) for choice in choices
    )
    return (
        Paragraph(text="近い質問がありました。"),
        Buttons(buttons=(*buttons, _UNSOLVED, _HUMAN, _CORRECT)),
    )


@words_for.register
def _(reply: r.FaqAnswer) -> Message:
    return message(
        Heading(text=reply.question),
        Markdown(text=reply.answer),
        Context(text=f"出典: {reply.source}"),
        Buttons(buttons=(_SOLVED, _UNSOLVED, _HUMAN)),
    )


@words_for.register
def _(reply: r.FaqSuggestions) -> Message:
    return message(*_choices(reply.choices))


@words_for.register
def _(reply: r.Declined) -> Message:
    decision = reply.understanding.decision
    routed = decision is not None and decision.scope is Scope.ROUTED
    lead = (
        "この内容は、別の窓口でのご対応になります。"
        if routed
        else "申し訳ありませんが、この内容はご契約のサポート対象に含まれていません。"
    )
    return message(
        Paragraph(text=lead),
        *(() if reply.unchanged else (Fields(pairs=understood(reply.understanding)), _reason(decision))),
        Paragraph(text=f"ご案内先: {reply.pointer}") if reply.pointer else None,
        *_helpful(reply.suggestions),
        Context(text="内容の受け取りが違っていたら、下から選び直すか、続けて書いてください。"),
        _category_menu(),
        Buttons(buttons=(_HUMAN, _CANCEL)),
    )


def _helpful(choices: tuple[r.FaqChoice, ...]) -> tuple[Part, ...]:
    if not choices:
        return ()
    buttons = tuple(
        Button(action=Action.CHOOSE_FAQ, label=choice.question, value=choice.entry_id) for choice in choices
    )
    return (Paragraph(text="参考になりそうな情報です。"), Buttons(buttons=buttons))


def _category_menu() -> Menu:
    choices = tuple(
        Choice(label=name, value=str(category))
        for category, name in labels.CATEGORY.items()
        if category is not Category.SMALLTALK
    )
    return Menu(action=Action.CORRECT_CATEGORY, placeholder="内容を直す", choices=choices)


@words_for.register
def _(reply: r.IsolationSteps) -> Message:
    return message(
        Checklist(
            label="担当者の調査の前に、次の確認をお願いします。試したものに印を付けてください。",
            steps=reply.steps,
            button=Button(action=Action.REPORT_ISOLATION, label="確認した", style=Style.PRIMARY),
        ),
        Context(text=f"根拠: {reply.clause}") if reply.clause else None,
        Buttons(buttons=(_HUMAN, _CORRECT)),
    )


@words_for.register
def _(reply: r.IdentificationRequest) -> Message:
    lead = (
        "追加の内容を受け取りました。続いて、ご契約の確認をお願いします。"
        if reply.reminder
        else "担当者へ引き継ぐ前に、ご契約の確認をお願いします。"
    )
    return message(
        Paragraph(text=f"{lead}ご契約者名とお客様番号は、ボタンから開く画面に入力してください。"),
        Context(text="お客様番号はこの会話には書かないでください。"),
        Buttons(buttons=(_IDENTIFY, _CANCEL, _CORRECT)),
    )


_FAILURES: Mapping[IdentificationStatus, str] = {
    IdentificationStatus.MISMATCH: "ご契約者名とお客様番号の組み合わせを確認できませんでした。",
    IdentificationStatus.EXPIRED: "このご契約は現在有効ではありません。",
    IdentificationStatus.LOCKED: (
        "確認できない入力が続いたため、入力をしばらく止めています。時間を空けてお試しください。"
    ),
}


@words_for.register
def _(reply: r.IdentificationFailed) -> Message:
    rest = (
        f"あと{reply.attempts_left}回お試しいただけます。"
        if reply.status is IdentificationStatus.MISMATCH and reply.attempts_left
        else ""
    )
    return message(
        Paragraph(text=_FAILURES.get(reply.status, _FAILURES[IdentificationStatus.MISMATCH]) + rest),
        Paragraph(text=reply.rule) if reply.rule else None,
        Paragraph(
            text="ご契約者名とお客様番号は、ご契約時のご案内に記載されています。"
            "お手元にない場合は、社内のご契約担当者または管理者の方にご確認ください。"
        ),
        Buttons(buttons=(_IDENTIFY, _CANCEL)),
    )


@words_for.register
def _(reply: r.TicketSummary) -> Message:
    optional = (
        ("ご連絡先", reply.contact),
        ("発生日時", reply.started_at),
        ("確認済みの手順", "、".join(reply.isolation)),
        ("ご希望", "担当者との会話" if reply.human_requested else ""),
    )
    return message(
        Heading(text="この内容で受け付けます"),
        Fields(
            pairs=(
                ("ご契約者名", f"{reply.holder} 様"),
                ("お客様番号", reply.masked_number),
                *understood(reply.understanding),
                *((label, value) for label, value in optional if value),
            )
        ),
        Quote(text=cut(reply.words)),
        Buttons(
            buttons=(
                Button(action=Action.CONFIRM, label="送信する", style=Style.PRIMARY),
                _CANCEL,
                _CORRECT,
            )
        ),
        Context(text="足りないことがあれば、送信の前に続けて書いてください。"),
    )
