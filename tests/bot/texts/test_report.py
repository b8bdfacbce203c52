"""The report of an evaluation: every figure that is promised is in it, and nothing from outside."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.training import write_report
from bot.errors import InputFileError
from bot.texts import models, report
from classifiers.classification import Classification
from classifiers.comparison import Comparison, compare_verdicts
from classifiers.curves import Curves, lay_open
from classifiers.evaluation import Baseline, Evaluation, compare
from classifiers.examples import Example, Labels
from classifiers.gates import Objection, objections
from classifiers.labels import Category, Severity
from classifiers.registry import ModelVersion
from classifiers.scorer import Thresholds
from tests.builders import NOW, classification

HOSTILE = "<script>alert(1)</script>"
BASELINES = {
    "constant": Baseline(severity_accuracy=0.251, severity_kappa=0.0, category_accuracy=0.1),
    "cues_only": Baseline(severity_accuracy=0.612, severity_kappa=0.5, category_accuracy=None),
}
#: Twenty of each severity; the newer model takes some `A` for `C`.
TRUTH = [severity for severity in Severity for _ in range(20)]
EXAMPLES = [
    Example(
        id=f"e{number}",
        turns=(f"{HOSTILE} {number}",),
        labels=Labels(severity=severity, category=Category.CLOUD_INCIDENT),
        voice="clerk",
        noise=("typo",) if number % 2 else (),
    )
    for number, severity in enumerate(TRUTH)
]


def verdicts(wrong: int) -> list[Classification]:
    said = list(TRUTH)
    said[20 : 20 + wrong] = [Severity.C] * wrong
    return [classification(severity) for severity in said]


@pytest.fixture(scope="module")
def measured() -> tuple[Evaluation, Curves, Comparison, tuple[Objection, ...]]:
    before, after = verdicts(0), verdicts(6)
    evaluation = replace(compare(EXAMPLES, after, BASELINES), model="2026-11-20.2")
    comparison = compare_verdicts(EXAMPLES, before, after)
    against = objections(compare(EXAMPLES, before, BASELINES), evaluation, comparison, overlap=0)
    return evaluation, lay_open(EXAMPLES, after), comparison, against


def text_of(page: str) -> str:
    """What a reader sees, cells separated by bars."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "|", page)).replace("||", "|")


def test_every_figure_is_in_the_page(
    measured: tuple[Evaluation, Curves, Comparison, tuple[Objection, ...]],
) -> None:
    evaluation, curves, comparison, against = measured
    page = report.html(evaluation, curves, comparison=comparison, objections=against)
    seen = text_of(page)
    for name, value in report.overview(evaluation):
        assert f"|{name}|{value}|" in seen
    for named in ("重大(1・A)の再現率", "重大(1・A)の適合率", "2段階以上の過小判定", "較正誤差(ECE)"):
        assert named in seen
    assert "|A|0.700|1.000|20|" in seen  # recall, precision and support of a label
    assert re.search(r"\|A\|\s*\|14\|\|?\s*\|?6\|", seen)  # its row of the confusion matrix
    for heading in ("混同行列", "自信と正解率", "自信のある順に判定したときの誤り", "自信があって誤ったもの"):
        assert heading in seen
    assert all(line in seen for line in models.comparison(comparison))
    assert "悪化 6、p=0.03" in seen
    assert "判定が変わった例文(6 件" in seen
    assert all(models.objection(each) in seen for each in against)
    assert len(against) >= 3
    assert "|いつも同じ答え|0.251|0.000|0.100|" in seen
    assert "|規則(手がかりの語)だけ|0.612|0.500|-|" in seen
    assert "|cloud_incident|clerk|typo|40|" in seen
    assert f"|{curves.worst[0].id}|severity|A|C|" in seen


def test_the_page_needs_nothing_else_and_runs_nothing(
    measured: tuple[Evaluation, Curves, Comparison, tuple[Objection, ...]],
) -> None:
    evaluation, curves, comparison, _ = measured
    plots = {
        "severity reliability": "<svg><title>r</title></svg>",
        "category risk": "<svg><title>k</title></svg>",
    }
    page = report.html(evaluation, curves, comparison=comparison, plots=plots)
    assert all(plot in page for plot in plots.values())
    assert models.NO_PLOTS not in page
    assert HOSTILE not in page
    assert not re.search(r"(src|href)=|<script|@import|url\(", page)
    assert models.NO_PLOTS in report.html(evaluation, curves)


def test_the_report_for_machines_holds_the_same(
    measured: tuple[Evaluation, Curves, Comparison, tuple[Objection, ...]], tmp_path: Path
) -> None:
    evaluation, curves, comparison, against = measured
    write_report(tmp_path / "r.json", evaluation, curves, comparison=comparison, objections=against)
    found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert found["evaluation"]["critical_recall"] == round(34 / 40, 4)
    assert found["curves"]["severity"]["confusion"][1] == [0, 14, 0, 6]
    assert len(found["curves"]["severity"]["risk_coverage"]) == 20
    assert {row["noise"] for row in found["curves"]["parts"]} == {"clean", "typo"}
    assert (found["comparison"]["severity"]["worse"], len(found["comparison"]["changed"])) == (6, 6)
    assert [each["gate"] for each in found["objections"]] == [each.gate for each in against]
    with pytest.raises(InputFileError):
        write_report(tmp_path / "no" / "r.json", evaluation, curves)


def test_the_card_of_a_version_says_how_it_was_made_and_how_good_it_is(
    measured: tuple[Evaluation, Curves, Comparison, tuple[Objection, ...]],
) -> None:
    evaluation, _, _, _ = measured
    version = ModelVersion(
        id="2026-11-20.2",
        trained_at=NOW,
        examples_digest="abc",
        artefact_digest="def",
        thresholds=Thresholds(
            critical=0.2,
            severity_confidence=0.5,
            severity_margin=0.1,
            category_confidence=0.4,
            category_margin=0.1,
            yes={},
        ),
        metrics=evaluation.to_json() | {"overlap": 0, "objections": ["critical_recall"]},
        aliases=("challenger",),
        metadata={"examples": 80, "voices": 1, "desk_labels": 6, "seed": 0, "libraries": {"numpy": "2.0"}},
    )
    told = report.card(version)
    for line in (
        "- 別名: challenger",
        "- 例文: 80 件(書き手 1 人)、窓口のラベル 6 件",
        "- 例文のダイジェスト: `abc`",
        "- 成果物の SHA-256: `def`",
        "numpy 2.0",
        "| 重大(1・A)の再現率 | 0.85 |",
        "| 評価用と重なる例文(件) | 0 |",
        "採用の条件に反するもの: critical_recall",
        "- 重大(1・A)とみなす確率: 0.2",
        "## 限界",
    ):
        assert line in told
    assert "madoguchi evaluate --model 2026-11-20.2" in report.card(replace(version, metrics={}))
