"""The main job in Slack, end to end: message, triage, form, ticket, approval, notice."""

from __future__ import annotations

import pytest

from bot.dialogue.actions import Action
from bot.texts import surface
from bot.tickets.ticket import TicketStatus
from knowledge.policies.decision import Flag
from tests.bot.slack.conftest import Town, shown
from tests.builders import RIGHT_FORM, STEPS, WRONG_FORM, decision

pytestmark = pytest.mark.scenario


def _to_form(town: Town) -> str:
    """Tell of an outage and go on to the form; returns the thread."""
    town.world.answers.decision = decision(flags=(Flag.DO_ISOLATION_FIRST,))
    root = town.slack.post_as(town.customer, town.channel, f"<@{town.slack.bot}> 全社でメールが送れません")
    steps = town.await_reply(root, STEPS[0])
    town.slack.press(town.customer, steps, Action.REPORT_ISOLATION, ticked=[STEPS[1]])
    asked = town.await_reply(root, "契約を確認する")
    town.slack.press(town.customer, asked, Action.OPEN_IDENTIFICATION)
    return root


def test_message_becomes_an_approved_ticket(town: Town) -> None:
    slack = town.slack
    root = _to_form(town)
    form = slack.modal(town.customer)

    assert slack.submit(town.customer, form, WRONG_FORM) == {
        "response_action": "errors",
        "errors": {"number": surface.NOT_IDENTIFIED},
    }
    assert slack.submit(town.customer, form, {**RIGHT_FORM, "contact": "内線 123"}) == {}
    summary = town.await_reply(root, "この内容で受け付けます")
    assert "****0200" in shown(summary)
    assert "P100200" not in shown(summary)
    slack.press(town.customer, summary, Action.CONFIRM)
    town.await_reply(root, "受付番号は M-00001")

    card = town.await_card("M-00001 承認待ち")
    assert "内線 123" in shown(card)
    slack.press(town.staff, card, Action.STAFF_APPROVE)
    town.await_reply(root, "M-00001 を担当者が承認しました")
    approved = town.await_card("M-00001 受付済み")
    assert approved["ts"] == card["ts"]
    town.settle()
    assert [shown(m).count("鈴木: 承認") for m in slack.messages(town.staff_channel, card["ts"])[1:]] == [2]
    assert slack.messages(town.channel)[0]["reactions"] == ["eyes"]
    with town.world.store.transaction() as unit:
        ticket = unit.tickets.get("M-00001")
        assert unit.audit.first_bad() is None
    assert ticket is not None
    assert (ticket.status, ticket.reporter, ticket.isolation) == (
        TicketStatus.OPEN,
        town.customer,
        (STEPS[1],),
    )
    assert ticket.approval is not None
    assert ticket.approval.by == town.staff
