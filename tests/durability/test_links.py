"""A link that dies in any way is noticed and made anew, and what was said meanwhile is heard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from bot.storage.heartbeat import read_heartbeat
from tests.durability.conftest import Town
from tests.fake_slack.chaos import Chaos, forged_frames
from tests.fake_slack.websocket import WebSocket

pytestmark = pytest.mark.scenario

#: Seconds within which a link that was closed stands again, and one that is only silent.
AT_ONCE, AFTER_SILENCE = 3.0, 8.0


def _black_hole(connection: WebSocket) -> None:
    connection.deaf = True


@pytest.mark.parametrize(
    ("fault", "limit"),
    [
        pytest.param(lambda link: link.drop(), AT_ONCE, id="closed without a word"),
        pytest.param(lambda link: link.drop(reset=True), AT_ONCE, id="reset"),
        pytest.param(lambda link: link.close(), AT_ONCE, id="closed properly"),
        pytest.param(_black_hole, AFTER_SILENCE, id="black hole"),
    ],
)
def test_dead_link_is_replaced_and_nothing_is_missed(
    town: Town, fault: Callable[[WebSocket], None], limit: float
) -> None:
    (link,) = town.slack.hub.connections
    started = time.monotonic()
    fault(link)
    root = town.write("切れている間に")
    town.slack.wait_until(
        lambda: any(other is not link and other.open for other in town.slack.hub.connections), limit + 5
    )
    assert time.monotonic() - started < limit
    town.answered(root)
    assert len({m["metadata"]["event_payload"]["key"] for m in town.replies(root)}) == len(town.replies(root))


@pytest.mark.parametrize("reset", [False, True])
def test_closed_link_is_noticed_without_any_ping(town_without_pings: Town, reset: bool) -> None:
    slack = town_without_pings.slack
    (link,) = slack.hub.connections
    link.drop(reset=reset)
    slack.wait_until(lambda: any(other is not link for other in slack.hub.connections), AT_ONCE)


def test_host_that_asks_to_come_back_loses_nothing(town: Town) -> None:
    for number in range(3):
        town.slack.hub.disconnect()
        town.answered(town.write(f"第{number}"))


def test_message_that_slack_gave_up_is_read_back_after_the_next_connection(town: Town) -> None:
    time.sleep(0.6)  # The first connection is swept, too.
    town.slack.hub.drop = 1.0
    town.slack.hub.retries = 0
    root = town.write("届かない")
    town.slack.wait_until(lambda: not [e for e in town.slack.hub.unacked() if not e.given_up], 10)
    assert town.replies(root) == []
    town.slack.hub.drop = 0.0
    for link in list(town.slack.hub.connections):
        link.drop()
    town.answered(root)


def test_forged_frames_leave_nothing_and_break_nothing(town: Town) -> None:
    frames = forged_frames(town.slack)
    for frame in frames:
        for link in list(town.slack.hub.connections):
            link.send(frame)
    root = town.write()
    town.answered(root)
    assert {key.split("/")[0] for key in town.kept()} == {town.slack.team}
    assert len(town.kept()) == 1


def test_acks_are_quick_while_everything_goes_wrong(town: Town) -> None:
    """0.3 s for 99 of 100 deliveries that arrived, with calls failing and links breaking all the time."""
    town.slack.hub.ack_window = 3.0
    chaos = Chaos(town.slack, seed=5, every=1.5)
    chaos.start()
    for number in range(150):
        town.write(f"第{number}")
        time.sleep(0.02)
    chaos.stop()
    town.slack.wait_until(
        lambda: not [e for e in town.slack.hub.unacked() if e.repeat and not e.given_up], 30
    )
    taken = sorted(e.latency for e in town.slack.hub.envelopes if e.deliveries == 1 and e.latency is not None)
    assert len(taken) > 100
    assert taken[int(len(taken) * 0.99) - 1] < 0.3


def test_heartbeat_tells_of_the_link(town: Town) -> None:
    path = town.office._heartbeat
    town.slack.wait_until(lambda: read_heartbeat(path) is not None)
    beat = read_heartbeat(path)
    assert beat is not None
    assert (beat.connected, beat.pong_age < 5) == (True, True)
    assert json.loads(path.read_text(encoding="utf-8"))["pid"] == beat.pid
