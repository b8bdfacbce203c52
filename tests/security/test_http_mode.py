"""The desk over HTTP, end to end: a signed message is answered in its thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.slack.door import PATH
from bot.slack.http import HttpLink
from bot.slack.link import Ends
from bot.slack.runner import Office
from tests.bot.slack.conftest import desk_factory, settings_for, shown
from tests.builders import world
from tests.fake_slack import FakeSlack
from tests.security.conftest import SECRET, encoded, sign, wall_clock

pytestmark = pytest.mark.scenario


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as running:
        yield running


def event(slack: FakeSlack, user: str, channel: str, ts: str, text: str) -> bytes:
    said: dict[str, Any] = {
        "type": "app_mention",
        "channel": channel,
        "user": user,
        "team": slack.team,
        "text": f"<@{slack.bot}> {text}",
        "ts": ts,
        "event_ts": ts,
    }
    return encoded({"type": "event_callback", "team_id": slack.team, "event": said, "event_id": "Ev1"})


def send(port: int, body: bytes) -> int:
    headers = {name.decode(): value.decode() for name, value in sign(body, time.time())}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", PATH, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_signed_message_over_http_is_answered_in_its_thread(slack: FakeSlack) -> None:
    customer = slack.user("田中")
    channel = slack.channel("soudan", members=[customer])
    staff = slack.channel("desk", private=True)
    links: list[HttpLink] = []

    def over_http(ends: Ends) -> HttpLink:
        links.append(HttpLink(ends, SECRET, "127.0.0.1", 0))
        return links[0]

    made = world()
    settings = settings_for(slack, staff).model_copy(update={"slack_app_token": None})
    office = Office(desk_factory(made), made.store, settings, clock=wall_clock, make_link=over_http)
    office.start()
    try:
        root = slack.post_as(customer, channel, f"<@{slack.bot}> 全員メールが送れません")
        body = event(slack, customer, channel, root, "全員メールが送れません")
        assert send(links[0].port, body) == 200
        assert send(links[0].port, body) == 200
        answers = slack.wait_until(lambda: slack.bot_messages(channel, root))
        assert len(answers) == 1
        assert "重大" in shown(answers[0])
    finally:
        office.stop(5)
    assert not office.connected
    with pytest.raises(OSError, match="refused"):
        send(links[0].port, body)


def test_socket_mode_still_needs_its_token(slack: FakeSlack) -> None:
    made = world()
    settings = settings_for(slack, slack.channel("desk", private=True))
    settings = settings.model_copy(update={"slack_app_token": None})
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN"):
        Office(desk_factory(made), made.store, settings, clock=wall_clock)
