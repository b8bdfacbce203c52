"""Whole conversations through inbox, worker and outbox, with a fixed brain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.console.gateway import CUSTOMER_CHANNEL, STAFF_CHANNEL, Shown
from bot.console.layout import as_text
from bot.console.session import Session
from bot.dialogue.actions import Action
from bot.dialogue.state import Phase
from bot.tickets.ticket import ContractIdentity, TicketKind, TicketStatus
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import IdentificationStatus
from knowledge.faq.entry import FaqOutcome
from knowledge.policies.decision import Asker, Flag, Route, Scope
from tests.builders import (
    CONTRACT,
    CUSTOMER,
    ENTRY,
    NOW,
    POINTER,
    RIGHT_FORM,
    RULE,
    STEPS,
    WRONG_FORM,
    World,
    classification,
    decision,
    faq,
    session,
    world,
)


def said(shown: tuple[Shown, ...], channel: str = CUSTOMER_CHANNEL) -> str:
    return "\n".join(item.message.fallback for item in shown if item.ref.channel == channel)


def card_words(card: Shown) -> str:
    return as_text(card.message)


def submitted(made: World, **form: str) -> Session:
    talk = session(made)
    talk.say("全員メールが送れません")
    talk.identify({**RIGHT_FORM, **form})
    talk.press(Action.CONFIRM)
    return talk


def test_trouble_becomes_a_ticket_with_everything_that_was_said() -> None:
    talk = submitted(
        world(),
        contact="03-1234-5678",
        started_at="2026-11-20 09:00",
        details="大阪でも同じです",
        attachments="https://example.com/screen.png",
    )
    (ticket,) = talk.tickets()
    assert (ticket.id, ticket.status, ticket.kind) == (
        "M-00001",
        TicketStatus.AWAITING_APPROVAL,
        TicketKind.INCIDENT,
    )
    assert ticket.description == "全員メールが送れません\n大阪でも同じです"
    assert ticket.summary == "全員メールが送れません"
    assert ticket.contract is not None
    assert replace(ticket.contract, key="") == ContractIdentity(
        holder=CONTRACT.holder, number="****0200", policy_id="p", plan="basic"
    )
    assert (ticket.contact, ticket.started_at) == ("03-1234-5678", "2026-11-20 09:00")
    assert ticket.attachments == "https://example.com/screen.png"
    assert (ticket.reporter, ticket.reporter_name, ticket.created_at) == (CUSTOMER.id, "田中", NOW)
    assert (ticket.decision, ticket.extent) == (decision(), Extent.MANY)
    (card,) = [item for item in talk.gateway.shown if item.ref.channel == STAFF_CHANNEL]
    assert "https://example.com/screen.png" in card_words(card)


def test_customer_number_is_shown_to_nobody() -> None:
    made = world()
    talk = submitted(made)
    talk.staff_presses(Action.STAFF_APPROVE, "M-00001", {})
    texts = [str(item.message) for item in talk.gateway.shown]
    assert [text for text in texts if CONTRACT.number in text] == []
    assert [text for text in texts if "****0200" in text] != []
    with made.store.transaction() as unit:
        assert [entry for entry in unit.audit.all() if CONTRACT.number in f"{entry}"] == []


def test_approval_reaches_the_customer_and_follow_up_reaches_the_ticket() -> None:
    talk = submitted(world())
    assert "M-00001 を担当者が承認しました" in said(talk.staff_presses(Action.STAFF_APPROVE, "M-00001", {}))
    shown = talk.say("追加です。名古屋でも同じです")
    assert "M-00001 に追加しました" in said(shown)
    assert "名古屋でも同じです" in said(shown, STAFF_CHANNEL)
    (ticket,) = talk.tickets()
    assert ticket.description.splitlines()[-1] == "追加です。名古屋でも同じです"
    assert ticket.status is TicketStatus.OPEN


def test_answer_to_a_question_of_staff_brings_the_ticket_back() -> None:
    talk = submitted(world())
    talk.staff_presses(Action.STAFF_ASK_BACK, "M-00001", {"text": "いつからですか?"})
    assert talk.ticket("M-00001").status is TicketStatus.ASKED_BACK
    talk.say("今朝からです")
    assert talk.ticket("M-00001").status is TicketStatus.AWAITING_APPROVAL


def test_words_on_a_resolved_ticket_are_kept_without_moving_it() -> None:
    talk = submitted(world())
    for action in (Action.STAFF_APPROVE, Action.STAFF_RESOLVE):
        talk.staff_presses(action, "M-00001", {})
    talk.say("まだ少し遅いです")
    ticket = talk.ticket("M-00001")
    assert (ticket.status, ticket.description.splitlines()[-1]) == (
        TicketStatus.RESOLVED,
        "まだ少し遅いです",
    )


def test_words_after_reopening_reach_the_ticket() -> None:
    talk = submitted(world())
    talk.staff_presses(Action.STAFF_APPROVE, "M-00001", {})
    talk.staff_presses(Action.STAFF_CLOSE, "M-00001", {"text": "対応済み"})
    talk.staff_presses(Action.STAFF_REOPEN, "M-00001", {})
    talk.say("また起きました")
    assert talk.ticket("M-00001").description.splitlines()[-1] == "また起きました"
    assert len(talk.tickets()) == 1


def test_rejected_talk_can_start_again() -> None:
    talk = submitted(world())
    assert "受け付けできませんでした" in said(
        talk.staff_presses(Action.STAFF_REJECT, "M-00001", {"text": "重複です"})
    )
    talk.say("別の件です")
    talk.press(Action.CONFIRM)
    assert [ticket.id for ticket in talk.tickets()] == ["M-00002", "M-00001"]


def test_known_person_is_not_asked_again_in_another_conversation() -> None:
    made = world()
    submitted(made)
    other = session(made, name="2")
    other.say("別の件です")
    assert other.state().phase is Phase.CONFIRMING


def test_person_of_an_expired_contract_is_asked_again() -> None:
    made = world()
    with made.store.transaction() as unit:
        unit.people.link(CUSTOMER.id, "P500600", NOW)
    talk = session(made)
    talk.say("全員メールが送れません")
    assert talk.state().phase is Phase.IDENTIFYING


def test_unidentified_person_gets_no_ticket_but_the_rule_and_a_way_on() -> None:
    talk = session(world())
    talk.say("全員メールが送れません")
    outcome, shown = talk.identify(WRONG_FORM)
    assert outcome.status is IdentificationStatus.MISMATCH
    text = said(shown)
    assert [part in text for part in (RULE, "あと4回", "社内のご契約担当者")] == [True, True, True]
    assert CONTRACT.holder not in text
    talk.press(Action.CONFIRM)
    assert (talk.tickets(), talk.state().phase) == ((), Phase.IDENTIFYING)


def test_own_policy_decides_after_identification() -> None:
    made = world(default_policy=None)
    talk = session(made)
    talk.say("全員メールが送れません")
    assert made.answers.requests == []
    talk.identify(RIGHT_FORM)
    request = made.answers.requests[-1]
    assert (request.plan, request.asker, request.now) == ("basic", Asker.CONTRACT_HOLDER, NOW)


def test_declined_matter_leads_elsewhere() -> None:
    made = world()
    made.answers.decision = decision(Scope.ROUTED, route=Route.CUSTOMER_NETWORK_TEAM)
    talk = session(made)
    assert POINTER in said(talk.say("社内のルーターが壊れました"))
    assert talk.state().phase is Phase.DECLINED


def test_isolation_steps_are_ticked_and_kept() -> None:
    made = world()
    made.answers.decision = decision(flags=(Flag.DO_ISOLATION_FIRST,))
    talk = session(made)
    talk.say("全員メールが送れません")
    talk.press(Action.REPORT_ISOLATION, ticked=STEPS[1:])
    assert made.answers.requests[-1].signals.isolation_done is True
    talk.identify(RIGHT_FORM)
    talk.press(Action.CONFIRM)
    assert talk.tickets()[0].isolation == STEPS[1:]


def test_category_chosen_by_the_customer_is_decided_anew() -> None:
    made = world()
    made.answers.decision = decision(Scope.OUT_OF_SCOPE)
    talk = session(made)
    talk.say("表の印刷")
    made.answers.decision = decision()
    talk.press(Action.CORRECT_CATEGORY, "cloud_howto")
    assert made.answers.requests[-1].category is Category.CLOUD_HOWTO
    talk.identify(RIGHT_FORM)
    talk.press(Action.CONFIRM)
    assert talk.tickets()[0].category is Category.CLOUD_HOWTO


def test_faq_feedback_and_the_unanswered_question_are_kept_masked() -> None:
    made = world()
    made.answers.classification = classification(Severity.C, Category.CLOUD_HOWTO, ongoing=None)
    made.answers.faq = faq(FaqOutcome.ANSWER, ENTRY)
    talk = session(made)
    assert ENTRY.answer in said(talk.say("tanaka@example.com の再発行は?"))
    talk.press(Action.FAQ_UNSOLVED)
    with made.store.transaction() as unit:
        assert list(unit.feedback.unanswered_texts()) == [("[メール] の再発行は?", "p", NOW)]


def test_suggestion_that_is_chosen_is_answered() -> None:
    made = world()
    made.answers.classification = classification(Severity.C, Category.CLOUD_HOWTO, ongoing=None)
    made.answers.faq = faq(FaqOutcome.SUGGEST, ENTRY)
    talk = session(made)
    talk.say("再発行")
    assert ENTRY.answer in said(talk.press(Action.CHOOSE_FAQ, ENTRY.id))
    assert "解決してよかったです" in said(talk.say("解決しました"))


def test_typed_yes_is_the_button() -> None:
    talk = session(world())
    talk.say("全員メールが送れません")
    talk.identify(RIGHT_FORM)
    assert "受付番号は M-00001" in said(talk.say("はい、お願いします"))


def test_wish_for_a_human_is_marked_on_the_ticket() -> None:
    talk = session(world())
    talk.say("メールが送れません。担当者につないでください")
    talk.identify(RIGHT_FORM)
    talk.press(Action.CONFIRM)
    (ticket,) = talk.tickets()
    assert ticket.human_requested
    assert ticket.description == "メールが送れません。担当者につないでください"


@pytest.mark.parametrize(
    ("category", "ongoing", "kind"),
    [
        (Category.CLOUD_INCIDENT, True, TicketKind.INCIDENT),
        (Category.CLOUD_INCIDENT, None, TicketKind.INCIDENT),
        (Category.CLOUD_INCIDENT, False, TicketKind.QUESTION),
        (Category.ACCOUNT_ADMIN, True, TicketKind.SERVICE_REQUEST),
        (Category.CLOUD_HOWTO, None, TicketKind.QUESTION),
    ],
)
def test_kind_of_ticket_follows_from_the_matter(
    category: Category, ongoing: bool | None, kind: TicketKind
) -> None:
    made = world()
    made.answers.classification = classification(category=category, ongoing=ongoing)
    assert submitted(made).tickets()[0].kind is kind


def test_long_message_is_kept_whole_and_summed_up_in_a_line() -> None:
    talk = session(world())
    words = "メールが送れません。\n" * 1000
    talk.say(words)
    talk.identify(RIGHT_FORM)
    talk.press(Action.CONFIRM)
    (ticket,) = talk.tickets()
    assert ticket.description == words
    assert len(ticket.summary) == 80
    assert "\n" not in ticket.summary
