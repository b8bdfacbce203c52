"""How sure a result is, and how that is fitted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import FaqSettingsError
from knowledge.faq.calibration import fit_confidence, fit_logistic, fit_thresholds, held_out_confidence
from knowledge.faq.confidence import FEATURES, MatchFeatures, confidence_of, feature_row, outcome_of
from knowledge.faq.entry import FaqOutcome
from knowledge.faq.queries import FaqQuery
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import ConfidenceSettings, confidence_as_json, load_confidence, load_settings
from tests.knowledge.faq.samples import entry

SETTINGS = ConfidenceSettings(intercept=-1.0, weights={"margin": 2.0}, answer_at=0.7, suggest_at=0.4)
FEATURES_OF_A_HIT = MatchFeatures(
    word_coverage=0.5,
    gram_coverage=0.4,
    phrase=0.6,
    margin=0.5,
    missed_product=0.0,
    missed_focus=1.0,
    length=1.1,
    rival=0.0,
)


def test_confidence_of_is_the_logistic_of_the_weighted_features() -> None:
    assert confidence_of(FEATURES_OF_A_HIT, SETTINGS) == 0.5
    assert confidence_of(replace(FEATURES_OF_A_HIT, margin=1.0), SETTINGS) == pytest.approx(
        1 / (1 + np.exp(-1))
    )


def test_feature_row_follows_the_order_of_the_names() -> None:
    row = dict(zip(FEATURES, feature_row(FEATURES_OF_A_HIT).tolist(), strict=True))
    assert row["covered_margin"] == 0.25
    assert row["covered_phrase"] == 0.3
    assert row["missed_focus"] == 1.0


@pytest.mark.parametrize(
    ("confidence", "outcome"),
    [
        (0.7, FaqOutcome.ANSWER),
        (0.699, FaqOutcome.SUGGEST),
        (0.4, FaqOutcome.SUGGEST),
        (0.399, FaqOutcome.SILENT),
    ],
)
def test_outcome_of_includes_the_thresholds(confidence: float, outcome: FaqOutcome) -> None:
    assert outcome_of(confidence, SETTINGS) is outcome


def _rows(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    rows = random.normal(size=(count, len(FEATURES)))
    chance = 1 / (1 + np.exp(-(2.0 * rows[:, 0] - 1.0 * rows[:, 3] + 0.5)))
    return rows, random.random(count) < chance


def test_fit_logistic_recovers_the_weights_behind_the_data() -> None:
    intercept, weights = fit_logistic(*_rows(8000))
    assert intercept == pytest.approx(0.5, abs=0.1)
    assert [weights[name] for name in FEATURES[:4]] == pytest.approx([2.0, 0.0, 0.0, -1.0], abs=0.12)


def test_fit_logistic_stays_finite_on_separable_data_and_constant_features() -> None:
    rows = np.zeros((20, len(FEATURES)))
    rows[10:, 0] = 1.0
    intercept, weights = fit_logistic(rows, rows[:, 0] > 0)
    assert np.isfinite([intercept, *weights.values()]).all()
    assert weights[FEATURES[0]] > 0


def test_held_out_confidence_never_asks_the_model_that_saw_the_query() -> None:
    rows, right = _rows(200)
    folds = [number % 4 for number in range(200)]
    flipped = right.copy()
    flipped[0] = not flipped[0]
    # The label of a query changes the models of the other folds, never its own.
    before, after = held_out_confidence(rows, right, folds), held_out_confidence(rows, flipped, folds)
    same_fold = [number for number in range(200) if folds[number] == 0]
    assert after[same_fold].tolist() == before[same_fold].tolist()
    assert after[1] != before[1]


def test_fit_thresholds_takes_the_lowest_that_keep_the_risks() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.2])
    right = np.array([True, True, True, True, False, False, True])
    answerable = np.array([True, True, True, True, False, False, True])
    chosen = fit_thresholds(confidence, right, answerable, risk=0.2, silence=0.5)
    assert chosen.answer_at == 0.5
    assert chosen.wrong_among_answers == pytest.approx(0.2)
    assert chosen.suggest_at == pytest.approx(0.4)
    assert chosen.silent_unanswerable == 0.5


def test_fit_thresholds_answers_nothing_where_no_threshold_keeps_the_risk() -> None:
    nothing_right = np.zeros(3, dtype=np.bool_)
    chosen = fit_thresholds(np.array([0.9, 0.5, 0.1]), nothing_right, nothing_right, risk=0.05, silence=1.0)
    assert chosen.answer_at == 1.0
    assert chosen.answered == 0.0


def test_fit_confidence_learns_from_queries_and_says_from_how_many() -> None:
    index = FaqIndex.build([entry("o365/a", question="料金"), entry("o365/b", question="解約の期限")])
    asked = [FaqQuery(id=str(n), query="料金は", relevant=("o365/a",)) for n in range(20)]
    asked += [FaqQuery(id=f"u{n}", query="料金の天気と気温と湿度", relevant=()) for n in range(20)]
    fitted = fit_confidence(index, asked)
    assert fitted.fitted.startswith("40 held-out queries, 20 of them unanswerable")
    index = FaqIndex.build(index.entries, replace(load_settings(), confidence=fitted))
    assert index.search("料金は").outcome is FaqOutcome.ANSWER
    assert index.search("料金の天気と気温と湿度").answerable is False


def test_load_confidence_reads_what_confidence_as_json_wrote(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(confidence_as_json(SETTINGS), encoding="utf-8")
    assert load_confidence(file) == SETTINGS


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"intercept": "x"}', json.dumps({"intercept": 1, "weights": 3})]
)
def test_load_confidence_refuses_a_damaged_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FaqSettingsError) as caught:
        load_confidence(file)
    assert caught.value.file == str(file)


SEARCH = """
[terms]
content_pos = ["a"]
negation_pos = ["b"]
negations = ["c"]
stop = ["d"]
focus = ["f"]
longest_query = 9
[blend]
words = 0.5
grams = 0.5
pairs = 0.0
k1 = 1
b = 0.5
answer = 1.0
phrase_words = 0.1
phrase_grams = 0.1
reranked = 3
[synonyms]
one = ["two", "three"]
"""


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('stop = ["d"]', "", "stop"),
        ('stop = ["d"]', "stop = [1]", "stop"),
        ("longest_query = 9", "longest_query = 0", "terms.longest_query"),
        ("k1 = 1", "k1 = -1", "blend.k1"),
        ("k1 = 1", "k1 = true", "blend.k1"),
        ('one = ["two", "three"]', 'one = ["two"]\nother = ["two"]', "synonyms.other"),
        ('one = ["two", "three"]', "one = []", "synonyms.one"),
        ("[blend]", "[bland]", "blend"),
        ("[terms]", "[terms", "-"),
    ],
)
def test_load_settings_names_the_key_that_is_wrong(tmp_path: Path, old: str, new: str, key: str) -> None:
    search, confidence = tmp_path / "s.toml", tmp_path / "c.json"
    confidence.write_text(confidence_as_json(SETTINGS), encoding="utf-8")
    search.write_text(SEARCH, encoding="utf-8")
    assert load_settings(search, confidence).terms.synonyms == {"two": "one", "three": "one"}
    search.write_text(SEARCH.replace(old, new), encoding="utf-8")
    with pytest.raises(FaqSettingsError) as caught:
        load_settings(search, confidence)
    assert (caught.value.file, caught.value.key) == (str(search), key)
