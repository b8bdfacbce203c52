"""Decides nothing: hands out the words of contract files and of typed names and numbers, read from data."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent.parent / "data" / "contract_words.toml"


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def columns() -> dict[str, list[str]]:
    """Names each column may have, the one used on export first."""
    found: dict[str, list[str]] = _words()["columns"]
    return found


def word_list(table: str, key: str) -> list[str]:
    """A list of words, longest first, so that the longest can be stripped first."""
    return sorted(_words()[table][key], key=len, reverse=True)


def problem(key: str, **values: object) -> str:
    """The Japanese sentence for a problem of a contract file."""
    text: str = _words()["problems"][key]
    return text.format(**values)
