from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.audit import GENESIS, AuditEntry, chain, first_bad
from tests.builders import NOW

KEY = b"k" * 32


def trail(count: int = 4) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(count):
        entry = AuditEntry(
            at=NOW, actor="U1", action="note", ticket_id=f"M-{number}", before="a", after="b", note="c"
        )
        previous = entries[-1].digest if entries else GENESIS
        entries.append(chain(entry, previous=previous, seq=number + 1, key=KEY))
    return entries


def test_sound_trail_has_no_bad_entry() -> None:
    assert first_bad(trail(), KEY) is None
    assert first_bad([], KEY) is None


#: One wrong value per field of an entry.
WRONG = {
    "seq": 9,
    "at": NOW + timedelta(microseconds=1),
    "actor": "U2",
    "action": "approve",
    "ticket_id": None,
    "before": "",
    "after": "a",
    "note": "",
    "previous_digest": "1" * 64,
    "digest": "2" * 64,
}


def test_every_field_is_tried() -> None:
    assert set(WRONG) == {field.name for field in fields(AuditEntry)}


@pytest.mark.parametrize("field", WRONG)
@pytest.mark.parametrize("place", range(4))
def test_changed_field_is_found(field: str, place: int) -> None:
    entries = trail()
    changed = replace(entries[place], **{field: WRONG[field]})
    entries[place] = changed
    assert first_bad(entries, KEY) == changed.seq


@pytest.mark.parametrize("place", range(3))
def test_removed_entry_is_found(place: int) -> None:
    entries = trail()
    del entries[place]
    assert first_bad(entries, KEY) == place + 2


def test_swapped_entries_are_found() -> None:
    entries = trail()
    entries[1], entries[2] = entries[2], entries[1]
    assert first_bad(entries, KEY) == 3


def test_trail_under_another_key_is_bad_from_the_start() -> None:
    assert first_bad(trail(), b"x" * 32) == 1


@given(before=st.text(), after=st.text())
def test_words_cannot_be_moved_from_one_field_to_the_next(before: str, after: str) -> None:
    entry = AuditEntry(at=NOW, actor="U1", action="note", before=before, after=after)
    moved = replace(entry, before=before + after, after="")
    digests = {chain(item, previous=GENESIS, seq=1, key=KEY).digest for item in (entry, moved)}
    assert len(digests) == (1 if after == "" else 2)
