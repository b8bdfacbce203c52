"""A message as people see it, before Slack or the terminal lays it out; decides no wording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.dialogue.actions import Action


class Style(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Plain text; whoever lays it out escapes it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Label and value, in order."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Somebody's own words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Markdown:
    """A text of the knowledge base in Markdown."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Small print."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    action: Action
    label: str
    value: str = ""
    style: Style = Style.PLAIN
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to pick from a menu that acts at once."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    action: Action
    placeholder: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """Steps to tick; `button` sends what is ticked."""

    label: str
    steps: tuple[str, ...]
    button: Button


Part = Heading | Paragraph | Fields | Quote | Markdown | Context | Divider | Buttons | Menu | Checklist


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    #: What notifications and screen readers say; complete without the parts.
    fallback: str
    parts: tuple[Part, ...]


class FieldKind(StrEnum):
    LINE = "line"
    LINES = "lines"
    SELECT = "select"
    DATETIME = "datetime"
    #: Somebody of the workspace.
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    id: str
    label: str
    kind: FieldKind = FieldKind.LINE
    required: bool = True
    hint: str = ""
    placeholder: str = ""
    max_length: int = 200
    choices: tuple[Choice, ...] = ()
    initial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that opens on a click: a modal in Slack, questions in the terminal."""

    id: str
    title: str
    submit: str
    cancel: str
    fields: tuple[FormField, ...]
    intro: str = ""
    #: Travels with the form and comes back: ids only, never personal data.
    context: tuple[tuple[str, str], ...] = ()
