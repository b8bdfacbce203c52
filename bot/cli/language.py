"""classify, triage: what a message says, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from bot.cli.context import load_language, load_parts
from bot.cli.jsonl import answer_lines, turns_of

JsonlOption = Annotated[
    str, typer.Option("--jsonl", metavar="FILE", help="JSON Lines to read; - is standard input.")
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("classify")(classify)
    app.command("triage")(triage)


def classify(
    jsonl: JsonlOption,
    model: Annotated[str, typer.Option("--model", help="Model version or alias.")] = "champion",
) -> None:
    """Classify messages: severity, category, signals, evidence.

    Example: madoguchi classify --jsonl messages.jsonl   (lines: {"id": "1", "text": "…"})
    """
    from classifiers.classification import classification_as_dict

    classifier = load_language().classifier_of(model)

    def answer(conversations: Sequence[Sequence[str]]) -> Iterable[Mapping[str, Any]]:
        return map(classification_as_dict, classifier.classify_together(conversations))

    answer_lines(jsonl, turns_of, answer)


def triage(jsonl: JsonlOption) -> None:
    """Classify, search the FAQ and decide by the policy: the whole verdict of a message.

    Example: madoguchi triage --jsonl messages.jsonl   (lines: {"id": "1", "text": "…", "policy": "o365"})
    """
    from bot.cli.records import triage_record

    parts = load_parts()
    # Here, not once in each of several processes.
    parts.check()
    parts.faq  # noqa: B018

    def answer(record: Mapping[str, Any]) -> Mapping[str, Any]:
        return triage_record(parts, record)

    answer_lines(jsonl, answer)
