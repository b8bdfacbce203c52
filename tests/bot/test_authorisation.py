from __future__ import annotations

from itertools import product

import pytest

from bot.authorisation import RULES, Actor, Role, Verb, allowed, authorize
from bot.errors import NotAllowed

OWN = {
    Verb.TICKET_SEE_OWN,
    Verb.TICKET_ADD_INFORMATION,
    Verb.TICKET_CLOSE_OWN,
    Verb.TICKET_REOPEN_OWN,
    Verb.TICKET_ASK_SEVERITY,
    Verb.TICKET_RATE,
}
#: About the person alone: nobody else's thing.
MINE = {Verb.TALK, Verb.CONTRACT_FORGET_OWN}
ADMIN_ONLY = {Verb.CONTRACT_IMPORT, Verb.MODEL_TRAIN, Verb.MODEL_PROMOTE, Verb.MODEL_ROLLBACK} | {
    Verb.PRIVACY_EXPORT,
    Verb.PRIVACY_CORRECT,
    Verb.PRIVACY_ERASE,
}
FOUR_EYES = {Verb.TICKET_APPROVE, Verb.TICKET_CORRECT}
DESK = set(Verb) - OWN - ADMIN_ONLY - MINE

#: What each role may do to somebody else's things.
MAY = {
    Role.CUSTOMER: MINE,
    Role.STAFF: MINE | DESK,
    Role.ADMIN: MINE | DESK | ADMIN_ONLY,
    Role.OUTSIDER: {Verb.TALK},
}


def actor(*roles: Role, name: str = "U1") -> Actor:
    return Actor(id=name, roles=frozenset(roles))


def test_every_verb_has_a_rule() -> None:
    assert set(RULES) == set(Verb)


@pytest.mark.parametrize(("role", "verb"), tuple(product(Role, Verb)))
def test_role_may_do_to_others_what_its_row_says(role: Role, verb: Verb) -> None:
    assert allowed(actor(role), verb, reporter="U2") == (verb in MAY[role])


@pytest.mark.parametrize(("role", "verb"), tuple(product(Role, sorted(OWN))))
def test_own_things_belong_to_everybody_but_outsiders(role: Role, verb: Verb) -> None:
    assert allowed(actor(role), verb, reporter="U1") == (role is not Role.OUTSIDER)


@pytest.mark.parametrize(("role", "verb"), tuple(product(Role, sorted(FOUR_EYES))))
def test_nobody_approves_what_they_reported(role: Role, verb: Verb) -> None:
    assert not allowed(actor(role), verb, reporter="U1")


@pytest.mark.parametrize("verb", Verb)
def test_nameless_or_roleless_actor_may_nothing(verb: Verb) -> None:
    assert not allowed(actor(*Role, name=""), verb)
    assert not allowed(actor(), verb)


def test_roles_add_up() -> None:
    assert allowed(actor(Role.CUSTOMER, Role.STAFF), Verb.TICKET_APPROVE, reporter="U2")


def test_authorize_raises_where_it_is_not_allowed() -> None:
    with pytest.raises(NotAllowed, match=r"ticket\.approve"):
        authorize(actor(Role.CUSTOMER), Verb.TICKET_APPROVE, reporter="U2")
    authorize(actor(Role.STAFF), Verb.TICKET_APPROVE, reporter="U2")
