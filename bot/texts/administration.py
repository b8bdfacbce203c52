"""What admins see on their Home: models, labels, contracts and policies in force, health."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.dialogue.actions import Action
from bot.labelling import Candidate
from bot.services.administration import Overview, PolicyInForce
from bot.services.health import Heartbeat, Trouble, Vitals, age, troubles
from bot.texts import alerts, labels, learning, models
from bot.texts.message import (
    Button,
    Buttons,
    Choice,
    Context,
    FieldKind,
    Fields,
    Form,
    FormField,
    Heading,
    Paragraph,
    Part,
    Style,
)
from bot.texts.wording import cut
from classifiers.labels import Category, Severity
from classifiers.registry import ModelVersion

NO_FIGURES = "この版には成績の記録がありません。学習すると、新しいモデルと比べた成績が残ります。"
NO_MODEL = "使えるモデルがありません。"
WELL = "正常です。"
UNDER_WAY = "進行中: {title}(終わるとボタンが出ます)"
NOTHING_TO_REVIEW = "確認するものはありません。"
GONE = "この候補はもうありません。次の候補を開いてください。"
_TEXT = 1_500


def parts(found: Overview) -> list[Part]:
    """Return the section of the admins."""
    return [
        Heading(text="管理: モデル"),
        *_model("使用中", found.champion),
        *_challenger(found),
        Context(text=f"次の学習に使えるラベル {found.usable}件"),
        *_under_way(found),
        Heading(text="管理: 契約とポリシー"),
        Fields(pairs=_contracts(found)),
        Heading(text="管理: 稼働状況"),
        *health(found.vitals),
    ]


def label_parts(queue: Sequence[Candidate]) -> list[Part]:
    """Return the queue of the reviewers: how much waits, and the button that opens the next."""
    waiting: list[Part] = [Heading(text=f"ラベルの確認待ち {len(queue)}件")]
    if queue:
        waiting.append(
            Buttons(buttons=(Button(action=Action.LABEL_REVIEW, label="ラベル確認", style=Style.PRIMARY),))
        )
    return waiting


def review_form(candidate: Candidate, left: int) -> Form:
    """Return the form of one candidate; `left` are those that wait, this one included."""
    agreed = candidate.agreed or (candidate.severity, candidate.category)
    said = "、".join(f"{each.severity}/{labels.CATEGORY[each.category]}" for each in candidate.said.values())
    lines = [
        candidate.text if len(candidate.text) <= _TEXT else candidate.text[: _TEXT - 1] + "…",
        "",
        f"選ばれた理由: {models.SOURCE[candidate.source]} / 残り {left}件",
        f"モデルの判定: {candidate.severity}/{labels.CATEGORY[candidate.category]}"
        f"(自信 {candidate.confidence:.0%})",
        *([f"ほかの人の判定: {said}"] if said else []),
    ]
    return Form(
        id=Action.LABEL_REVIEW,
        title="ラベルの確認",
        submit="確定して次へ",
        cancel="終わる",
        intro="\n".join(lines),
        context=(("candidate", str(candidate.id)),),
        fields=(
            FormField(
                id="severity",
                label="重大度",
                kind=FieldKind.SELECT,
                initial=agreed[0],
                choices=tuple(Choice(label=labels.SEVERITY[each], value=each) for each in Severity),
            ),
            FormField(
                id="category",
                label="分類",
                kind=FieldKind.SELECT,
                initial=agreed[1],
                choices=tuple(Choice(label=labels.CATEGORY[each], value=each) for each in Category),
            ),
            FormField(id="note", label="理由", required=False),
        ),
    )


def health(vitals: Vitals) -> list[Part]:
    """Return what `madoguchi health` tells, in words."""
    wrong = [problem(trouble, measure) for trouble, measure in troubles(vitals)]
    queues, beat = vitals.queues, vitals.heartbeat
    rows = [
        ("受信待ち", _waiting(queues.inbox, age(queues.inbox_since, vitals.now))),
        ("送信待ち", _waiting(queues.outbox, age(queues.outbox_since, vitals.now))),
        ("送れなかったもの", f"{queues.dead}件"),
        ("ディスクの空き", f"{vitals.disk_free} MB"),
        ("モデル", vitals.model or "なし"),
    ]
    if beat is not None:
        rows = [*_process(beat), *rows]
    return [
        Paragraph(text="\n".join(f"・{each}" for each in wrong) or WELL),
        Fields(pairs=tuple(rows)),
    ]


def problem(trouble: Trouble, measure: int) -> str:
    """Return what is wrong with the desk as one sentence."""
    template: str = getattr(alerts, trouble.name)
    return template.format(seconds=measure, count=measure, megabytes=measure)


# --- inside --------------------------------------------------------------------------------------


def _model(label: str, version: ModelVersion | None) -> list[Part]:
    if version is None:
        return [Paragraph(text=NO_MODEL)]
    facts = version.metadata
    trained = labels.absolute(version.trained_at)
    examples, desk = facts.get("examples", "?"), facts.get("desk_labels", 0)
    return [
        Fields(pairs=((label, f"{version.id}(学習 {trained}、例文 {examples}件、窓口のラベル {desk}件)"),)),
        learning.figures(version.metrics) or Context(text=NO_FIGURES),
    ]


def _challenger(found: Overview) -> list[Part]:
    if found.challenger is None:
        return []
    said = learning.against(found.challenger.metrics)
    verdict = f"{learning.BLOCKED}\n{learning.objections(said)}" if said else learning.PASSED
    return [
        *_model("候補", found.challenger),
        Context(text=verdict),
        Context(text=cut(models.shadow(found.shadow))),
    ]


def _under_way(found: Overview) -> list[Part]:
    """The buttons, or what is under way: one thing at a time."""
    if found.run is not None and not found.run.state.over:
        return [Context(text=UNDER_WAY.format(title=learning.TITLE[found.run.job]))]
    buttons = [learning.train_button()]
    if found.challenger is not None and not learning.against(found.challenger.metrics):
        buttons.append(learning.promote_button(found.challenger.id))
    if found.champion is not None and found.previous:
        buttons.append(learning.rollback_button(found.champion.id, found.previous))
    return [Buttons(buttons=tuple(buttons))]


def _contracts(found: Overview) -> tuple[tuple[str, str], ...]:
    return tuple((policy.id, _policy(policy, found.contracts.get(policy.id, 0))) for policy in found.policies)


def _policy(policy: PolicyInForce, contracts: int) -> str:
    since = f"{policy.effective_from:%Y/%m/%d} から" if policy.effective_from else "適用日の記載なし"
    return f"有効な契約 {contracts}件 / {since}"


def _process(beat: Heartbeat) -> list[tuple[str, str]]:
    skew = "不明" if beat.clock_skew is None else f"{beat.clock_skew:.1f}秒"
    return [
        ("プロセス", f"{beat.pid}({labels.absolute(beat.started_at)} から)"),
        ("Slackとの接続", f"{'あり' if beat.connected else 'なし'}(応答 {beat.pong_age:.1f}秒前)"),
        ("最後の受信", _instant(beat.last_event)),
        ("最後の読み返し", _instant(beat.last_sweep)),
        ("時計のずれ", skew),
    ]


def _instant(at: datetime | None) -> str:
    return labels.absolute(at) if at else "なし"


def _waiting(count: int, seconds: float | None) -> str:
    return f"{count}件" if seconds is None else f"{count}件(最も古いもの {round(seconds)}秒前)"
