"""Blocks: golden JSON per view, every limit of Slack, and texts that mean harm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import replies as r
from bot.dialogue.actions import DESTRUCTIVE, OPENS_FORM, Action, picked
from bot.ports import FaqDraft, PolicyTexts
from bot.services.material import StaffMaterial
from bot.slack.ids import REPEAT
from bot.slack.views.form import context_of, modal
from bot.slack.views.home import home
from bot.slack.views.message import MAX_CHARACTERS, render, weight
from bot.slack.views.plain import clean, cut, escape, markdown, pieces
from bot.texts import (
    forms,
    staff,
    staff_clocks,
    staff_faq,
    staff_forms,
    surface,
    user,
)
from bot.texts.message import (
    Button,
    Buttons,
    Checklist,
    Choice,
    Confirm,
    Context,
    Divider,
    FieldKind,
    Fields,
    Form,
    FormField,
    Heading,
    Markdown,
    Menu,
    Message,
    Paragraph,
    Part,
    Quote,
    Style,
)
from bot.tickets.lifecycle import moves_from, next_status
from bot.tickets.queues import Watched, queues
from bot.tickets.sla import ClockKind, ClockState, ClockView
from bot.tickets.ticket import TicketStatus
from bot.traffic import Card
from classifiers.labels import Category, Severity
from knowledge.faq.gaps import FaqGap, FaqMiss, draft_entry
from tests.bot.slack import admin_views
from tests.builders import ENTRY, NOW, decision, ticket
from tests.fake_slack.limits import check_blocks, check_message, check_view

GOLDEN = Path(__file__).parents[2] / "golden" / "blocks"
UNDERSTOOD = r.Understanding(
    severity=Severity.B,
    category=Category.CLOUD_INCIDENT,
    severity_sure=True,
    category_sure=True,
    decision=decision(),
)
CHOICES = (
    r.FaqChoice(entry_id="a", question="パスワードを再発行するには?"),
    r.FaqChoice(entry_id="b", question="受付時間は?"),
)

MESSAGES: dict[str, Message] = {
    "greeting": user.render(r.Greeting()),
    "triage_question": user.render(
        r.TriageReply(understanding=UNDERSTOOD, question=r.Slot.EXTENT, suggestions=CHOICES)
    ),
    "faq_answer": user.render(
        r.FaqAnswer(entry_id="a", question="受付時間は?", answer="**平日**です。\n\n- 9時", source="p 1.2")
    ),
    "declined": user.render(r.Declined(understanding=UNDERSTOOD, pointer="販売元", suggestions=CHOICES)),
    "isolation_steps": user.render(r.IsolationSteps(steps=("別の端末で試す", "長い" * 40), clause="3.3")),
    "identification_request": user.render(r.IdentificationRequest()),
    "ticket_summary": user.render(
        r.TicketSummary(
            understanding=UNDERSTOOD,
            holder="株式会社あおば",
            masked_number="****0200",
            words="止まった\n全員",
        )
    ),
    "triage_unchanged": user.render(
        r.TriageReply(understanding=UNDERSTOOD, updated=True, unchanged=True, question=r.Slot.STARTED_AT)
    ),
    "triage_verdict": user.render(r.TriageReply(understanding=UNDERSTOOD)),
    "matter_request": user.render(r.MatterRequest()),
    "thanks_while_waiting": user.render(r.Greeting(thanks=True, waiting=True)),
    "closed_and_asked": user.render(r.TicketMoved(ticket_id="M-00001", move="close")),
    "rated_bad": user.render(r.Rated(ticket_id="M-00001", satisfied=False)),
    "severity_asked": user.render(
        r.SeverityAsked(ticket_id="M-00001", rule="担当者が判断します。", clause="2.2")
    ),
    "reopening_too_late": user.render(
        r.OwnRefused(why="too_late", ticket_id="M-00001", rule="14日以内です。", clause="1.1")
    ),
    "contract_forgotten": user.render(r.ContractForgotten(known=True)),
    "own_tickets": surface.own_tickets([ticket(), ticket(id="M-00002", status=TicketStatus.CLOSED)]),
    "ticket_received": user.render(r.TicketReceived(ticket_id="M-00001", understanding=UNDERSTOOD)),
    "staff_answer": user.render(r.StaffAnswer(ticket_id="M-00001", text="再起動してください。")),
    "card_waiting": staff.card(Card(ticket=ticket())),
    "card_open": staff.card(Card(ticket=ticket(status=TicketStatus.IN_PROGRESS, assignee="鈴木"))),
    **admin_views.MESSAGES,
}
MATERIAL = StaffMaterial(
    texts=PolicyTexts(
        name="p",
        rule="",
        closing=("解決をご確認いただいてからクローズします。", "規定なし"),
        severity_change=("変更は担当者が判断します。", "規定なし"),
    ),
    canned=(ENTRY,),
    similar=(ticket(id="M-00002"),),
    parent="M-00002",
)
CLOCK = ClockView(
    kind=ClockKind.FIRST_RESPONSE,
    state=ClockState.REMAINING,
    due=NOW,
    left=timedelta(minutes=10),
    used=0.9,
)
GAP = FaqGap(
    question="駐車場は\nありますか",
    misses=(
        FaqMiss(id="0123456789ab", text="駐車場は\nありますか", asked_at=NOW),
        FaqMiss(id="ba9876543210", text="駐車場はどこですか", asked_at=NOW),
    ),
    policies=("p",),
)
FAQ_PARTS = (
    *staff_faq.gap_parts([GAP] * 6),
    *staff_faq.draft_parts([FaqDraft(entry=ENTRY, written_by="U1", written_at=NOW)]),
)
WATCHED = Watched(ticket=ticket(), clocks=(CLOCK,))
VIEWS: dict[str, dict[str, Any]] = {
    "form_identification": modal(forms.identification("slack/T1/C1/1.0")),
    "form_correct": modal(staff_forms.of_action(Action.STAFF_CORRECT, ticket())),
    "form_answer": modal(staff_forms.of_action(Action.STAFF_ANSWER, ticket(), MATERIAL)),
    "form_assign": modal(staff_forms.of_action(Action.STAFF_ASSIGN, ticket())),
    "form_close": modal(staff_forms.of_action(Action.STAFF_CLOSE, ticket(), MATERIAL)),
    "form_merge": modal(staff_forms.of_action(Action.STAFF_MERGE, ticket(), MATERIAL)),
    "form_note": modal(staff_forms.of_action(Action.STAFF_NOTE, ticket())),
    "form_severity": modal(staff_forms.of_action(Action.STAFF_SEVERITY, ticket(), MATERIAL)),
    "home_staff": home(surface.home([], staff_clocks.queue_parts(queues([WATCHED])))),
    "form_reject": modal(staff_forms.of_action(Action.STAFF_REJECT, ticket())),
    "form_correction": modal(forms.correction("slack/T1/C1/1.0", "cloud_incident")),
    "form_own_add": modal(forms.own(Action.OWN_ADD, "M-00001")),
    "form_own_severity": modal(
        forms.own(
            Action.OWN_SEVERITY, "M-00001", {Severity.A: "重大度 A (重大)", Severity.B: "重大度 B (高)"}
        )
    ),
    "form_rate_words": modal(forms.own(Action.RATE_WORDS, "M-00001")),
    "form_faq_draft": modal(
        staff_faq.form(GAP, draft_entry(GAP, entry_id="own/x", answer="", source=""), [("p", "規定")])
    ),
    "home_faq": home(surface.home([], FAQ_PARTS, "公開しました。")),
    "home_empty": home(surface.home([])),
    "home_tickets": home(surface.home([ticket()])),
    **admin_views.VIEWS,
}


def _same_as_golden(name: str, value: Any) -> None:
    """Compare with the file; a missing one is written, and has to be looked at and committed."""
    file = GOLDEN / f"{name}.json"
    found = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found, encoding="utf-8")
        pytest.fail(f"{file.name} is new: look at it and commit it")
    assert json.loads(found) == json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MESSAGES)
def test_message_has_its_golden_blocks(name: str) -> None:
    rendered = render(MESSAGES[name])
    check_message(rendered.text, list(rendered.blocks))
    _same_as_golden(name, {"text": rendered.text, "blocks": list(rendered.blocks)})


@pytest.mark.parametrize("name", VIEWS)
def test_view_has_its_golden_blocks(name: str) -> None:
    check_view(VIEWS[name])
    _same_as_golden(name, VIEWS[name])


def _pressable(value: Any) -> Iterator[tuple[Action, dict[str, Any]]]:
    """Yield every action in a payload with its element, the choices of a card's menu one by one."""
    if isinstance(value, list):
        for item in value:
            yield from _pressable(item)
    if not isinstance(value, dict):
        return
    name = str(value.get("action_id", "")).partition(REPEAT)[0]
    if name in set(Action):
        for option in value.get("options", [{}]):
            yield picked(Action(name), option.get("value", ""))[0], value
    for item in value.values():
        yield from _pressable(item)


