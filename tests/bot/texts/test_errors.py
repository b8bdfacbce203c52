from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import errors as bot_errors
from bot.texts.errors import SENTENCES, sentence
from classifiers import errors as classifier_errors
from knowledge import errors as knowledge_errors

ROOTS = (bot_errors.BotError, classifier_errors.ClassifierError, knowledge_errors.KnowledgeError)
MODULES = {root.__module__ for root in ROOTS}

#: One of each leaf, made as the code makes it.
ERRORS: tuple[Exception, ...] = (
    bot_errors.SettingsError("MADOGUCHI_X", "unknown setting"),
    bot_errors.StoreBusy("desk.db"),
    bot_errors.StoreCorrupt("desk.db"),
    bot_errors.StoreFull("disk"),
    bot_errors.StaleVersion("M-00001"),
    bot_errors.TicketsOpen(("M-00001",)),
    bot_errors.NotAllowed("ticket.approve"),
    bot_errors.NotFound("M-00001"),
    bot_errors.MoveRefused("closed", "approve"),
    bot_errors.MoveUnfit("closed", "reopen", "reopen_over"),
    bot_errors.ScriptError("a.toml", "step 1", "no button"),
    bot_errors.InputFileError("a.jsonl", "no such file"),
    bot_errors.Unreachable("timeout"),
    bot_errors.RateLimited("chat.postMessage", 30),
    bot_errors.Refused("chat.postMessage", "not_in_channel"),
    classifier_errors.DataFileError(Path("a.toml"), "key", "reason"),
    classifier_errors.ExampleError("a.jsonl", 3, "reason"),
    classifier_errors.ModelMissing("champion"),
    classifier_errors.ModelRefused("1", "digest"),
    classifier_errors.ModelOutdated("1", "features", desk_labels=3),
    classifier_errors.ModelUnsaved("disk"),
    classifier_errors.TrainingUnderWay("models"),
    classifier_errors.TrainingError("one class"),
    knowledge_errors.PackError("a.toml", "key", "reason"),
    knowledge_errors.UnknownPolicy("x", ["o365", "unified"]),
    knowledge_errors.DecisionInputError("plan", "reason"),
    knowledge_errors.CalendarHorizonError(2060, 2020, 2050),
    knowledge_errors.ContractFileError("a.csv", [(2, "number", "missing")]),
    knowledge_errors.FaqEntryError("a.md", "key", "reason"),
    knowledge_errors.FaqSettingsError("a.toml", "key", "reason"),
    knowledge_errors.FaqIndexError("stale"),
)


def leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    below = [child for child in kind.__subclasses__() if child.__module__ in MODULES]
    for child in below:
        yield from leaves(child)
    if not below:
        yield kind


def test_every_leaf_of_the_error_trees_is_tried() -> None:
    # Some errors are raised themselves and have a special case below them: those are tried, too.
    raised_with_cases = {bot_errors.MoveRefused, classifier_errors.ModelRefused}
    leaf_classes = {leaf for root in ROOTS for leaf in leaves(root)}
    assert {type(error) for error in ERRORS} == leaf_classes | raised_with_cases


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_leaf_has_a_sentence_of_its_own(error: Exception) -> None:
    assert type(error) in SENTENCES
    told = sentence(error)
    assert "{" not in told
    assert told != ""


def test_fields_of_the_error_are_told() -> None:
    assert sentence(knowledge_errors.UnknownPolicy("x", ["o365", "unified"])) == (
        "ポリシー「x」はありません。使えるもの: o365、unified"
    )
    assert "a.csv:2: number: missing" in sentence(
        knowledge_errors.ContractFileError("a.csv", [(2, "number", "missing")])
    )


def test_not_allowed_is_told_like_not_found() -> None:
    assert sentence(bot_errors.NotAllowed("x")) == sentence(bot_errors.NotFound("x"))


def test_error_without_words_names_its_class_only() -> None:
    told = sentence(KeyError("secret"))
    assert ("KeyError" in told, "secret" in told) == (True, False)
