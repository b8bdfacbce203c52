"""The one way in over HTTP: lets signed requests of our workspace through once, and nothing else.

Decides by the raw bytes, before anything is parsed; what is let through goes to Bolt's adapter.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.asgi import SlackRequestHandler
from slack_bolt.adapter.asgi.http_request import AsgiHttpRequest

from bot.logs import logger
from bot.ports import Clock

PATH, HEALTH = "/slack/events", "/healthz"
#: Bytes of a body; Slack's own stay far below.
MAX_BODY = 1024 * 1024
#: Seconds for a whole body.
BODY_SECONDS = 10.0
#: Bytes that each request may hold, and what all may hold beyond that, before they are known to be genuine.
FREE, SHARED = 16 * 1024, 8 * 1024 * 1024
#: Seconds that a request's own time may differ from ours, and that its signature is remembered.
SKEW, MEMORY = 300, 600
#: Requests handled at once; more wait their turn.
THREADS = 32
#: How deep a payload may be nested; Slack's views reach about ten.
DEPTH = 64

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_TIMESTAMP = re.compile(rb"[0-9]{10}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_OBJECTS = ("event", "view", "user", "container")
_LOG = logger("door")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says of itself."""

    timestamp: bytes
    signature: bytes


class Shut(Exception):
    """Not let in; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Door:
    """An ASGI application. `healthy` tells what /healthz answers; `heard` is told of what was let in."""

    def __init__(
        self,
        app: App,
        *,
        secret: str,
        team: str,
        clock: Clock,
        healthy: Callable[[], bool] = lambda: True,
        heard: Callable[[Mapping[str, Any], bool], None] = lambda _payload, _again: None,
    ) -> None:
        self._secret, self._team, self._clock, self._healthy = secret.encode(), team, clock, healthy
        self._heard = heard
        self._bolt = _Threaded(app)
        self._shared = SHARED
        #: Signature -> when it may be forgotten, oldest first.
        self._seen: dict[bytes, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise TypeError(scope["type"])
        try:
            status, body = await self._answer(scope, receive)
        except Shut as shut:
            status, body = shut.status, b""
        except Exception as error:  # the text of an error may hold what somebody wrote
            _LOG.error("failed", error=type(error).__name__)
            status, body = 500, b""
        await _reply(send, status, body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        path, method = scope["path"], scope["method"]
        if path == HEALTH and method == "GET":
            healthy = self._healthy()
            return (200 if healthy else 503), json.dumps({"ok": healthy}).encode()
        if path != PATH:
            raise Shut(404)
        if method != "POST":
            raise Shut(405)
        claim = claim_of(scope["headers"], self._now())
        raw = await self._read(scope["headers"], receive)
        if not genuine(self._secret, claim, raw):
            raise Shut(401)
        if not self._first_time(claim.signature):
            return 200, b""
        return await self._let_in(scope, raw, claim)

    async def _let_in(self, scope: Scope, raw: bytes, claim: Claim) -> tuple[int, bytes]:
        payload = parsed(raw)
        if payload.get("type") == "url_verification":
            return 200, json.dumps({"challenge": str(payload.get("challenge", ""))[:1000]}).encode()
        if team_of(payload) != self._team:
            raise Shut(403)
        self._heard(payload, any(name == b"x-slack-retry-num" for name, _ in scope["headers"]))
        try:
            response = await self._bolt.dispatch(AsgiHttpRequest(dict(scope), _given(raw)))
        except Exception as error:  # what a listener raises is an answer; this is about the shape
            _LOG.warning("malformed", error=type(error).__name__)
            raise Shut(400) from error
        if response.status >= 500:
            # It was not kept: the same request may come again.
            self._seen.pop(claim.signature, None)
        return response.status, str(response.body or "").encode()

    async def _read(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bytes:
        """Return the body. Raises Shut for one that is too long, comes too slowly, or finds no room."""
        told = [value for name, value in headers if name == b"content-length"]
        if told and int(told[0]) > MAX_BODY:
            raise Shut(413)
        body, taken, more = bytearray(), 0, True
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Shut(400)
                    body += message.get("body", b"")
                    more = bool(message.get("more_body"))
                    if len(body) > MAX_BODY:
                        raise Shut(413)
                    wanted = max(0, len(body) - FREE) - taken
                    if wanted > self._shared:
                        raise Shut(429)
                    self._shared, taken = self._shared - wanted, taken + wanted
        except TimeoutError:
            raise Shut(408) from None
        finally:
            self._shared += taken
        return bytes(body)

    def _first_time(self, signature: bytes) -> bool:
        now = self._now()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.pop(next(iter(self._seen)))
        if signature in self._seen:
            return False
        self._seen[signature] = now + MEMORY
        return True

    def _now(self) -> float:
        return self._clock().timestamp()


def claim_of(headers: Iterable[tuple[bytes, bytes]], now: float) -> Claim:
    """Return what the headers claim. Raises Shut where they are not what Slack sends, or not of now."""
    found = list(headers)
    timestamps = [value for name, value in found if name == b"x-slack-request-timestamp"]
    signatures = [value for name, value in found if name == b"x-slack-signature"]
    if len(timestamps) != 1 or len(signatures) != 1:
        raise Shut(401)
    if not _TIMESTAMP.fullmatch(timestamps[0]) or not _SIGNATURE.fullmatch(signatures[0]):
        raise Shut(401)
    if abs(now - int(timestamps[0])) > SKEW:
        raise Shut(401)
    return Claim(timestamp=timestamps[0], signature=signatures[0])


def genuine(secret: bytes, claim: Claim, raw: bytes) -> bool:
    """Tell whether whoever knows the secret signed these very bytes."""
    signed = hmac.new(secret, b"v0:" + claim.timestamp + b":" + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(b"v0=" + signed.encode(), claim.signature)


def parsed(raw: bytes) -> Mapping[str, Any]:
    """Return the object in a body: JSON, or a form with JSON as its payload. Raises Shut."""
    try:
        text = raw.decode()
        if not text.lstrip().startswith(("{", "[")):
            fields = {name: values[0] for name, values in parse_qs(text, max_num_fields=100).items()}
            if "payload" not in fields:
                return fields
            text = fields["payload"]
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Shut(400) from None
    if not isinstance(found, dict) or _deeper(found, DEPTH) or not _shaped(found):
        raise Shut(400)
    return found


def _shaped(payload: Mapping[str, Any]) -> bool:
    """Tell whether the parts that every listener looks into are objects, where they are there."""
    actions = payload.get("actions", [])
    return all(isinstance(payload.get(name, {}), dict) for name in _OBJECTS) and (
        isinstance(actions, list) and all(isinstance(action, dict) for action in actions)
    )


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(item, levels - 1) for item in inner)


def team_of(payload: Mapping[str, Any]) -> str | None:
    """Return the workspace that a request comes from."""
    team = payload.get("team")
    found = payload.get("team_id") or (team.get("id") if isinstance(team, dict) else None)
    return found if isinstance(found, str) else None


class _Threaded(SlackRequestHandler):
    """Bolt's adapter, but for the event loop: a listener that waits for the disk holds up nobody else."""

    def __init__(self, app: App) -> None:
        super().__init__(app, PATH)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="door")

    async def dispatch(self, request: AsgiHttpRequest) -> BoltResponse:
        bolt = BoltRequest(body=await request.get_raw_body(), headers=request.get_headers())
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.app.dispatch, bolt)


def _given(raw: bytes) -> Receive:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive


async def _reply(send: Send, status: int, body: bytes) -> None:
    """Answer; whoever is not let in has to connect anew, and nothing more of it is read."""
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    if status >= 400:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