def test_whatever_is_destructive_is_asked_about_in_every_view() -> None:
    cards = [render(staff.card(Card(ticket=ticket(status=status)))).blocks for status in TicketStatus]
    shown = [*(render(message).blocks for message in MESSAGES.values()), *cards, *VIEWS.values()]
    found = [pair for view in shown for pair in _pressable(list(view) if isinstance(view, tuple) else view)]
    asked = {action for action, element in found if "confirm" in element or action in OPENS_FORM}
    unasked = {action for action, element in found if "confirm" not in element and action not in OPENS_FORM}
    assert {action for action, _ in found} >= DESTRUCTIVE
    assert (DESTRUCTIVE - asked, unasked & DESTRUCTIVE) == (frozenset(), frozenset())


def test_every_move_that_ends_a_ticket_or_takes_it_back_is_destructive() -> None:
    over = {TicketStatus.RESOLVED, TicketStatus.CLOSED, TicketStatus.REJECTED, TicketStatus.MERGED}
    ending = {
        action
        for action, move in staff.MOVES.items()
        for status in TicketStatus
        if move in moves_from(status) and (next_status(status, move) in over) != (status in over)
    }
    assert ending - {Action.STAFF_CORRECT} <= DESTRUCTIVE
    assert ending >= {Action.STAFF_REJECT, Action.STAFF_CLOSE, Action.STAFF_MERGE, Action.STAFF_REOPEN}


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {*MESSAGES, *VIEWS}


