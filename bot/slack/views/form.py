"""A form as a modal; what travels with it is ids only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_sdk.models import blocks as b
from slack_sdk.models.views import View

from bot.slack import ids
from bot.slack.views.blocks import OPTION_VALUE, PLACEHOLDER, blocks_of, options, plain
from bot.texts.message import FieldKind, Form, FormField, Paragraph

_TITLE, _HINT, _LONGEST = 24, 2_000, 3_000


def modal(form: Form) -> dict[str, Any]:
    """Return the view of a form. Raises ValueError where its context is too long to travel."""
    context = json.dumps(dict(form.context), ensure_ascii=False)
    if len(context) > _LONGEST:
        raise ValueError("context is too long")
    intro = blocks_of((Paragraph(text=form.intro),)) if form.intro else []
    view = View(
        type="modal",
        callback_id=form.id,
        title=plain(form.title, _TITLE),
        submit=plain(form.submit, _TITLE),
        close=plain(form.cancel, _TITLE),
        private_metadata=context,
        blocks=[*intro, *(_input(field) for field in form.fields)],
    )
    found: dict[str, Any] = view.to_dict()
    return found


def context_of(private_metadata: str) -> Mapping[str, str]:
    """Return what travelled with a form; nothing where it is not ours."""
    try:
        found = json.loads(private_metadata)
    except json.JSONDecodeError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _input(field: FormField) -> b.InputBlock:
    return b.InputBlock(
        block_id=field.id,
        label=plain(field.label, _HINT),
        element=_element(field),
        hint=plain(field.hint, _HINT) if field.hint else None,
        optional=not field.required,
    )


def _element(field: FormField) -> b.InputInteractiveElement:
    placeholder = plain(field.placeholder, PLACEHOLDER) if field.placeholder else None
    if field.kind is FieldKind.SELECT:
        choices = options(field.choices)
        initial = next((option for option in choices if option.value == field.initial[:OPTION_VALUE]), None)
        return b.StaticSelectElement(
            action_id=ids.FIELD, placeholder=placeholder, options=choices, initial_option=initial
        )
    if field.kind is FieldKind.USER:
        return b.UserSelectElement(action_id=ids.FIELD, placeholder=placeholder)
    if field.kind is FieldKind.DATETIME:
        return b.DateTimePickerElement(action_id=ids.FIELD)
    return b.PlainTextInputElement(
        action_id=ids.FIELD,
        placeholder=placeholder,
        initial_value=field.initial or None,
        multiline=field.kind is FieldKind.LINES,
        max_length=min(field.max_length, _LONGEST),
    )
