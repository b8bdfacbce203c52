"""Nine people as Slack knows them, what each may do, and a ticket to fight for.

The expectations stand here a second time, on purpose: a rule that is loosened has to be loosened twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.authorisation import Verb
from bot.slack.directory import Configured, SlackDirectory
from bot.slack.inbound import Identity
from bot.slack.reception import Reception
from bot.slack.surfaces import Surfaces
from bot.slack.web import Web
from bot.traffic import Sender
from tests.builders import SettableClock, World, ticket, world
from tests.fake_slack import FakeSlack

PEOPLE = ("reporter", "colleague", "staff", "admin", "guest", "stranger", "bot", "deleted", "nobody")
INSIDE = {"reporter", "colleague", "staff", "admin"}
DESK = {"staff", "admin"}

OWN = {
    Verb.TICKET_SEE_OWN,
    Verb.TICKET_ADD_INFORMATION,
    Verb.TICKET_CLOSE_OWN,
    Verb.TICKET_REOPEN_OWN,
    Verb.TICKET_ASK_SEVERITY,
    Verb.TICKET_RATE,
}
EVERYBODY_INSIDE = {Verb.CONTRACT_FORGET_OWN}
ADMINS = {
    Verb.CONTRACT_IMPORT,
    Verb.MODEL_TRAIN,
    Verb.MODEL_PROMOTE,
    Verb.MODEL_ROLLBACK,
    Verb.PRIVACY_EXPORT,
    Verb.PRIVACY_CORRECT,
    Verb.PRIVACY_ERASE,
}


def may(person: str, verb: Verb) -> bool:
    if verb is Verb.TALK:
        return True
    if verb in OWN:
        return person == "reporter"
    if verb in EVERYBODY_INSIDE:
        return person in INSIDE
    return person == "admin" if verb in ADMINS else person in DESK


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Nine people as Slack knows them, a ticket of the first one, and every way to reach it."""

    world: World
    ids: dict[str, str]
    reception: Reception
    directory: SlackDirectory

    def sender(self, person: str) -> Sender:
        return Sender(id=self.ids[person], name=person)


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as running:
        yield running


@pytest.fixture
def city(slack: FakeSlack) -> City:
    ids = {
        "reporter": slack.user("田中"),
        "colleague": slack.user("山田"),
        "staff": slack.user("鈴木"),
        "admin": slack.user("高橋"),
        "guest": slack.user("客人", is_restricted=True),
        "stranger": slack.user("他社", team="T-OTHER"),
        "bot": slack.user("機械", is_bot=True),
        "deleted": slack.user("退職", deleted=True),
        "nobody": "U-NOBODY",
    }
    # Every outsider was once on the operator's lists: that must not help them.
    listed = frozenset(ids[name] for name in ("staff", "admin", "guest", "stranger", "bot", "deleted"))
    web = Web(slack.bot_token, slack.url, timeout=5)
    configured = Configured(team=slack.team, staff_channel="G1", staff=listed, admins=listed - {ids["staff"]})
    directory = SlackDirectory(web, configured, clock=SettableClock())
    made = world()
    made = replace(made, desk=replace(made.desk, directory=directory))
    with made.store.transaction() as unit:
        unit.tickets.add(ticket(reporter=ids["reporter"]))
    reception = Reception(
        desk=made.desk,
        me=Identity(team=slack.team, user=slack.bot),
        surfaces=Surfaces(web),
        staff_channel="G1",
        wake=lambda: None,
    )
    return City(world=made, ids=ids, reception=reception, directory=directory)
