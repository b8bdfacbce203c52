from __future__ import annotations

import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.abstention import judge_severity, predict
from classifiers.classification import classification_as_dict
from classifiers.classify import Classifier
from classifiers.errors import TrainingError
from classifiers.evaluation import calibration_error, evaluate, kappa
from classifiers.examples import Example
from classifiers.labels import Extent, Severity
from classifiers.scorer import Thresholds
from classifiers.training import train

HOSTILE = "全員メールがｽﾞ来ません。 <@U1>*:sob:&amp;\n～ー0９5人"
CRITICAL = Thresholds(
    critical=0.3,
    severity_confidence=0.5,
    severity_margin=0.1,
    category_confidence=0.5,
    category_margin=0.0,
    yes={},
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "😢",
        "。",
        "x" * 1_000_000,
        "あ" * 200_000,
        "1" * 100_000,
        "😢" * 50_000,
        "a\x00b",
        "\ud800\udfff",
        "\u202eメール\u200f",
        "<" * 5_000,
        "<@" * 3_000,
        "&lt;" * 2_000,
        ":" * 5_000,
        "e" + "\u0301" * 4_000,
    ],
    ids=range(16),
)
def test_any_text_gets_a_verdict(classifier: Classifier, text: str) -> None:
    verdict = classifier.classify(text)
    assert sum(verdict.severity.probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    for item in verdict.evidence:
        assert text[item.start : item.end] == item.span


@pytest.mark.parametrize("turns", [[], [""], ["", "\x00"], ["メール"] * 100])
def test_any_conversation_gets_a_verdict(classifier: Classifier, turns: list[str]) -> None:
    json.dumps(classification_as_dict(classifier.classify(turns)))


def test_a_verdict_reaches_another_process_whole(classifier: Classifier) -> None:
    verdict = classifier.classify("全員メールが送れません。請求書が出せず困っています。")
    assert verdict.evidence
    assert pickle.loads(pickle.dumps(verdict)) == verdict


def test_an_empty_message_is_abstained_and_asked_about(classifier: Classifier) -> None:
    verdict = classifier.classify("")
    assert (verdict.abstained, verdict.missing, verdict.evidence) == (True, ("detail",), ())


def test_a_cut_text_is_noted(classifier: Classifier) -> None:
    assert classifier.classify("メールが来ません。" * 1_000).notes == ("text_cut",)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(alphabet="全員メールがｽﾞ来ません。 <@U1>*:sob:&amp;\n～ー0９5人", max_size=60),
        min_size=1,
        max_size=3,
    )
)
def test_evidence_is_cut_from_the_original(classifier: Classifier, turns: list[str]) -> None:
    for item in classifier.classify(turns).evidence:
        assert item.span
        assert turns[item.turn][item.start : item.end] == item.span


def test_evidence_points_at_what_was_said(classifier: Classifier) -> None:
    raw = "<@U0BOT> お世話になっております。全社でﾒｰﾙが送れません"
    spans = [item.span for item in classifier.classify(raw).evidence if item.towards.startswith("severity:")]
    assert spans
    assert not any("お世話" in span for span in spans)


def test_spans_for_one_label_do_not_overlap(
    classifier: Classifier, few_examples: tuple[Example, ...]
) -> None:
    for example in few_examples[:100]:
        places: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for item in classifier.classify(example.turns).evidence:
            places.setdefault((item.towards, item.turn), []).append((item.start, item.end))
        for spans in places.values():
            spans.sort()
            assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_one_string_is_a_conversation_of_one_turn(classifier: Classifier) -> None:
    text = "Excelの罫線を引く方法を教えてください"
    assert classifier.classify(text) == classifier.classify([text])


