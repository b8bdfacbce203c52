"""Starting and stopping: wrong settings, signals, and what `doctor --online` finds."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError, Unreachable
from bot.settings import Settings
from bot.slack import ids
from bot.slack.checks import online_findings
from bot.slack.runner import Office, run
from bot.texts import doctor as texts
from tests.bot.slack.conftest import desk_factory, office_for, settings_for
from tests.builders import world
from tests.fake_slack import FakeSlack, Fault


def _office(settings: Settings) -> Office:
    return office_for(world(), settings)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"slack_bot_token": None}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": SecretStr(" ")}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": SecretStr("xapp-swapped")}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": SecretStr("xoxb-wrong")}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": None}, "SLACK_APP_TOKEN"),
        ({"slack_app_token": SecretStr("xoxb-swapped")}, "SLACK_APP_TOKEN"),
        ({"staff_channel": ""}, "MADOGUCHI_STAFF_CHANNEL"),
        ({"staff_channel": "G-NOWHERE"}, "MADOGUCHI_STAFF_CHANNEL"),
    ],
)
def test_wrong_setting_is_named_before_anything_starts(
    slack: FakeSlack, changes: dict[str, Any], name: str
) -> None:
    right = settings_for(slack, slack.channel("desk", private=True))
    with pytest.raises(SettingsError) as caught:
        _office(right.model_copy(update=changes))
    assert caught.value.name == name


def test_staff_channel_without_the_bot_is_refused(slack: FakeSlack) -> None:
    with pytest.raises(SettingsError, match="not_in_channel"):
        _office(settings_for(slack, slack.channel("desk", bot=False)))


def test_wrong_app_token_is_named_at_the_start(slack: FakeSlack) -> None:
    settings = settings_for(slack, slack.channel("desk", private=True))
    office = _office(settings.model_copy(update={"slack_app_token": SecretStr("xapp-wrong")}))
    with pytest.raises(SettingsError) as caught:
        office.start()
    office.stop(2)
    assert caught.value.name == "SLACK_APP_TOKEN"


def test_silent_slack_at_the_start_is_unreachable(slack: FakeSlack) -> None:
    settings = settings_for(slack, slack.channel("desk", private=True))
    slack.fail(ids.Method.AUTH_TEST, Fault.reset())
    with pytest.raises(Unreachable):
        _office(settings)


@pytest.mark.scenario
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_run_and_gives_the_handlers_back(slack: FakeSlack, number: int) -> None:
    settings = settings_for(slack, slack.channel("desk", private=True))
    made = world()
    before = signal.getsignal(number)

    def interrupt() -> None:
        slack.wait_connected(20)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    run(desk_factory(made), made.store, settings, clock=made.clock)
    thread.join()
    assert signal.getsignal(number) is before
    assert slack.hub.connections == [] or slack.wait_until(lambda: not slack.hub.connections)


# --- doctor --------------------------------------------------------------------------------------


def _found(settings: Settings) -> list[tuple[str, bool]]:
    return [(name, ok) for name, ok, _ in online_findings(settings)]


def test_all_is_well_online(slack: FakeSlack) -> None:
    settings = settings_for(slack, slack.channel("desk", private=True))
    assert list(online_findings(settings)) == [
        (texts.SLACK, True, texts.CONNECTED.format(team="まどぐち", user="madoguchi")),
        (texts.SCOPES, True, texts.SCOPES_OK),
        (texts.CHANNEL, True, texts.CHANNEL_OK.format(name="desk")),
    ]


def test_groups_are_looked_at_and_a_plan_without_them_is_told(slack: FakeSlack) -> None:
    settings = settings_for(slack, slack.channel("desk", private=True)).model_copy(
        update={"staff_group": "S1", "admin_group": "S2"}
    )
    slack.workspace.usergroups |= {"S1": [slack.user("鈴木")]}
    name, other = texts.GROUPS["staff_group"], texts.GROUPS["admin_group"]
    assert list(online_findings(settings))[3:] == [
        (name, True, texts.GROUP_OK.format(count=1)),
        (other, False, texts.GROUP_FAILED.format(code="no_such_subteam")),
    ]
    slack.workspace.usergroups["S2"] = []
    assert list(online_findings(settings))[4] == (other, False, texts.GROUP_EMPTY)
    slack.workspace.paid = False
    told = texts.NO_GROUPS.format(code="plan_upgrade_required")
    assert list(online_findings(settings))[3:] == [(name, True, told), (other, True, told)]


def test_missing_scopes_are_named() -> None:
    with FakeSlack(scopes=set(ids.SCOPES) - {"im:write", "users:read"}) as slack:
        findings = list(online_findings(settings_for(slack, slack.channel("desk", private=True))))
    expected = texts.SCOPES_MISSING.format(scopes="im:write, users:read")
    assert findings[1] == (texts.SCOPES, False, expected)


def test_each_trouble_is_a_finding_of_its_own(slack: FakeSlack) -> None:
    right = settings_for(slack, slack.channel("desk", private=True))
    assert _found(right.model_copy(update={"slack_bot_token": None})) == [(texts.SLACK, False)]
    assert _found(right.model_copy(update={"staff_channel": "G-NOWHERE"})) == [
        (texts.SLACK, True),
        (texts.SCOPES, True),
        (texts.CHANNEL, False),
    ]
    assert _found(right.model_copy(update={"slack_app_token": SecretStr("xapp-wrong")}))[0] == (
        texts.SLACK,
        False,
    )
    slack.fail("*", Fault.server_error(), times=None)
    assert _found(right) == [(texts.SLACK, False), (texts.SCOPES, False), (texts.CHANNEL, False)]


@pytest.mark.scenario
def test_what_comes_while_the_desk_warms_up_is_kept_at_once_and_answered_afterwards(slack: FakeSlack) -> None:
    user = slack.user("田中")
    channel = slack.channel("soudan", members=[user])
    made, warm = world(), threading.Event()
    office = office_for(made, settings_for(slack, slack.channel("desk", private=True)))
    starting = threading.Thread(target=office.start, args=(lambda: _waited(warm),))
    starting.start()
    slack.wait_connected(20)
    root = slack.post_as(user, channel, f"<@{slack.bot}> メールが送れません")
    slack.wait_until(lambda: [e for e in slack.hub.envelopes if e.acked_at])
    with made.store.reading() as unit:
        assert (unit.inbox.waiting(), slack.bot_messages(channel, root)) == (1, [])
    warm.set()
    starting.join(20)
    slack.wait_until(lambda: slack.bot_messages(channel, root))
    office.stop(5)


def _waited(warm: threading.Event) -> None:
    assert warm.wait(20)
