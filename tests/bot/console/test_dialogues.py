"""Every transcript under tests/cases/dialogues, replayed in the terminal's session with the real parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.playing import script_session
from bot.compose import Parts
from bot.console.script import read_script, replay

FILES = sorted((Path(__file__).parents[2] / "cases" / "dialogues").glob("*.toml"))


def test_there_are_transcripts_for_every_policy(parts: Parts) -> None:
    assert {read_script(file).policy for file in FILES} >= set(parts.policies.ids)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript_goes_as_written(file: Path, parts: Parts) -> None:
    script = read_script(file)
    assert script.title != ""
    assert script.now is not None
    with script_session(parts, script) as session:
        steps = list(replay(script, session, file.name))
    assert len(steps) == len(script.step)
