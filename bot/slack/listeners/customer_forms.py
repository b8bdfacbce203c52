"""Forms of customers beside the identification: what is put right, and what they tell about their tickets."""

from __future__ import annotations

from bot.dialogue.actions import Action, correction
from bot.ports import PolicyTexts
from bot.services.own_tickets import move_of
from bot.slack import inbound
from bot.slack.inbound import Click, Submission
from bot.slack.reception import Reception
from bot.slack.views.form import context_of
from bot.texts import forms
from bot.texts import surface as words
from bot.texts.message import Form
from bot.tickets.ticket import Ticket
from bot.traffic import Inbound

#: Field id -> what is wrong with it.
Errors = dict[str, str]


def open_correction(reception: Reception, pressed: Click) -> str:
    """Open the form; returns why not, or nothing. Only whose talk it is puts it right."""
    if not reception.owns(pressed.conversation_id, pressed.sender.id):
        return words.NOT_YOURS
    told = reception.talk(pressed.conversation_id).category
    return _open(reception, pressed, forms.correction(pressed.conversation_id, told or ""))


def open_own(reception: Reception, pressed: Click) -> str:
    """Open the form for a ticket of one's own; returns why not, or nothing."""
    move = move_of(pressed.action, pressed.value)
    objection = reception.objection_to_own(move, pressed.sender, pressed.key)
    if objection:
        return objection
    names = _texts(reception, reception.ticket(move.ticket_id)).severity_names
    return _open(reception, pressed, forms.own(pressed.action, move.ticket_id, names))


def receive_correction(reception: Reception, sent: Submission) -> Errors:
    """Take what was put right; a form sent as it was changes nothing."""
    conversation = context_of(sent.context).get("conversation", "")
    if not ours(reception, conversation) or not reception.owns(conversation, sent.sender.id):
        return {"category": words.REFUSED}
    event = correction(sent.values)
    if event.category is None and not event.text:
        return {}
    reception.take(
        Inbound(
            key=sent.key,
            conversation_id=conversation,
            address=inbound.place_of(conversation),
            sender=sent.sender,
            event=event,
            received_at=reception.now(),
        )
    )
    return {}


def receive_own(reception: Reception, sent: Submission) -> Errors:
    """Take what a customer tells about a ticket."""
    move = move_of(sent.form, context_of(sent.context).get("ticket", ""), sent.values)
    objection = reception.objection_to_own(move, sent.sender, sent.key)
    if objection or not move.ticket_id:
        return {"text": objection or words.REFUSED}
    reception.take(reception.own_inbound(move, sent.sender, sent.key))
    return {}


def ours(reception: Reception, conversation: str) -> bool:
    """Tell whether that is the id of a talk in our workspace."""
    return conversation.startswith(f"slack/{reception.me.team}/") and conversation.count("/") == 3


#: What opens which form, and what takes it.
OPEN = {Action.CORRECT: open_correction} | dict.fromkeys(
    (Action.OWN_ADD, Action.OWN_SEVERITY, Action.RATE_WORDS), open_own
)
RECEIVE = {Action.CORRECT: receive_correction} | dict.fromkeys(
    (Action.OWN_ADD, Action.OWN_SEVERITY, Action.RATE_WORDS), receive_own
)


def _open(reception: Reception, pressed: Click, form: Form) -> str:
    return "" if reception.surfaces.open(pressed.trigger_id, form) else words.PRESS_AGAIN


def _texts(reception: Reception, ticket: Ticket) -> PolicyTexts:
    desk = reception.desk
    policy = ticket.contract.policy_id if ticket.contract else desk.configuration.default_policy
    return desk.policy_texts(policy) if policy else PolicyTexts(name="", rule="")
