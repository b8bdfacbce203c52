"""A desk in a fake Slack that learns: real parts, with a sixth of the corpus to learn from."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.compose import Parts
from bot.dialogue.actions import Action
from bot.ports import Directory, Store
from bot.services.desk import Desk
from bot.services.intake_ticket import show_card
from bot.settings import Settings
from bot.slack.runner import Office
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.ticket import ContractIdentity
from classifiers.examples import read_examples, write_examples
from classifiers.labels import Category, Severity
from classifiers.registry import Registry
from classifiers.training import train
from knowledge.contracts.contract import Contract
from tests.bot.slack.conftest import PING, Message, shown
from tests.builders import NOW, SettableClock, ticket
from tests.fake_slack import FakeSlack

CONTRACT = Contract(number="P100200", holder="株式会社あおば商事", policy_id="unified")
#: Every sixth example: enough that sixty more do not push the others about.
SHARE = 6


@dataclass(slots=True, kw_only=True)
class School:
    """The desk, its people and its models."""

    slack: FakeSlack
    settings: Settings
    parts: Parts
    store: SqliteStore
    corpus: Path
    customer: str
    staff: str
    second: str
    admin: str
    channel: str
    staff_channel: str
    clock: SettableClock
    office: Office | None = None

    @property
    def registry(self) -> Registry:
        return self.parts.registry

    def start(self) -> None:
        self.office = Office(self._desk, self.store, self.settings, clock=self.clock, ping_interval=PING)
        self.office.start()
        self.slack.wait_connected()

    def stop(self) -> None:
        if self.office is not None:
            self.office.stop(5)
            self.office = None

    def _desk(self, store: Store, directory: Directory) -> Desk:
        made = self.parts.desk(store, directory, clock=self.clock)
        assert made.administration is not None
        return replace(made, administration=replace(made.administration, corpus=self.corpus))

    # --- people ---

    def home(self, person: str, text: str = "") -> Message:
        """Open the Home of `person` and wait until it says `text`."""
        self.slack.workspace.homes.clear()
        self.slack.open_home(person)

        def found() -> Message | None:
            standing = self.slack.workspace.homes.get(person)
            return standing if standing is not None and text in said(standing) else None

        return dict(self.slack.wait_until(found, 60))

    def ask(self, text: str, expected: str = "") -> str:
        """Write to the bot as the customer, in a thread of its own; return its first answer."""
        root = self.slack.post_as(self.customer, self.channel, f"<@{self.slack.bot}> {text}")
        found = self.slack.wait_until(
            lambda: [m for m in self.slack.bot_messages(self.channel, root) if expected in shown(m)], 30
        )
        return shown(found[0])

    def card(self, text: str, timeout: float = 240) -> Message:
        """Wait for a message where the cards are that says `text`; return the newest one."""
        try:
            found = self.slack.wait_until(
                lambda: [m for m in self.slack.bot_messages(self.staff_channel) if text in shown(m)], timeout
            )
        except TimeoutError:
            raise AssertionError([shown(m) for m in self.slack.bot_messages(self.staff_channel)]) from None
        return dict(found[-1])

    def whisper(self, person: str) -> str:
        found = self.slack.wait_until(lambda: [e for e in self.slack.ephemerals if e.user == person])
        return str(found[-1].text)

    def audit(self) -> list[tuple[str, str]]:
        with self.store.reading() as unit:
            return [(entry.action, entry.actor) for entry in unit.audit.all()]

    # --- tickets ---

    def report(self, texts: tuple[str, ...]) -> None:
        """Tickets with what the champion says of these texts, and their cards."""
        classifier = self.parts.classifier
        with self.store.transaction() as unit:
            key = unit.contracts.key_of(CONTRACT.number)
            for text in texts:
                verdict = classifier.classify(text)
                number = unit.tickets.reserve_id(NOW)
                made = ticket(
                    id=number,
                    source_key=number,
                    summary=text[:80],
                    description=text,
                    reporter=self.customer,
                    severity=verdict.severity.label,
                    category=verdict.category.label,
                    classification=verdict,
                    contract=ContractIdentity(
                        holder=CONTRACT.holder, number=CONTRACT.masked_number, policy_id="unified", key=key
                    ),
                )
                unit.tickets.add(made)
                show_card(unit, made, NOW)

    def cards(self, count: int) -> list[Message]:
        """Wait for the cards of so many tickets."""

        def found() -> list[Message]:
            standing = self.slack.bot_messages(self.staff_channel)
            return [m for m in standing if "thread_ts" not in m and "承認待ち" in shown(m)]

        return list(self.slack.wait_until(lambda: cards if len(cards := found()) >= count else None, 60))

    def correct(self, card: Message, severity: Severity, category: Category) -> None:
        """Press 修正して承認 on a card and fill in the form."""
        self.slack.press(self.staff, card, Action.STAFF_CORRECT)
        form = self.slack.modal(self.staff)
        assert self.slack.submit(self.staff, form, {"severity": severity, "category": category}) == {}

    def settle(self, timeout: float = 60) -> None:
        def idle() -> bool:
            with self.store.reading() as unit:
                return unit.inbox.waiting() == 0 and unit.outbox.waiting() == 0

        self.slack.wait_until(lambda: not self.slack.hub.unacked() and idle(), timeout)

    def apprentice(self) -> int:
        """The process id of the training under way."""
        assert self.office is not None
        learner = self.office._learner
        assert learner is not None
        return int(self.slack.wait_until(lambda: learner._apprentice.pid if learner._apprentice else 0, 60))

    def kill_apprentice(self) -> None:
        os.kill(self.apprentice(), signal.SIGKILL)


def said(home: Message) -> str:
    return shown({"text": "", **home})


@contextmanager
def school(folder: Path, *, share: int = SHARE) -> Iterator[School]:
    """A running desk whose champion has learned from a part of the corpus."""
    corpus = folder / "corpus.jsonl"
    examples = read_examples()[::share]
    write_examples(corpus, examples)
    with FakeSlack() as slack:
        people = {name: slack.user(name) for name in ("customer", "staff", "second", "admin")}
        desk_people = [people["staff"], people["second"], people["admin"]]
        places = {
            "channel": slack.channel("help", members=[people["customer"]]),
            "staff_channel": slack.channel("desk", private=True, members=desk_people),
        }
        settings = Settings(
            home=folder / "home",
            default_policy="unified",
            staff_channel=places["staff_channel"],
            admins=people["admin"],
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack.url,
            posts_per_second=0,
        )
        parts = Parts(settings)
        parts.registry.save(train(examples, reader=parts.reader), trained_at=NOW)
        store = SqliteStore.open(settings.database, exclusive=True)
        clock = SettableClock()
        with store.transaction() as unit:
            unit.contracts.upsert((CONTRACT,))
            unit.people.link(people["customer"], unit.contracts.key_of(CONTRACT.number), NOW)
        values: dict[str, Any] = {**people, **places}
        made = School(
            slack=slack, settings=settings, parts=parts, store=store, corpus=corpus, clock=clock, **values
        )
        made.start()
        try:
            yield made
        finally:
            made.stop()
            store.close()
