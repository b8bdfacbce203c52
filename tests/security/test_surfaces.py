"""Every verb at every place where somebody can try it: buttons, forms, command, Home, messages, command line.

Each surface is driven as Slack or a shell drives it. A new verb without a place here fails, and so does a new
button that lets a stranger change anything.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.authorisation import Verb
from bot.cli.app import app
from bot.dialogue.actions import OPENS_FORM, Action
from bot.errors import BotError, NotAllowed
from bot.services import own_tickets, worker
from bot.services.administration import Administration
from bot.settings import load_settings
from bot.slack import ids
from bot.slack.inbound import Click
from bot.slack.listeners import buttons, commands, forms, home, messages, shortcuts
from bot.storage.sqlite.store import SqliteStore
from bot.texts import surface as words
from bot.tickets.lifecycle import VERBS, Move
from bot.traffic import Address, CustomerMove, OwnMove, StaffMove
from classifiers.errors import ClassifierError
from classifiers.labels import Severity
from classifiers.registry import Registry
from tests.builders import ticket
from tests.fake_slack import FakeSlack
from tests.security.city import PEOPLE, City, may

TICKET = "M-00001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Somebody at some place; each returns whether the person got through."""

    city: City
    slack: FakeSlack
    person: str

    @property
    def user(self) -> str:
        return self.city.ids[self.person]

    def through(self, act: Callable[[], object]) -> bool:
        """Tell whether nothing was written down as refused to this person."""
        before = self._refused()
        act()
        while worker.run_once(self.city.world.desk):
            pass
        return self._refused() == before

    def _refused(self) -> int:
        with self.city.world.store.reading() as unit:
            return sum(e.actor == self.user and e.action.startswith("refused:") for e in unit.audit.all())

    def press(self, action: Action, value: str = "", conversation: str = "") -> None:
        reception = self.city.reception
        pressed = Click(
            key=f"{self.person}/{action}/{value}",
            action=action,
            value=value,
            ticked=(),
            sender=self.city.sender(self.person),
            trigger_id="none",
            address=Address(channel="C1", thread="1"),
            conversation_id=conversation or f"person/{self.user}",
        )
        (forms.open_form if action in OPENS_FORM else buttons.press)(reception, pressed)

    def command(self, text: str) -> str:
        body = {"user_id": self.user, "team_id": self.slack.team, "text": text, "trigger_id": text}
        return str(commands.answer(self.city.reception, body))

    def home(self) -> str:
        if self.user not in self.slack.workspace.users:
            return ""
        home.show(self.city.reception, self.user)
        return json.dumps(self.slack.home(self.user), ensure_ascii=False)


def _own(move: OwnMove) -> Callable[[Try], bool]:
    def attempt(a: Try) -> bool:
        asked = CustomerMove(move=move, ticket_id="" if move is OwnMove.FORGET_CONTRACT else TICKET)
        kept = a.city.reception.own_inbound(asked, a.city.sender(a.person), f"{a.person}/{move}")
        return a.through(lambda: worker.accept(a.city.world.desk, kept))

    return attempt


def _own_button(action: Action) -> Callable[[Try], bool]:
    value = "" if action is Action.FORGET_CONTRACT else TICKET
    return lambda a: a.through(lambda: a.press(action, value))


def _staff(move: Any) -> Callable[[Try], bool]:
    def attempt(a: Try) -> bool:
        asked = StaffMove(ticket_id=TICKET, move=move, version=1)
        return (
            a.city.reception.objection(asked, a.city.sender(a.person), f"{a.person}/{move}") != words.REFUSED
        )

    return attempt


def _corrected(a: Try) -> bool:
    asked = StaffMove(ticket_id=TICKET, move=Move.APPROVE, severity=Severity.A, version=1)
    kept = a.city.reception.staff_inbound(asked, a.city.sender(a.person), a.person)
    return a.through(lambda: worker.accept(a.city.world.desk, kept))


