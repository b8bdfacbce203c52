"""Decides how a shipped or operator's TOML file is read and refused; not what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import tomli

from classifiers.errors import DataFileError
from classifiers.text.phrases import PhraseError, Phrases, compile_phrases

DATA: Final = Path(__file__).parent / "data"


def state_of(path: Path) -> tuple[int, int, int]:
    """What changes whenever the file does. Raises DataFileError where it cannot be found."""
    try:
        found = path.stat()
    except OSError as error:
        raise DataFileError(path, "file", str(error)) from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_toml(path: Path) -> Mapping[str, Any]:
    """The whole file, not to be changed: whoever asks next is given the same.

    Raises DataFileError naming file and line where it is not TOML.
    """
    return _parsed(path, state_of(path))


@lru_cache(maxsize=8)
def _parsed(path: Path, _state: tuple[int, ...]) -> Mapping[str, Any]:
    """Parsing the thesaurus takes longer than compiling it, and a start needs it twice."""
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise DataFileError(path, "file", str(error)) from error


def table(path: Path, data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A sub-table that must be there. Raises DataFileError."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise DataFileError(path, key, "a table is needed here")
    return value


def words(path: Path, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts that must be there. Raises DataFileError."""
    value = data.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise DataFileError(path, key, "a list of texts that are not empty is needed here")
    return tuple(value)


def only(path: Path, key: str, data: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuse keys nobody reads: a slip of the pen must not silently do nothing. Raises DataFileError."""
    known = sorted(allowed)
    if unknown := sorted(set(data) - set(known)):
        raise DataFileError(path, f"{key}.{unknown[0]}", f"unknown key; known: {', '.join(known)}")


def phrases(path: Path, key: str, named: Mapping[str, Iterable[str]]) -> Phrases:
    """Compile phrases. Raises DataFileError naming the phrase."""
    try:
        return compile_phrases(named)
    except PhraseError as error:
        raise DataFileError(path, key, str(error)) from error
