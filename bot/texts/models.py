"""What people are told of labels, trainings, gates, promotions and drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.labelling import Source, Standing
from bot.texts import labels
from classifiers.gates import Gate, Objection
from classifiers.labels import Category, Severity

if TYPE_CHECKING:
    from bot.services.training import Trained
    from classifiers.comparison import Comparison, Difference
    from classifiers.drift import Drift, Figure
    from classifiers.shadow import ShadowCounts

SOURCE: Mapping[Source, str] = {
    Source.CORRECTION: "修正",
    Source.DOUBT: "自信なし",
    Source.RANDOM: "無作為",
    Source.ADDED: "追加",
}
STANDING: Mapping[Standing, str] = {
    Standing.OPEN: "未確認",
    Standing.AGREED: "確定",
    Standing.DISPUTED: "意見が割れている",
}
STAGE: Mapping[str, str] = {
    "checking": "例文の点検",
    "reading": "文章の読み取り",
    "features": "特徴の数え上げ",
    "strength": "学習の強さの選択",
    "cross-validation": "交差検証",
    "linear models": "線形モデル",
    "judges": "判定と較正",
    "measuring": "評価と比較",
    "done": "完了",
}
GATE: Mapping[Gate, str] = {
    Gate.OVERLAP: "評価用の例文が学習に混じっています({count} 件)",
    Gate.CRITICAL_RECALL: "重大(1・A)の見つけ漏れが増えます: {before:.1%} → {after:.1%}",
    Gate.UNDER_TRIAGE: "2段階以上軽く判定する割合が増えます: {before:.2%} → {after:.2%}",
    Gate.CLASS_RECALL: "{what} の再現率が {bound:.0%} を超えて下がります: {before:.1%} → {after:.1%}",
    Gate.CALIBRATION: "{what} の自信の較正が {bound:.2f} を超えて悪くなります: {before:.3f} → {after:.3f}",
    Gate.ACCURACY: "{what} の正解率が偶然とは言えないほど下がります: {before:.1%} → {after:.1%}",
}
OVERLAP_UNKNOWN = "評価用の例文と学習の重なりが確かめられません。今の評価用の例文で学習し直してください"
TARGET: Mapping[str, str] = {"severity": "重大度", "category": "分類"}

TRAINED = "モデル {version} を作成しました(例文 {corpus} 件、窓口のラベル {desk} 件)。"
RESUMED = "前回の途中から続けました({count} 段階)。"
LEFT_OUT = (
    "学習から外した例文: {count} 件"
    "(矛盾 {contradiction}、評価用と重複 {leak}、窓口のラベルを優先 {superseded})"
)
REMAINING = "残り約 {seconds} 秒"
FIRST = "最初のモデルなので、このまま使います。"
SLICE = (
    "窓口のラベル {examples} 件での正解率: {before:.1%} → {after:.1%}(新しいモデルはこの例文を学習しています)"
)
PASSED = "採用の条件を満たしています。採用するには: madoguchi models promote {version}"
BLOCKED = "採用の条件を満たしていません:"
PROMOTED = "モデル {version} を採用しました。動いているボットも次の発言から使います。"
FORCED = "条件を満たさないまま採用しました(理由は監査記録にあります):"
REFUSED = "モデル {version} は採用しませんでした。今のモデル {champion} のままです:"
FORCE_NEEDS_REASON = "--force には --reason が要ります。"
ROLLED_BACK = "モデル {version} に戻しました。動いているボットも次の発言から使います。"
SHADOW = "並走の比較: {compared} 件のうち {different} 件で判定が違います({champion} → {challenger})"
NO_SHADOW = "並走の比較はまだありません。"
SAVED_REPORT = "{file} に報告書を書きました。"
NO_PLOTS = "図はありません。図を付けるには追加の部品 report を入れてください。"
NO_CANDIDATES = "確認するものはありません。"
REVIEWED = "{id}: {standing}"
CONSENT = {
    True: "この契約の文章を学習に使います。",
    False: "この契約の文章は学習に使いません。{count} 件を消しました。",
}
NO_CONTRACT = "その契約はありません。"
LABELS_IN = "{count} 件を取り込みました(新規 {new} 件、確認 {reviewed} 件)。"
NO_ID = "id {id} の候補はありません"
BOTH_LABELS = "重大度と分類の両方が要ります"
STEADY = "直近7日({messages} 件)は、いつもの範囲です。"
TOO_FEW = "直近7日は {messages} 件、その前の8週間は {before} 件です。比べるにはまだ足りません。"
DRIFTED = (
    ":chart_with_upwards_trend: 直近7日({messages} 件)の傾向がいつもと違います。\n{figures}\n"
    "必要なら修正を確認して学習し直してください(madoguchi models drift、madoguchi train)。"
)
FIGURE: Mapping[str, str] = {
    "severity confidence": "重大度の自信",
    "category confidence": "分類の自信",
    "abstained": "判定保留の割合",
    "corrected": "修正された割合",
    "unknown words": "知らない言葉の割合",
}


def objection(found: Objection) -> str:
    """Return why a challenger should not be promoted, as one sentence."""
    if found.gate is Gate.OVERLAP and found.after < 0:
        return OVERLAP_UNKNOWN
    return GATE[found.gate].format(
        what=what(found.what),
        count=int(found.after),
        before=found.before,
        after=found.after,
        bound=found.bound,
    )


def what(name: str) -> str:
    """Return `severity:A`, `category` and the like in words."""
    target, _, label = name.partition(":")
    named = TARGET.get(target, target)
    if not label:
        return named
    text = labels.SEVERITY[Severity(label)] if target == "severity" else labels.CATEGORY[Category(label)]
    return f"{named}「{text}」"


def difference(target: str, found: Difference) -> str:
    """Return before and after of a target with the interval of the difference."""
    return (
        f"{TARGET[target]}の正解率: {found.before:.1%} → {found.after:.1%}"
        f"(差の95%区間 {found.low:+.1%}～{found.high:+.1%}、良化 {found.better}・悪化 {found.worse}、"
        f"p={found.p_value:.2f})"
    )


def comparison(found: Comparison) -> list[str]:
    """Return a comparison in a few lines."""
    return [difference("severity", found.severity), difference("category", found.category)]


def result(found: Trained) -> str:
    """Return what came of a training: short enough for a Slack card."""
    left_out = dict.fromkeys(("contradiction", "leak", "superseded"), 0)
    for problem in found.admitted.left_out:
        left_out[problem.kind] += 1
    used = found.admitted
    lines = [TRAINED.format(version=found.version, corpus=len(used.corpus), desk=len(used.desk))]
    if found.resumed:
        lines.append(RESUMED.format(count=found.resumed))
    if used.left_out:
        lines.append(LEFT_OUT.format(count=len(used.left_out), **left_out))
    if found.comparison is None:
        return "\n".join([*lines, FIRST])
    lines += comparison(found.comparison)
    if found.desk is not None:
        lines.append(
            SLICE.format(examples=found.desk.examples, before=found.desk.before, after=found.desk.after)
        )
    if not found.objections:
        return "\n".join([*lines, PASSED.format(version=found.version)])
    return "\n".join([*lines, BLOCKED, *(f"・{objection(each)}" for each in found.objections)])


def shadow(found: ShadowCounts | None) -> str:
    """Return how champion and challenger differ on live messages."""
    if found is None or not found.compared:
        return NO_SHADOW
    lines = [
        SHADOW.format(
            compared=found.compared,
            different=found.different,
            champion=found.champion,
            challenger=found.challenger,
        )
    ]
    lines += [
        f"・{what(f'{target}:{before}')} → {what(f'{target}:{after}')}: {count}"
        for (target, before, after), count in found.changes[:10]
    ]
    return "\n".join(lines)


def figure(name: str) -> str:
    """Return the name of a drift figure in words."""
    if name.startswith(("severity:", "category:")):
        return f"{what(name)}の割合"
    return FIGURE[name]


def band(found: Figure) -> str:
    """Return a figure with its band."""
    if found.low is None or found.high is None:
        return f"{figure(found.name)}: {found.value:.1%}"
    low, high = max(0.0, found.low), min(1.0, found.high)
    return f"{figure(found.name)}: {found.value:.1%}(いつもは {low:.1%}～{high:.1%})"


def drift_note(found: Drift) -> str:
    """Return what admins are told where figures left their bands."""
    rows = "\n".join(f"・{band(each)}" for each in found.outside)
    return DRIFTED.format(messages=found.messages, figures=rows)
