"""A real server under abuse before anybody is known: it keeps its memory, and answers Slack all the while."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import resource
import socket
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from multiprocessing.connection import Connection

import pytest

from bot.slack.door import PATH
from bot.slack.http import HttpLink
from bot.slack.link import Ends
from bot.slack.web import Web
from tests.builders import world
from tests.security.conftest import SECRET, encoded, message, reception_of, sign, wall_clock

pytestmark = pytest.mark.scenario
MEGABYTE = 1024 * 1024
SLOW = 200


def _serve(pipe: Connection) -> None:
    """A server in a process of its own, so that its memory can be told from the attacker's."""
    made = world()
    web = Web("xoxb-test", "http://127.0.0.1:9/api/", timeout=1)
    ends = Ends(
        reception=reception_of(made),
        web=web,
        clock=wall_clock,
        trouble=lambda _error: None,
        heard=lambda _payload, _again: None,
        linked=lambda: None,
    )
    link = HttpLink(ends, SECRET, "127.0.0.1", 0)
    link.open()
    pipe.send(link.port)
    pipe.recv()
    rows = made.store._conn.execute("SELECT count(*) FROM inbox").fetchone()[0]
    link.close()
    pipe.send(int(rows))


class Server:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        assert self._pipe.poll(30)
        self.port = int(self._pipe.recv())

    def memory(self) -> int:
        """Bytes of memory the process holds."""
        with open(f"/proc/{self._process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def kept(self) -> int:
        self._pipe.send("over")
        assert self._pipe.poll(20)
        return int(self._pipe.recv())

    def end(self) -> None:
        self._process.terminate()
        self._process.join(10)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@pytest.fixture
def server() -> Iterator[Server]:
    if sys.platform != "linux":
        pytest.fail("memory is read from /proc")
    running = Server()
    yield running
    running.end()


def valid(server: Server, number: int) -> tuple[int, float]:
    """Send one genuine message; returns the answer and its seconds."""
    body = encoded(message(number))
    headers = {name.decode(): value.decode() for name, value in sign(body, time.time())}
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", PATH, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - began


def head(body_length: int | None, *, claims: bool = True) -> bytes:
    """The head of a request; with claims of the right shape its body is read before it is judged."""
    lines = [f"POST {PATH} HTTP/1.1", "Host: x"]
    if claims:
        lines += [f"X-Slack-Request-Timestamp: {int(time.time())}", f"X-Slack-Signature: v0={'a' * 64}"]
    lines.append("Transfer-Encoding: chunked" if body_length is None else f"Content-Length: {body_length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(connection: socket.socket) -> int | None:
    """The status that came, or None where the connection was just dropped."""
    with contextlib.suppress(OSError):
        first = connection.recv(4096).split(b"\r\n")[0].split()
        return int(first[1]) if len(first) > 1 else None
    return None


def pour(connection: socket.socket, total: int) -> None:
    """Send a chunked body for as long as somebody reads it."""
    piece = b"x" * 65_536
    with contextlib.suppress(OSError):
        for _ in range(total // len(piece)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))


def test_hundred_megabytes_are_not_read(server: Server) -> None:
    before = server.memory()
    assert valid(server, 1)[0] == 200
    with server.connect() as told:
        told.sendall(head(100 * MEGABYTE))
        assert answer(told) == 413
    for claims in (True, False):
        with server.connect() as untold:
            untold.sendall(head(None, claims=claims))
            pour(untold, 100 * MEGABYTE)
            assert answer(untold) in (413, 401, None)
    status, seconds = valid(server, 2)
    assert (status, seconds < 1) == (200, True)
    assert server.memory() - before < 50 * MEGABYTE
    assert server.kept() == 2


def test_deep_json_is_refused_before_it_is_parsed(server: Server) -> None:
    before = server.memory()
    for body in (b"[" * 200_000, b'{"a":' * 200_000):
        for headers in (sign(body, time.time()), sign(body, time.time(), "wrong" * 8)):
            connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request("POST", PATH, body, {n.decode(): v.decode() for n, v in headers})
            assert connection.getresponse().status in (400, 401)
            connection.close()
    status, seconds = valid(server, 1)
    assert (status, seconds < 1) == (200, True)
    assert server.memory() - before < 50 * MEGABYTE


@pytest.mark.parametrize("kind", ["no head", "half a head", "body in drops", "much of a body"])
def test_two_hundred_slow_clients_hold_nobody_up(server: Server, kind: str) -> None:
    before = server.memory()
    begun = {
        "no head": b"",
        "half a head": b"POST / HTTP/1.1\r\nHost: x\r\nX-A: ",
        "body in drops": head(MEGABYTE) + b"x",
        "much of a body": head(MEGABYTE) + b"x" * (MEGABYTE - 1),
    }[kind]
    slow = [server.connect() for _ in range(SLOW)]
    try:
        for connection in slow:
            connection.settimeout(1)
            with contextlib.suppress(OSError):
                connection.sendall(begun)
        for number in range(20):
            status, seconds = valid(server, number)
            assert (status, seconds < 1) == (200, True)
        assert server.memory() - before < 50 * MEGABYTE
    finally:
        for connection in slow:
            connection.close()
    assert server.kept() == 20


def test_silent_connection_is_closed(server: Server) -> None:
    with server.connect() as silent, server.connect() as slow_body:
        slow_body.sendall(head(100) + b"x")
        assert answer(slow_body) == 408
        assert answer(silent) is None


def test_server_tells_nothing_of_itself(server: Server) -> None:
    for path in ("/", "/.env", "/desk.db", "/slack/install", "/healthz"):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", path)
        told = connection.getresponse()
        body = told.read()
        expected = (200, json.dumps({"ok": True}).encode()) if path == "/healthz" else (404, b"")
        assert (told.status, body) == expected
        assert "server" not in {name.lower() for name, _ in told.getheaders()}
        connection.close()