@pytest.mark.parametrize("action", sorted(OPENS_FORM & set(staff.MOVES)))
@pytest.mark.parametrize("summary", ["", "長い" * 3_000])
def test_every_staff_form_fits_a_modal(action: Action, summary: str) -> None:
    check_view(modal(staff_forms.of_action(action, ticket(summary=summary, description=summary))))


def test_gap_and_draft_of_any_size_fit_slack() -> None:
    said = "長い" * 3_000
    misses = tuple(FaqMiss(id=str(number), text=f"{number}{said}", asked_at=NOW) for number in range(9))
    gap = FaqGap(question=said, misses=misses, policies=())
    entry = draft_entry(gap, entry_id="own/x", answer=said, source=said)
    draft = FaqDraft(entry=entry, written_by="U1", written_at=NOW)
    check_view(modal(staff_faq.form(gap, entry, [("p", said)])))
    check_view(home(surface.home([], [*staff_faq.gap_parts([gap] * 9), *staff_faq.draft_parts([draft] * 9)])))


@pytest.mark.parametrize("status", list(TicketStatus))
@pytest.mark.parametrize("words", ["あ", "長" * 10_000, "行\n" * 3_000], ids=["short", "long", "lines"])
def test_every_card_fits_a_message(status: TicketStatus, words: str) -> None:
    shown = ticket(status=status, summary=words, description=words, contact=words, started_at=words)
    rendered = render(staff.card(Card(ticket=shown)))
    check_message(rendered.text, list(rendered.blocks))


# --- limits --------------------------------------------------------------------------------------

LONG = "あ" * 20_000
BUTTON = Button(action=Action.CONFIRM, label="送信する")
CONFIRM = Confirm(title=LONG, text=LONG, yes=LONG, no=LONG)


