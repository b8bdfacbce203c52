from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest

from classifiers.classification import Prediction, Signals
from classifiers.cues import Cues
from classifiers.datafiles import DATA
from classifiers.errors import DataFileError
from classifiers.labels import Category, Extent, Severity
from classifiers.reading import Reader
from classifiers.rules import Case, Rule, Rules
from classifiers.signals import cue_signals

L = TypeVar("L", Severity, Category)
RULES = Rules.load(cues=Cues.load().names)
POSITIVE = [(rule, case) for rule in RULES.rules for case in rule.positive]
NEGATIVE = [(rule, case) for rule in RULES.rules for case in rule.negative]
RULE = """
[[rule]]
id = "r"
when = { severity = ["A"], extent = ["few"] }
severity = "B"
reason = "r"
positive = [{ text = "x" }, { text = "y" }]
negative = [{ text = "x" }, { text = "y" }]
"""


def doubtful(label: L) -> Prediction[L]:
    kind = type(label)
    table = {other: 0.4 if other is label else 0.6 / (len(kind) - 1) for other in kind}
    runner_up = next(other for other in kind if other is not label)
    return Prediction(label=label, confidence=0.4, runner_up=runner_up, margin=0.1, probabilities=table)


def fired(rule: Rule, case: Case, reader: Reader) -> bool:
    read = cue_signals([reader.read(case.text)], reader.cues, open_fault=case.signals.get("ongoing", False))
    signals = Signals(**(read | case.signals))
    return bool(Rules((rule,)).apply(doubtful(case.severity), doubtful(case.category), signals).hits)


@pytest.mark.parametrize(("rule", "case"), POSITIVE, ids=lambda item: getattr(item, "id", ""))
def test_a_rule_fires_on_its_positive_examples(rule: Rule, case: Case, reader: Reader) -> None:
    assert fired(rule, case, reader)


@pytest.mark.parametrize(("rule", "case"), NEGATIVE, ids=lambda item: getattr(item, "id", ""))
def test_a_rule_stays_silent_on_its_negative_examples(rule: Rule, case: Case, reader: Reader) -> None:
    assert not fired(rule, case, reader)


def test_a_rule_moves_probabilities_and_says_what_it_did() -> None:
    rule = next(rule for rule in RULES.rules if rule.id == "one-person-blocked")
    signals = Signals(extent=Extent.SINGLE, ongoing=True, workaround=False)
    verdict = Rules((rule,)).apply(doubtful(Severity.C), doubtful(Category.CLOUD_INCIDENT), signals)
    assert verdict.severity.label is Severity.B
    assert verdict.severity.confidence == pytest.approx(0.2 * 0.2 + 0.8)
    assert sum(verdict.severity.probabilities.values()) == pytest.approx(1.0)
    assert [(hit.rule_id, hit.effect) for hit in verdict.hits] == [("one-person-blocked", "severity C -> B")]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "r"\n', "", "rule[1]"),
        ('reason = "r"', 'reason = ""', "rule.r.reason"),
        (', extent = ["few"]', "", "rule.r.when"),
        ('["few"]', '["tiny"]', "rule.r.when"),
        ('["few"]', '["few"], cues = [["nonsense"]]', "rule.r.when"),
        ('severity = "B"\n', "", "rule.r"),
        ('severity = "B"\n', 'severity = "D"\n', "rule.r.severity"),
        (', { text = "y" }]\nnegative', "]\nnegative", "rule.r.positive"),
        ('severity = "B"\n', 'severity = "B"\nstrength = 2.0\n', "rule.r.strength"),
        ('severity = "B"\n', 'severity = "B"\npattern = "(a+)+"\n', "rule.r.pattern"),
    ],
)
def test_a_broken_rule_file_is_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = RULE
    assert old in text
    file = tmp_path / "rules.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as refusal:
        Rules.load(file, cues=["cannot"])
    assert refusal.value.key == key


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULE * 2, encoding="utf-8")
    with pytest.raises(DataFileError, match="same id"):
        Rules.load(file)


def test_the_shipped_rules_have_reasons_and_examples() -> None:
    assert (DATA / "rules.toml").exists()
    assert all(len(rule.positive) >= 2 <= len(rule.negative) and rule.reason for rule in RULES.rules)
