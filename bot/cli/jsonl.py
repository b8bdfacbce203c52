"""Reads and writes JSON Lines by the command-line contract: one object out per line in, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

import typer

from bot.errors import BotError, InputFileError
from bot.texts import cli as words
from bot.texts.errors import sentence
from classifiers.errors import ClassifierError
from knowledge.errors import KnowledgeError

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]

#: What a single line may go wrong with; anything else is our bug and may stop the command.
LINE_ERRORS = (ClassifierError, KnowledgeError, BotError)


class LineError(BotError):
    """A line cannot be answered."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def answer_lines(file: str, answer: Answer) -> None:
    """Answer every line of `file` (`-` = standard input); exits 1 after a malformed line, 2 without file."""
    try:
        failed = _answer_all(_lines(file), answer, sys.stdout)
    except InputFileError as error:
        typer.echo(sentence(error), err=True)
        raise typer.Exit(2) from error
    if failed:
        raise typer.Exit(1)


def _answer_all(lines: Iterator[tuple[int, str]], answer: Answer, out: TextIO) -> bool:
    failed = False
    for number, line in lines:
        if not line.strip():
            continue
        result, bad = _answer_one(number, line, answer)
        failed = failed or bad
        out.write(_dump(result) + "\n")
    out.flush()
    return failed


def _dump(result: Mapping[str, Any]) -> str:
    """Return one line of JSON; lone surrogates, which UTF-8 cannot hold, go out escaped."""
    text = json.dumps(result, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(result)
    return text


def _answer_one(number: int, line: str, answer: Answer) -> tuple[Mapping[str, Any], bool]:
    record: Any = None
    try:
        record = json.loads(line)
        if not isinstance(record, dict):
            raise LineError(words.NOT_AN_OBJECT)
        return {"id": record.get("id"), **answer(record)}, False
    except (json.JSONDecodeError, RecursionError) as error:
        return _error(None, number, words.BAD_JSON.format(reason=error)), True
    except LineError as error:
        return _error(record, number, error.reason), True
    except LINE_ERRORS as error:
        return _error(record, number, sentence(error)), True


def _error(record: Any, number: int, reason: str) -> Mapping[str, Any]:
    identity = record.get("id") if isinstance(record, dict) else None
    return {"id": identity, "line": number, "error": reason}


def _lines(file: str) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line); raises InputFileError where the file cannot be read as UTF-8."""
    try:
        if file == "-":
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        else:
            with open(file, encoding="utf-8-sig", newline="\n") as handle:
                text = handle.read()
    except OSError as error:
        raise InputFileError(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputFileError(file, str(error)) from error
    yield from enumerate(text.split("\n"), start=1)


def turns_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the user's turns of a line: `turns`, or `text` alone; raises LineError."""
    if "turns" in record:
        turns = record["turns"]
        if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
            raise LineError(words.EMPTY_TURNS)
        return tuple(turns)
    return (text_of(record, "text"),)


def text_of(record: Mapping[str, Any], field: str) -> str:
    """Return a text field of a line; raises LineError."""
    if field not in record:
        raise LineError(words.MISSING.format(field=field))
    value = record[field]
    if not isinstance(value, str):
        raise LineError(words.NOT_TEXT.format(field=field))
    return value


def records(file: str) -> Iterator[Mapping[str, Any]]:
    """Yield every line of a file as an object; raises InputFileError at the first that is not one."""
    for number, line in _lines(file):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputFileError(f"{file}:{number}", words.BAD_JSON.format(reason=error)) from error
        if not isinstance(record, dict):
            raise InputFileError(f"{file}:{number}", words.NOT_AN_OBJECT)
        yield record
