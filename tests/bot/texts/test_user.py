"""Every reply has words, and the words keep the rules of the house."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.console.session import pressable
from bot.dialogue import desk_replies
from bot.dialogue import replies as r
from bot.dialogue.actions import CUSTOMER_FORMS, OPENS_FORM, Action, customer_event
from bot.dialogue.state import Slot
from bot.services.own_tickets import MOVES, Why
from bot.texts import forms, labels, staff, staff_forms, user
from bot.texts.message import Form, Message
from bot.tickets.audit import AuditEntry
from bot.tickets.lifecycle import Move
from bot.tickets.queues import Queue
from bot.tickets.sla import ClockKind, Step
from bot.tickets.ticket import TicketKind, TicketStatus
from bot.traffic import Card, CardLog
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import IdentificationStatus
from knowledge.policies.decision import Desk, FirstResponse, ResponseKind, Scope
from tests.builders import ENTRY, NOW, OTHER_ENTRY, RULE, STEPS, decision, ticket

CLOSED = decision(reception_open=False, next_open=NOW + timedelta(days=3), notes=("補足の一文です。",))
NO_PROMISE = decision(
    Scope.BEST_EFFORT,
    first_response=FirstResponse(kind=ResponseKind.NONE),
    severity_label=None,
    desk=Desk.TECHNICAL,
)


def understood(**changes: Any) -> r.Understanding:
    fields: dict[str, Any] = {
        "severity": Severity.B,
        "category": Category.CLOUD_INCIDENT,
        "severity_sure": True,
        "category_sure": True,
        **changes,
    }
    return r.Understanding(**fields)


CHOICES = tuple(r.FaqChoice(entry_id=entry.id, question=entry.question) for entry in (ENTRY, OTHER_ENTRY))
UNDERSTANDINGS = (
    understood(),
    understood(severity_sure=False, category_sure=False, extent=Extent.ALL, product="Exchange Online"),
    understood(decision=decision()),
    understood(decision=CLOSED),
    understood(decision=NO_PROMISE),
    understood(decision=decision(Scope.OUT_OF_SCOPE)),
    understood(decision=decision(Scope.ROUTED)),
)
CATEGORIES = tuple(Category)[:3]

SAMPLES: tuple[r.Reply, ...] = (
    desk_replies.ClockReminder(
        ticket_id="M-00001",
        summary="メール",
        clock=ClockKind.FIRST_RESPONSE,
        step=Step.MOST,
        due=NOW,
    ),
    desk_replies.DeskDigest(at=NOW, live=1, queues=((Queue.UNAPPROVED, ("M-00001",)), (Queue.DUE_SOON, ()))),
    r.Greeting(),
    r.Greeting(thanks=True),
    r.EmptyMessage(),
    r.Greeting(thanks=True, waiting=True),
    r.MatterRequest(),
    r.MatterRequest(human=True),
    r.TriageReply(understanding=understood(), updated=True, unchanged=True),
    r.Declined(understanding=understood(decision=decision(Scope.OUT_OF_SCOPE)), unchanged=True),
    *(r.OwnRefused(why=why, ticket_id="M-00001", rule="14日以内です。", clause="1.1") for why in Why),
    r.SeverityAsked(ticket_id="M-00001", rule="担当者が決めます。", clause="1.1"),
    r.SeverityAsked(ticket_id="M-00001"),
    *(
        r.Rated(ticket_id="M-00001", satisfied=satisfied, words=words)
        for satisfied in (True, False)
        for words in (True, False)
    ),
    r.ContractForgotten(known=True),
    r.ContractForgotten(known=False),
    *(r.TriageReply(understanding=found) for found in UNDERSTANDINGS),
    *(
        r.TriageReply(understanding=understood(), question=slot, categories=CATEGORIES, updated=True)
        for slot in Slot
    ),
    r.TriageReply(understanding=understood(), suggestions=CHOICES),
    r.FaqAnswer(entry_id=ENTRY.id, question=ENTRY.question, answer=ENTRY.answer, source=ENTRY.source),
    r.FaqSuggestions(choices=CHOICES),
    *(r.Declined(understanding=found, pointer="社内の窓口", suggestions=CHOICES) for found in UNDERSTANDINGS),
    r.IsolationSteps(steps=STEPS, clause="4.1"),
    r.IdentificationRequest(),
    r.IdentificationRequest(reminder=True),
    *(r.IdentificationFailed(status=status, attempts_left=2, rule=RULE) for status in IdentificationStatus),
    *(
        r.TicketSummary(
            understanding=found,
            holder="株式会社あおば商事",
            masked_number="****0200",
            words="メールが送れません",
            isolation=STEPS,
            human_requested=True,
        )
        for found in UNDERSTANDINGS
    ),
    *(r.TicketReceived(ticket_id="M-00001", understanding=found) for found in UNDERSTANDINGS),
    r.Noted(ticket_id="M-00001"),
    r.Solved(),
    r.CancelledReply(),
    r.NothingOpen(),
    r.TicketApproved(ticket_id="M-00001", severity=Severity.A, severity_label="重大", due=NOW),
    r.TicketApproved(ticket_id="M-00001", severity=Severity.A, severity_label=None, due=None, corrected=True),
    r.TicketRejected(ticket_id="M-00001", reason="重複です。"),
    r.TicketRejected(ticket_id="M-00001", reason=""),
    r.StaffQuestion(ticket_id="M-00001", question="いつからですか?"),
    r.StaffAnswer(ticket_id="M-00001", text="直りました。"),
    *(r.TicketMoved(ticket_id="M-00001", move=move) for move in Move),
    r.HandedToHuman(ticket_id="M-00001"),
    r.NumberSeen(),
    r.AuditHead(seq=12, digest="ab" * 32, at=NOW),
    r.AuditHead(seq=12, digest="ab" * 32, at=NOW, first_bad=3),
)

CARDS: tuple[Message, ...] = tuple(
    staff.card(Card(ticket=shown, log=(AuditEntry(at=NOW, actor="U1", action="open"),), similar=("M-2",)))
    for shown in (
        *(ticket(status=status) for status in TicketStatus),
        ticket(contract=None, decision=None, classification=None, human_requested=True),
        ticket(decision=NO_PROMISE),
    )
)
FORMS: tuple[Form, ...] = (
    forms.identification("C1/1"),
    forms.correction("C1/1", "cloud_incident"),
    *(forms.own(action, "M-00001") for action in (Action.OWN_ADD, Action.OWN_SEVERITY, Action.RATE_WORDS)),
    forms.own(Action.OWN_SEVERITY, "M-00001", {Severity.A: "深刻度 A", Severity.B: "深刻度 B"}),
    *(staff_forms.of_action(action, ticket()) for action in sorted(OPENS_FORM & set(staff.MOVES))),
)

SPOKEN = (*(user.render(reply) for reply in SAMPLES), *CARDS)
POLITE = re.compile(
    "(?:です|ます|ました|でした|ません|ませんでした|ください|ですか|でしたか|ますか|ましたか)$"
)


def test_every_reply_is_among_the_samples() -> None:
    assert {type(reply) for reply in SAMPLES} == set(get_args(r.Reply))


@pytest.mark.parametrize("reply", SAMPLES, ids=lambda reply: reply.kind)
def test_reply_has_words_and_a_fallback(reply: r.Reply) -> None:
    message = user.render(reply)
    assert message.fallback.strip() != ""
    assert len(message.parts) >= 1


def test_what_is_no_reply_has_no_words() -> None:
    with pytest.raises(TypeError, match="no words for str"):
        user.render("こんにちは")  # type: ignore[arg-type]


@pytest.mark.parametrize("reply", SAMPLES, ids=lambda reply: reply.kind)
def test_sentences_to_customers_are_polite(reply: r.Reply) -> None:
    sentences = re.findall("([^。\n]+)。", user.render(reply).fallback)
    assert [sentence for sentence in sentences if not POLITE.search(sentence)] == []


@pytest.mark.parametrize("message", SPOKEN, ids=lambda message: message.fallback[:20])
def test_button_labels_fit_a_phone(message: Message) -> None:
    long = [
        button.label
        for button in pressable(message)
        if button.action is not Action.CHOOSE_FAQ and len(button.label) > 12
    ]
    assert long == []


@pytest.mark.parametrize("reply", SAMPLES, ids=lambda reply: reply.kind)
def test_every_customer_button_does_something(reply: r.Reply) -> None:
    for button in pressable(user.render(reply)):
        event = customer_event(button.action, button.value)
        assert (event is None) == (button.action in CUSTOMER_FORMS | set(MOVES))


@pytest.mark.parametrize("message", SPOKEN, ids=lambda message: message.fallback[:20])
def test_nobody_is_put_off(message: Message) -> None:
    assert [word for word in ("後ほど", "のちほど", "しばらくお待ち") if word in str(message)] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.title)
def test_form_words_fit(form: Form) -> None:
    long = [word for word in (form.submit, form.cancel) if len(word) > 12]
    assert (long, len(form.title) <= 24) == ([], True)
    assert [field.id for field in form.fields if not field.label or len(field.label) > 48] == []
    assert "後ほど" not in str(form)


def test_form_carries_no_personal_data() -> None:
    shown = ticket()
    assert shown.contract is not None
    assert [form for form in FORMS if shown.contract.number in str(form)] == []


def test_promise_is_absolute_and_in_japan_time() -> None:
    reply = r.TicketReceived(ticket_id="M-00001", understanding=understood(decision=decision()))
    assert "初回応答の期限: 11月20日(金) 17:30 まで(日本時間)" in user.render(reply).fallback


def test_closed_desk_tells_its_next_opening() -> None:
    reply = r.TicketReceived(ticket_id="M-00001", understanding=understood(decision=CLOSED))
    assert "次の受付は 11月23日(月) 16:30 からです。" in user.render(reply).fallback


def test_question_without_a_matter_offers_no_skipping() -> None:
    message = user.render(r.MatterRequest(human=True))
    assert [button.action for button in pressable(message)] == [Action.CANCEL]


def test_failed_identification_looks_the_same_for_name_and_number() -> None:
    wrong_name, wrong_number = (
        user.render(r.IdentificationFailed(status=status, attempts_left=2))
        for status in (IdentificationStatus.MISMATCH, IdentificationStatus.UNKNOWN)
    )
    assert wrong_name.parts[0].text.startswith("ご契約者名とお客様番号の組み合わせ")  # type: ignore[union-attr]
    assert wrong_name.parts[-2:] == wrong_number.parts[-2:]


def test_long_words_are_cut_in_the_summary() -> None:
    sample = next(reply for reply in SAMPLES if isinstance(reply, r.TicketSummary))
    message = user.render(replace(sample, words="あ" * 10_000))
    assert len(message.fallback) < 1000


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (labels.SEVERITY, Severity),
        (labels.CATEGORY, Category),
        (labels.EXTENT, Extent),
        (labels.SCOPE, Scope),
        (labels.DESK, Desk),
        (labels.STATUS, TicketStatus),
        (labels.KIND, TicketKind),
        (labels.MOVE, Move),
        (labels.QUESTION, Slot),
    ],
)
def test_every_word_has_a_name_of_its_own(names: dict[Any, str], words: Any) -> None:
    assert set(names) == set(words)
    assert len(set(names.values())) == len(names)


def test_card_offers_only_open_moves() -> None:
    buttons = [button.action for button in pressable(staff.card(Card(ticket=ticket())))]
    assert buttons == [
        Action.STAFF_APPROVE,
        Action.STAFF_CORRECT,
        Action.STAFF_ASK_BACK,
        Action.STAFF_TAKE,
        Action.STAFF_CLOSE,
        Action.STAFF_REJECT,
        Action.STAFF_NOTE,
        Action.STAFF_SEVERITY,
        Action.STAFF_MERGE,
    ]
    assert pressable(staff.card(Card(ticket=ticket(status=TicketStatus.MERGED)))) == ()


def test_card_masks_the_number() -> None:
    shown = str(staff.card(Card(ticket=ticket())))
    assert ("P100200" in shown, "****0200" in shown) == (False, True)


def test_log_line_names_who_what_and_why() -> None:
    line = CardLog(ticket_id="M-00001", actor="U1", action=Move.REJECT, text="重複")
    assert staff.log_line(line, "鈴木") == "鈴木: 却下\n重複"
