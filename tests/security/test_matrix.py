"""Who may do what, over every way in: eight kinds of people, every verb, and every surface that carries it.

tests/security/test_surfaces.py tries the same at every surface, one by one.
"""

from __future__ import annotations

import pytest

from bot.authorisation import Actor, Role, Verb, allowed
from bot.services import worker
from bot.slack.listeners.home import own_tickets
from bot.texts import surface as words
from bot.tickets.lifecycle import VERBS, Move
from bot.tickets.ticket import TicketStatus
from bot.traffic import StaffMove
from tests.builders import NOW, SettableClock, ticket
from tests.fake_slack import FakeSlack
from tests.security.city import DESK, INSIDE, PEOPLE, City, may


def test_every_verb_is_decided_for_every_person(city: City) -> None:
    wrong = []
    for person in PEOPLE:
        actor = Actor(id=city.ids[person], roles=city.directory.roles(city.ids[person]))
        for verb in Verb:
            if allowed(actor, verb, reporter=city.ids["reporter"]) != may(person, verb):
                wrong.append((person, verb))
    assert wrong == []


@pytest.mark.parametrize("person", PEOPLE)
def test_click_and_form_are_refused_to_whoever_may_not(city: City, person: str) -> None:
    """`objection` stands before every button, modal, command, shortcut and reaction of the staff."""
    for move, verb in VERBS.items():
        asked = StaffMove(ticket_id="M-00001", move=move, version=1)
        objection = city.reception.objection(asked, city.sender(person), f"{person}/{move}")
        assert (objection == words.REFUSED) == (not may(person, verb)), (person, move)


@pytest.mark.parametrize("person", PEOPLE)
def test_move_is_decided_again_when_it_is_made(city: City, person: str) -> None:
    """Whatever got past the surface, also what somebody smuggled into the inbox."""
    for move, verb in VERBS.items():
        before = _state(city)
        asked = StaffMove(ticket_id="M-00001", move=move, text="x")
        inbound = city.reception.staff_inbound(asked, city.sender(person), f"{person}/{move}")
        worker.accept(city.world.desk, inbound)
        while worker.run_once(city.world.desk):
            pass
        if not may(person, verb):
            assert _state(city) == before, (person, move)
            assert _last_audit(city) == (city.ids[person], f"refused:{move}", "NotAllowed")
    with city.world.store.transaction() as unit:
        assert unit.audit.first_bad() is None


@pytest.mark.parametrize("person", PEOPLE)
def test_home_shows_only_what_somebody_reported(city: City, person: str) -> None:
    with city.world.store.transaction() as unit:
        for number, name in enumerate(PEOPLE, start=2):
            unit.tickets.add(ticket(id=f"M-{number:05d}", source_key=f"m{number}", reporter=city.ids[name]))
    shown = own_tickets(city.reception, city.ids[person])
    assert {found.reporter for found in shown} == ({city.ids[person]} if person in INSIDE else set())


@pytest.mark.parametrize("person", [name for name in PEOPLE if name not in DESK])
def test_unknown_and_forbidden_look_the_same_and_are_both_written_down(city: City, person: str) -> None:
    answers = []
    for ticket_id in ("M-00001", "M-99999"):
        asked = StaffMove(ticket_id=ticket_id, move=Move.APPROVE, version=1)
        answers.append(city.reception.objection(asked, city.sender(person), f"k/{ticket_id}"))
    with city.world.store.transaction() as unit:
        actions = [entry.action for entry in unit.audit.all()]
    assert answers == [words.REFUSED, words.REFUSED]
    assert actions == ["refused:approve", "refused:approve"]


def test_role_that_was_taken_away_is_gone_within_a_minute(slack: FakeSlack, city: City) -> None:
    user = city.ids["staff"]
    assert Role.STAFF in city.directory.roles(user)
    slack.workspace.users[user].deleted = True
    clock = city.directory._clock
    assert isinstance(clock, SettableClock)
    clock.advance(seconds=60)
    assert city.directory.roles(user) == {Role.OUTSIDER}


def test_nobody_approves_their_own(city: City) -> None:
    with city.world.store.transaction() as unit:
        unit.tickets.add(ticket(id="M-00002", source_key="m2", reporter=city.ids["staff"]))
    own = StaffMove(ticket_id="M-00002", move=Move.APPROVE, version=1)
    assert city.reception.objection(own, city.sender("staff"), "k") == words.REFUSED
    assert city.reception.objection(own, city.sender("admin"), "k") == ""


def _state(city: City) -> tuple[TicketStatus, int]:
    with city.world.store.transaction() as unit:
        found = unit.tickets.get("M-00001")
    assert found is not None
    return found.status, found.version


def _last_audit(city: City) -> tuple[str, str, str]:
    with city.world.store.transaction() as unit:
        entry = unit.audit.all()[-1]
    return entry.actor, entry.action, entry.note


def test_there_is_a_ticket_to_fight_for(city: City) -> None:
    assert _state(city) == (TicketStatus.AWAITING_APPROVAL, 1)
    assert city.world.clock() == NOW
