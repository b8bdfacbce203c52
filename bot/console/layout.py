"""Lays a message out for the terminal with rich; decides no wording."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markdown import Markdown as RichMarkdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.console.gateway import STAFF_CHANNEL, Shown
from bot.texts import console as words
from bot.texts.escaping import clean
from bot.texts.message import (
    Buttons,
    Checklist,
    Context,
    Divider,
    Fields,
    Heading,
    Markdown,
    Menu,
    Message,
    Paragraph,
    Part,
    Quote,
)
from bot.texts.wording import spoken


def panel(shown: Shown) -> Panel:
    """Return one message as a panel; staff's in another colour."""
    staff = shown.ref.channel == STAFF_CHANNEL
    title = words.STAFF_TITLE if staff else words.BOT_TITLE
    rows = [row for part in shown.message.parts if (row := _row(part)) is not None]
    return Panel(Group(*rows), title=title, title_align="left", border_style="yellow" if staff else "cyan")


def plain(shown: Shown) -> str:
    """Return one message as plain lines, for transcripts without a terminal."""
    who = words.STAFF_TITLE if shown.ref.channel == STAFF_CHANNEL else words.BOT_TITLE
    return f"[{who}]\n{as_text(shown.message)}"


def as_text(message: Message) -> str:
    """Return every part of a message as plain lines; buttons as their labels."""
    return "\n".join(line for part in message.parts if (line := _line(part)))


def _line(part: Part) -> str:
    match part:
        case Buttons(buttons=buttons):
            return " ".join(f"[{button.label}]" for button in buttons)
        case Menu(placeholder=placeholder):
            return f"[{placeholder}]"
        case _:
            return clean(spoken(part))


def _row(part: Part) -> RenderableType | None:
    match part:
        case Heading(text=text):
            return Text(clean(text), style="bold")
        case Paragraph(text=text):
            return Text(clean(text))
        case Markdown(text=text):
            return RichMarkdown(clean(text))
        case Quote(text=text):
            return Text("\n".join(f"> {line}" for line in clean(text).splitlines()), style="italic")
        case Context(text=text):
            return Text(clean(text), style="dim")
        case Divider():
            return Text("")
        case Fields(pairs=pairs):
            table = Table.grid(padding=(0, 2))
            for label, value in pairs:
                table.add_row(Text(label, style="bold"), Text(clean(value)))
            return table
        case Checklist(label=label, steps=steps):
            return Text(clean("\n".join([label, *(f"[ ] {step}" for step in steps)])))
        case Buttons() | Menu():
            return None