def _model(action: Action) -> Callable[[Try], bool]:
    """On the message of a training, beside which no Home is shown."""

    def attempt(a: Try) -> bool:
        made = a.city.world
        steered = Administration(
            registry=Registry(load_settings().models),
            vitals=lambda unit: pytest.fail("shown to nobody here"),
            policies=tuple,
            unknown=lambda text: None,
        )
        reception = replace(a.city.reception, desk=replace(made.desk, administration=steered))
        trying = replace(a, city=replace(a.city, reception=reception))
        return a.through(lambda: trying.press(action))

    return attempt


def _word(a: Try, text: str) -> bool:
    body = {
        "team_id": a.slack.team,
        "event": {"type": "message", "channel": "D1", "channel_type": "im", "user": a.user, "text": text},
    }
    body["event"]["ts"] = f"1700000000.{PEOPLE.index(a.person):06d}"  # type: ignore[index]
    before = _kept(a)
    messages.hear(a.city.reception, body)
    return _kept(a) > before


def _pointed(a: Try) -> bool:
    """By emoji; the message is somebody else's, and whoever points asks in their own name."""
    channel = a.slack.channel("soudan", members=list(a.city.ids.values()))
    ts = a.slack.post_as(a.city.ids["colleague"], channel, "メールが送れません")
    item = {"type": "message", "channel": channel, "ts": ts}
    event = {"reaction": ids.TICKET, "user": a.user, "item": item, "item_user": a.city.ids["colleague"]}
    found = shortcuts.flagged.by_reaction({"team_id": a.slack.team, "event": event}, a.city.reception.me)
    assert found is not None
    before = _kept(a)
    shortcuts.take_up(a.city.reception, found)
    return _kept(a) > before


def _kept(a: Try) -> int:
    with a.city.world.store.reading() as unit:
        return unit.inbox.waiting()


def _button(action: Action, value: str = "own/x|2026-04-01T09:00:00+09:00") -> Callable[[Try], bool]:
    return lambda a: a.through(lambda: a.press(action, value))


#: Verb -> place -> whether somebody gets through there.
PLACES: dict[Verb, dict[str, Callable[[Try], bool]]] = {verb: {} for verb in VERBS.values()}
for _move, _verb in VERBS.items():
    PLACES[_verb][f"staff {_move}"] = _staff(_move)
for _kind, _verb in own_tickets.VERBS.items():
    PLACES.setdefault(_verb, {})[f"own {_kind}"] = _own(_kind)
for _action, _kind in own_tickets.MOVES.items():
    PLACES[own_tickets.VERBS[_kind]][f"button {_action}"] = _own_button(_action)
PLACES |= {
    Verb.TICKET_CORRECT: {"approved otherwise": _corrected},
    Verb.TALK: {"message": lambda a: _word(a, "メールが送れません"), "reaction": _pointed},
    Verb.TICKET_SEE_OWN: {
        "command": lambda a: TICKET in a.command("status"),
        "home": lambda a: bool(home.own_tickets(a.city.reception, a.user)),
    },
    Verb.TICKET_SEE: {
        "command": lambda a: a.command("search メール") != a.command("?"),
        "home": lambda a: "未承認" in a.home(),
    },
    Verb.FAQ_EDIT: {
        "draft": _button(Action.FAQ_DRAFT),
        "publish": _button(Action.FAQ_PUBLISH),
    },
    Verb.LABEL_REVIEW: {"review": _button(Action.LABEL_REVIEW)},
    Verb.MODEL_TRAIN: {"button": _model(Action.MODEL_TRAIN)},
    Verb.MODEL_PROMOTE: {"button": _model(Action.MODEL_PROMOTE)},
    Verb.MODEL_ROLLBACK: {"button": _model(Action.MODEL_ROLLBACK)},
}
PLACES[Verb.CONTRACT_FORGET_OWN]["command"] = lambda a: words.FORGOTTEN in a.command("forget")

