"""The commands that answer lines: the same answers from one process and from several."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.cli import jsonl
from bot.cli.app import run
from bot.compose import Parts
from bot.language import Language
from bot.settings import load_settings
from classifiers import crew
from classifiers.classify import Classifier
from classifiers.registry import Registry
from tests.builders import NOW

#: The first that asks for the trained parts waits for them.
pytestmark = pytest.mark.timeout(600)

TEXTS = (
    "今朝から全員Teamsに入れません",
    "Excelの罫線の引き方を教えてください",
    "ありがとうございました",
    "",
    "パスワードを忘れた社員がいます",
)
RECORDS: dict[str, list[dict[str, Any]]] = {
    "classify": [{"turns": [text, "5人です"]} for text in TEXTS],
    "triage": [{"text": text, "policy": "o365", "now": NOW.isoformat()} for text in TEXTS],
    "decide": [
        {"policy": policy, "severity": "A", "category": "cloud_incident", "now": NOW.isoformat()}
        for policy in ("o365", "unified", "synnex-csp", "sonpo-cloud", "no-such-policy")
    ],
    "faq search": [{"query": text} for text in TEXTS],
}


@pytest.fixture
def champion(parts: Parts) -> None:
    """A champion in the home of this test."""
    Registry(load_settings().models).save(parts.classifier.model, trained_at=NOW)


def told(command: str, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Exit status of a command over these lines."""
    Path("lines.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["madoguchi", *command.split(), "--jsonl", "lines.jsonl"])
    with pytest.raises(SystemExit) as stopped:
        run()
    return int(stopped.value.code or 0)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("command", RECORDS)
def test_several_processes_say_what_one_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    lines = [json.dumps({"id": number, **record}) for number, record in enumerate(RECORDS[command])]
    monkeypatch.setattr(jsonl, "in_parts", partial(crew.in_parts, size=2))
    status = told(command, lines, monkeypatch)
    alone = capsys.readouterr().out
    monkeypatch.setattr(crew, "WORTH_PROCESSES", 1)
    assert (told(command, lines, monkeypatch), capsys.readouterr().out) == (status, alone)
    assert [json.loads(line)["id"] for line in alone.splitlines()] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("command", ["classify", "triage"])
def test_the_model_is_loaded_once_before_processes_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    seen, load = tmp_path / "seen", Language.classifier_of

    def noted(language: Language, name: str) -> Classifier:
        with seen.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return load(language, name)

    monkeypatch.setattr(Language, "classifier_of", noted)
    monkeypatch.setattr(jsonl, "in_parts", partial(crew.in_parts, size=2))
    monkeypatch.setattr(crew, "WORTH_PROCESSES", 1)
    assert told(command, [json.dumps(record) for record in RECORDS[command]], monkeypatch) == 0
    assert seen.read_text().split() == [str(os.getpid())]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("command", RECORDS)
def test_lines_of_which_none_can_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert told(command, ["{", "[]", "7"], monkeypatch) == 1
    captured = capsys.readouterr()
    assert [json.loads(line)["line"] for line in captured.out.splitlines()] == [1, 2, 3]
    assert "Traceback" not in captured.err
