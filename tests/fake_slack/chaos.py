"""Breaks the fake Slack at random for as long as it runs: links, deliveries, answers and forged payloads."""

from __future__ import annotations

import copy
import json
import random
import threading
from collections.abc import Callable

from tests.fake_slack.faults import Fault
from tests.fake_slack.payloads import event_callback
from tests.fake_slack.server import FakeSlack

#: Shares of the calls that post, update or react.
CALLS: tuple[tuple[Fault, float], ...] = (
    (Fault.rate_limited(1), 0.04),
    (Fault.server_error(500), 0.01),
    (Fault.server_error(503), 0.01),
    (Fault.html(), 0.01),
    (Fault.lost_answer(), 0.03),
    (Fault.lost_server_error(), 0.01),
    (Fault.reset(), 0.02),
    (Fault.hang(1.0), 0.01),
)
#: Shares of deliveries that come twice, late, or never.
DUPLICATE, REORDER, DROP = 0.10, 0.10, 0.02


class Chaos:
    """Start it and everything goes wrong now and then; stop it and Slack is sound again."""

    def __init__(self, slack: FakeSlack, *, seed: int, every: float = 1.0) -> None:
        self._slack, self._every = slack, every
        self._random = random.Random(seed)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos", daemon=True)
        #: Forged payloads that were sent.
        self.forged = 0

    def start(self) -> None:
        hub = self._slack.hub
        hub.duplicate, hub.reorder, hub.drop = DUPLICATE, REORDER, DROP
        for method in ("chat.postMessage", "chat.update", "reactions.add"):
            for fault, share in CALLS:
                self._slack.fail(method, fault, times=None, share=share)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)
        hub = self._slack.hub
        hub.duplicate = hub.reorder = hub.drop = 0.0
        hub.release()
        self._slack.faults.clear()

    def _run(self) -> None:
        acts: tuple[tuple[Callable[[], None], float], ...] = (
            (lambda: self._cut(reset=False), 3),
            (lambda: self._cut(reset=True), 3),
            (self._black_hole, 1),
            (self._slack.hub.disconnect, 3),
            (self._forge, 4),
        )
        weights = [weight for _, weight in acts]
        while not self._stopped.wait(self._random.uniform(0, 2 * self._every)):
            (act, _) = self._random.choices(acts, weights)[0]
            act()

    def _cut(self, *, reset: bool) -> None:
        for connection in list(self._slack.hub.connections):
            connection.drop(reset=reset)

    def _black_hole(self) -> None:
        for connection in list(self._slack.hub.connections):
            connection.deaf = True

    def _forge(self) -> None:
        """Frames that Slack would never send: nothing may come of them, and nothing may break."""
        self.forged += 1
        text = self._random.choice(forged_frames(self._slack))
        for connection in list(self._slack.hub.connections):
            connection.send(text)


def forged_frames(slack: FakeSlack) -> list[str]:
    """Return frames of other workspaces, of no known shape, and of none at all."""
    event = {
        "type": "message",
        "user": "U666",
        "text": f"<@{slack.bot}> forged",
        "channel": "C666",
        "channel_type": "channel",
        "ts": "1.000666",
        "event_ts": "1.000666",
    }
    good = {"envelope_id": "forged", "type": "events_api", "accepts_response_payload": False}
    foreign = good | {"payload": event_callback(slack.workspace, event, team="T666")}
    shapeless = [good | {"payload": payload} for payload in ({}, {"event": None}, {"team_id": slack.team})]
    wrong = copy.deepcopy(foreign)
    wrong["payload"]["team_id"] = slack.team
    wrong["payload"]["event"] |= {"ts": None, "text": ["no text"], "user": {"id": 1}}
    click = good | {"type": "interactive", "payload": {"type": "block_actions", "team": {"id": "T666"}}}
    frames = [json.dumps(frame) for frame in (foreign, *shapeless, wrong, click, {"type": "hello"})]
    return [*frames, "", "{", "[]", "null", '{"type":"events_api"}', "\x00" * 100]
