"""The interactive conversation, with lines as somebody types them."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from bot.console.chat import Chat
from bot.console.session import Session
from bot.dialogue.state import Phase
from bot.texts import console as words
from bot.tickets.ticket import TicketStatus
from classifiers.labels import Category, Severity
from knowledge.policies.decision import Flag
from tests.builders import STEPS, World, decision, session, world


def typed(made: World, *lines: str) -> tuple[Session, str]:
    """Return the session and the screen after these lines; the line after the last ends the chat."""
    talk, screen = session(made), StringIO()
    rest = [*lines, "終了"]
    console = Console(file=screen, width=100)
    Chat(talk, console, lambda prompt: rest.pop(0)).run()
    assert rest == []
    return talk, screen.getvalue()


def test_conversation_reaches_an_approved_ticket() -> None:
    talk, screen = typed(
        world(),
        "全員メールが送れません",
        "1",  # the identification form
        "",  # a required field left empty is asked again
        "あおば商事",
        "P100200",
        *[""] * 5,
        "1",  # send
        "1",  # approve
    )
    (ticket,) = talk.tickets()
    assert ticket.status is TicketStatus.OPEN
    assert words.FORM_REQUIRED in screen
    assert "M-00001 を担当者が承認しました" in screen


def test_staff_correct_in_the_terminal() -> None:
    lines = ("全員メールが送れません", "1", "あおば商事", "P100200", *[""] * 5, "1")
    talk, _ = typed(world(), *lines, "2", "2", "9", "x", "99", "②", "")
    (ticket,) = talk.tickets()
    assert ticket.severity is Severity.A


def test_isolation_steps_are_ticked_by_number() -> None:
    made = world()
    made.answers.decision = decision(flags=(Flag.DO_ISOLATION_FIRST,))
    talk, screen = typed(made, "全員メールが送れません", "1", "2 9 x")
    assert talk.state().isolation == STEPS[1:]
    assert talk.state().phase is Phase.IDENTIFYING
    assert f"  2. {STEPS[1]}" in screen


@pytest.mark.parametrize("line", ["②", "²", "99", "0", "-1", "", "[bold]"])
def test_line_that_is_no_number_of_a_button_is_said(line: str) -> None:
    talk, _ = typed(world(), "全員メールが送れません", line)
    assert talk.state().turns == ("全員メールが送れません", *((line,) if line else ()))


def test_full_width_number_is_a_number() -> None:
    talk, _ = typed(world(), "全員メールが送れません", "2")
    assert talk.state().phase is Phase.ENDED


def test_end_word_ends_at_once() -> None:
    talk, screen = typed(world())
    assert (talk.state().phase, screen) == (Phase.NEW, "")


def test_category_menu_is_left_to_slack() -> None:
    _, screen = typed(world(), "全員メールが送れません", "1", "あおば商事", "P100200", *[""] * 5)
    assert "  1. 送信する" in screen
    assert [category for category in Category if f". {category}" in screen] == []
