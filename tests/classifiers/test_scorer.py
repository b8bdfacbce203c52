from __future__ import annotations

import numpy as np
import pytest

from classifiers.artefact import arrays_of
from classifiers.estimators import LinearModels, Vectoriser, as_judge, fit_network, seated
from classifiers.examples import Example
from classifiers.reading import Reader
from classifiers.rows import features_of, label_of, training_rows
from classifiers.scorer import SCORE_COLUMNS, TARGETS, Model, softmax, weigh
from classifiers.thresholds import fit_temperature
from classifiers.training import train, voice_folds


def test_scores_equal_the_scikit_learn_pipeline(
    model: Model, few_examples: tuple[Example, ...], reader: Reader
) -> None:
    rows = training_rows(few_examples)
    readings = [[reader.read(turn) for turn in row.turns] for row in rows]
    vectoriser = Vectoriser()
    matrix = vectoriser.fit_transform(features_of(readings, reader.cues))
    labels = {target: [label_of(row.labels, target) for row in rows] for target in TARGETS}
    pipeline = LinearModels(0, model.metadata["strength"]).fit(matrix, labels)
    expected = (pipeline.scores(matrix) - model.centre) / model.spread
    served = model.standardised(weigh(model, readings, reader.cues))
    np.testing.assert_allclose(served, expected, rtol=0, atol=2e-3)


@pytest.mark.parametrize("target", ["severity", "outage"])
def test_a_judge_equals_its_network(target: str) -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(300, SCORE_COLUMNS)).astype(np.float32)
    names = TARGETS[target]
    labels = [names[min(len(names) - 1, int(abs(row[0]) * 2))] for row in scores]
    network = fit_network(scores, labels, target, seed=0)
    served = softmax(as_judge(network, target).logits(scores))
    order = [list(network.classes_).index(name) for name in names]
    np.testing.assert_allclose(served, network.predict_proba(scores)[:, order], atol=1e-4)


def test_judges_seated_together_say_the_mean_of_what_each_says() -> None:
    scores = np.random.default_rng(0).normal(size=(200, SCORE_COLUMNS)).astype(np.float32)
    labels = ["A" if row[0] > 0 else "C" for row in scores]
    judges = [as_judge(fit_network(scores, labels, "severity", seed), "severity") for seed in (0, 1)]
    mean = (judges[0].logits(scores) + judges[1].logits(scores)) / 2
    np.testing.assert_allclose(seated(judges).logits(scores), mean, atol=1e-4)


def test_all_judges_asked_together_say_what_each_says_alone(model: Model) -> None:
    scores = np.random.default_rng(0).normal(size=(5, SCORE_COLUMNS)).astype(np.float32)
    together = model.probabilities(scores)
    for target, judge in model.judges.items():
        np.testing.assert_allclose(together[target], softmax(judge.logits(scores)), atol=2e-6)


def test_a_judge_gives_next_to_nothing_to_a_label_it_never_saw() -> None:
    scores = np.random.default_rng(0).normal(size=(60, SCORE_COLUMNS)).astype(np.float32)
    network = fit_network(scores, ["A" if row[0] > 0 else "C" for row in scores], "severity", seed=0)
    assert softmax(as_judge(network, "severity").logits(scores))[:, [0, 2]].max() < 1e-3


def test_the_gradient_points_where_the_logit_rises(model: Model) -> None:
    scores = np.zeros((4, SCORE_COLUMNS), dtype=np.float32)
    judge = model.judges["severity"]
    labels = np.arange(4)
    steps = judge.gradients(scores, labels)
    steps *= 1e-2 / np.linalg.norm(steps, axis=1, keepdims=True)
    before, after = softmax(judge.logits(scores)), softmax(judge.logits(scores + steps))
    assert (after[labels, labels] > before[labels, labels]).all()


def test_the_temperature_cools_what_was_too_sure() -> None:
    truth = np.array([0, 1] * 100)
    logits = np.zeros((200, 2), dtype=np.float32)
    logits[np.arange(200), np.where(np.arange(200) % 4 < 3, truth, 1 - truth)] = 8.0
    assert fit_temperature(logits, truth) == pytest.approx(8.0 / np.log(3), rel=0.05)


def test_folds_keep_a_voice_together() -> None:
    voices = [f"v{number % 7}" for number in range(70)]
    for train_rows, test_rows in voice_folds(voices):
        assert {voices[row] for row in train_rows} & {voices[row] for row in test_rows} == set()


def test_training_again_gives_the_same(
    model: Model, few_examples: tuple[Example, ...], reader: Reader
) -> None:
    again = train(few_examples, reader=reader)
    for name, array in arrays_of(model).items():
        np.testing.assert_array_equal(arrays_of(again)[name], array, err_msg=name)
    assert (again.thresholds, again.metadata) == (model.thresholds, model.metadata)
