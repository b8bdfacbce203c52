"""Forms: opened in the click itself, checked when they are sent, then kept like everything else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_bolt import Ack, App

from bot.clock import JST
from bot.dialogue.actions import OPENS_FORM, Action
from bot.dialogue.events import Identified
from bot.dialogue.state import Details
from bot.services.identification import identify
from bot.services.material import material, with_canned
from bot.slack import inbound
from bot.slack.inbound import Click, Submission
from bot.slack.listeners import administration, customer_forms, faq_desk
from bot.slack.listeners.buttons import pattern
from bot.slack.listeners.customer_forms import Errors, ours
from bot.slack.reception import Reception
from bot.slack.views.form import context_of, modal
from bot.texts import forms, labels, staff_forms
from bot.texts import surface as words
from bot.texts.message import Form
from bot.traffic import Inbound
from knowledge.contracts.contract import Identification, IdentificationStatus


def register(app: App, reception: Reception) -> None:
    """Listen to the buttons that open a form, and to every form that is sent."""

    @app.action(pattern(OPENS_FORM))
    def on_open(ack: Ack, body: dict[str, Any]) -> None:
        pressed = inbound.click(body, reception.me)
        if pressed is not None:
            open_form(reception, pressed)
        ack()

    @app.view(pattern(OPENS_FORM))
    def on_submit(ack: Ack, body: dict[str, Any]) -> None:
        sent = inbound.submission(body, reception.me)
        answer = receive(reception, sent) if sent is not None else {}
        if isinstance(answer, Form):
            ack(response_action="update", view=modal(answer))
        elif answer:
            ack(response_action="errors", errors=answer)
        else:
            ack()


def open_form(reception: Reception, pressed: Click) -> None:
    """Open the form, or tell why not."""
    if pressed.action is Action.OPEN_IDENTIFICATION:
        objection = _open_identification(reception, pressed)
    elif pressed.action in customer_forms.OPEN:
        objection = customer_forms.OPEN[pressed.action](reception, pressed)
    elif pressed.action is Action.FAQ_DRAFT:
        objection = faq_desk.open_draft(reception, pressed)
    elif pressed.action is Action.LABEL_REVIEW:
        objection = administration.open_review(reception, pressed)
    else:
        objection = _open_for_staff(reception, pressed)
    if objection:
        reception.surfaces.whisper(pressed.address, pressed.sender.id, objection)


def receive(reception: Reception, sent: Submission) -> Errors | Form:
    """Take a form; returns what is wrong with it, the form that follows, or nothing."""
    if sent.form is Action.OPEN_IDENTIFICATION:
        return _identify(reception, sent)
    if sent.form in customer_forms.RECEIVE:
        return customer_forms.RECEIVE[sent.form](reception, sent)
    if sent.form is Action.FAQ_DRAFT:
        return faq_desk.receive_draft(reception, sent)
    if sent.form is Action.LABEL_REVIEW:
        return administration.receive_review(reception, sent)
    return _staff_words(reception, sent)


# --- identification ------------------------------------------------------------------------------


def _open_identification(reception: Reception, pressed: Click) -> str:
    """Only the person whose talk it is may show a contract in it."""
    if not reception.owns(pressed.conversation_id, pressed.sender.id):
        return words.NOT_YOURS
    desk = reception.desk
    policy = desk.configuration.default_policy
    notice = desk.policy_texts(policy).data_notice if policy else ""
    form = forms.identification(pressed.conversation_id, notice)
    return "" if reception.surfaces.open(pressed.trigger_id, form) else words.PRESS_AGAIN


def _identify(reception: Reception, sent: Submission) -> Errors:
    """Compare with the registry at once; the same words for every failure."""
    conversation = context_of(sent.context).get("conversation", "")
    if not ours(reception, conversation) or not reception.owns(conversation, sent.sender.id):
        return {"number": words.REFUSED}
    with reception.desk.store.transaction() as unit:
        outcome = identify(
            unit,
            sent.sender,
            holder=sent.values.get("holder", ""),
            number=sent.values.get("number", ""),
            now=reception.now(),
        )
    if outcome.verified or outcome.status is IdentificationStatus.LOCKED:
        # Locked: the thread tells who to ask instead, so that nobody is left with a closed form.
        reception.take(_identified(reception, sent, conversation, outcome))
    return {} if outcome.verified else {"number": words.NOT_IDENTIFIED}


def _identified(
    reception: Reception, sent: Submission, conversation: str, outcome: Identification
) -> Inbound:
    details = Details(
        contact=sent.values.get("contact", ""),
        started_at=_instant(sent.values.get("started_at", "")),
        extent=sent.values.get("extent", ""),
        details=sent.values.get("details", ""),
        attachments=sent.values.get("attachments", ""),
    )
    return Inbound(
        key=sent.key,
        conversation_id=conversation,
        address=inbound.place_of(conversation),
        sender=sent.sender,
        event=Identified(identification=outcome, details=details),
        received_at=reception.now(),
    )


def _instant(seconds: str) -> str:
    """Return what a date picker holds as staff read it."""
    return labels.absolute(datetime.fromtimestamp(int(seconds), JST)) if seconds.isdecimal() else ""


# --- staff ---------------------------------------------------------------------------------------


def _open_for_staff(reception: Reception, pressed: Click) -> str:
    move = inbound.staff_move(pressed)
    if move is None:
        return words.REFUSED
    objection = reception.objection(move, pressed.sender, pressed.key, complete=False)
    if objection:
        return objection
    ticket = reception.ticket(move.ticket_id)
    form = staff_forms.of_action(pressed.action, ticket, material(reception.desk, ticket))
    return "" if reception.surfaces.open(pressed.trigger_id, form) else words.PRESS_AGAIN


def _staff_words(reception: Reception, sent: Submission) -> Errors:
    move = inbound.staff_words(sent, context_of(sent.context))
    field = next(iter(sent.values), "text")
    if move is None:
        return {field: words.REFUSED}
    move = with_canned(reception.desk, move, sent.values.get("canned", ""))
    objection = reception.objection(move, sent.sender, sent.key)
    if objection:
        return {field: objection}
    reception.take(reception.staff_inbound(move, sent.sender, sent.key))
    return {}
