"""Decides nothing: hands out the sentences that decisions are worded with, read from data."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from knowledge.errors import PackError

_FILE: Final = Path(__file__).parent.parent / "data" / "decision_texts.toml"


@lru_cache(maxsize=1)
def _sentences() -> dict[str, str]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    kinds = data.pop("kinds", {})
    return {**data, **{f"kinds.{key}": text for key, text in kinds.items()}}


def sentence(key: str, **values: str) -> str:
    """The sentence of that key with its names filled in.

    Raises:
        PackError: there is no such sentence.
    """
    text = _sentences().get(key)
    if text is None:
        raise PackError(_FILE, key, "no such sentence")
    return text.format(**values)