@pytest.mark.parametrize(
    "part",
    [
        Heading(text=LONG),
        Heading(text=""),
        Paragraph(text=LONG),
        Paragraph(text=""),
        Context(text=LONG),
        Quote(text=LONG),
        Quote(text=""),
        Markdown(text=LONG),
        Fields(pairs=((LONG, LONG), ("", ""), ("a", ""))),
        Fields(pairs=()),
        Fields(pairs=tuple((str(number), "値") for number in range(80))),
        Divider(),
        Buttons(buttons=()),
        Buttons(buttons=(Button(action=Action.CONFIRM, label=LONG, value=LONG, confirm=CONFIRM),)),
        Buttons(buttons=tuple(Button(action=Action.CHOOSE_FAQ, label="", value="x") for _ in range(23))),
        Menu(
            action=Action.CORRECT_CATEGORY,
            placeholder=LONG,
            choices=tuple(Choice(label=LONG, value=f"{number}{LONG}") for number in range(200)),
        ),
        Checklist(label=LONG, steps=tuple(f"{number}{LONG}" for number in range(25)), button=BUTTON),
    ],
    ids=lambda part: type(part).__name__,
)
def test_part_of_any_size_fits_slack(part: Part) -> None:
    rendered = render(Message(fallback="x", parts=(part, Buttons(buttons=(BUTTON,)))))
    check_message(rendered.text, list(rendered.blocks))
    assert rendered.blocks[-1]["elements"][-1]["action_id"] == Action.CONFIRM


def test_too_many_parts_keep_their_buttons() -> None:
    parts = [Paragraph(text=str(number)) for number in range(100)]
    rendered = render(Message(fallback="x", parts=(*parts, Buttons(buttons=(BUTTON,)))))
    check_message(rendered.text, list(rendered.blocks))
    assert len(rendered.blocks) == 50
    assert rendered.blocks[-2]["elements"][0]["text"] == surface.LEFT_OUT
    assert rendered.blocks[-1]["elements"][0]["action_id"] == Action.CONFIRM


def test_too_many_words_are_left_out_from_the_end() -> None:
    rendered = render(Message(fallback="x", parts=tuple(Paragraph(text="あ" * 2_900) for _ in range(6))))
    assert sum(weight(block) for block in rendered.blocks) <= MAX_CHARACTERS
    assert [block["type"] for block in rendered.blocks] == ["section"] * 4 + ["context"]


def test_what_fits_is_left_alone() -> None:
    rendered = render(Message(fallback="x", parts=tuple(Paragraph(text=str(n)) for n in range(50))))
    assert [block["text"]["text"] for block in rendered.blocks] == [str(number) for number in range(50)]


def test_six_buttons_make_two_rows_with_their_own_ids() -> None:
    buttons = tuple(Button(action=Action.CHOOSE_FAQ, label=str(n), value=str(n)) for n in range(6))
    rendered = render(Message(fallback="x", parts=(Buttons(buttons=buttons),)))
    ids = [[element["action_id"] for element in block["elements"]] for block in rendered.blocks]
    assert ids == [["faq_choose", *(f"faq_choose#{n}" for n in range(1, 5))], ["faq_choose"]]


def test_style_and_confirmation_are_kept() -> None:
    button = Button(
        action=Action.STAFF_REJECT,
        label="却下",
        style=Style.DANGER,
        confirm=Confirm(title="却下", text="よろしいですか。", yes="却下", no="戻る"),
    )
    (block,) = render(Message(fallback="x", parts=(Buttons(buttons=(button,)),))).blocks
    (element,) = block["elements"]
    assert element["style"] == "danger"
    assert element["confirm"]["text"]["text"] == "よろしいですか。"


def test_every_kind_of_field_becomes_an_input() -> None:
    choices = (Choice(label="A", value="a"), Choice(label="B", value="b"))
    form = Form(
        id="staff_correct",
        title="長" * 50,
        submit="送",
        cancel="戻",
        intro=LONG,
        fields=(
            FormField(id="line", label=LONG, placeholder=LONG, hint=LONG, max_length=9_999),
            FormField(id="lines", label="x", kind=FieldKind.LINES, required=False, initial="前"),
            FormField(id="select", label="x", kind=FieldKind.SELECT, choices=choices, initial="b"),
            FormField(id="at", label="x", kind=FieldKind.DATETIME),
        ),
    )
    view = modal(form)
    check_view(view)
    inputs = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    assert {name: block["element"]["type"] for name, block in inputs.items()} == {
        "line": "plain_text_input",
        "lines": "plain_text_input",
        "select": "static_select",
        "at": "datetimepicker",
    }
    assert inputs["lines"]["optional"] is True
    assert inputs["lines"]["element"]["multiline"] is True
    assert inputs["select"]["element"]["initial_option"]["value"] == "b"


