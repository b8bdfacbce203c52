"""Every transcript under tests/cases/dialogues, once through each of three doors, with the real parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot.cli.playing import sample_contracts, script_session
from bot.compose import Parts
from bot.console.script import Script, read_script, replay
from bot.ports import Directory, Store
from bot.services.desk import Desk
from bot.services.identification import identify
from bot.slack import ids
from bot.slack.runner import Office
from bot.storage.sqlite.store import SqliteStore
from bot.traffic import Sender
from knowledge.contracts.contract import Identification
from tests.bot.dialogues import Channel, Machine, OutOfReach
from tests.bot.slack.conftest import PING, settings_for
from tests.builders import OPENED, Roles, SettableClock, inbound
from tests.fake_slack import FakeSlack

FILES = sorted((Path(__file__).parents[1] / "cases" / "dialogues").glob("*.toml"))


def test_there_are_forty_transcripts_over_every_policy(parts: Parts) -> None:
    assert {read_script(file).policy for file in FILES} == set(parts.policies.ids)
    assert len(FILES) >= 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript_goes_as_written_in_the_terminal(file: Path, parts: Parts) -> None:
    script = read_script(file)
    assert (script.title != "", script.now is not None) == (True, True)
    with script_session(parts, script) as session:
        steps = list(replay(script, session, file.name))
    assert len(steps) == len(script.step)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript_goes_as_written_through_the_state_machine(file: Path, parts: Parts) -> None:
    script = read_script(file)
    desk = _desk(parts, script, _store(parts), Roles(), _instant(script))
    played = 0

    def compare(holder: str, number: str) -> Identification:
        with desk.store.transaction() as unit:
            return identify(unit, Sender(id="customer"), holder=holder, number=number, now=desk.clock())

    try:
        for _ in replay(script, Machine(desk, compare, inbound), file.name):
            played += 1
    except OutOfReach:
        # From here on it is about staff, or about a ticket of one's own: no talk any more.
        assert played > 0
    else:
        assert played == len(script.step)


@pytest.mark.scenario
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript_goes_as_written_in_slack(file: Path, parts: Parts) -> None:
    script = read_script(file)
    with (
        FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS) as slack,
        _channel(slack, parts, script) as talk,
    ):
        steps = list(replay(script, talk, file.name))
    assert len(steps) == len(script.step)


@contextmanager
def _channel(slack: FakeSlack, parts: Parts, script: Script) -> Iterator[Channel]:
    colleague = slack.user("鈴木")
    staff_channel = slack.channel("desk", private=True, members=[colleague])
    store = _store(parts)
    office = Office(
        lambda store, directory: _desk(parts, script, store, directory, _instant(script)),
        store,
        settings_for(slack, staff_channel),
        clock=SettableClock(_instant(script)),
        ping_interval=PING,
    )
    office.start()
    try:
        slack.wait_connected()
        yield Channel(slack, office.desk, staff_channel=staff_channel, colleague=colleague)
    finally:
        office.stop(5)


def _store(parts: Parts) -> SqliteStore:
    store = SqliteStore.in_memory()
    OPENED.append(store)
    with store.transaction() as unit:
        unit.contracts.upsert(sample_contracts(parts))
    return store


def _desk(parts: Parts, script: Script, store: Store, directory: Directory, now: datetime) -> Desk:
    settings = parts.settings.model_copy(update={"default_policy": script.policy})
    return parts.with_settings(settings).desk(store, directory, clock=SettableClock(now))


def _instant(script: Script) -> datetime:
    assert script.now is not None
    return script.now
