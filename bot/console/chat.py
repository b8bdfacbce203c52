"""The interactive conversation in a terminal: one person plays customer and staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from bot.console.gateway import STAFF_CHANNEL, Shown
from bot.console.layout import panel
from bot.console.session import Session, pressable, ticket_of
from bot.dialogue.actions import OPENS_FORM, Action
from bot.texts import console as words
from bot.texts.message import Button, Checklist, FieldKind, Form, FormField, Menu

#: Reads one line for a prompt; raises EOFError or KeyboardInterrupt at the end.
Reader = Callable[[str], str]


class Chat:
    """Reads lines, shows messages, and turns numbers into buttons."""

    def __init__(self, session: Session, console: Console, read: Reader) -> None:
        self._session, self._console, self._read = session, console, read
        self._buttons: list[tuple[Button, Shown]] = []

    def run(self) -> None:
        """Talk until the person ends it."""
        while True:
            self._offer()
            line = self._read(words.PROMPT).strip()
            if line.casefold() in words.END_WORDS:
                return
            if line.isdecimal() and 1 <= int(line) <= len(self._buttons):
                self._press(*self._buttons[int(line) - 1])
            else:
                self._show(self._session.say(line))

    def _show(self, shown: tuple[Shown, ...]) -> None:
        for item in shown:
            self._console.print(panel(item))
        if shown:
            self._remember(shown)

    def _remember(self, shown: tuple[Shown, ...]) -> None:
        customer = [item for item in shown if item.ref.channel != STAFF_CHANNEL]
        cards = [item for item in self._session.gateway.shown if item.ref.channel == STAFF_CHANNEL]
        with_buttons = [item for item in cards if pressable(item.message)]
        sources = [*customer, *with_buttons[-1:]]
        self._buttons = [(button, item) for item in sources for button in _listed(item)]

    def _offer(self) -> None:
        if not self._buttons:
            return
        heading = None
        for number, (button, item) in enumerate(self._buttons, start=1):
            staff = item.ref.channel == STAFF_CHANNEL
            wanted = words.STAFF_HEADING if staff else words.CUSTOMER_HEADING
            if wanted != heading:
                heading = wanted
                self._console.print(f"[dim]{heading}[/dim]")
            self._console.print(f"  {number}. {button.label}", markup=False)

    def _press(self, button: Button, item: Shown) -> None:
        self._console.print(words.PRESSED.format(label=button.label), markup=False)
        if item.ref.channel == STAFF_CHANNEL:
            ticket = ticket_of(button)
            values = self._fill(self._session.form(button.action, ticket)) if _has_form(button) else {}
            self._show(self._session.staff_presses(button.action, ticket, values))
        elif button.action is Action.OPEN_IDENTIFICATION:
            _, shown = self._session.identify(self._fill(self._session.form(button.action)))
            self._show(shown)
        elif button.action is Action.REPORT_ISOLATION:
            self._show(self._session.press(button.action, ticked=self._tick(item)))
        else:
            form = self._session.form(button.action, button.value) if _has_form(button) else None
            self._show(self._session.send(button.action, button.value, self._fill(form) if form else {}))

    def _tick(self, item: Shown) -> tuple[str, ...]:
        steps = next(part.steps for part in item.message.parts if isinstance(part, Checklist))
        for number, step in enumerate(steps, start=1):
            self._console.print(f"  {number}. {step}", markup=False)
        chosen = self._read(f"{words.TICK_PROMPT}> ").split()
        return tuple(step for number, step in enumerate(steps, start=1) if str(number) in chosen)

    def _fill(self, form: Form) -> dict[str, str]:
        self._console.print(f"[bold]{form.title}[/bold]")
        if form.intro:
            self._console.print(f"[dim]{form.intro}[/dim]")
        return {field.id: self._field(field) for field in form.fields}

    def _field(self, field: FormField) -> str:
        label = field.label if field.required else f"{field.label}{words.FORM_OPTIONAL}"
        if field.kind is FieldKind.SELECT:
            return self._select(field, label)
        while True:
            value = self._read(f"{label}> ").strip()[: field.max_length]
            if value or not field.required:
                return value
            self._console.print(words.FORM_REQUIRED)

    def _select(self, field: FormField, label: str) -> str:
        for number, choice in enumerate(field.choices, start=1):
            mark = "*" if choice.value == field.initial else " "
            self._console.print(f" {mark}{number}. {choice.label}", markup=False)
        while True:
            value = self._read(f"{label}({words.FORM_CHOOSE})> ").strip()
            if not value and field.initial:
                return field.initial
            if not value and not field.required:
                return ""
            if value.isdecimal() and 1 <= int(value) <= len(field.choices):
                return field.choices[int(value) - 1].value
            self._console.print(words.CHOOSE_AGAIN)


def _has_form(button: Button) -> bool:
    return button.action in OPENS_FORM


def _listed(item: Shown) -> tuple[Button, ...]:
    """Return a message's buttons without the long menus: those are for Slack."""
    parts = tuple(part for part in item.message.parts if not isinstance(part, Menu))
    return pressable(replace(item.message, parts=parts))