def test_context_comes_back_from_a_form() -> None:
    form = forms.identification("slack/T1/C1/1.0")
    assert context_of(modal(form)["private_metadata"]) == {"conversation": "slack/T1/C1/1.0"}


@pytest.mark.parametrize("metadata", ["", "{", "[]", '"x"', "null"])
def test_forged_context_is_nothing(metadata: str) -> None:
    assert context_of(metadata) == {}


def test_context_that_cannot_travel_is_an_error() -> None:
    with pytest.raises(ValueError, match="too long"):
        modal(forms.identification("x" * 3_000))


# --- harm ----------------------------------------------------------------------------------------

HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@U123> <@W123|x>",
    "<#C123>",
    "<!subteam^S123>",
    "<https://evil.example|銀行>",
    "<!date^1392734382^{date}|x>",
    "&lt;!channel&gt;",
    "\uff1c!channel\uff1e",
    "<\u200b!channel>",
    "\u202e<!channel>\u202c",
    "a\x00b\x1b[31m",
    "\ud800 lone",
    "]]>*_~`><&",
]
#: Blocks whose text Slack never reads as markup.
_LITERAL = {"plain_text", "rich_text"}


def _live_texts(value: Any, literal: bool = False) -> list[str]:
    """Every text that Slack would read as markup."""
    if isinstance(value, dict):
        literal = literal or value.get("type") in _LITERAL
        found = [] if literal or not isinstance(value.get("text"), str) else [value["text"]]
        return found + [text for inner in value.values() for text in _live_texts(inner, literal)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _live_texts(inner, literal)]
    return []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_calls_nobody(text: str) -> None:
    shown = ticket(
        summary=text, description=text, contact=text, reporter_name=text, started_at=text, product=text
    )
    messages = [
        staff.card(Card(ticket=shown)),
        user.render(r.StaffAnswer(ticket_id="M-00001", text=text)),
        user.render(r.StaffQuestion(ticket_id="M-00001", question=text)),
        user.render(r.TicketSummary(understanding=UNDERSTOOD, holder=text, masked_number=text, words=text)),
        user.render(r.FaqAnswer(entry_id="a", question=text, answer=text, source=text)),
        surface.home([shown]),
    ]
    for message in messages:
        rendered = render(message)
        check_blocks(list(rendered.blocks), "message")
        json.dumps([rendered.text, rendered.blocks], ensure_ascii=False).encode()
        for live in [rendered.text, *_live_texts(rendered.blocks)]:
            assert re.search("<[@#!]", live) is None
        assert "<" not in rendered.text
        assert ">" not in rendered.text


def test_nothing_invisible_is_shown() -> None:
    assert clean("a\u200bb\u202ec\x00d\ud800e\r\nf\tg\u2028h") == "ab\ufffdcde\nf\tg\nh"


def test_markup_is_escaped_once() -> None:
    assert escape("<a> & &amp;") == "&lt;a&gt; &amp; &amp;amp;"


def test_knowledge_keeps_its_markdown() -> None:
    assert markdown("> **a** <!here> 1 < 2") == "> **a** &lt;!here> 1 < 2"


@pytest.mark.parametrize(("text", "limit", "kept"), [("あいう", 3, "あいう"), ("あいうえ", 3, "あい…")])
def test_cut_tells_that_there_was_more(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("12345", ["12345"]),
        ("1234567890123", ["1234567890", "123"]),
        ("1234567\n90123", ["1234567", "90123"]),
        ("1\n34567890123", ["1\n34567890", "123"]),
    ],
)
def test_pieces_break_at_lines_where_they_can(text: str, found: list[str]) -> None:
    assert pieces(text, 10) == found


def test_now_is_shown_in_japanese_time() -> None:
    assert "16:30" in render(surface.home([ticket(created_at=NOW)])).text
