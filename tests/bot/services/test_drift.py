"""Whether messages are still like those before: told to the admins by itself, once a week at most."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.services import drift
from bot.slack.runner import Office
from bot.texts.models import drift_note
from bot.traffic import DeskNote
from classifiers.labels import Severity
from classifiers.registry import Registry
from tests.bot.slack.conftest import PING, settings_for, shown
from tests.builders import NOW, World, administration, classification, ticket, world
from tests.fake_slack import FakeSlack


def shifted(made: World) -> None:
    """A hundred mild reports some weeks ago, forty severe ones this week."""
    with made.store.transaction() as unit:
        for number in range(1, 141):
            recent = number > 100
            unit.tickets.add(
                ticket(
                    id=f"M-{number:05d}",
                    source_key=f"m{number}",
                    created_at=NOW - timedelta(days=3 if recent else 20),
                    classification=classification(Severity.A if recent else Severity.C),
                )
            )


def test_only_what_left_its_band_is_told_and_once_a_week() -> None:
    made = world()
    shifted(made)
    with made.store.transaction() as unit:
        found = drift.week(unit, NOW, lambda text: 0.1)
        assert (found.messages, found.messages_before) == (40, 100)
        assert [figure.name for figure in found.outside] == ["severity:A", "severity:C"]
        assert drift.tell(unit, found, NOW, drift_note)
        assert not drift.tell(unit, found, NOW + timedelta(days=1), drift_note)
        (item,) = unit.outbox.due(NOW)
        assert isinstance(item.message, DeskNote)
        assert "「重大」の割合: 100.0%" in item.message.text
        steady = drift.week(unit, NOW - timedelta(days=10), None)
        assert (steady.outside, drift.tell(unit, steady, NOW, drift_note)) == ((), False)


def test_the_desk_looks_once_a_week(tmp_path: Path) -> None:
    made = world()
    shifted(made)
    desk = replace(made.desk, administration=administration(Registry(tmp_path)))
    looked = []
    for _ in range(9):
        looked.append(drift.weekly(desk, drift_note))
        made.clock.advance(days=1)
    # NOW is a Friday: the next week begins three days later.
    assert looked == [True, False, False, True, False, False, False, False, False]
    with made.store.reading() as unit:
        keys = [item.key for item in unit.outbox.due(made.clock())]
    assert keys[0] == "drift/2026-W47"
    assert len(keys) == len(set(keys)) <= 2


def test_a_desk_without_models_does_not_look() -> None:
    assert drift.weekly(world().desk, drift_note) is False


@pytest.mark.scenario
def test_the_running_desk_tells_the_admins_by_itself(tmp_path: Path) -> None:
    made = world()
    shifted(made)
    with FakeSlack() as slack:
        staff, admin = slack.user("staff"), slack.user("admin")
        staff_channel = slack.channel("desk", private=True, members=[staff])
        admins = slack.channel("admins", private=True, members=[admin])
        settings = settings_for(slack, staff_channel, admin_channel=admins)
        configuration = replace(made.desk.configuration, admin_channel=admins, staff_channel=staff_channel)
        office = Office(
            lambda store, directory: replace(
                made.desk,
                store=store,
                directory=directory,
                configuration=configuration,
                administration=administration(Registry(tmp_path)),
            ),
            made.store,
            settings,
            clock=made.clock,
            ping_interval=PING,
        )
        office.start()
        try:
            slack.wait_until(
                lambda: any("傾向がいつもと違います" in shown(m) for m in slack.bot_messages(admins)), 20
            )
        finally:
            office.stop(5)
        assert not any("傾向が" in shown(m) for m in slack.bot_messages(staff_channel))
