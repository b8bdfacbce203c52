"""Nobody but Slack gets through the door, nobody gets through twice, and nothing makes it fall over."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from bot.slack import door
from tests.security.conftest import SECRET, Headers, Knocking, encoded, message, sign

Spoil = Callable[[random.Random, bytes, Headers], tuple[bytes, Headers]]


def replaced(headers: Headers, name: bytes, *values: bytes) -> Headers:
    return [item for item in headers if item[0] != name] + [(name, value) for value in values]


PRESSED = {"type": "button", "action_id": "nobody_knows", "block_id": "b", "action_ts": "1.0"}
STAMP, SIGNATURE = b"x-slack-request-timestamp", b"x-slack-signature"


def resigned(body: bytes, **how: object) -> tuple[bytes, Headers]:
    return body, sign(body, time.time(), **how)  # type: ignore[arg-type]


def other_secret(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return resigned(body, secret=f"{rng.getrandbits(128):032x}")


def tampered_body(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    place = rng.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << rng.randrange(8))]) + body[place + 1 :], headers


def appended_body(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return body + b" " * rng.randrange(1, 9), headers


def other_time(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return body, replaced(headers, STAMP, str(int(time.time()) + rng.choice([-2, -1, 1, 2])).encode())


def expired(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return body, sign(body, time.time() + rng.choice([-1, 1]) * rng.randrange(302, 10**6))


def odd_time(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    odd = [b"", b"abc", b"1.5", b"-1", b"9" * 400, b"1e9", b" 1700000000", b"\xff", b"0x65", b"NaN"]
    return body, replaced(headers, STAMP, rng.choice(odd))


def odd_signature(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    odd = [b"", b"v0=", b"v0=" + b"0" * 64, b"v1=" + b"a" * 64, "v0=あ".encode(), b"v0=" + b"A" * 64, b"\x00"]
    return body, replaced(headers, SIGNATURE, rng.choice(odd))


def no_header(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return body, replaced(headers, rng.choice([STAMP, SIGNATURE]))


def two_headers(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    name = rng.choice([STAMP, SIGNATURE])
    value = next(value for found, value in headers if found == name)
    return body, replaced(headers, name, value, value)


def garbage(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return rng.randbytes(rng.randrange(200)), headers


def signed_nonsense(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    """Slack would never send these, but a leaked secret must not bring the desk down."""
    odd = [
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"",
        b"\xff\xfe",
        b"{}",
        b"payload=%7B",
        b"payload=[]",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"a":' * 80 + b"1" + b"}" * 80,
        b'{"team_id": 1}',
        b'{"team": []}',
        b'{"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": []}',
        b'{"type": "event_callback", "team_id": "T1", "event": []}',
        b'{"type": "view_submission", "team": {"id": "T1"}, "view": 1}',
    ]
    # Blanks that differ each time: the same body twice would be a replay.
    return resigned(rng.choice(odd) + bytes(rng.choices(b" \t\n\r", k=40)))


def signed_stranger(rng: random.Random, body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    return resigned(encoded(message(rng.randrange(10**6), team=rng.choice(["T99EVIL", "T2", "", "t1"]))))


SPOILED: tuple[Spoil, ...] = (
    other_secret,
    tampered_body,
    appended_body,
    other_time,
    expired,
    odd_time,
    odd_signature,
    no_header,
    two_headers,
    garbage,
    signed_nonsense,
    signed_stranger,
)


def test_signed_message_is_kept_once(knocking: Knocking) -> None:
    body = encoded(message(1))
    assert knocking.knock(body, sign(body, time.time()))[0] == 200
    assert knocking.kept() == 1


def test_ten_thousand_bad_requests_leave_nothing_and_break_nothing(knocking: Knocking) -> None:
    rng, statuses = random.Random(7), dict[int, int]()
    real = encoded(message(0))
    headers = sign(real, time.time())

    async def all_of_them() -> None:
        assert (await knocking.ask(real, headers))[0] == 200
        for number in range(10_000):
            if number % (len(SPOILED) + 1) == len(SPOILED):
                # A replay of the real one: answered, without effect.
                status, _ = await knocking.ask(real, headers)
            else:
                body = encoded(message(number + 1))
                spoil = SPOILED[number % (len(SPOILED) + 1)]
                status, _ = await knocking.ask(*spoil(rng, body, sign(body, time.time())))
                assert status in (400, 401, 403), spoil.__name__
            statuses[status] = statuses.get(status, 0) + 1

    asyncio.run(all_of_them())
    assert knocking.kept() == 1
    assert sum(statuses.values()) == 10_000
    assert [status for status in statuses if status >= 500] == []
    assert statuses[200] == 10_000 // (len(SPOILED) + 1)


def test_second_copy_is_answered_without_effect(knocking: Knocking) -> None:
    body = encoded(message(1))
    headers = sign(body, time.time())
    assert [knocking.knock(body, headers)[0] for _ in range(3)] == [200, 200, 200]
    assert (knocking.kept(), len(knocking.door._seen)) == (1, 1)


def test_signatures_are_forgotten_in_time(knocking: Knocking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MEMORY", -1)
    for number in range(1, 5):
        body = encoded(message(number))
        knocking.knock(body, sign(body, time.time()))
    assert len(knocking.door._seen) == 1


def test_request_that_could_not_be_kept_may_come_again(knocking: Knocking) -> None:
    body = encoded(message(1))
    headers = sign(body, time.time())
    conn = knocking.world.store._conn
    conn.execute("ALTER TABLE inbox RENAME TO away")
    assert knocking.knock(body, headers)[0] == 500
    conn.execute("ALTER TABLE away RENAME TO inbox")
    assert knocking.knock(body, headers)[0] == 200
    assert knocking.kept() == 1


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "POST", 404),
        ("/slack/install", "GET", 404),
        ("/slack/events/", "POST", 404),
        ("/desk.db", "HEAD", 404),
        ("/slack/events", "GET", 405),
        ("/slack/events", "HEAD", 405),
        ("/healthz", "POST", 404),
        ("/healthz", "GET", 200),
    ],
)
def test_only_one_path_and_health_answer(knocking: Knocking, path: str, method: str, status: int) -> None:
    body = encoded(message(1))
    assert knocking.knock(body, sign(body, time.time()), path=path, method=method)[0] == status
    assert knocking.kept() == 0


def test_challenge_is_answered_only_where_it_is_signed(knocking: Knocking) -> None:
    body = encoded({"type": "url_verification", "challenge": "3eZbrw1a"})
    assert knocking.knock(body, sign(body, time.time())) == (200, b'{"challenge": "3eZbrw1a"}')
    assert knocking.knock(body, sign(body, time.time(), "x" * 32))[0] == 401


def test_form_of_a_click_is_understood(knocking: Knocking) -> None:
    payload = {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": [PRESSED]}
    body = urlencode({"payload": encoded(payload).decode()}).encode()
    headers = replaced(sign(body, time.time()), b"content-type", b"application/x-www-form-urlencoded")
    assert knocking.knock(body, headers)[0] == 200
    assert knocking.kept() == 0


def test_length_that_is_told_too_long_is_refused_unread(knocking: Knocking) -> None:
    headers = replaced(sign(b"", time.time()), b"content-length", b"104857600")
    assert knocking.knock(b"", headers)[0] == 413


def test_secret_is_not_in_what_the_door_shows() -> None:
    assert SECRET not in repr(door.Claim(timestamp=b"1", signature=b"v0="))
