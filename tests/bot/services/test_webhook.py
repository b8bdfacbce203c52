"""Events to another system: signed, in order, at least once; receivers that fail, hang or redirect."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from bot import hooks
from bot.cli.checks import Failed, _webhook
from bot.compose import Parts
from bot.console.gateway import ConsoleGateway
from bot.errors import SettingsError, Unreachable
from bot.hooks import Hook, hook_of
from bot.services import health, webhook, worker
from bot.services.delivery import deliver_due
from bot.services.webhook import BACKOFF, GIVE_UP
from bot.settings import Settings
from bot.texts import alerts
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.traffic import StaffMove
from tests.bot.slack.conftest import office_for, settings_for
from tests.builders import NOW, STAFF, World, inbound, ticket, world
from tests.fake_slack import FakeSlack

SECRET = "0123456789abcdef"


@dataclass(slots=True)
class Receiver:
    """A system that takes events, or does not."""

    url: str = ""
    #: How the next ones are answered; 200 afterwards.
    answers: list[int] = field(default_factory=list)
    #: Seconds before an answer, and between two bytes of one that drips.
    silence: float = 0
    drip: float = 0
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.paths.append(self.path)
            made.taken.append((dict(self.headers), body))
            made.over.wait(made.silence)
            status = made.answers.pop(0) if made.answers else 200
            if made.drip:
                self._drip()
                return
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"{made.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            try:
                while not made.over.wait(made.drip):
                    self.wfile.write(b"x")
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield made
    made.over.set()
    server.shutdown()
    server.server_close()


def _hook(receiver: Receiver, secret: str = SECRET) -> Hook:
    hook = hook_of(_settings(receiver.url, secret))
    assert hook is not None
    return hook


def _settings(url: str, secret: str | None = SECRET) -> Settings:
    return Settings(webhook_url=url, webhook_secret=SecretStr(secret) if secret else None)


def _world() -> World:
    made = world()
    with made.store.transaction() as unit:
        unit.audit.append(AuditEntry(at=NOW, actor="x", action="open", ticket_id="M-00000"))
        unit.tickets.add(ticket())
    webhook.begin(made.desk, on=True)
    return made


def _move(made: World, move: Move, version: int, key: str, text: str = "") -> None:
    asked = StaffMove(ticket_id="M-00001", move=move, version=version, text=text)
    worker.accept(made.desk, inbound(asked, key=key, conversation="ticket/M-00001", sender=STAFF))
    while worker.run_once(made.desk):
        pass


def _tell(made: World, hook: Hook) -> int:
    told = 0
    while webhook.step(made.desk, hook):
        told += 1
    return told


def _given_up(made: World) -> int:
    with made.store.reading() as unit:
        return health.queues(unit).webhook_dead


# --- what is sent --------------------------------------------------------------------------------


def test_changes_are_told_in_order_signed_and_without_words(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    _move(made, Move.ANSWER, 2, "k2", text="お電話ください")
    assert _tell(made, hook) == 2
    first, second = receiver.events()
    assert (first["type"], second["type"]) == ("ticket.approve", "ticket.answer")
    assert first["data"]["before"] == {
        "status": "awaiting_approval",
        "severity": "B",
        "category": "cloud_incident",
    }
    assert (first["data"]["ticket"]["status"], second["data"]["ticket"]["status"]) == ("open", "in_progress")
    assert (first["data"]["by"], first["data"]["ticket"]["customer_number"]) == ("staff", "****0200")
    for headers, body in receiver.taken:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        proof = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{proof}"
        assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert headers["webhook-id"] == json.loads(body)["id"]
        for secret in ("P100200", "メールが送れません", "お電話", "田中", "鈴木", "株式会社", "U-"):
            assert secret not in body.decode()


def test_what_happened_before_or_while_it_was_off_is_not_told(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    assert _tell(made, hook) == 0
    webhook.begin(made.desk, on=False)
    _move(made, Move.APPROVE, 1, "k1")
    webhook.begin(made.desk, on=True)
    webhook.begin(made.desk, on=True)
    _move(made, Move.TAKE, 2, "k2")
    _tell(made, hook)
    assert [event["type"] for event in receiver.events()] == ["ticket.take"]


def test_refused_move_and_what_is_about_no_ticket_are_no_events(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    with made.store.transaction() as unit:
        unit.audit.append(AuditEntry(at=NOW, actor="x", action="refused:approve", ticket_id="M-00001"))
        unit.audit.append(AuditEntry(at=NOW, actor="x", action="identify"))
    assert _tell(made, hook) == 0
    assert receiver.taken == []


def test_secret_of_other_tools_is_the_key_that_it_encodes(receiver: Receiver) -> None:
    key = b"k" * 24
    secret = "whsec_" + base64.b64encode(key).decode()
    _hook(receiver, secret).send("evt_1", b"{}", NOW)
    ((headers, body),) = receiver.taken
    expected = hooks.signature(key, "evt_1", headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503, 301, 302, 307, 308])
def test_failure_is_tried_again_with_the_same_id_and_later_ones_wait(receiver: Receiver, status: int) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    _move(made, Move.TAKE, 2, "k2")
    receiver.answers = [status, status]
    for wait in BACKOFF[:2]:
        assert _tell(made, hook) == 0
        made.clock.now += wait * 0.9
        assert _tell(made, hook) == 0
        made.clock.now += wait * 0.1
    assert _tell(made, hook) == 2
    ids = [event["id"] for event in receiver.events()]
    assert len(set(ids[:3])) == 1
    assert ids[3] != ids[0]
    # No redirect was followed.
    assert set(receiver.paths) == {"/hook"}


def test_nobody_there_is_a_failure(receiver: Receiver) -> None:
    made, nobody = _world(), hook_of(_settings("http://127.0.0.1:9/"))
    assert nobody is not None
    _move(made, Move.APPROVE, 1, "k1")
    assert _tell(made, nobody) == 0
    made.clock.now += BACKOFF[0]
    assert _tell(made, _hook(receiver)) == 1


def test_receiver_that_hangs_or_drips_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "SILENCE", 0.2)
    monkeypatch.setattr(hooks, "TOTAL", 0.6)
    receiver.silence = 30
    started = time.monotonic()
    with pytest.raises(Unreachable):
        _hook(receiver).send("evt_1", b"{}", NOW)
    receiver.silence, receiver.drip = 0, 0.05
    with pytest.raises(Unreachable):
        _hook(receiver).send("evt_1", b"{}", NOW)
    assert time.monotonic() - started < 10


def test_given_up_after_a_day_visibly_and_the_next_one_is_told(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    receiver.answers = [500, 500]
    assert _tell(made, hook) == 0
    made.clock.now = NOW + GIVE_UP
    _move(made, Move.TAKE, 2, "k2")
    assert webhook.step(made.desk, hook)
    assert _given_up(made) == 1
    with made.store.reading() as unit:
        notes = [getattr(item.message, "text", "") for item in unit.outbox.due(made.clock())]
    assert notes.count(alerts.WEBHOOK_GIVEN_UP) == 1
    assert _tell(made, hook) == 1
    assert _given_up(made) == 0


def test_clock_set_back_does_not_silence_it(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    receiver.answers = [500]
    _tell(made, hook)
    made.clock.now -= 3 * BACKOFF[-1]
    assert _tell(made, hook) == 1


def test_crash_between_call_and_mark_tells_it_twice_with_one_id(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    with made.store.reading() as unit:
        before = unit.marks.get("webhook")
    _tell(made, hook)
    with made.store.transaction() as unit:
        unit.marks.set("webhook", before or "")
    _tell(made, hook)
    first, second = receiver.events()
    assert first["id"] == second["id"]


# --- settings and doctor -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "secret", "name"),
    [
        ("http://example.test/hook", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("ftp://127.0.0.1/", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://user:pass@example.test/", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://example.test/#part", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://example.test:port/", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://example.test/a b", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://[broken/", SECRET, "MADOGUCHI_WEBHOOK_URL"),
        ("https://example.test/", None, "MADOGUCHI_WEBHOOK_SECRET"),
        ("https://example.test/", "0123456789abcde", "MADOGUCHI_WEBHOOK_SECRET"),
        ("https://example.test/", "whsec_c2hvcnQ=xxxxxxx", "MADOGUCHI_WEBHOOK_SECRET"),
    ],
)
def test_wrong_setting_stops_the_start(url: str, secret: str | None, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        hook_of(_settings(url, secret))
    assert caught.value.name == name


@pytest.mark.parametrize(
    "url", ["https://example.test/hook?x=1", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"]
)
def test_https_anywhere_and_http_on_this_machine(url: str) -> None:
    assert hook_of(_settings(url)) is not None
    assert hook_of(_settings("")) is None


def test_doctor_says_where_events_go_and_asks_online(receiver: Receiver) -> None:
    parts = Parts(_settings(receiver.url))
    assert "127.0.0.1" in _webhook(parts, online=False)
    assert receiver.taken == []
    _webhook(parts, online=True)
    assert [event["type"] for event in receiver.events()] == [webhook.PING]
    receiver.answers = [500]
    with pytest.raises(Failed):
        _webhook(parts, online=True)


# --- beside Slack --------------------------------------------------------------------------------


@pytest.mark.scenario
def test_hanging_receiver_holds_up_no_answer_in_slack(receiver: Receiver) -> None:
    receiver.silence = 30
    with FakeSlack() as slack:
        user, made = slack.user("田中"), world()
        settings = settings_for(
            slack,
            slack.channel("desk", private=True),
            webhook_url=receiver.url,
            webhook_secret=SecretStr(SECRET),
        )
        office = office_for(made, settings)
        office.start()
        slack.wait_connected()
        with made.store.transaction() as unit:
            unit.audit.append(AuditEntry(at=NOW, actor="x", action="open", ticket_id="M-00001"))
        slack.wait_until(lambda: receiver.taken, 10)
        place = slack.direct(user)
        root = slack.post_as(user, place, "メールが送れません")
        slack.wait_until(lambda: slack.bot_messages(place, root), 5)
        receiver.over.set()
        office.stop(5)


def test_what_was_given_up_is_posted_by_the_sender_like_anything_else(receiver: Receiver) -> None:
    made, hook = _world(), _hook(receiver)
    _move(made, Move.APPROVE, 1, "k1")
    made.clock.now = NOW + GIVE_UP
    receiver.answers = [500]
    webhook.step(made.desk, hook)
    gateway = ConsoleGateway()
    deliver_due(made.desk, gateway)
    assert any(alerts.WEBHOOK_GIVEN_UP in item.message.fallback for item in gateway.shown)
