"""The FAQ on the staff's Home: a gap becomes a draft, a draft is published; decides no permission itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.authorisation import Actor
from bot.errors import GatewayError, NotAllowed
from bot.ports import UnitOfWork
from bot.services import faq_desk
from bot.slack.inbound import Click, Submission
from bot.slack.listeners import home
from bot.slack.listeners.once import acting, once, record
from bot.slack.reception import Reception
from bot.slack.views.form import context_of
from bot.texts import staff_faq
from bot.texts import surface as words
from bot.texts.errors import sentence
from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.entry_file import entry_from_values
from knowledge.faq.gaps import draft_entry

#: Field id -> what is wrong with it.
Errors = dict[str, str]


def open_draft(reception: Reception, pressed: Click) -> str:
    """Open the form for a gap; returns nothing, as what is wrong is told on the Home itself."""
    objection = _open(reception, pressed)
    if objection:
        home.show(reception, pressed.sender.id, objection)
    return ""


def receive_draft(reception: Reception, sent: Submission) -> Errors:
    """Keep the draft; returns what is wrong with it, or nothing."""
    keeping = reception.desk.faq_keeping
    gap_id = context_of(sent.context).get("gap", "")

    def write(unit: UnitOfWork, actor: Actor) -> None:
        waiting = {draft.entry.id for draft in faq_desk.drafts(unit, actor)}
        entry = _entry(sent.values, keeping.policies)
        if entry.id in waiting or reception.desk.faq_entry(entry.id):
            raise FaqEntryError(entry.id, "taken", "another entry has this id")
        faq_desk.write_draft(unit, actor, entry, reception.now(), gap_id=gap_id)

    try:
        objection = once(reception, sent.sender, sent.key, "faq_draft", write)
    except FaqEntryError as error:
        taken = error.key == "taken"
        field = "id" if taken else error.key
        return {field: staff_faq.TAKEN if taken else staff_faq.wrong(field)}
    if objection:
        return {"question": objection}
    home.show(reception, sent.sender.id)
    return {}


def publish(reception: Reception, pressed: Click) -> None:
    """Publish the draft as it was shown, and show the Home with what came of it."""
    seen = staff_faq.written_at(pressed.value)
    published: list[FaqEntry] = []

    def put(unit: UnitOfWork, actor: Actor) -> None:
        entry_id, written_at = seen or ("", None)
        shelf = reception.desk.faq_keeping.shelf
        published.append(
            faq_desk.publish(unit, shelf, actor, entry_id, reception.now(), written_at=written_at)
        )

    try:
        told = once(reception, pressed.sender, pressed.key, "faq_publish", put)
    except FaqEntryError as error:
        told = staff_faq.unpublished(error.key)
    if published:
        told = staff_faq.PUBLISHED.format(question=published[0].question)
    home.show(reception, pressed.sender.id, told)


# --- inside --------------------------------------------------------------------------------------


def _open(reception: Reception, pressed: Click) -> str:
    desk, keeping = reception.desk, reception.desk.faq_keeping
    try:
        with desk.store.reading() as unit:
            gap = faq_desk.find_gap(unit, keeping.terms(), acting(reception, pressed.sender), pressed.value)
    except NotAllowed as error:
        record(reception, pressed.sender, pressed.key, "faq_draft", error)
        return words.REFUSED
    except GatewayError as error:
        return sentence(error)
    if gap is None:
        return words.CHANGED
    named = f"own/{reception.now():%Y%m%d}-{gap.misses[0].id[:6]}"
    entry = draft_entry(gap, entry_id=named, answer="", source="")
    choices = [(policy, desk.policy_texts(policy).name) for policy in keeping.policies]
    opened = reception.surfaces.open(pressed.trigger_id, staff_faq.form(gap, entry, choices))
    return "" if opened else words.PRESS_AGAIN


def _entry(values: Mapping[str, str], policies: tuple[str, ...]) -> FaqEntry:
    """Return what the form holds; raises FaqEntryError with the field."""
    lines = values.get("variants", "").splitlines()
    found: dict[str, Any] = {
        "id": values.get("id", "").strip(),
        "question": " ".join(values.get("question", "").split()),
        "answer": values.get("answer", ""),
        "policies": [policy for policy in [values.get("policies", "")] if policy],
        "source": values.get("source", ""),
        "variants": [line.strip() for line in lines if line.strip()],
    }
    return entry_from_values(found, "draft", policies)
