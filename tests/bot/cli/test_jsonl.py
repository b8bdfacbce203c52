from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import jsonl
from bot.cli.jsonl import LineError, answer_lines, records, text_of, turns_of
from bot.errors import InputFileError
from classifiers import crew
from knowledge.errors import UnknownPolicy


def echo(record: Mapping[str, Any]) -> Mapping[str, Any]:
    if record.get("policy") == "x":
        raise UnknownPolicy("x", ["o365"])
    return {"turns": list(turns_of(record))}


def answered(folder: Path, text: str | bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[Any]]:
    """Return exit status and the lines of standard output."""
    path = folder / "in.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    status = 0
    try:
        answer_lines(str(path), echo)
    except typer.Exit as stopped:
        status = stopped.exit_code
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_lines_are_answered_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '\ufeff{"id": "b", "text": "一"}\r\n\n{"turns": ["二", "三"]}\n'
    assert answered(tmp_path, text, capsys) == (
        0,
        [{"id": "b", "turns": ["一"]}, {"id": None, "turns": ["二", "三"]}],
    )


def test_japanese_goes_out_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "1", "text": "全員 \\u2028 です"}\n', encoding="utf-8")
    answer_lines(str(path), echo)
    assert capsys.readouterr().out == '{"id": "1", "turns": ["全員 \u2028 です"]}\n'


def test_lone_surrogate_goes_out_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '{"id": "1", "text": "\\ud83d"}'
    assert answered(tmp_path, text, capsys) == (0, [{"id": "1", "turns": ["\ud83d"]}])


@pytest.mark.parametrize(
    ("line", "identity", "reason"),
    [
        ("{", None, "JSON として読めません"),
        ("[" * 100_000, None, "JSON として読めません"),
        ('["a"]', None, "JSON のオブジェクトではありません"),
        ('{"id": "1"}', "1", "text がありません"),
        ('{"id": "1", "text": 5}', "1", "text は文字列で書いてください"),
        ('{"id": "1", "text": null}', "1", "text は文字列で書いてください"),
        ('{"id": "1", "turns": []}', "1", "turns は空でない文字列の並び"),
        ('{"id": "1", "turns": "a"}', "1", "turns は空でない文字列の並び"),
        ('{"id": "1", "turns": ["a", 5]}', "1", "turns は空でない文字列の並び"),
        ('{"id": "1", "policy": "x"}', "1", "ポリシー「x」はありません"),
    ],
)
def test_malformed_line_is_told_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, identity: str | None, reason: str
) -> None:
    text = f'{{"id": "a", "text": "一"}}\n{line}\n{{"id": "b", "text": "二"}}'
    status, (first, bad, last) = answered(tmp_path, text, capsys)
    assert status == 1
    assert (first["id"], last["id"]) == ("a", "b")
    assert (bad["id"], bad["line"], bad["error"].startswith(reason)) == (identity, 2, True)


@pytest.mark.parametrize("text", [None, '{"text": "あ"}'.encode("cp932")])
def test_unreadable_file_is_exit_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None
) -> None:
    path = tmp_path / "in.jsonl"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(typer.Exit) as stopped:
        answer_lines(str(path), echo)
    captured = capsys.readouterr()
    assert (stopped.value.exit_code, captured.out) == (2, "")
    assert captured.err.startswith(f"ファイル {path} を読めません")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("worth", [5, 100], ids=["several processes", "this one"])
def test_many_lines_keep_their_order_and_their_errors_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], worth: int
) -> None:
    monkeypatch.setattr(crew, "WORTH_PROCESSES", worth)
    monkeypatch.setattr(jsonl, "in_parts", partial(crew.in_parts, size=3))
    lines = [json.dumps({"id": number, "text": str(number)}) for number in range(20)]
    lines[4], lines[11], lines[12] = "{", '{"id": 11}', '{"id": 12, "text": "x", "policy": "x"}'

    def answer(asked: Sequence[Sequence[str]]) -> Iterable[Mapping[str, Any]]:
        return [{"turns": list(turns), "process": os.getpid()} for turns in asked]

    def prepare(record: Mapping[str, Any]) -> Sequence[str]:
        echo(record)
        return turns_of(record)

    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(typer.Exit):
        answer_lines(str(path), prepare, answer)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("line", 0) for line in found] == [
        number + 1 if number in (4, 11, 12) else 0 for number in range(20)
    ]
    assert [line["turns"] for line in found if "turns" in line] == [
        [str(number)] for number in range(20) if number not in (4, 11, 12)
    ]
    shared = worth == 5 and crew.FORKS and crew.cores() > 1
    assert ({line["process"] for line in found if "turns" in line} == {os.getpid()}) is not shared


def test_bug_of_ours_is_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("{}", encoding="utf-8")

    def broken(record: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_lines(str(path), broken)


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"text": "一"}'.encode())))
    answer_lines("-", echo)
    assert json.loads(capsys.readouterr().out) == {"id": None, "turns": ["一"]}


def test_records_stop_at_the_first_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1}\n\n{"id": 2}\n[]\n', encoding="utf-8")
    read = records(str(path))
    assert [next(read), next(read)] == [{"id": 1}, {"id": 2}]
    with pytest.raises(InputFileError, match=r"in\.jsonl:4"):
        next(read)


def test_text_of_names_the_field() -> None:
    assert text_of({"query": "一"}, "query") == "一"
    with pytest.raises(LineError, match="query"):
        text_of({}, "query")
