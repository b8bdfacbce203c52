"""What bot/README.md says about the code is what the code does."""

from __future__ import annotations

import re

import pytest

from bot.dialogue.machine import TABLE
from tests.readme_tables import README, TABLES, with_tables


def test_tables_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "write them anew: python -m tests.readme_tables"


def test_every_step_of_the_dialogue_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    steps = {handler.__name__.removeprefix("_").replace("_", " ") for handler in TABLE.values()}
    explained = set(re.findall(r"^- \*\*(.+?)\*\*", text, re.MULTILINE))
    assert explained == steps


@pytest.mark.parametrize("name", TABLES)
def test_missing_mark_is_noticed(name: str) -> None:
    text = README.read_text(encoding="utf-8").replace(f"<!-- {name} table -->", "")
    with pytest.raises(AssertionError, match=f"{name} table stands 0 times"):
        with_tables(text)


def test_every_room_of_the_map_exists() -> None:
    map_of_rooms = README.read_text(encoding="utf-8").split("## The way")[0]
    rooms = set(re.findall(r"^\| `([a-z_/.]+)` \|", map_of_rooms, re.MULTILINE))
    inside = {path.name for path in README.parent.iterdir() if path.suffix in ("", ".py")}
    assert rooms == inside - {"__init__.py", "__main__.py", "__pycache__"}
