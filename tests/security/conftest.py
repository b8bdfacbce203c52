"""A door with a real desk behind it, and the means to knock at it as Slack does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from bot.clock import JST
from bot.slack.app import build_app
from bot.slack.door import PATH, Door
from bot.slack.inbound import Identity
from bot.slack.reception import Reception
from bot.slack.surfaces import Surfaces
from bot.slack.web import Web
from tests.builders import World, world
from tests.security.city import city, slack

#: Fixtures of more than one file.
__all__ = ["city", "knocking", "slack"]

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM, BOT = "T1", "U-BOT"

Headers = list[tuple[bytes, bytes]]


def wall_clock() -> datetime:
    """The present: Bolt's own check of a timestamp asks for it."""
    return datetime.fromtimestamp(time.time(), JST)


def sign(body: bytes, at: float, secret: str = SECRET) -> Headers:
    """Headers as Slack sends them."""
    stamp = str(int(at)).encode()
    digest = hmac.new(secret.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    return [
        (b"x-slack-request-timestamp", stamp),
        (b"x-slack-signature", b"v0=" + digest.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]


def message(number: int, text: str = "メールが送れません", *, team: str = TEAM) -> dict[str, Any]:
    """The body of a direct message."""
    stamp = f"1700000000.{number:06d}"
    event = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": "U-CUSTOMER",
        "team": team,
        "text": text,
        "ts": stamp,
        "event_ts": stamp,
    }
    return {"type": "event_callback", "team_id": team, "event": event, "event_id": f"Ev{number}"}


def encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


@dataclass(slots=True, kw_only=True)
class Knocking:
    """A door that is asked in this very thread."""

    door: Door
    world: World

    async def ask(
        self, body: bytes, headers: Headers, *, path: str = PATH, method: str = "POST"
    ) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": headers,
        }
        answers: list[Mapping[str, Any]] = []
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Mapping[str, Any]:
            return next(given)

        async def send(sent: Mapping[str, Any]) -> None:
            answers.append(sent)

        await self.door(scope, receive, send)
        return answers[0]["status"], answers[1]["body"]

    def knock(self, body: bytes, headers: Headers, **how: str) -> tuple[int, bytes]:
        return asyncio.run(self.ask(body, headers, **how))

    def kept(self) -> int:
        """How much came in."""
        rows = self.world.store._conn.execute("SELECT count(*) FROM inbox")
        return int(rows.fetchone()[0])


def reception_of(made: World) -> Reception:
    return Reception(
        desk=made.desk,
        me=Identity(team=TEAM, user=BOT),
        surfaces=Surfaces(Web("xoxb-test", "http://127.0.0.1:9/api/", timeout=1)),
        staff_channel="G1",
        wake=lambda: None,
    )


@pytest.fixture
def knocking() -> Knocking:
    made = world()
    app = build_app(reception_of(made), signing_secret=SECRET)
    return Knocking(door=Door(app, secret=SECRET, team=TEAM, clock=wall_clock), world=made)
