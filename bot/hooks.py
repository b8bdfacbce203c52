"""Posts signed events to the one address that the operator named; decides neither which nor when again.

Signed as Standard Webhooks has it: HMAC-SHA256 over id, time and the raw body.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from bot.errors import SettingsError, Unreachable
from bot.settings import Settings
from bot.texts import doctor as texts

#: Seconds that the other side may be silent, and that a whole call may take.
SILENCE, TOTAL = 5, 10
#: Shorter secrets than this are none.
MIN_SECRET = 16
_URL, _SECRET = "MADOGUCHI_WEBHOOK_URL", "MADOGUCHI_WEBHOOK_SECRET"  # names of settings
_ENCODED = "whsec_"


class Hook:
    """Implements Receiver. Follows no redirect, uses no proxy, and reads no more than the status."""

    def __init__(self, address: SplitResult, key: bytes) -> None:
        self._address, self._key = address, key
        self._path = address.path or "/"
        if address.query:
            self._path += f"?{address.query}"

    @property
    def host(self) -> str:
        return self._address.hostname or ""

    def send(self, event_id: str, body: bytes, at: datetime) -> int:
        connection = self._connection()
        end = threading.Timer(TOTAL, _cut, (connection,))
        end.daemon = True
        end.start()
        try:
            connection.request("POST", self._path, body, self._headers(event_id, body, at))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"webhook: {type(error).__name__}") from error
        finally:
            end.cancel()
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._address.scheme == "http":
            return http.client.HTTPConnection(self.host, self._address.port, timeout=SILENCE)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self.host, self._address.port, timeout=SILENCE, context=context)

    def _headers(self, event_id: str, body: bytes, at: datetime) -> dict[str, str]:
        seconds = str(int(at.timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "madoguchi",
            "webhook-id": event_id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(self._key, event_id, seconds, body),
        }


def signature(key: bytes, event_id: str, seconds: str, body: bytes) -> str:
    """Return the header that proves who sent these very bytes, and when."""
    signed = f"{event_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def hook_of(settings: Settings) -> Hook | None:
    """Return where events go, or None where they go nowhere. Raises SettingsError."""
    if not settings.webhook_url:
        return None
    address = _address(settings.webhook_url)
    secret = settings.webhook_secret.get_secret_value().strip() if settings.webhook_secret else ""
    if len(secret) < MIN_SECRET:
        raise SettingsError(_SECRET, texts.WEBHOOK_SECRET.format(length=MIN_SECRET))
    return Hook(address, _key(secret))


def _address(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        usable = bool(found.hostname) and (found.port is None or found.port > 0)
    except ValueError:
        raise SettingsError(_URL, texts.WEBHOOK_URL) from None
    safe = found.scheme == "https" or (found.scheme == "http" and _loopback(found.hostname or ""))
    plain = url.isascii() and url.isprintable() and " " not in url
    if not (usable and safe and plain) or found.username or found.password or found.fragment:
        raise SettingsError(_URL, texts.WEBHOOK_URL)
    return found


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(secret: str) -> bytes:
    """Return the key: `whsec_` and base64, as other tools make it, or the very characters."""
    if not secret.startswith(_ENCODED):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < MIN_SECRET:
        raise SettingsError(_SECRET, texts.WEBHOOK_SECRET.format(length=MIN_SECRET))
    return key


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a call that drips on and on."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
