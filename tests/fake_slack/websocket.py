"""The server's side of one WebSocket connection (RFC 6455, text frames), over a plain socket."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import struct
import threading

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


def accept_key(key: str) -> str:
    """Return what a server answers to Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


class WebSocket:
    """A connection after its handshake. `receive` is called by one thread, `send` by any."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._write_lock = threading.Lock()
        self.open = True
        #: Set to swallow everything: the peer sees a link that is up and says nothing.
        self.deaf = False

    def send(self, text: str) -> bool:
        """Send a text frame; False where the connection is gone."""
        return self._frame(_TEXT, text.encode())

    def receive(self) -> str | None:
        """Return the next text, answering pings on the way; None once the connection is over."""
        try:
            while True:
                opcode, payload = self._read()
                if opcode == _TEXT:
                    return payload.decode()
                if opcode == _PING and not self.deaf:
                    self._frame(_PONG, payload)
                if opcode == _CLOSE:
                    self._frame(_CLOSE, payload[:2])
                    return None
        except (OSError, EOFError):
            return None

    def close(self) -> None:
        """Say goodbye properly."""
        self._frame(_CLOSE, struct.pack("!H", 1000))
        self.open = False

    def drop(self, *, reset: bool = False) -> None:
        """Cut the connection without a close frame: by FIN, or by RST."""
        self.open = False
        if reset:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _frame(self, opcode: int, payload: bytes) -> bool:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
        with self._write_lock:
            if not self.open or self.deaf:
                return False
            try:
                self._sock.sendall(head + payload)
            except OSError:
                self.open = False
                return False
        return True

    def _read(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4) if second & 0x80 else b""
        payload = self._exactly(size)
        if mask:
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        return first & 0x0F, payload

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._sock.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)
