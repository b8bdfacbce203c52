"""Takes personal data out of a text before it is kept as an example: numbers, mail addresses, phones."""

from __future__ import annotations

import re

import phonenumbers

_MAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?![A-Za-z0-9.-])")
#: Six or more digits, also with hyphens or letters before them: customer numbers come in many shapes.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,4}[-\u2010-\u2015\uff0d]?)?\d(?:[-\u2010-\u2015\uff0d ]?\d){5,}"
)


def mask(text: str) -> str:
    """Return `text` with mail addresses, phone numbers and long numbers replaced by marks."""
    masked = _MAIL.sub("[メール]", text)
    for match in reversed(list(phonenumbers.PhoneNumberMatcher(masked, "JP"))):
        masked = masked[: match.start] + "[電話]" + masked[match.end :]
    return _NUMBER.sub("[番号]", masked)
