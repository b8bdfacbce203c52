"""Somebody's words made safe to show: nothing invisible, nothing that acts; decides no wording."""

from __future__ import annotations

import re

#: Marks that turn the reading direction: shown as a mark, so that nobody is fooled.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Control characters (but for tab and line feed), zero-width and other invisible ones, and surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_LINES = re.compile("\r\n?|[\u2028\u2029\u0085]")
_MARK = "\ufffd"
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def clean(text: str) -> str:
    """Return `text` without what cannot be seen, and with a mark where the direction would turn."""
    return _HIDDEN.sub("", _BIDI.sub(_MARK, _LINES.sub("\n", text)))


def escape(text: str) -> str:
    """Return `text` for mrkdwn: cleaned, and with nothing that Slack would take for markup of its own."""
    found = clean(text)
    for char, entity in _ENTITIES:
        found = found.replace(char, entity)
    return found
