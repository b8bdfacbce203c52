"""Decides how a model stands in a file: arrays by name, checked when they are read; not where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from classifiers.errors import ModelRefused
from classifiers.scorer import SCORE_COLUMNS, TARGETS, Floats, Judge, Model, Thresholds
from classifiers.vocabulary import Vocabulary

_JUDGE_PARTS: Final = ("hidden_weights", "hidden_bias", "weights", "bias")


def arrays_of(model: Model) -> dict[str, NDArray[Any]]:
    """The arrays of a model by name; no pickle."""
    arrays: dict[str, NDArray[Any]] = {
        "keys": model.vocabulary.keys,
        "idf": model.idf,
        # Half precision moves a score by less than a thousandth and halves the file.
        "weights": model.weights.astype(np.float16),
        "bias": model.bias,
        "centre": model.centre,
        "spread": model.spread,
    }
    for target, judge in model.judges.items():
        arrays |= {f"{target}/{part}": getattr(judge, part) for part in _JUDGE_PARTS}
    return arrays


def model_of(version: str, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    """The model of stored facts and arrays; raises ModelRefused where shapes or numbers do not fit."""
    keys = arrays["keys"]
    if keys.dtype != np.uint64 or keys.ndim != 1:
        raise ModelRefused(version, f"keys are {keys.dtype} {keys.shape}, not a row of uint64")
    weights = arrays["weights"].astype(np.float32)
    _expect(version, "weights", weights, (len(keys), SCORE_COLUMNS))
    _expect(version, "idf", arrays["idf"], (len(keys),))
    for name in ("bias", "centre", "spread"):
        _expect(version, name, arrays[name], (SCORE_COLUMNS,))
    return Model(
        vocabulary=Vocabulary(keys),
        idf=arrays["idf"],
        weights=weights,
        bias=arrays["bias"],
        centre=arrays["centre"],
        spread=arrays["spread"],
        judges={target: _judge(version, target, facts, arrays) for target in TARGETS},
        thresholds=Thresholds(**facts["thresholds"]),
        version=version,
        metadata=facts["metadata"],
    )


def _judge(version: str, target: str, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Judge:
    parts = {part: cast(Floats, arrays[f"{target}/{part}"]) for part in _JUDGE_PARTS}
    width, labels = len(parts["hidden_bias"]), len(TARGETS[target])
    shapes = {
        "hidden_weights": (SCORE_COLUMNS, width),
        "hidden_bias": (width,),
        "weights": (width, labels),
        "bias": (labels,),
    }
    for part, shape in shapes.items():
        _expect(version, f"{target}/{part}", parts[part], shape)
    return Judge(**parts, temperature=float(facts["temperatures"][target]))


def _expect(version: str, name: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ModelRefused(version, f"{name} has the shape {array.shape} instead of {shape}")
    if not np.isfinite(array).all():
        raise ModelRefused(version, f"{name} holds numbers that are not finite")
