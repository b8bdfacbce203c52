"""What is shown of a training, a promotion or a rollback: how far, what came of it, what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialogue.actions import Action
from bot.learning import Job, RunReport, RunState
from bot.texts import models
from bot.texts.message import (
    Button,
    Buttons,
    Confirm,
    Context,
    Fields,
    Heading,
    Message,
    Paragraph,
    Part,
    Style,
)
from bot.texts.wording import message
from classifiers.gates import Gate, Objection

TITLE: Mapping[Job, str] = {
    Job.TRAIN: "モデルの学習",
    Job.PROMOTE: "モデルの採用",
    Job.ROLLBACK: "モデルを戻す",
}
WAITING = "順番を待っています。"
CHECKING = "モデル {version} が採用の条件を満たすか確かめています。"
RETURNING = "前のモデルに戻しています。"
STOPPED: Mapping[Job, str] = {
    Job.TRAIN: (
        "学習は途中で止まりました。今のモデルはそのままです。もう一度始めると、終わった段階から続きます。"
    ),
    Job.PROMOTE: "確認は途中で止まりました。今のモデルはそのままです。もう一度押してください。",
    Job.ROLLBACK: "戻す途中で止まりました。今のモデルはそのままです。もう一度押してください。",
}
FAILED: Mapping[Job, str] = {
    Job.TRAIN: "学習できませんでした。今のモデルはそのままです。",
    Job.PROMOTE: "採用できませんでした。今のモデルはそのままです。",
    Job.ROLLBACK: "戻せませんでした。今のモデルはそのままです。",
}
MADE = "新しいモデル {version} ができました。採用するまで、回答には使いません。"
FIRST = "最初のモデル {version} ができました。このまま使います。"
PASSED = "採用の条件を満たしています。"
ANSWERS = "モデル {version} を採用しています。"
LEFT = "モデル {version} は採用していません。"
BLOCKED = "採用の条件を満たしていないため、採用できません:"
STARTED: Mapping[Job, str] = {
    Job.TRAIN: (
        "学習を始めました。進み具合は管理者向けのチャンネル(設定がなければ担当者チャンネル)に表示します。"
    ),
    Job.PROMOTE: "採用の条件を確かめています。結果は学習の結果と同じチャンネルに表示します。",
    Job.ROLLBACK: "前のモデルに戻しています。結果は学習の結果と同じチャンネルに表示します。",
}
UNDER_WAY = "ほかの学習か切り替えが進行中です。終わってからもう一度押してください。"
MODELS_CHANGED = "モデルがほかの操作で変わりました。表示を新しくしました。"
NOTHING_BEFORE = "戻せる前のモデルがありません。"
_BAR = 20


def card(found: RunReport, name: str = "") -> Message:
    """Return the message of a run as it is now; `name` is who asked."""
    run = found.run
    asked = Context(text=f"{name or run.by} さんが開始") if name or run.by else None
    return message(Heading(text=TITLE[run.job]), *_body(found), asked)


def figures(new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Part | None:
    """Return the first figures of a model, beside those of the champion where these are known."""
    if "severity" not in new:
        return None
    rows = []
    for label, path in _FIGURES:
        value, before = _at(new, path), _at(old or {}, path)
        if value is None:
            continue
        shown = f"{value:.3f}" if path[-1] == "calibration_error" else f"{value:.1%}"
        if before is not None:
            was = f"{before:.3f}" if path[-1] == "calibration_error" else f"{before:.1%}"
            shown = f"{was} → {shown}"
        rows.append((label, shown))
    return Fields(pairs=tuple(rows))


_FIGURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("重大度の正解率", ("severity", "accuracy")),
    ("重大(1・A)の再現率", ("critical_recall",)),
    ("重大(1・A)の適合率", ("critical_precision",)),
    ("2段階以上の過小判定", ("under_triage",)),
    ("重大度の較正誤差", ("severity", "calibration_error")),
    ("分類の正解率", ("category", "accuracy")),
    ("分類の較正誤差", ("category", "calibration_error")),
)


def objections(found: Sequence[Objection]) -> str:
    """Return why a model may not be promoted, a line each."""
    return "\n".join(f"・{models.objection(each)}" for each in found)


def against(metrics: Mapping[str, Any]) -> tuple[Objection, ...]:
    """Return what the gates said of a version when it was trained."""
    return tuple(Objection(**{**each, "gate": Gate(each["gate"])}) for each in metrics.get("against") or ())


def promote_button(version: str) -> Button:
    return Button(
        action=Action.MODEL_PROMOTE,
        label="採用する",
        value=version,
        style=Style.PRIMARY,
        confirm=Confirm(
            title="採用する",
            text=f"モデル {version} を採用します。条件を確かめてから、次の発言の回答に使います。",
            yes="採用する",
            no="やめる",
        ),
    )


def rollback_button(champion: str, previous: str) -> Button:
    return Button(
        action=Action.MODEL_ROLLBACK,
        label="戻す",
        value=champion,
        style=Style.DANGER,
        confirm=Confirm(
            title="前のモデルに戻す",
            text=f"モデル {champion} をやめて {previous} に戻します。次の発言の回答から変わります。",
            yes="戻す",
            no="やめる",
        ),
    )


def train_button() -> Button:
    return Button(
        action=Action.MODEL_TRAIN,
        label="学習する",
        confirm=Confirm(
            title="学習する",
            text="数分かかります。その間も窓口は動き続け、採用するまで今のモデルが答えます。",
            yes="学習する",
            no="やめる",
        ),
    )


# --- inside --------------------------------------------------------------------------------------


def _body(found: RunReport) -> list[Part | None]:
    run = found.run
    match run.state:
        case RunState.WAITING:
            return [Paragraph(text=WAITING)]
        case RunState.RUNNING:
            return [Paragraph(text=_progress(found))]
        case RunState.STOPPED:
            again = Buttons(buttons=(train_button(),)) if run.job is Job.TRAIN else None
            return [Paragraph(text=STOPPED[run.job]), again]
        case RunState.FAILED:
            return [Paragraph(text=f"{FAILED[run.job]}\n{run.reason}".strip())]
        case RunState.REFUSED:
            return [
                Paragraph(text=models.REFUSED.format(version=run.version, champion=found.champion)),
                Paragraph(text=objections(run.against)),
            ]
        case RunState.DONE:
            return _trained(found) if run.job is Job.TRAIN else _changed(found)


def _progress(found: RunReport) -> str:
    run = found.run
    if run.job is Job.PROMOTE:
        return CHECKING.format(version=run.version)
    if run.job is Job.ROLLBACK:
        return RETURNING
    done = round(run.share * _BAR)
    left = models.REMAINING.format(seconds=run.seconds_left) if run.seconds_left is not None else ""
    stage = models.STAGE.get(run.stage, run.stage)
    return f"{'█' * done}{'░' * (_BAR - done)} {run.share:.0%}\n{stage} {left}".rstrip()


def _trained(found: RunReport) -> list[Part | None]:
    version, metrics = found.run.version, found.metrics
    old = metrics.get("champion")
    comparison, desk = metrics.get("comparison"), metrics.get("desk")
    parts: list[Part | None] = [
        Paragraph(text=(MADE if comparison else FIRST).format(version=version)),
        figures(metrics, _with_accuracy(old or {}, comparison) if comparison else None),
        Context(text=_compared(comparison)) if comparison else None,
        Context(text=models.SLICE.format(**desk)) if desk else None,
    ]
    objected = against(metrics)
    if not comparison:
        return parts
    if found.champion == version:
        buttons = (rollback_button(version, found.previous),) if found.previous else ()
        parts.append(Paragraph(text=ANSWERS.format(version=version)))
    elif objected:
        buttons = ()
        parts += [Paragraph(text=BLOCKED), Paragraph(text=objections(objected))]
    elif found.model is not None and _CHALLENGER in found.model.aliases:
        buttons = (promote_button(version),)
        parts.append(Paragraph(text=PASSED))
    else:
        buttons = ()
        parts.append(Paragraph(text=LEFT.format(version=version)))
    return [*parts, Buttons(buttons=buttons) if buttons else None]


_CHALLENGER = "challenger"


def _changed(found: RunReport) -> list[Part | None]:
    if found.run.job is Job.ROLLBACK:
        return [Paragraph(text=models.ROLLED_BACK.format(version=found.champion))]
    still = found.champion == found.run.version and found.previous
    button = Buttons(buttons=(rollback_button(found.champion, found.previous),)) if still else None
    return [Paragraph(text=models.PROMOTED.format(version=found.run.version)), button]


def _with_accuracy(old: Mapping[str, Any], comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Return the champion's figures with the accuracies that stand in the comparison."""
    return {
        **old,
        **{
            target: {**old.get(target, {}), "accuracy": comparison[target]["before"]}
            for target in models.TARGET
        },
    }


def _compared(comparison: Mapping[str, Any]) -> str:
    lines = []
    for target, named in models.TARGET.items():
        found = comparison[target]
        lines.append(
            f"{named}: 良化 {found['better']}・悪化 {found['worse']}、差の95%区間"
            f" {found['low']:+.1%}～{found['high']:+.1%}、p={found['p_value']:.2f}"
        )
    return "\n".join(lines)


def _at(metrics: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    found: Any = metrics
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else None
