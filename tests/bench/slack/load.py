"""Times the desk against the fake Slack: acknowledgement, posted answer, and a button in a burst.

    python -m tests.bench.slack.load [seconds]

A real process's threads with the real parts and a database file: 20 messages a second for so many seconds
(30), then 200 messages at once with a button pressed every 100 ms meanwhile. The model is the one of
MADOGUCHI_HOME. Prints one JSON object.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.clock import system_clock
from bot.compose import Parts
from bot.dialogue.actions import Action
from bot.settings import Settings
from bot.slack.runner import TURN, Office
from bot.storage.sqlite.store import SqliteStore
from tests.bot.slack.conftest import settings_for
from tests.fake_slack import FakeSlack
from tests.fake_slack.envelopes import Envelope

RATE, BURST = 20, 200
TEXTS = (
    "Outlookが昨日から起動しなくて困っています。自分だけです。",
    "Teamsの会議に部署の全員が入れません。今朝からです。",
    "パスワードを忘れた社員がいます。再発行の方法を教えてください。",
    "Excelで縦に長い表を1ページに収めて印刷したいのですが、やり方を教えてください。",
)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder, FakeSlack() as slack:
        parts = Parts(Settings(default_policy="o365"))
        parts.warm_up()
        store = SqliteStore.open(Path(folder) / "bench.sqlite3")
        sys.setswitchinterval(TURN)
        office = Office(
            parts.desk, store, settings_for(slack, slack.channel("desk", private=True)), clock=system_clock
        )
        office.start()
        slack.wait_connected()
        print(json.dumps(_sustained(slack, seconds) | _burst(slack), indent=1))
        office.stop()
        store.close()


def _sustained(slack: FakeSlack, seconds: int) -> dict[str, Any]:
    places = [slack.direct(slack.user(f"客{number}")) for number in range(RATE)]
    sent: dict[tuple[str, str], float] = {}
    begun, first = time.monotonic(), len(slack.hub.envelopes)
    for number in range(RATE * seconds):
        time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        place = places[number % RATE]
        user = next(member for member in slack.workspace.channels[place].members if member != slack.bot)
        at = time.monotonic()
        sent[(place, slack.post_as(user, place, TEXTS[number % len(TEXTS)]))] = at
    answers = _answers(slack, sent)
    acks = [taken.latency for taken in slack.hub.envelopes[first:] if taken.latency is not None]
    return {
        "messages": len(sent),
        "event_to_ack_ms": _percentiles(acks),
        "event_to_reply_ms": _percentiles(answers),
    }


def _answers(slack: FakeSlack, sent: dict[tuple[str, str], float]) -> list[float]:
    """Return how long each message waited until the first call that posted into its thread."""

    def found() -> dict[tuple[str, str], float] | None:
        posted: dict[tuple[str, str], float] = {}
        for call in slack.calls("chat.postMessage"):
            place = (str(call.arguments.get("channel")), str(call.arguments.get("thread_ts")))
            posted.setdefault(place, call.at)
        return posted if set(sent) <= set(posted) else None

    posted = slack.wait_until(found, 120)
    return [posted[place] - at for place, at in sent.items()]


def _burst(slack: FakeSlack) -> dict[str, Any]:
    user = slack.user("押す人")
    place = slack.direct(user)
    root = slack.post_as(user, place, TEXTS[0])
    message = slack.wait_until(
        lambda: next((m for m in slack.bot_messages(place, root) if "契約を確認する" in str(m)), None), 60
    )
    others = [slack.user(f"急{number}") for number in range(BURST)]
    begun = time.monotonic()
    for other in others:
        slack.post_as(other, slack.direct(other), TEXTS[1])
    pressed: list[Envelope] = []
    while len(pressed) < 30:
        pressed.append(slack.press(user, message, Action.CANCEL, wait=False))
        time.sleep(0.1)
    slack.wait_until(lambda: not slack.hub.unacked(), 60)
    slack.wait_until(lambda: all(slack.bot_messages(slack.direct(other)) for other in others), 120)
    return {
        "burst": BURST,
        "button_ack_ms": _percentiles([taken.latency for taken in pressed if taken.latency is not None]),
        "burst_answered_s": round(time.monotonic() - begun, 1),
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }


if __name__ == "__main__":
    main()
