"""The admins' and the reviewers' part of the Home: models, labels; decides no permission itself."""

from __future__ import annotations

from collections.abc import Mapping

from bot.authorisation import Actor, Verb, authorize
from bot.dialogue.actions import Action
from bot.errors import GatewayError, NotAllowed
from bot.learning import Job
from bot.ports import UnitOfWork
from bot.services import labels, runs
from bot.slack.inbound import Click, Submission
from bot.slack.listeners import home
from bot.slack.listeners.once import acting, once, record
from bot.slack.reception import Reception
from bot.slack.views.form import context_of
from bot.texts import administration as texts
from bot.texts import learning
from bot.texts import surface as words
from bot.texts.errors import sentence
from bot.texts.message import Form
from classifiers.errors import ModelError
from classifiers.labels import Category, Severity

JOBS: Mapping[Action, Job] = {
    Action.MODEL_TRAIN: Job.TRAIN,
    Action.MODEL_PROMOTE: Job.PROMOTE,
    Action.MODEL_ROLLBACK: Job.ROLLBACK,
}


def press(reception: Reception, pressed: Click) -> None:
    """Keep what is asked of the models; on the Home, or where the button stands, tell what comes of it."""
    job, told = JOBS[pressed.action], ""
    administration = reception.desk.administration
    if administration is None:
        return

    def ask(unit: UnitOfWork, actor: Actor) -> None:
        nonlocal told
        run = runs.ask(unit, administration.registry, actor, job, reception.now(), version=pressed.value)
        told = learning.STARTED[job] if run else learning.UNDER_WAY

    try:
        objection = once(reception, pressed.sender, pressed.key, runs.VERBS[job], ask)
    except ModelError as error:
        objection = sentence(error)
    if objection == words.CHANGED:
        objection = learning.MODELS_CHANGED
    reception.wake()
    if pressed.address is None:
        home.show(reception, pressed.sender.id, objection or told)
    elif objection or told == learning.UNDER_WAY:
        reception.surfaces.whisper(pressed.address, pressed.sender.id, objection or told)


def open_review(reception: Reception, pressed: Click) -> str:
    """Open the form of what is to be reviewed next; what is wrong is told on the Home itself."""
    try:
        form = _next(reception, acting(reception, pressed.sender))
    except NotAllowed as error:
        record(reception, pressed.sender, pressed.key, Verb.LABEL_REVIEW, error)
        objection = words.REFUSED
    except GatewayError as error:
        objection = sentence(error)
    else:
        opened = form is not None and reception.surfaces.open(pressed.trigger_id, form)
        objection = "" if opened else words.PRESS_AGAIN if form else texts.NOTHING_TO_REVIEW
    if objection:
        home.show(reception, pressed.sender.id, objection)
    return ""


def receive_review(reception: Reception, sent: Submission) -> Form | dict[str, str]:
    """Keep a review; returns the form of the next candidate, what is wrong, or nothing where all is done."""
    number = context_of(sent.context).get("candidate", "")
    try:
        given = Severity(sent.values.get("severity", "")), Category(sent.values.get("category", ""))
    except ValueError:
        return {"severity": words.REFUSED}

    def keep(unit: UnitOfWork, actor: Actor) -> None:
        note = sent.values.get("note", "")
        candidate = int(number) if number.isdecimal() else 0
        labels.review(unit, actor, candidate, given, reception.now(), note=reception.desk.mask(note))

    objection = once(reception, sent.sender, sent.key, Verb.LABEL_REVIEW, keep)
    if objection == words.CHANGED:
        objection = texts.GONE
    if objection:
        return {"severity": objection}
    home.show(reception, sent.sender.id)
    return _next(reception, acting(reception, sent.sender)) or {}


def _next(reception: Reception, actor: Actor) -> Form | None:
    """Raises NotAllowed."""
    authorize(actor, Verb.LABEL_REVIEW)
    with reception.desk.store.reading() as unit:
        queue = labels.queue(unit, reviewer=actor.id)
    return texts.review_form(queue[0], len(queue)) if queue else None