#: Verb -> the commands that need it.
COMMANDS: dict[Verb, tuple[tuple[str, ...], ...]] = {
    Verb.TICKET_SEE: (("tickets", "list"), ("tickets", "show", TICKET), ("tickets", "search", "x")),
    Verb.TICKET_EXPORT: (("tickets", "export", "-"),),
    Verb.CONTRACT_IMPORT: (("contracts", "import", "contracts.csv"),),
    Verb.CONTRACT_SEE: (("contracts", "list"), ("contracts", "export", "out.csv")),
    Verb.TICKET_APPROVE: (("tickets", "approve", TICKET),),
    Verb.TICKET_REJECT: (("tickets", "reject", TICKET, "--reason", "x"),),
    Verb.FAQ_EDIT: (("faq", "drafts"), ("faq", "publish", "own/x")),
    Verb.LABEL_REVIEW: (("labels", "review", "1", "--severity", "A", "--category", "cloud_incident"),),
    Verb.MODEL_ROLLBACK: (("models", "rollback"),),
    Verb.PRIVACY_EXPORT: (("privacy", "export", "--user", "U1"),),
    Verb.PRIVACY_ERASE: (("privacy", "erase", "--user", "U1"),),
    Verb.PRIVACY_CORRECT: (("privacy", "correct", "--user", "U1", "--name", "x"),),
}


def test_every_verb_has_a_place() -> None:
    """Who adds a verb says here where it can be tried; who adds a place gets the whole matrix for it."""
    assert set(PLACES) | set(COMMANDS) == set(Verb)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("verb", sorted(PLACES))
def test_nobody_gets_further_than_they_may(city: City, slack: FakeSlack, verb: Verb, person: str) -> None:
    attempt = Try(city=city, slack=slack, person=person)
    wrong = [place for place, go in PLACES[verb].items() if go(attempt) != may(person, verb)]
    assert wrong == []
    with city.world.store.reading() as unit:
        assert unit.audit.first_bad() is None


@pytest.mark.parametrize("person", [name for name in PEOPLE if name != "reporter"])
def test_no_button_of_anybody_else_changes_a_talk(city: City, slack: FakeSlack, person: str) -> None:
    """All buttons there are, pressed in the talk of the reporter: a new one is held by this at once."""
    talk = f"slack/{slack.team}/C1/1"
    store = city.world.store
    with store.transaction() as unit:
        begun = replace(unit.dialogues.load(talk), reporter=city.ids["reporter"])
        unit.dialogues.save(begun, Address(channel="C1", thread="1"), city.world.clock())
    attempt = Try(city=city, slack=slack, person=person)
    for action in Action:
        attempt.press(action, TICKET, talk)
    while worker.run_once(city.world.desk):
        pass
    with store.reading() as unit:
        assert unit.dialogues.load(talk) == begun
        found = unit.tickets.get(TICKET)
    assert found == ticket(reporter=city.ids["reporter"])


@pytest.mark.parametrize("person", ["customer", "staff", "admin"])
@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_command_for_a_named_person_asks_what_they_may(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: Verb, person: str
) -> None:
    monkeypatch.setenv("MADOGUCHI_STAFF", "staff")
    monkeypatch.setenv("MADOGUCHI_ADMINS", "admin")
    Path("contracts.csv").write_text("number,holder,policy\nUNI-7003,北斗銀行,unified\n", "utf-8")
    for command in COMMANDS[verb]:
        _home_with_a_ticket()
        try:
            app([*command, "--actor", person], standalone_mode=False)
        except NotAllowed:
            through = False
        except (BotError, ClassifierError):
            through = True  # there was nothing to do it with
        else:
            through = True
        assert through == may(person, verb), command
        assert through or TICKET not in capsys.readouterr().out
        assert _refusals(person) == (0 if through else 1), command


def _refusals(person: str) -> int:
    """Count what was refused, in a home that then begins anew."""
    store = SqliteStore.open(load_settings().database)
    with store.reading() as unit:
        found = sum(e.actor == person and e.action.startswith("refused:") for e in unit.audit.all())
    store.close()
    shutil.rmtree(load_settings().home)
    return found


def _home_with_a_ticket() -> None:
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        unit.tickets.add(ticket())
    store.close()
