"""Everything that is stored comes back equal, whatever its values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.dialogue.events import EVENT_TYPES
from bot.dialogue.state import DialogueState
from bot.ports import Correction
from bot.storage.records import (
    CONTRACT,
    CORRECTION,
    DIALOGUE,
    INBOUND,
    OUTBOUND,
    TICKET,
    instant,
    read_instant,
)
from bot.tickets.ticket import Ticket
from bot.traffic import CardLog, Ignored, Inbound, MessageChanged, Post, React, ShowCard, StaffMove
from classifiers.classification import Prediction
from knowledge.contracts.contract import Contract
from tests.builders import NOW, inbound, prediction, ticket

#: Text as SQLite and JSON can hold it.
st.register_type_strategy(str, st.text(st.characters(codec="utf-8"), max_size=20))
st.register_type_strategy(
    datetime,
    st.datetimes(
        min_value=datetime(2000, 1, 1),  # noqa: DTZ001
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]),
    ),
)
st.register_type_strategy(float, st.floats(0, 1))
st.register_type_strategy(
    Prediction,
    lambda kind: st.builds(prediction, st.sampled_from(kind.__args__[0]), confidence=st.floats(0, 1)),
)

KINDS: tuple[tuple[Any, Any], ...] = (
    (DIALOGUE, DialogueState),
    (TICKET, Ticket),
    (CONTRACT, Contract),
    (CORRECTION, Correction),
    (OUTBOUND, Post),
    (OUTBOUND, ShowCard),
    (OUTBOUND, CardLog),
    (OUTBOUND, React),
)


@pytest.mark.parametrize(("record", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_record_comes_back_equal(record: Any, kind: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    assert record.load(record.dump(value)) == value


@pytest.mark.parametrize(
    "kind", [*EVENT_TYPES, StaffMove, MessageChanged, Ignored], ids=lambda kind: kind.__name__
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_inbound_comes_back_with_the_same_event(kind: Any, data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    value: Inbound = replace(inbound(""), event=event)
    back = INBOUND.load(INBOUND.dump(value))
    assert back == value
    assert type(back.event) is kind


@given(value=st.from_type(datetime), other=st.from_type(datetime))
def test_instants_sort_as_their_texts(value: datetime, other: datetime) -> None:
    assert read_instant(instant(value)) == value
    assert (instant(value) < instant(other)) == (value < other)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1}', "null"])
def test_foreign_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TICKET.load(text)


def test_ticket_of_an_older_version_is_read() -> None:
    """A field that was added later has its default."""
    text = TICKET.dump(ticket())
    assert '"attachments":"",' in text
    assert TICKET.load(text.replace('"attachments":"",', "")) == ticket()
    assert TICKET.load(text).created_at == NOW
