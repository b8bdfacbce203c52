"""An evaluation as one HTML file that needs nothing else, and a model's card in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.texts import models
from classifiers.comparison import Comparison
from classifiers.curves import Curves
from classifiers.evaluation import Evaluation
from classifiers.gates import Objection
from classifiers.registry import ModelVersion

_WORDS: Mapping[str, Any] = {
    "TITLE": "モデルの評価",
    "LEAD": "学習に使っていない例文 {examples} 件で測りました。",
    "OVERVIEW": "全体",
    "COMPARED": "今のモデル {before} との比較",
    "CHANGED": "判定が変わった例文({count} 件。悪くなったものが先)",
    "TARGETS": models.TARGET,
    "TARGET": "対象",
    "TRUTH": "正解",
    "SAID": "判定",
    "BEFORE": "今",
    "AFTER": "新しい",
    "TEXT": "文章",
    "LABEL": "ラベル",
    "RECALL": "再現率",
    "PRECISION": "適合率",
    "SUPPORT": "件数",
    "CONFUSION": "混同行列(行: 正解、列: 判定)",
    "RELIABILITY": "自信と正解率",
    "CONFIDENCE": "自信",
    "ACCURACY": "正解率",
    "RISK": "自信のある順に判定したときの誤り",
    "COVERAGE": "判定する割合",
    "ERROR": "誤り",
    "BASELINES": "学習しない場合",
    "BASELINE": {"constant": "いつも同じ答え", "cues_only": "規則(手がかりの語)だけ"},
    "SEVERITY_ACCURACY": "重大度の正解率",
    "KAPPA": "重大度の κ",
    "CATEGORY_ACCURACY": "分類の正解率",
    "WORST": "自信があって誤ったもの",
    "PARTS": "分類 × 書き手 × 乱れごとの結果",
    "OPEN": "表を開く",
    "VOICE": "書き手",
    "NOISE": "乱れ",
}

_CARD = """# モデルカード: {version}

- 学習日時: {trained_at}
- 別名: {aliases}
- 例文: {examples} 件(書き手 {voices} 人)、窓口のラベル {desk} 件
- 例文のダイジェスト: `{examples_digest}`
- 成果物の SHA-256: `{artefact_digest}`
- 乱数の種: {seed}、線形モデルの強さ: {strength}
- ライブラリー: {libraries}

## 何をするか

日本語のサポート依頼の文章から、重大度(1・A・B・C)、分類(18種)、影響範囲などの兆候を、較正した確率で答えます。
文字の並びと語による線形モデルと小さなネットワークで、外部の言語モデルは使いません。

## 成績(学習に使っていない例文)

{figures}

## しきい値

{thresholds}

## 限界

- 重大度は文章だけから判定します。契約や実際の障害状況は見ていません。
- 確信が足りないときは判定を保留します。保留した割合は上の表にあります。
- 日本語以外の文章、画像や添付ファイルの中身は読みません。
- 窓口のラベルは担当者が確定したものだけを学習し、文章中の番号・メール・電話は伏せてあります。
"""
_NO_FIGURES = "この版には成績の記録がありません。`madoguchi evaluate --model {version}` で測れます。"


def overview(found: Evaluation) -> list[tuple[str, str]]:
    """Return the figures that everybody asks for first."""
    return [
        ("重大度の正解率", _share(found.severity.accuracy)),
        ("重大度のマクロ F1", _share(found.severity.macro_f1)),
        ("重大度の κ(2次の重み)", _share(found.severity_kappa)),
        ("重大(1・A)の再現率", _share(found.critical_recall)),
        ("重大(1・A)の適合率", _share(found.critical_precision)),
        ("2段階以上の過小判定", _share(found.under_triage)),
        ("重大度の較正誤差(ECE)", _share(found.severity.calibration_error)),
        ("重大度を判定した割合", _share(found.severity.coverage)),
        ("判定したときの誤り", _share(found.severity.error_when_decided)),
        ("分類の正解率", _share(found.category.accuracy)),
        ("分類のマクロ F1", _share(found.category.macro_f1)),
        ("分類の較正誤差(ECE)", _share(found.category.calibration_error)),
        ("分類を判定した割合", _share(found.category.coverage)),
    ]


def html(
    evaluation: Evaluation,
    curves: Curves,
    *,
    comparison: Comparison | None = None,
    objections: Sequence[Objection] = (),
    plots: Mapping[str, str] | None = None,
) -> str:
    """Return the report; `plots` are SVG by name (bot/texts/plots.py), none leaves the tables alone."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("report.html.jinja").render(
        words=SimpleNamespace(**_WORDS),
        e=evaluation,
        overview=overview(evaluation),
        targets=[(name, getattr(evaluation, name), getattr(curves, name)) for name in models.TARGET],
        curves=curves,
        comparison=comparison,
        compared=models.comparison(comparison) if comparison else [],
        objections=[models.objection(each) for each in objections],
        plots=plots or {},
        no_plots=models.NO_PLOTS,
        share=_share,
    )


def card(version: ModelVersion) -> str:
    """Return a version's model card."""
    metadata, metrics = version.metadata, version.metrics
    libraries = metadata.get("libraries", {})
    return _CARD.format(
        version=version.id,
        trained_at=version.trained_at.isoformat(timespec="minutes"),
        aliases="、".join(version.aliases) or "なし",
        examples=metadata.get("examples", "?"),
        voices=metadata.get("voices", "?"),
        desk=metadata.get("desk_labels", 0),
        examples_digest=version.examples_digest,
        artefact_digest=version.artefact_digest,
        seed=metadata.get("seed", "?"),
        strength=metadata.get("strength", "?"),
        libraries="、".join(f"{name} {number}" for name, number in libraries.items()) or "記録なし",
        figures=_figures(version.id, metrics),
        thresholds=_thresholds(version),
    )


def _figures(version: str, metrics: Mapping[str, Any]) -> str:
    if "severity" not in metrics:
        return _NO_FIGURES.format(version=version)
    severity, category = metrics["severity"], metrics["category"]
    rows = [
        ("重大度の正解率", severity["accuracy"]),
        ("重大(1・A)の再現率", metrics["critical_recall"]),
        ("重大(1・A)の適合率", metrics["critical_precision"]),
        ("2段階以上の過小判定", metrics["under_triage"]),
        ("重大度の較正誤差", severity["calibration_error"]),
        ("重大度を判定した割合", severity["coverage"]),
        ("分類の正解率", category["accuracy"]),
        ("分類のマクロ F1", category["macro_f1"]),
        ("評価用と重なる例文(件)", metrics.get("overlap", "?")),
    ]
    lines = ["| 指標 | 値 |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
    against = metrics.get("objections") or []
    return "\n".join([*lines, "", f"採用の条件に反するもの: {'、'.join(against) or 'なし'}"])


def _thresholds(version: ModelVersion) -> str:
    found = version.thresholds
    return "\n".join(
        [
            f"- 重大(1・A)とみなす確率: {found.critical}",
            f"- 重大度の自信・差: {found.severity_confidence}・{found.severity_margin}",
            f"- 分類の自信・差: {found.category_confidence}・{found.category_margin}",
        ]
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
