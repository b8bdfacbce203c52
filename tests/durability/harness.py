"""A real `madoguchi run` that is killed again and again while people write, and the account afterwards."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.dialogue.actions import Action
from bot.slack import ids
from bot.storage.sqlite.store import SqliteStore
from knowledge.contracts.contract import Contract
from tests.durability.nursery import Child, Nursery
from tests.fake_slack import FakeSlack
from tests.fake_slack.chaos import Chaos

ROOT = Path(__file__).resolve().parents[2]
SEVERE = "全社でメールが送受信できません。業務が止まっています。"
MILD = "Outlook の署名を変える方法を教えてください。"
#: What the customer is told with the number of a new ticket.
OPENED = "受付番号は"
PEOPLE, PLACES = 20, 4
#: Seconds that a start may take on a busy machine.
STARTING = 30.0
#: Of the environment: a start that compiles everything anew would be killed before it listens.
_UNWANTED = ("MADOGUCHI_", "SLACK_", "PYTHONDONTWRITEBYTECODE")


@dataclass(slots=True, kw_only=True)
class Plan:
    """How much is written and how often the process dies."""

    messages: int
    kills: int
    faults: bool
    seed: int = 1
    #: Share of the processes that die while they start, and the most seconds they have.
    stillborn: float = 0.3
    starting: float = 1.5
    #: The most seconds that the others live once they listen.
    life: float = 2.5
    #: Whether each start begins from nothing, imports and all, or in a fork of a process that has those.
    from_nothing: bool = True


@dataclass(slots=True, kw_only=True)
class Account:
    """What became of everything. All counts but the first four should be zero."""

    messages: int
    kills: int
    tickets: int
    seconds: float
    lost: int = 0
    without_reply: int = 0
    doubled_replies: int = 0
    lost_replies: int = 0
    doubled_tickets: int = 0
    lost_tickets: int = 0
    cards_not_one: int = 0
    receipts_not_one: int = 0
    given_up: int = 0
    bad_exit: int = 0
    integrity: str = ""
    audit_bad: int | None = None
    #: Told, not judged.
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> dict[str, Any]:
        """Everything that is not as it has to be."""
        wrong = (
            "lost",
            "without_reply",
            "doubled_replies",
            "lost_replies",
            "doubled_tickets",
            "lost_tickets",
            "cards_not_one",
            "receipts_not_one",
            "given_up",
            "bad_exit",
        )
        found: dict[str, Any] = {name: getattr(self, name) for name in wrong if getattr(self, name)}
        if self.integrity != "ok":
            found["integrity"] = self.integrity
        if self.audit_bad is not None:
            found["audit_bad"] = self.audit_bad
        return found


class Desk:
    """The process: started, killed, started again."""

    def __init__(
        self,
        home: Path,
        slack: FakeSlack,
        staff_channel: str,
        command: Sequence[str] = ("-m", "bot"),
        *,
        from_nothing: bool = True,
    ) -> None:
        self.home, self._command = home, command
        self._log = (home / "run.log").open("ab")
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.upper().startswith(_UNWANTED)},
            **slack.environment(),
            "MADOGUCHI_HOME": str(home),
            "MADOGUCHI_STAFF_CHANNEL": staff_channel,
            "MADOGUCHI_DEFAULT_POLICY": "unified",
            "MADOGUCHI_POSTS_PER_SECOND": "0",
            "PYTHONPATH": str(ROOT),
        }
        self._process: subprocess.Popen[bytes] | Child | None = None
        self._nursery = None if from_nothing else Nursery(home, self._environment, self._log)

    def start(self) -> None:
        if self._nursery is not None:
            self._process = self._nursery.start()
            return
        self._process = subprocess.Popen(
            [sys.executable, *self._command, "run"],
            cwd=self.home,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self, timeout: float = 15.0) -> int:
        """Ask it to finish; return its exit status, or -1 where it did not in time."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1

    def close(self) -> None:
        if self.running:
            self.kill()
        if self._nursery is not None:
            self._nursery.close()
        self._log.close()


@dataclass(slots=True, kw_only=True)
class Told:
    """A message somebody wrote."""

    channel: str
    ts: str
    user: str
    severe: bool
    pressed_at: float = 0.0
    opened: bool = False


