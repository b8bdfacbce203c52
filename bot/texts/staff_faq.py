"""What staff read of the FAQ: gaps and drafts on their Home, the form of a draft, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.dialogue.actions import Action
from bot.ports import FaqDraft
from bot.texts import labels
from bot.texts.message import (
    Button,
    Buttons,
    Choice,
    Confirm,
    Context,
    FieldKind,
    Fields,
    Form,
    FormField,
    Heading,
    Part,
    Quote,
    Style,
)
from bot.texts.wording import cut
from knowledge.faq.entry import FaqEntry
from knowledge.faq.gaps import FaqGap

#: Separates the entry's id and the moment it was written in the value of a draft's button.
SEPARATOR = "@"
#: The form's field -> what is said where it cannot be used.
WRONG: Mapping[str, str] = {
    "id": "IDは英小文字と数字をハイフンでつないでください(例: own/parking)。",
    "question": "質問を書いてください。",
    "answer": "回答を書いてください。",
    "policies": "このポリシーはありません。一覧から選んでください。",
    "source": "出典を書いてください(例: o365 3.3)。",
    "variants": "言い換えは1行に1つずつ書いてください。",
}
TAKEN = "このIDの項目はすでにあります。別のIDにしてください。"
UNPUBLISHED = "「{field}」に誤りがあるため公開できません: {reason}"
PUBLISHED = "「{question}」を公開しました。次の質問から回答に使います。"
_NAMES: Mapping[str, str] = {
    "id": "ID",
    "question": "質問",
    "answer": "回答",
    "policies": "ポリシー",
    "source": "出典",
    "variants": "言い換え(1行に1つ)",
}
_SHOWN = 5
_QUESTION, _TEXT, _READ = 300, 3000, 1500


def gap_parts(gaps: Sequence[FaqGap]) -> list[Part]:
    """Return the open gaps as the staff's Home shows them, each with the button for a draft."""
    parts: list[Part] = [Heading(text=f"答えのない質問 {len(gaps)}件")]
    for gap in gaps[:_SHOWN]:
        times = f"{gap.count}回、最後は {labels.absolute(gap.last_asked_at)}"
        parts.append(Fields(pairs=((times, cut(gap.question)),)))
        draft = Button(action=Action.FAQ_DRAFT, label="下書きにする", value=gap.misses[0].id)
        parts.append(Buttons(buttons=(draft,)))
    return [*parts, *_more(gaps)]


def draft_parts(drafts: Sequence[FaqDraft]) -> list[Part]:
    """Return the drafts that wait for a second look, each with the button that publishes it."""
    parts: list[Part] = [Heading(text=f"FAQの下書き {len(drafts)}件")] if drafts else []
    for draft in drafts[:_SHOWN]:
        entry = draft.entry
        parts.append(Fields(pairs=((entry.id, entry.question),)))
        parts.append(Quote(text=entry.answer if len(entry.answer) <= _READ else entry.answer[:_READ] + "…"))
        parts.append(Context(text=_origin(draft)))
        publish = Button(
            action=Action.FAQ_PUBLISH,
            label="公開する",
            value=f"{entry.id}{SEPARATOR}{draft.written_at.isoformat()}",
            style=Style.PRIMARY,
            confirm=_SURE,
        )
        parts.append(Buttons(buttons=(publish,)))
    return [*parts, *_more(drafts)]


def form(gap: FaqGap, entry: FaqEntry, policies: Sequence[tuple[str, str]]) -> Form:
    """Return the form of a draft, filled in with `entry`; `policies` are ids and names to pick from."""
    question = _line(entry.question)[:_QUESTION]
    variants = "\n".join(_line(variant) for variant in entry.variants)[:_TEXT]
    chosen = entry.policies[0] if entry.policies else ""
    choices = tuple(Choice(label=name, value=policy_id) for policy_id, name in policies)
    return Form(
        id=Action.FAQ_DRAFT,
        title="FAQの下書き",
        submit="下書きにする",
        cancel="やめる",
        intro="お客様の言葉には、名前や番号を残さないでください。公開するまで回答には使いません。",
        context=(("gap", gap.misses[0].id),),
        fields=(
            FormField(id="question", label=_NAMES["question"], initial=question, max_length=_QUESTION),
            FormField(id="answer", label=_NAMES["answer"], kind=FieldKind.LINES, max_length=_TEXT),
            FormField(
                id="policies",
                label=_NAMES["policies"],
                kind=FieldKind.SELECT,
                initial=chosen,
                choices=choices,
            ),
            FormField(id="source", label=_NAMES["source"], placeholder="o365 3.3"),
            FormField(
                id="variants",
                label=_NAMES["variants"],
                kind=FieldKind.LINES,
                required=False,
                initial=variants,
                max_length=_TEXT,
            ),
            FormField(id="id", label=_NAMES["id"], initial=entry.id, max_length=100),
        ),
    )


def unpublished(field: str) -> str:
    """Return why a draft cannot stand among the entries."""
    return UNPUBLISHED.format(field=_NAMES.get(field, field), reason=TAKEN if field == "id" else wrong(field))


def wrong(field: str) -> str:
    """Return what is said where a field of an entry cannot be used."""
    return WRONG.get(field, "この項目を直してください。")


def written_at(value: str) -> tuple[str, datetime] | None:
    """Return the entry's id and when its draft was written from a button's value; None for a foreign one."""
    entry_id, _, moment = value.partition(SEPARATOR)
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (entry_id, found) if entry_id and found.tzinfo else None


_SURE = Confirm(
    title="公開する",
    text="お客様への回答に使われます。内容と出典を確認しましたか。",
    yes="公開する",
    no="戻る",
)


def _origin(draft: FaqDraft) -> str:
    entry = draft.entry
    lines = [f"ポリシー {'、'.join(entry.policies)} / 出典 {entry.source}"]
    if entry.variants:
        lines.append(cut("言い換え: " + "、".join(entry.variants)))
    return "\n".join([*lines, f"{labels.absolute(draft.written_at)} 作成"])


def _more(items: Sequence[object]) -> list[Part]:
    return [Context(text=f"ほかに {len(items) - _SHOWN}件")] if len(items) > _SHOWN else []


def _line(text: str) -> str:
    return " ".join(text.split())
