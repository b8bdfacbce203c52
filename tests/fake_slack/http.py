"""The loopback server: Web API under /api/, Socket Mode under /link; applies the planned faults."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.fake_slack.faults import Fault
from tests.fake_slack.methods import Refusal, call, read_arguments
from tests.fake_slack.websocket import WebSocket, accept_key
from tests.fake_slack.workspace import Call

if TYPE_CHECKING:
    from tests.fake_slack.server import FakeSlack


class Server(ThreadingHTTPServer):
    """Serves one FakeSlack on a free port of 127.0.0.1."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, slack: FakeSlack) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slack = slack
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="fake-slack", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/link":
            self._upgrade()
        else:
            self._api(path.path, dict(urllib.parse.parse_qsl(path.query)))

    def do_POST(self) -> None:
        path = urllib.parse.urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "json" in self.headers.get("Content-Type", ""):
            arguments = json.loads(raw or b"{}")
        else:
            arguments = dict(urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True))
        self._api(path.path, arguments)

    def _api(self, path: str, raw: dict[str, Any]) -> None:
        method = path.removeprefix("/api/")
        arguments = read_arguments(raw)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or str(
            arguments.pop("token", "")
        )
        made = Call(method=method, arguments=arguments, at=time.monotonic())
        slack = self.server.slack
        with slack.workspace.lock:
            slack.workspace.calls.append(made)
            fault = slack.faults.take(method)
        status, answer, headers = self._answer(slack, made, token, fault)
        slack.workspace.touch()
        if status:
            self._send(status, answer, headers)

    def _answer(
        self, slack: FakeSlack, made: Call, token: str, fault: Fault | None
    ) -> tuple[int, dict[str, Any] | str, dict[str, str]]:
        """Return status, body and headers; status 0 where nothing is answered."""
        kind = fault.kind if fault else ""
        made.outcome = kind
        if fault and kind == "answer":
            made.outcome = fault.code
            headers = {"Retry-After": str(int(fault.seconds))} if fault.status == 429 else {}
            return fault.status, {"ok": False, "error": fault.code}, headers
        if fault and kind == "html":
            return fault.status, "<html>an error page</html>", {}
        if kind == "reset":
            self._cut(reset=True)
            return 0, "", {}
        if fault and kind == "hang":
            slack.stopped.wait(fault.seconds)
        try:
            answer = call(slack, made.method, token, made.arguments)
            made.outcome = made.outcome or "ok"
        except Refusal as refusal:
            made.outcome = refusal.code
            answer = {"ok": False, "error": refusal.code, **refusal.more}
        if kind == "lost":
            self._cut(reset=False)
            return 0, "", {}
        if fault and kind == "lost_html":
            return fault.status, "<html>an error page</html>", {}
        scopes = ",".join(sorted(slack.scopes or ()))
        return 200, answer, {"X-OAuth-Scopes": scopes}

    def _send(self, status: int, body: dict[str, Any] | str, headers: dict[str, str]) -> None:
        page = isinstance(body, str)
        data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if page else "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass
        self.close_connection = True

    def _cut(self, *, reset: bool) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)

    def _upgrade(self) -> None:
        slack = self.server.slack
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        if not slack.take_ticket(query.get("ticket", "")):
            self._send(403, "<html>no such ticket</html>", {})
            return
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))
        self.end_headers()
        self.close_connection = True
        slack.hub.serve(WebSocket(self.connection))
