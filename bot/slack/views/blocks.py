"""The parts of a message as blocks; decides their shape and length, never the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from slack_sdk.models import blocks as b

from bot.slack import ids
from bot.slack.views.plain import clean, cut, markdown, pieces
from bot.texts.message import (
    Button,
    Buttons,
    Checklist,
    Choice,
    Confirm,
    Context,
    Divider,
    Fields,
    Heading,
    Markdown,
    Menu,
    Paragraph,
    Part,
    Quote,
    Style,
)

SECTION, HEADER, MARKDOWN, SMALL = 3_000, 150, 12_000, 2_000
OPTION, OPTION_VALUE, OPTIONS, BOXES = 75, 150, 100, 10
LABEL, VALUE, PLACEHOLDER, ROW = 75, 2_000, 150, 5
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_LABEL = 100, 300, 30

T = TypeVar("T")


def blocks_of(parts: Sequence[Part]) -> list[b.Block]:
    """Return the blocks of all parts, in order; action ids differ inside each block."""
    return [block for part in parts for block in _blocks(part)]


def _blocks(part: Part) -> Iterator[b.Block]:
    match part:
        case Heading(text=text):
            yield b.HeaderBlock(text=plain(text, HEADER))
        case Paragraph(text=text):
            yield from (b.SectionBlock(text=plain(piece, SECTION)) for piece in pieces(clean(text), SECTION))
        case Context(text=text):
            for piece in pieces(clean(text), SMALL):
                yield b.ContextBlock(elements=[plain(piece, SMALL)])
        case Markdown(text=text):
            yield from (b.MarkdownBlock(text=piece) for piece in pieces(markdown(text), MARKDOWN))
        case Fields(pairs=pairs):
            yield from _fields(pairs)
        case Quote(text=text):
            for piece in pieces(clean(text), SECTION):
                yield b.RichTextBlock(elements=[b.RichTextQuoteElement(elements=[_words(piece)])])
        case Divider():
            yield b.DividerBlock()
        case Buttons(buttons=buttons):
            yield from _rows(buttons)
        case Menu(action=action, placeholder=placeholder, choices=choices):
            menu = b.StaticSelectElement(
                action_id=action, placeholder=plain(placeholder, PLACEHOLDER), options=options(choices)
            )
            yield b.ActionsBlock(elements=[menu])
        case Checklist(label=label, steps=steps, button=button):
            yield from _checklist(label, steps, button)


def _fields(pairs: Sequence[tuple[str, str]]) -> Iterator[b.Block]:
    """Label and value on one line, as rich text: whatever is in a value stays a text."""
    lines = [(clean(label), cut(clean(value), SMALL)) for label, value in pairs if clean(value).strip()]
    elements: list[Any] = []
    for number, (label, value) in enumerate(lines):
        end = "\n" if number < len(lines) - 1 else ""
        elements += [_words(f"{label}  ", bold=True), _words(value + end)]
    if elements:
        yield b.RichTextBlock(elements=[b.RichTextSectionElement(elements=elements)])


def _words(text: str, *, bold: bool = False) -> b.RichTextElement:
    style = b.RichTextElementParts.TextStyle(bold=True) if bold else None
    return b.RichTextElementParts.Text(text=text, style=style)


def _rows(buttons: Sequence[Button]) -> Iterator[b.Block]:
    for row in _batches(buttons, ROW):
        before = [[button.action for button in row[:place]] for place in range(len(row))]
        elements = [_button(button, before[place].count(button.action)) for place, button in enumerate(row)]
        yield b.ActionsBlock(elements=elements)


def _button(button: Button, repeated: int) -> b.ButtonElement:
    return b.ButtonElement(
        action_id=f"{button.action}{ids.REPEAT}{repeated}" if repeated else button.action,
        text=plain(button.label, LABEL),
        value=cut(button.value, VALUE) or None,
        style=None if button.style is Style.PLAIN else button.style.value,
        confirm=_confirm(button.confirm) if button.confirm else None,
    )


def _confirm(confirm: Confirm) -> b.ConfirmObject:
    return b.ConfirmObject(
        title=plain(confirm.title, CONFIRM_TITLE),
        text=plain(confirm.text, CONFIRM_TEXT),
        confirm=plain(confirm.yes, CONFIRM_LABEL),
        deny=plain(confirm.no, CONFIRM_LABEL),
    )


def _checklist(label: str, steps: Sequence[str], button: Button) -> Iterator[b.Block]:
    """Long steps stand in full above their boxes, which hold the start of each."""
    yield from _blocks(Paragraph(text=label))
    if any(len(step) > OPTION for step in steps):
        lines = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
        yield from _blocks(Context(text=lines))
    for number, some in enumerate(_batches(steps, BOXES)):
        boxes = b.CheckboxesElement(
            action_id=f"{ids.STEPS}{ids.REPEAT}{number}" if number else ids.STEPS,
            options=options([Choice(label=step, value=step) for step in some]),
        )
        yield b.ActionsBlock(elements=[boxes])
    yield b.ActionsBlock(elements=[_button(button, 0)])


def options(choices: Sequence[Choice]) -> list[b.Option]:
    """Return choices as options, as many as Slack takes."""
    return [
        b.Option(text=plain(choice.label, OPTION), value=choice.value[:OPTION_VALUE])
        for choice in choices[:OPTIONS]
    ]


def _batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def plain(text: str, limit: int) -> b.PlainTextObject:
    """Return a text that is never markup, cut to `limit`."""
    return b.PlainTextObject(text=cut(clean(text).strip(), limit) or "-")
