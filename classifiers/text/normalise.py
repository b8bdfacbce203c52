"""Decides how raw Slack text becomes plain text, with every character traced back to where it came from.

It does not decide what is polite padding (`courtesy`) nor where words begin (`tokenise`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

#: Longer input is cut before any pattern or tokenizer sees it: the tokenizer is quadratic and can crash.
HEAD_CHARACTERS: Final = 3_000
TAIL_CHARACTERS: Final = 1_000
#: The tokenizer is quadratic on unbroken runs of ASCII or symbols as well.
LONGEST_RUN: Final = 64
LONGEST_REPEAT: Final = 3

#: Words for `NormalisedText.notes`.
NOTE_CUT: Final = "text_cut"

_KANA: Final = "\u3041-\u3096\u30a1-\u30fa\u30fc"
_MARKUP: Final = re.compile(
    r"<(?P<mark>[@#!])(?P<target>[^<>|\s]{1,80})(?:\|(?P<name>[^<>]{0,80}))?>"
    r"|<(?P<link>(?:https?|mailto|tel):[^<>|\s]{1,2000})(?:\|(?P<label>[^<>]{0,300}))?>"
    r"|(?P<url>https?://[!-;=?-~]{1,2000})"
    r"|(?P<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})"
    r"|(?P<entity>&(?:amp|lt|gt|quot|nbsp|#39);)"
    r"|(?P<emoji>(?<![A-Za-z0-9]):[a-z+-][a-z0-9_+'-]{0,60}:(?![A-Za-z0-9]))"
    r"|(?P<fence>```|`)"
    r"|(?P<style>(?<![\w*~])[*~](?=[^\s*~])|(?<=[^\s*~])[*~](?![\w*~]))"
)
_MARKUP_HINT: Final = re.compile(r"[<&:`*~@]|https?:")
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " ", "&#39;": "'"}
#: Characters that join the one before them under NFKC, so that folding one by one would differ.
_JOINING: Final = re.compile("[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1100-\u11ff\u0590-\u0dff]")
_RUNS: Final = re.compile(
    rf"([^0-9\n])\1{{{LONGEST_REPEAT},}}|([!-~]{{{LONGEST_RUN}}})[!-~]+"
    rf"|([^\w\s\u3000-\u30ff!-~]{{{LONGEST_RUN // 4}}})[^\w\s\u3000-\u30ff!-~]+"
)
#: Without one of these there is nothing to shorten; looking for them is quicker.
_RUN_HINT: Final = re.compile(
    rf"(.)\1{{{LONGEST_REPEAT}}}|[!-~]{{{LONGEST_RUN}}}|[^\w\s\u3000-\u30ff!-~]{{{LONGEST_RUN // 4}}}"
)
_WAVE: Final = re.compile(rf"(?<=[{_KANA}])[~\u301c\u223c\u2015\u2500\u2010\uff70](?![0-9])")


class _Fold(dict[int, str]):
    """Code point → its plain form, worked out once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if char == "\n":
            plain = "\n"
        elif category in ("Cf", "Cs", "Co", "Cn") or 0xFE00 <= code <= 0xFE0F:
            plain = ""
        elif category in ("Cc", "Zs", "Zl", "Zp"):
            plain = " "
        else:
            plain = unicodedata.normalize("NFKC", char)
        self[code] = plain
        return plain


