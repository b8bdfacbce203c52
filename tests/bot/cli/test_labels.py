"""labels and models on the command line, with a database of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.app import run
from bot.settings import load_settings
from bot.storage.sqlite.store import SqliteStore
from tests.builders import classification, ticket

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def madoguchi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        unit.tickets.add(ticket(classification=classification()))
    store.close()

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["madoguchi", *arguments])
        with pytest.raises(SystemExit) as stopped:
            run()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return call


def test_a_ticket_goes_out_to_a_tool_and_comes_back_labelled(madoguchi: Command, tmp_path: Path) -> None:
    status, out, _ = madoguchi("labels", "export", "-", "--format", "prodigy")
    (line,) = out.splitlines()
    task = json.loads(line) | {"accept": ["A", "cloud_incident"], "answer": "accept"}
    assert (status, task["text"], task["meta"]["id"]) == (0, "メールが送れません", 1)
    (tmp_path / "back.jsonl").write_text(json.dumps(task), encoding="utf-8")
    done = madoguchi("labels", "import", "back.jsonl", "--format", "prodigy")
    assert done == (0, "1 件を取り込みました(新規 0 件、確認 1 件)。\n", "")
    assert (
        madoguchi("labels", "review", "1", "--severity", "C", "--category", "cloud_howto")[1] == "1: 確定\n"
    )


def test_a_file_with_a_mistake_imports_nothing(madoguchi: Command, tmp_path: Path) -> None:
    lines = ['{"text": "a", "severity": "A", "category": "presales"}', '{"text": "b", "severity": "X"}']
    (tmp_path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    status, out, err = madoguchi("labels", "import", "x.jsonl")
    assert (status, out, err.startswith("x.jsonl の 2 行目を直してください")) == (2, "", True)
    (tmp_path / "x.jsonl").write_text(lines[0] + '\n{"text": "b", "severity": "A"}', encoding="utf-8")
    assert madoguchi("labels", "import", "x.jsonl")[0] == 2
    assert madoguchi("labels", "export", "-", "--all")[1].count("\n") == 1


def test_only_staff_review_under_their_name(madoguchi: Command) -> None:
    madoguchi("labels", "list")
    refused = madoguchi(
        "labels", "review", "1", "--severity", "A", "--category", "presales", "--actor", "U-WHO"
    )
    assert refused == (2, "", "この操作はできません。\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("models", "promote"), "分類モデルがありません"),
        (("models", "rollback"), "分類モデルがありません"),
        (("models", "card", "champion"), "分類モデルがありません"),
        (("models", "promote", "--force"), "--force には --reason が要ります。"),
        (("train", "--data", "nowhere.jsonl"), "ファイル nowhere.jsonl を読めません"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    madoguchi: Command, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = madoguchi(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)
