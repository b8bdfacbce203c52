from __future__ import annotations

from pathlib import Path

import pytest

from bot.console.script import outcome, read_script, replay
from bot.errors import InputFileError, ScriptError
from tests.builders import session, ticket, world

OUTAGE = """
now = 2026-11-20T16:30:00+09:00
[[step]]
say = "全員メールが送れません"
[[step]]
expect = { phase = "identifying", ticket = "none", says = ["11月20日(金) 17:30"] }
[[step]]
identify = { holder = "あおば商事", number = "P100200" }
expect = { phase = "confirming", never_says = ["P100200"] }
[[step]]
press = "送信する"
[[step]]
staff = "staff_correct"
with = { severity = "A" }
expect = { ticket = { status = "open", severity = "A", approved_by = "U-STAFF" } }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "talk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def played(folder: Path, text: str) -> int:
    path = written(folder, text)
    return len(list(replay(read_script(path), session(world()), path.name)))


def test_transcript_is_replayed_to_its_end(tmp_path: Path) -> None:
    assert played(tmp_path, OUTAGE) == 5


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("[[step]\n", "TOML", "Expected"),
        ('title = "x"', "step", "Field required"),
        ("step = []", "step", "at least 1"),
        ('[[step]]\nshout = "x"', "step.0.shout", "Extra inputs"),
        ('[[step]]\nsay = "x"\npress = "y"', "step.0", "a step does one thing"),
        ("[[step]]\nticked = []", "step.0", "a step needs say"),
        ('[[step]]\nexpect = { mood = "good" }', "step.0.expect.mood", "Extra inputs"),
        ('now = 2026-11-20T10:00:00\n[[step]]\nsay = "x"', "now", "needs an offset"),
        ('now = "tomorrow"\n[[step]]\nsay = "x"', "now", "datetime"),
    ],
)
def test_malformed_transcript_is_told_with_its_place(
    tmp_path: Path, text: str, where: str, reason: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ScriptError, match=reason) as caught:
        read_script(path)
    assert (caught.value.file, caught.value.where) == (str(path), where)


def test_transcript_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "talk.toml"
    path.write_bytes('[[step]]\nsay = "こんにちは"'.encode("cp932"))
    with pytest.raises(ScriptError, match="utf-8"):
        read_script(path)


def test_transcript_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="No such file"):
        read_script(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("steps", "where", "reason"),
    [
        ('[[step]]\npress = "送信する"', "step 1", "no button"),
        ('[[step]]\nstaff = "staff_approve"', "step 1", "there is no ticket yet"),
        ('[[step]]\nsay = "x"\nexpect = { phase = "ended" }', "step 1", "phase is identifying"),
        ('[[step]]\nsay = "x"\nexpect = { says = ["さようなら"] }', "step 1", "was not said"),
        ('[[step]]\nsay = "x"\nexpect = { never_says = ["受け取りました"] }', "step 1", "was said"),
        ('[[step]]\nsay = "x"\n[[step]]\nexpect = { ticket = { status = "open" } }', "step 2", "no ticket"),
        (OUTAGE + '[[step]]\nexpect = { ticket = "none" }', "step 6", "there is a ticket: M-00001"),
        (OUTAGE + '[[step]]\nexpect = { ticket = { kind = "question" } }', "step 6", "kind is 'incident'"),
        (OUTAGE + '[[step]]\nexpect = { ticket = { mood = "good" } }', "step 6", "mood is None"),
        (OUTAGE + '[[step]]\nstaff = "approve"', "step 6", "unknown action 'approve'"),
        ('[[step]]\nsay = "x"\n[[step]]\npress = "契約を確認する"', "step 2", "opens a form"),
        (OUTAGE + '[[step]]\nstaff = "confirm"', "step 6", "unknown action .confirm."),
        (OUTAGE + '[[step]]\nstaff = "staff_correct"\nwith = { severity = "9" }', "step 6", "'9'"),
    ],
)
def test_expectation_that_fails_is_told_with_its_step(
    tmp_path: Path, steps: str, where: str, reason: str
) -> None:
    with pytest.raises(ScriptError, match=reason) as caught:
        played(tmp_path, steps)
    assert caught.value.where == where


def test_outcome_masks_the_number() -> None:
    facts = outcome(ticket())
    assert facts["number"] == "****0200"
    assert "P100200" not in str(facts)
    assert (facts["due"], facts["scope"]) == ("2026-11-20T17:30:00+09:00", "in_scope")


def test_outcome_of_an_unread_ticket_has_no_promise() -> None:
    facts = outcome(ticket(contract=None, decision=None, classification=None))
    assert (facts["holder"], facts["due"], facts["clause"]) == (None, None, None)
