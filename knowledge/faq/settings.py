"""Decides how the search is set up (terms, blend, confidence), from data; searches nothing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import FaqSettingsError

_DATA = Path(__file__).parent.parent / "data"
_SEARCH = _DATA / "faq_search.toml"
_CONFIDENCE = _DATA / "faq_confidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSettings:
    """Which words of a text count."""

    content_pos: frozenset[str]
    negation_pos: frozenset[str]
    negations: frozenset[str]
    stop: frozenset[str]
    #: Words that a question turns on; an entry without them answers another question.
    focus: frozenset[str]
    #: Word → the word that stands for its group.
    synonyms: Mapping[str, str]
    #: Characters of a query that are read.
    longest_query: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendSettings:
    """How much each channel and each part of an entry counts, and BM25's two knobs.

    The best `reranked` entries are put in order once more: their score is mixed with the likeness to their
    closest single phrasing, over words with `phrase_words` and over character pieces with `phrase_grams`.
    """

    words: float
    grams: float
    pairs: float
    k1: float
    b: float
    answer: float
    phrase_words: float
    phrase_grams: float
    reranked: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSettings:
    """A fitted logistic model over search features, and the two thresholds."""

    intercept: float
    #: Feature name → weight.
    weights: Mapping[str, float]
    #: Least confidence to answer, and to suggest.
    answer_at: float
    suggest_at: float
    #: How the thresholds came about, for people.
    fitted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """Everything that the search reads from data."""

    terms: TermSettings
    blend: BlendSettings
    confidence: ConfidenceSettings


def load_settings(search: Path = _SEARCH, confidence: Path = _CONFIDENCE) -> SearchSettings:
    """Reads the shipped settings, or those of the given files.

    Raises:
        FaqSettingsError: a file cannot be read or a key is missing or of the wrong kind.
    """
    try:
        data = tomllib.loads(search.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FaqSettingsError(search, "-", str(error)) from error
    return SearchSettings(
        terms=_terms(search, data),
        blend=_blend(search, data),
        confidence=load_confidence(confidence),
    )


def load_confidence(path: Path = _CONFIDENCE) -> ConfidenceSettings:
    """Reads a fitted confidence.

    Raises:
        FaqSettingsError: the file is unreadable or malformed.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return ConfidenceSettings(
            intercept=float(data["intercept"]),
            weights={str(name): float(weight) for name, weight in data["weights"].items()},
            answer_at=float(data["answer_at"]),
            suggest_at=float(data["suggest_at"]),
            fitted=str(data.get("fitted", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FaqSettingsError(path, "-", f"not a fitted confidence: {error!r}") from error


def confidence_as_json(confidence: ConfidenceSettings) -> str:
    """The text that `load_confidence` reads."""
    return json.dumps(asdict(confidence), ensure_ascii=False, indent=1) + "\n"


def _terms(file: Path, data: Mapping[str, Any]) -> TermSettings:
    table = _table(file, data, "terms")
    groups = _table(file, data, "synonyms")
    synonyms: dict[str, str] = {}
    for word, members in groups.items():
        for member in _words(file, groups, word):
            if member in synonyms:
                raise FaqSettingsError(file, f"synonyms.{word}", f"{member} stands in two groups")
            synonyms[member] = word
        if not members:
            raise FaqSettingsError(file, f"synonyms.{word}", "a group without members")
    longest = table.get("longest_query")
    if not isinstance(longest, int) or longest < 1:
        raise FaqSettingsError(file, "terms.longest_query", "must be a whole number above 0")
    return TermSettings(
        content_pos=_words(file, table, "content_pos"),
        negation_pos=_words(file, table, "negation_pos"),
        negations=_words(file, table, "negations"),
        stop=_words(file, table, "stop"),
        focus=_words(file, table, "focus"),
        synonyms=synonyms,
        longest_query=longest,
    )


def _blend(file: Path, data: Mapping[str, Any]) -> BlendSettings:
    table = _table(file, data, "blend")
    numbers: dict[str, float] = {}
    for key in BlendSettings.__dataclass_fields__:
        value = table.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise FaqSettingsError(file, f"blend.{key}", "must be a number of at least 0")
        numbers[key] = float(value)
    return BlendSettings(**numbers)


def _table(file: Path, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key)
    if not isinstance(table, dict):
        raise FaqSettingsError(file, key, "the table is missing")
    return table


def _words(file: Path, table: Mapping[str, Any], key: str) -> frozenset[str]:
    words = table.get(key)
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise FaqSettingsError(file, key, "must be a list of words")
    return frozenset(words)
