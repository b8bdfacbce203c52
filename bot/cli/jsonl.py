"""Reads and writes JSON Lines by the command-line contract: one object out per line in, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TextIO, TypeVar

import typer

from bot.errors import BotError, InputFileError
from bot.texts import cli as words
from classifiers.crew import FORKS, in_parts, shared_out
from classifiers.errors import ClassifierError
from knowledge.errors import KnowledgeError

T = TypeVar("T")
#: What is asked for in a line; raises one of LINE_ERRORS.
Prepare = Callable[[Mapping[str, Any]], T]
#: The answers to some of what was asked for, in order.
Answer = Callable[[Sequence[T]], Iterable[Mapping[str, Any]]]

#: What a single line may go wrong with; anything else is our bug and may stop the command.
LINE_ERRORS = (ClassifierError, KnowledgeError, BotError)


class LineError(BotError):
    """A line cannot be answered."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def answer_lines(file: str, prepare: Prepare[T], answer: Answer[T] | None = None) -> None:
    """Answer every line of `file` (`-` = standard input); exits 1 after a malformed line, 2 without file.

    Many lines are shared out to one process per core. Without `answer`, `prepare` answers by itself.
    """
    try:
        failed = _answer_all(_lines(file), _Desk(prepare, answer or _as_prepared), sys.stdout)
    except InputFileError as error:
        typer.echo(_sentence(error), err=True)
        raise typer.Exit(2) from error
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Desk(Generic[T]):
    """Who answers lines."""

    prepare: Prepare[T]
    answer: Answer[T]


def _as_prepared(prepared: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    return prepared


def _answer_all(lines: Iterator[tuple[int, str]], desk: _Desk[T], out: TextIO) -> bool:
    asked = [(number, line) for number, line in lines if line.strip()]
    failed = False
    # What prepares and answers is often a function within another, which no process can be sent.
    rows = len(asked) if FORKS else 0
    for text, bad in shared_out(_answer_part, desk, in_parts(asked), rows):
        out.write(text)
        failed = failed or bad
    out.flush()
    return failed


def _answer_part(desk: _Desk[Any], lines: Sequence[tuple[int, str]]) -> tuple[str, bool]:
    """The answers to some lines, a line each, and whether one could not be answered."""
    asked = [_prepared(number, line, desk.prepare) for number, line in lines]
    answers = iter(desk.answer([each.wanted for each in asked if each.error is None]))
    found = [each.error or {"id": each.id, **next(answers)} for each in asked]
    return "".join(_dump(each) + "\n" for each in found), any(each.error is not None for each in asked)


def _dump(result: Mapping[str, Any]) -> str:
    """Return one line of JSON; lone surrogates, which UTF-8 cannot hold, go out escaped."""
    text = json.dumps(result, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(result)
    return text


class _Asked(NamedTuple):
    """What one line asks for, or why it cannot be answered."""

    id: Any = None
    wanted: Any = None
    error: Mapping[str, Any] | None = None


def _prepared(number: int, line: str, prepare: Prepare[Any]) -> _Asked:
    record: Any = None
    try:
        record = json.loads(line)
        if not isinstance(record, dict):
            raise LineError(words.NOT_AN_OBJECT)
        return _Asked(record.get("id"), prepare(record))
    except (json.JSONDecodeError, RecursionError) as error:
        return _Asked(error=_error(None, number, words.BAD_JSON.format(reason=error)))
    except LineError as error:
        return _Asked(error=_error(record, number, error.reason))
    except LINE_ERRORS as error:
        return _Asked(error=_error(record, number, _sentence(error)))


def _sentence(error: Exception) -> str:
    from bot.texts.errors import sentence  # brings half the desk along

    return sentence(error)


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