def test_the_dictionary_has_the_fields_of_the_contract(classifier: Classifier) -> None:
    record = classification_as_dict(classifier.classify("今朝から全員Teamsに入れません"))
    assert {"severity", "category", "product", "signals", "rules", "evidence", "missing", "model"} <= set(
        record
    )
    assert set(record["severity"]["probabilities"]) == {"1", "A", "B", "C"}
    assert record["product"] == "Teams"
    assert record["signals"]["started_at"] == "今朝から"
    assert {
        type(record["signals"][name]) for name in ("outage", "ongoing", "isolation_done", "workaround")
    } == {bool}
    assert record["signals"]["extent"] in set(Extent)
    assert {"span", "start", "end", "towards", "weight", "turn"} == set(record["evidence"][0])


def test_many_are_answered_as_one_by_one(classifier: Classifier, few_examples: tuple[Example, ...]) -> None:
    turns = [example.turns for example in few_examples[:200]] * 8
    assert classifier.classify_many(turns)[:200] == [classifier.classify(each) for each in turns[:200]]


@pytest.mark.parametrize("explained", [True, False])
def test_no_conversations_are_no_verdicts(classifier: Classifier, explained: bool) -> None:
    assert classifier.classify_together([], explained=explained) == []
    assert classifier.classify_many([], explained=explained) == []


@pytest.mark.parametrize(
    ("table", "label", "abstained"),
    [
        ((0.05, 0.26, 0.65, 0.04), Severity.A, True),
        ((0.05, 0.20, 0.70, 0.05), Severity.B, False),
        ((0.90, 0.10, 0.00, 0.00), Severity.CRITICAL, False),
        ((0.10, 0.05, 0.40, 0.45), Severity.C, True),
        ((0.00, 0.00, 0.48, 0.52), Severity.C, True),
    ],
)
def test_the_guard_prefers_recall_of_the_critical(
    table: tuple[float, ...], label: Severity, abstained: bool
) -> None:
    verdict = judge_severity(dict(zip(Severity, table, strict=True)), CRITICAL)
    assert (verdict.label, verdict.abstained) == (label, abstained)


def test_the_margin_may_be_negative_where_the_guard_decided() -> None:
    verdict = predict(Severity.A, dict(zip(Severity, (0.1, 0.3, 0.6, 0.0), strict=True)), 0.0, -1.0)
    assert (verdict.runner_up, verdict.margin, verdict.abstained) == (Severity.B, pytest.approx(-0.3), False)


@pytest.mark.parametrize(
    ("confidence", "right", "error"), [([0.9] * 10, [True] * 9 + [False], 0.0), ([1.0], [False], 1.0)]
)
def test_calibration_error_is_the_distance_to_the_truth(
    confidence: list[float], right: list[bool], error: float
) -> None:
    assert calibration_error(confidence, right) == pytest.approx(error)


@pytest.mark.parametrize(
    ("true", "said", "value"),
    [([0, 1, 2, 3], [0, 1, 2, 3], 1.0), ([0, 3], [3, 0], -1.0), ([2, 2], [2, 2], 1.0)],
)
def test_kappa_is_one_only_where_all_agree(true: list[int], said: list[int], value: float) -> None:
    assert kappa(true, said) == pytest.approx(value)


def test_an_evaluation_is_plain_json(classifier: Classifier, few_examples: tuple[Example, ...]) -> None:
    report = evaluate(classifier, few_examples[:150])
    assert json.loads(json.dumps(report.to_json()))["examples"] == 150
    assert report.severity.accuracy > report.baselines["constant"].severity_accuracy
    assert sum(part.examples for part in report.voices.values()) == 150


@pytest.mark.parametrize("number", [0, 20])
def test_too_few_examples_cannot_train(few_examples: tuple[Example, ...], number: int) -> None:
    with pytest.raises(TrainingError, match=f"{number} examples|examples are too few"):
        train(few_examples[:number])


def test_examples_of_one_kind_cannot_train(few_examples: tuple[Example, ...]) -> None:
    same = [
        example for example in few_examples if example.labels.severity is Severity.C and example.first is None
    ]
    with pytest.raises(TrainingError, match="severity has only one label"):
        train(same)