class Town:
    """People who write, and press the button that makes a ticket."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.people = [slack.user(f"person{number}") for number in range(PEOPLE)]
        self.staff = slack.user("staff")
        self.places = [slack.channel(f"place{number}", members=self.people) for number in range(PLACES)]
        self.staff_channel = slack.channel("desk", private=True, members=[self.staff])
        self.told: list[Told] = []

    def write(self, number: int) -> None:
        user, place, severe = self.people[number % PEOPLE], self.places[number % PLACES], number % 2 == 0
        text = f"<@{self.slack.bot}> {SEVERE if severe else MILD} ({number})"
        ts = self.slack.post_as(user, place, text)
        self.told.append(Told(channel=place, ts=ts, user=user, severe=severe))

    def press(self) -> int:
        """Press what waits to be confirmed, again where nobody took it; return how many still wait."""
        waiting = 0
        for told in self.told:
            if not told.severe or self.has_ticket(told):
                continue
            waiting += 1
            message = self._to_confirm(told)
            if message is None or time.monotonic() - told.pressed_at < 4:
                continue
            told.pressed_at = time.monotonic()
            self.slack.press(told.user, message, Action.CONFIRM, wait=False)
        return waiting

    def has_ticket(self, told: Told) -> bool:
        if not told.opened:
            messages = self.slack.bot_messages(told.channel, told.ts)
            told.opened = any(OPENED in json.dumps(message, ensure_ascii=False) for message in messages)
        return told.opened

    def _to_confirm(self, told: Told) -> dict[str, Any] | None:
        for message in self.slack.bot_messages(told.channel, told.ts):
            if any(action == Action.CONFIRM for action in _actions(message)):
                return message
        return None


def _actions(message: dict[str, Any]) -> Iterator[str]:
    for block in message.get("blocks", []):
        for element in block.get("elements", []):
            if isinstance(element, dict) and "action_id" in element:
                yield element["action_id"]


def prepare(home: Path, models: Path, people: list[str]) -> None:
    """Make a home with a trained model, and everybody's contract known."""
    shutil.copytree(models, home / "models")
    contract = Contract(number="P100200", holder="見本商事", policy_id="unified")
    store = SqliteStore.open(home / "desk.db")
    with store.transaction() as unit:
        unit.contracts.upsert([contract])
        kept = unit.contracts.all()[0]
        for user in people:
            unit.people.link(user, getattr(kept, "key", "") or kept.number, datetime.now(UTC))
    store.close()


def run(plan: Plan, home: Path, models: Path, *, patience: float = 120.0) -> Account:
    """Let people write while the process dies again and again; return the account."""
    home.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with FakeSlack(scopes=ids.SCOPES, events=ids.SUBSCRIPTIONS, seed=plan.seed) as slack:
        slack.hub.ack_window = 1.0
        town = Town(slack)
        prepare(home, models, town.people)
        desk = Desk(home, slack, town.staff_channel, from_nothing=plan.from_nothing)
        chaos = Chaos(slack, seed=plan.seed)
        try:
            desk.start()
            slack.wait_until(lambda: slack.calls("users.conversations"), 60)
            if plan.faults:
                chaos.start()
            with _writing(town, plan):
                _nemesis(town, desk, plan)
            if plan.faults:
                chaos.stop()
            _settle(town, home, patience)
            slack.wait_connected(STARTING)
            status = desk.end()
        finally:
            desk.close()
        return _account(plan, town, home, status, time.monotonic() - started, chaos)


@contextmanager
def _writing(town: Town, plan: Plan) -> Iterator[None]:
    """Write all messages while the block runs, and the rest at its end."""
    over = threading.Event()
    # About as long as the kills take, of which nobody knows how long a start is.
    pause = plan.kills * (1 - plan.stillborn) * plan.life / plan.messages

    def write() -> None:
        chance = random.Random(plan.seed)
        for number in range(plan.messages):
            town.write(number)
            if number % 5 == 0:
                town.press()
            if not over.is_set():
                over.wait(chance.expovariate(1 / pause))

    thread = threading.Thread(target=write, name="people", daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def _nemesis(town: Town, desk: Desk, plan: Plan) -> None:
    """Kill at random moments, of the start and of the work, however fast this machine is."""
    chance = random.Random(plan.seed + 1)
    for _ in range(plan.kills):
        if chance.random() < plan.stillborn:
            time.sleep(chance.uniform(0, plan.starting))
        else:
            with suppress(TimeoutError):
                town.slack.wait_connected(STARTING)
            time.sleep(chance.uniform(0, plan.life))
        desk.kill()
        # What the dead process held open is noticed at once.
        town.slack.wait_until(lambda: not town.slack.hub.connections)
        desk.start()


def _settle(town: Town, home: Path, patience: float) -> None:
    """Wait until nothing waits any more, or for as long as there is patience."""
    end, calm = time.monotonic() + patience, 0
    while time.monotonic() < end and calm < 4:
        waiting = town.press()
        open_envelopes = [e for e in town.slack.hub.unacked() if e.repeat and not e.given_up]
        calm = calm + 1 if not waiting and not open_envelopes and _idle(home) else 0
        time.sleep(0.5)


def _idle(home: Path) -> bool:
    with closing(_database(home)) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM inbox WHERE status <> 'done'),"
            " (SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending'))"
        ).fetchone()
    return tuple(row) == (0, 0)


