"""Canaries: tokens, customer numbers and people's words, looked for in everything that leaves the process."""

from __future__ import annotations

import inspect
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import logs
from bot.cli.serving import serve
from bot.errors import SettingsError
from bot.services import worker
from bot.services.identification import identify
from bot.settings import Settings, load_settings
from bot.slack.app import build_app
from bot.slack.door import Door
from bot.slack.http import HttpLink
from bot.slack.link import Ends
from bot.slack.startup import signing_secret
from bot.slack.web import Web
from bot.storage.sqlite.backup import backup
from bot.storage.sqlite.store import SqliteStore
from bot.traffic import Sender
from tests.builders import CONTRACT, NOW, RIGHT_FORM, inbound, session, world
from tests.security.conftest import SECRET, Knocking, encoded, message, reception_of, sign, wall_clock

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "knowledge", "classifiers")
CANARY = "かなりやの言葉七七"
TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-canary-1111",
    "SLACK_APP_TOKEN": "xapp-canary-2222",
    "SLACK_SIGNING_SECRET": "canary3333canary3333canary3333ca",
}
SECRETS = re.compile(r"xox[abpr]-[0-9A-Za-z]{6,}-|xapp-[0-9]-|-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}")


def test_no_secret_is_in_the_sources() -> None:
    found = [
        file.name
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.suffix in {".py", ".toml", ".md", ".yml"} and SECRETS.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_message_leaves_no_word_in_any_log(
    level: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt itself would log bodies at INFO and texts at DEBUG."""
    logs.configure(level)
    made = world()
    app = build_app(reception_of(made), signing_secret=SECRET)
    made.answers.failure = RuntimeError(f"{CANARY} {CONTRACT.number}")
    knocking = Knocking(door=Door(app, secret=SECRET, team="T1", clock=wall_clock), world=made)
    body = encoded(message(1, f"{CANARY} {CONTRACT.number}"))
    assert knocking.knock(body, sign(body, time.time()))[0] == 200
    assert knocking.knock(body, sign(body, time.time(), "wrong" * 8))[0] == 401
    odd = encoded({**message(2, CANARY), "event": CANARY})
    assert knocking.knock(odd, sign(odd, time.time()))[0] == 400
    while worker.run_once(made.desk):
        pass
    out, err = capfd.readouterr()
    told = out + err + caplog.text
    assert "failed" in told
    assert [word for word in (CANARY, CONTRACT.number, SECRET) if word in told] == []


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
@pytest.mark.parametrize("name", ["slack_bolt.App", "slack_sdk.web.base_client", "uvicorn.error", "asyncio"])
def test_libraries_complain_without_words(level: str, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Bolt gives its loggers a level of their own, so that a level alone keeps nothing in."""
    logs.configure(level)
    library = logging.getLogger(name)
    library.setLevel(logging.DEBUG)
    for severity in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        library.log(severity, CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        library.exception("%s", CANARY)
    library.setLevel(logging.NOTSET)
    out, err = capfd.readouterr()
    assert CANARY not in out + err
    assert (name in err, "ValueError" in err) == (True, True)


def test_settings_show_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert [value for value in TOKENS.values() if value in shown] == []


@pytest.mark.parametrize(
    "command", [["health"], ["contracts", "list"], ["tickets", "show", "M-1"], ["--help"]]
)
def test_command_line_tells_no_token(command: list[str], tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **TOKENS,
        "MADOGUCHI_HOME": str(tmp_path),
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "MADOGUCHI_STAFF_CHANNEL": "G1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    told = done.stdout + done.stderr
    assert [value for value in TOKENS.values() if value in told] == []


def test_backup_holds_neither_key_nor_number(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    made = world(store=SqliteStore.open(path, exclusive=True))
    talk = session(made)
    talk.say(f"{CONTRACT.number} メールが送れません")
    talk.identify(RIGHT_FORM)
    made.store.scrub()
    backup(path, tmp_path / "copy.db")
    copy = (tmp_path / "copy.db").read_bytes()
    for name in ("audit.key", "identity.key"):
        assert (tmp_path / name).read_bytes() not in copy
        assert (tmp_path / name).read_bytes() not in path.read_bytes()
    assert CONTRACT.number.encode() not in copy
    assert CONTRACT.number.encode() not in path.read_bytes()


@pytest.mark.parametrize("secret", ["", "   ", "short", "x" * 15])
def test_door_does_not_open_without_a_real_secret(secret: str) -> None:
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        signing_secret(Settings(slack_signing_secret=secret))  # type: ignore[arg-type]
    assert signing_secret(Settings(slack_signing_secret="x" * 16)) == "x" * 16  # type: ignore[arg-type]


def test_serve_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SLACK_")},
        "SLACK_BOT_TOKEN": TOKENS["SLACK_BOT_TOKEN"],
        "SLACK_SIGNING_SECRET": "canary3333",
        "MADOGUCHI_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert ("SLACK_SIGNING_SECRET" in done.stderr, "canary3333" in done.stderr) == (True, False)


def test_serving_is_for_this_machine_unless_told() -> None:
    assert inspect.signature(serve).parameters["host"].default == "127.0.0.1"


def test_place_that_is_taken_is_told() -> None:
    made = world()
    ends = Ends(
        reception=reception_of(made),
        web=Web("xoxb-test", "http://127.0.0.1:9/api/", timeout=1),
        clock=wall_clock,
        trouble=lambda _error: None,
        heard=lambda _payload, _again: None,
        linked=lambda: None,
    )
    first = HttpLink(ends, SECRET, "127.0.0.1", 0)
    first.open()
    try:
        with pytest.raises(SettingsError, match=f"127.0.0.1:{first.port}"):
            HttpLink(ends, SECRET, "127.0.0.1", first.port).open()
    finally:
        first.close()
    assert not first.connected


def test_nothing_fetches_an_address_that_somebody_gave() -> None:
    """Only the Slack client and the webhook open connections, to the addresses in the settings."""
    opening = re.compile(
        r"urlopen|urllib\.request|http\.client\.HTTP|import requests|httpx|aiohttp|response_url|url_private"
    )
    found = [
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if opening.search(file.read_text(encoding="utf-8"))
    ]
    assert found == ["bot/hooks.py"]


def test_failures_take_the_same_time_whatever_was_wrong() -> None:
    made = world()

    def median(holder: str, number: str) -> float:
        spans = []
        for tried in range(60):
            with made.store.transaction() as unit:
                began = time.perf_counter()
                identify(unit, Sender(id=f"U{number}{tried}"), holder=holder, number=f"{number}", now=NOW)
                spans.append(time.perf_counter() - began)
            with made.store.transaction() as unit:
                made.store._conn.execute("DELETE FROM identification_attempts")
        return sorted(spans)[len(spans) // 2]

    wrong_name, wrong_number = median("株式会社ほか", "P100200"), median("株式会社あおば商事", "P999999")
    assert abs(wrong_name - wrong_number) < 0.002


def test_inbound_of_a_form_holds_no_typed_number() -> None:
    made = world()
    worker.accept(made.desk, inbound("x"))
    session(made).identify(RIGHT_FORM)
    rows = [row[0] for row in made.store._conn.execute("SELECT body FROM inbox")]
    assert [row for row in rows if CONTRACT.number in row] == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_file_with_tokens_is_for_its_owner_only(tmp_path: Path, mode: int) -> None:
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=xoxb-canary-1111\n", encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings()
    file.chmod(0o600)
    assert load_settings().slack_bot_token is not None


def test_file_without_tokens_may_be_read_by_all(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MADOGUCHI_LOG_LEVEL=DEBUG\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    assert load_settings().log_level == "DEBUG"