_FOLD: Final = _Fold()
#: Characters that are not beyond doubt their own plain form, as most of what is written is.
_STRANGE: Final = re.compile(
    "[^\n -~\u3001-\u3003\u3005-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fef]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedText:
    """Plain text and the way back: character `i` came from `original[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    notes: tuple[str, ...] = ()

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original for the half-open plain span; an empty span stays empty."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]


@dataclass(slots=True)
class _Draft:
    """Characters with their origins while the text is being rewritten."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def keep(self, pieces: Sequence[tuple[int, int, str | None]]) -> _Draft:
        """Rebuild from pieces `(start, end, replacement)`; None keeps the slice as it is."""
        if not pieces:
            return self
        texts: list[str] = []
        starts: list[Sequence[int]] = []
        ends: list[Sequence[int]] = []
        for start, end, replacement in pieces:
            if replacement is None:
                texts.append(self.text[start:end])
                starts.append(self.starts[start:end])
                ends.append(self.ends[start:end])
            elif replacement and start < end:
                texts.append(replacement)
                starts.append((self.starts[start],) * len(replacement))
                ends.append((self.ends[end - 1],) * len(replacement))
        return _Draft("".join(texts), tuple(chain(*starts)), tuple(chain(*ends)))


def normalise(text: str) -> NormalisedText:
    """Plain form of one message.

    In: any string, also with NULs, lone surrogates or a megabyte of one character.
    Out: NFKC text without markup, control or invisible characters, at most head + tail characters long.
    """
    draft, notes = _cap(text)
    if _MARKUP_HINT.search(draft.text):
        draft = _strip_markup(draft)
    draft = _fold(draft)
    draft = _shorten_runs(draft)
    return NormalisedText(
        text=_WAVE.sub("\u30fc", draft.text), starts=draft.starts, ends=draft.ends, notes=notes
    )


def _cap(text: str) -> tuple[_Draft, tuple[str, ...]]:
    size = len(text)
    if size <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return _Draft(text, range(size), range(1, size + 1)), ()
    tail = size - TAIL_CHARACTERS
    starts = (*range(HEAD_CHARACTERS), HEAD_CHARACTERS, *range(tail, size))
    ends = (*range(1, HEAD_CHARACTERS + 1), HEAD_CHARACTERS, *range(tail + 1, size + 1))
    return _Draft(text[:HEAD_CHARACTERS] + "\n" + text[tail:], starts, ends), (NOTE_CUT,)


def _strip_markup(draft: _Draft) -> _Draft:
    pieces: list[tuple[int, int, str | None]] = []
    at = 0
    for match in _MARKUP.finditer(draft.text):
        pieces.append((at, match.start(), None))
        pieces.extend(_plain_markup(match))
        at = match.end()
    if not pieces:
        return draft
    pieces.append((at, len(draft.text), None))
    return draft.keep(pieces)


def _plain_markup(match: re.Match[str]) -> list[tuple[int, int, str | None]]:
    kind = match.lastgroup
    for group in ("label", "name"):
        if match[group]:
            start, end = match.span(group)
            return [(start, end, None)]
    whole = match.span()
    if match["entity"]:
        return [(*whole, _ENTITIES[match["entity"]])]
    if match["mail"] or (match["link"] or "").startswith("mailto:"):
        return [(*whole, " mail ")]
    if match["link"] or match["url"]:
        return [(*whole, " url ")]
    return [] if kind == "style" else [(*whole, " ")]


def _fold(draft: _Draft) -> _Draft:
    text = draft.text
    strange = set(_STRANGE.findall(text))
    if all(map(_folds_alone, strange)):
        for char in strange:
            text = text.replace(char, _FOLD[ord(char)])
        return _Draft(text, draft.starts, draft.ends)
    pieces: list[tuple[int, int, str | None]] = []
    at, size = 0, len(text)
    while at < size:
        end = at + 1
        while end < size and _JOINING.match(text[end]):
            end += 1
        plain = text[at:end].translate(_FOLD) if end == at + 1 else _fold_cluster(text[at:end])
        pieces.append((at, end, plain))
        at = end
    return draft.keep(pieces) if pieces else draft


@lru_cache(maxsize=4_096)
def _folds_alone(char: str) -> bool:
    """True where a character has one plain character, whatever stands beside it."""
    return len(_FOLD[ord(char)]) == 1 and not _JOINING.match(char)


def _fold_cluster(cluster: str) -> str:
    # Eight marks are more than any script stacks; the rest is decoration meant to break things.
    return unicodedata.normalize("NFKC", "".join(c for c in cluster[:8] if c == "\n" or _FOLD[ord(c)]))


def _shorten_runs(draft: _Draft) -> _Draft:
    if not _RUN_HINT.search(draft.text):
        return draft
    pieces: list[tuple[int, int, str | None]] = []
    at = 0
    for match in _RUNS.finditer(draft.text):
        keep = LONGEST_REPEAT if match[1] else len(match[2] or match[3])
        pieces.append((at, match.start() + keep, None))
        at = match.end()
    if not pieces:
        return draft
    pieces.append((at, len(draft.text), None))
    return draft.keep(pieces)
