"""May this actor do that: the one place that decides it, asked at the moment of action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import NotAllowed


class Role(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"
    #: Guests, other workspaces, bots, deleted users: nothing internal, ever.
    OUTSIDER = "outsider"


class Verb(StrEnum):
    """Everything that anybody can do."""

    TALK = "talk"
    TICKET_SEE_OWN = "ticket.see_own"
    TICKET_ADD_INFORMATION = "ticket.add_information"
    TICKET_CLOSE_OWN = "ticket.close_own"
    TICKET_REOPEN_OWN = "ticket.reopen_own"
    TICKET_ASK_SEVERITY = "ticket.ask_severity"
    TICKET_RATE = "ticket.rate"
    CONTRACT_FORGET_OWN = "contract.forget_own"
    TICKET_SEE = "ticket.see"
    TICKET_APPROVE = "ticket.approve"
    TICKET_CORRECT = "ticket.correct"
    TICKET_ASK_BACK = "ticket.ask_back"
    TICKET_REJECT = "ticket.reject"
    TICKET_TAKE = "ticket.take"
    TICKET_ASSIGN = "ticket.assign"
    TICKET_ANSWER = "ticket.answer"
    TICKET_NOTE = "ticket.note"
    TICKET_WAIT = "ticket.wait"
    TICKET_RESUME = "ticket.resume"
    TICKET_RESOLVE = "ticket.resolve"
    TICKET_CLOSE = "ticket.close"
    TICKET_REOPEN = "ticket.reopen"
    TICKET_MERGE = "ticket.merge"
    TICKET_CHANGE_SEVERITY = "ticket.change_severity"
    TICKET_REQUEST_RCA = "ticket.request_rca"
    TICKET_EXPORT = "ticket.export"
    CONTRACT_IMPORT = "contract.import"
    CONTRACT_SEE = "contract.see"
    FAQ_EDIT = "faq.edit"
    LABEL_REVIEW = "label.review"
    MODEL_TRAIN = "model.train"
    MODEL_PROMOTE = "model.promote"
    MODEL_ROLLBACK = "model.rollback"
    PRIVACY_EXPORT = "privacy.export"
    PRIVACY_CORRECT = "privacy.correct"
    PRIVACY_ERASE = "privacy.erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who acts, with the roles re-read for this action."""

    id: str
    name: str = ""
    roles: frozenset[Role] = frozenset({Role.CUSTOMER})
    team: str = ""


_OWN = frozenset({Role.CUSTOMER, Role.STAFF, Role.ADMIN})
_DESK = frozenset({Role.STAFF, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})

#: Verb -> roles that may do it. Every verb stands here (held by a test).
RULES: dict[Verb, frozenset[Role]] = {
    Verb.TALK: frozenset({Role.CUSTOMER, Role.STAFF, Role.ADMIN, Role.OUTSIDER}),
    Verb.TICKET_SEE_OWN: _OWN,
    Verb.TICKET_ADD_INFORMATION: _OWN,
    Verb.TICKET_CLOSE_OWN: _OWN,
    Verb.TICKET_REOPEN_OWN: _OWN,
    Verb.TICKET_ASK_SEVERITY: _OWN,
    Verb.TICKET_RATE: _OWN,
    Verb.CONTRACT_FORGET_OWN: _OWN,
    Verb.TICKET_SEE: _DESK,
    Verb.TICKET_APPROVE: _DESK,
    Verb.TICKET_CORRECT: _DESK,
    Verb.TICKET_ASK_BACK: _DESK,
    Verb.TICKET_REJECT: _DESK,
    Verb.TICKET_TAKE: _DESK,
    Verb.TICKET_ASSIGN: _DESK,
    Verb.TICKET_ANSWER: _DESK,
    Verb.TICKET_NOTE: _DESK,
    Verb.TICKET_WAIT: _DESK,
    Verb.TICKET_RESUME: _DESK,
    Verb.TICKET_RESOLVE: _DESK,
    Verb.TICKET_CLOSE: _DESK,
    Verb.TICKET_REOPEN: _DESK,
    Verb.TICKET_MERGE: _DESK,
    Verb.TICKET_CHANGE_SEVERITY: _DESK,
    Verb.TICKET_REQUEST_RCA: _DESK,
    Verb.TICKET_EXPORT: _DESK,
    Verb.CONTRACT_IMPORT: _ADMIN,
    Verb.CONTRACT_SEE: _DESK,
    Verb.FAQ_EDIT: _DESK,
    Verb.LABEL_REVIEW: _DESK,
    Verb.MODEL_TRAIN: _ADMIN,
    Verb.MODEL_PROMOTE: _ADMIN,
    Verb.MODEL_ROLLBACK: _ADMIN,
    Verb.PRIVACY_EXPORT: _ADMIN,
    Verb.PRIVACY_CORRECT: _ADMIN,
    Verb.PRIVACY_ERASE: _ADMIN,
}

_OWNERS_ONLY = frozenset(
    {
        Verb.TICKET_SEE_OWN,
        Verb.TICKET_ADD_INFORMATION,
        Verb.TICKET_CLOSE_OWN,
        Verb.TICKET_REOPEN_OWN,
        Verb.TICKET_ASK_SEVERITY,
        Verb.TICKET_RATE,
    }
)
_NOT_THE_REPORTER = frozenset({Verb.TICKET_APPROVE, Verb.TICKET_CORRECT})


def allowed(actor: Actor, verb: Verb, *, reporter: str | None = None) -> bool:
    """Tell whether `actor` may do `verb` to something reported by the user id `reporter`.

    Own things belong to their reporter alone; nobody approves what they reported themselves. Whoever is
    an outsider has no other role beside that.
    """
    roles = actor.roles & {Role.OUTSIDER} or actor.roles
    if not actor.id or not (roles & RULES[verb]):
        return False
    if verb in _OWNERS_ONLY:
        return actor.id == reporter
    if verb in _NOT_THE_REPORTER:
        return actor.id != reporter
    return True


def authorize(actor: Actor, verb: Verb, *, reporter: str | None = None) -> None:
    """Raise NotAllowed unless `allowed`."""
    if not allowed(actor, verb, reporter=reporter):
        raise NotAllowed(verb)
