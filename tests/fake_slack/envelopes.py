"""Socket Mode: envelopes to whoever is connected, acks by id, redelivery; knows nothing of their content."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack.websocket import WebSocket


@dataclass(slots=True)
class Envelope:
    """One thing sent to the app, and what became of it."""

    id: str
    type: str
    payload: dict[str, Any]
    #: Events are sent again while nobody acknowledges them; clicks are not.
    repeat: bool
    first_sent: float | None = None
    last_tried: float = 0.0
    deliveries: int = 0
    acked_at: float | None = None
    ack: dict[str, Any] = field(default_factory=dict)
    given_up: bool = False

    @property
    def latency(self) -> float | None:
        """Seconds from the first sending to the ack."""
        if self.acked_at is None or self.first_sent is None:
            return None
        return self.acked_at - self.first_sent


class Hub:
    """All connections of the app and all envelopes ever sent."""

    def __init__(self, changed: threading.Condition, *, seed: int) -> None:
        self._changed = changed
        self._random = random.Random(seed)
        self.connections: list[WebSocket] = []
        self.envelopes: list[Envelope] = []
        #: Seconds without an ack after which an event is sent again.
        self.ack_window = 3.0
        #: How often an event is sent again before it is given up.
        self.retries = 3
        #: Shares of events that are delivered twice, or held back behind the next one.
        self.duplicate = 0.0
        self.reorder = 0.0
        #: Share of deliveries that get lost on the way.
        self.drop = 0.0
        self._held: list[Envelope] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="fake-slack-retries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)
        for connection in list(self.connections):
            connection.drop()

    # --- connections ---

    def serve(self, connection: WebSocket) -> None:
        """Greet a new connection and read its acks until it is over."""
        hello = {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": "A0MADO"},
            "debug_info": {"host": "fake", "approximate_connection_time": 18_060},
        }
        connection.send(json.dumps(hello))
        with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()
        while (text := connection.receive()) is not None:
            self._acked(json.loads(text))
        with self._changed:
            connection.open = False
            self.connections.remove(connection)
            self._changed.notify_all()

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come back, as hosts do when they are refreshed."""
        for connection in list(self.connections):
            connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))

    # --- envelopes ---

    def send(self, type_: str, payload: dict[str, Any], *, repeat: bool) -> Envelope:
        """Send a new envelope to one connection, at random."""
        envelope = Envelope(id=str(uuid.uuid4()), type=type_, payload=payload, repeat=repeat)
        with self._changed:
            self.envelopes.append(envelope)
            if repeat and self._random.random() < self.reorder:
                envelope.last_tried = time.monotonic()
                self._held.append(envelope)
                return envelope
            held, self._held = self._held, []
        self._deliver(envelope)
        if repeat and self._random.random() < self.duplicate:
            self._deliver(envelope)
        for late in held:
            self._deliver(late)
        return envelope

    def release(self) -> None:
        """Deliver what was held back behind a next one that never came."""
        with self._changed:
            held, self._held = self._held, []
        for late in held:
            self._deliver(late)

    def unacked(self) -> list[Envelope]:
        return [envelope for envelope in self.envelopes if envelope.acked_at is None]

    def _deliver(self, envelope: Envelope) -> None:
        with self._changed:
            envelope.last_tried = time.monotonic()
            attempt = max(0, envelope.deliveries)
            live = [connection for connection in self.connections if connection.open]
            envelope.deliveries += 1
            if envelope.first_sent is None:
                envelope.first_sent = envelope.last_tried
        frame = {
            "envelope_id": envelope.id,
            "type": envelope.type,
            "accepts_response_payload": envelope.type != "events_api",
            "payload": envelope.payload,
        }
        if envelope.type == "events_api":
            frame |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        if live and not (envelope.repeat and self._random.random() < self.drop):
            self._random.choice(live).send(json.dumps(frame, ensure_ascii=False))

    def _acked(self, answer: dict[str, Any]) -> None:
        with self._changed:
            for envelope in reversed(self.envelopes):
                if envelope.id == answer.get("envelope_id"):
                    if envelope.acked_at is None:
                        envelope.acked_at = time.monotonic()
                        envelope.ack = answer.get("payload") or {}
                    break
            self._changed.notify_all()

    def _watch(self) -> None:
        while not self._stopped.wait(0.02):
            now = time.monotonic()
            with self._changed:
                late = [
                    envelope
                    for envelope in self.envelopes
                    if envelope.acked_at is None
                    and envelope.repeat
                    and not envelope.given_up
                    and now - envelope.last_tried > self.ack_window
                ]
            for envelope in late:
                if envelope.deliveries > self.retries:
                    envelope.given_up = True
                else:
                    self._deliver(envelope)