def _database(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'desk.db'}?mode=ro", uri=True)


# --- the account ---------------------------------------------------------------------------------


def _account(plan: Plan, town: Town, home: Path, status: int, seconds: float, chaos: Chaos) -> Account:
    slack = town.slack
    account = Account(
        messages=plan.messages, kills=plan.kills, tickets=0, seconds=round(seconds, 1), bad_exit=abs(status)
    )
    _count_replies(account, town, home)
    _count_tickets(account, town, home)
    store = SqliteStore.open(home / "desk.db")
    account.integrity = store.integrity()
    with store.reading() as unit:
        account.audit_bad = unit.audit.first_bad()
        unread = sum(entry.action == "unreadable" for entry in unit.audit.all())
    store.close()
    first = [e.latency for e in slack.hub.envelopes if e.repeat and e.deliveries == 1 and e.latency]
    account.facts = {
        "redeliveries": sum(max(0, e.deliveries - 1) for e in slack.hub.envelopes),
        "given_up_by_slack": sum(e.given_up for e in slack.hub.envelopes),
        "read_backs": len(slack.calls("conversations.replies")) + len(slack.calls("conversations.history")),
        "ack_p99_ms": round(sorted(first)[int(len(first) * 0.99)] * 1000, 1) if first else None,
        "failed_calls": dict(
            sorted(Counter(call.outcome for call in slack.calls() if call.outcome != "ok").items())
        ),
        "forged": chaos.forged,
        "handed_to_human": unread,
        # Of the harness itself, and of the processes it killed.
        "cpu_seconds": [round(spent, 1) for spent in _cpu()],
    }
    return account


def _cpu() -> tuple[float, float]:
    spent = os.times()
    return spent.user + spent.system, spent.children_user + spent.children_system


def _count_replies(account: Account, town: Town, home: Path) -> None:
    slack = town.slack
    seen = Counter(
        message["metadata"]["event_payload"]["key"]
        for place in (*town.places, town.staff_channel)
        for message in slack.bot_messages(place)
        if message.get("metadata")
    )
    account.doubled_replies = sum(count - 1 for key, count in seen.items())
    with closing(_database(home)) as conn:
        inbox = {row[0] for row in conn.execute("SELECT key FROM inbox WHERE status = 'done'")}
        sent = {
            row[0]
            for row in conn.execute("SELECT key FROM outbox WHERE status = 'sent' AND body LIKE '%\"post\"%'")
        }
        account.given_up = conn.execute("SELECT count(*) FROM outbox WHERE status = 'dead'").fetchone()[0]
    account.lost_replies = len(sent - set(seen))
    for told in town.told:
        account.lost += f"{slack.team}/{told.channel}/{told.ts}" not in inbox
        account.without_reply += not slack.bot_messages(told.channel, told.ts)
        root = next(m for m in slack.messages(told.channel, told.ts) if m["ts"] == told.ts)
        account.receipts_not_one += root.get("reactions", []) != [ids.SEEN]


def _count_tickets(account: Account, town: Town, home: Path) -> None:
    with closing(_database(home)) as conn:
        tickets = Counter(row[0] for row in conn.execute("SELECT conversation_id FROM tickets"))
        names = {row[0] for row in conn.execute("SELECT id FROM tickets")}
    account.tickets = sum(tickets.values())
    account.doubled_tickets = sum(count - 1 for count in tickets.values())
    for told in town.told:
        talk = f"slack/{town.slack.team}/{told.channel}/{told.ts}"
        account.lost_tickets += told.severe and talk not in tickets
    cards = Counter(
        message["metadata"]["event_payload"]["key"]
        for message in town.slack.bot_messages(town.staff_channel)
        if message.get("metadata") and "thread_ts" not in message
    )
    account.cards_not_one = sum(cards[f"card/{name}"] != 1 for name in names)
