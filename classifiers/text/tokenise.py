"""Decides where words begin and what their dictionary form is; nothing about what they mean."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from fugashi import Tagger


class Token(NamedTuple):
    """One word; a tuple and no dataclass because hundreds are made for every message."""

    surface: str
    #: Dictionary form, lower case; the surface where the dictionary has none.
    lemma: str
    #: Coarse part of speech in the dictionary's own (Japanese) word.
    pos: str
    #: Half-open character offsets into the tokenised text.
    start: int
    end: int


_LEMMA_FIELD: Final = 7
_UNTAGGED: Final = ""
_FALLBACK: Final = re.compile(r"[A-Za-z0-9]+|\S")
#: Features join dictionary forms with blanks: none may hold one.
_BLANKS: Final = re.compile(r"\s+")
_LOANWORD: Final = re.compile(r"^(.+?)-[A-Za-z' .]+$")


def tokenise(text: str) -> tuple[Token, ...]:
    """Words of a normalised text; single characters if the tokenizer gives up.

    In: text from `normalise` (capped, without NUL or surrogates). Out: tokens in order, without spaces.
    """
    try:
        nodes = [(node.surface, node.feature_raw) for node in _tagger()(text)]
    except (RuntimeError, UnicodeError, ValueError):
        return _characters(text)
    tokens: list[Token] = []
    at = 0
    make, find = tuple.__new__, text.find
    for surface, raw in nodes:
        start = find(surface, at)
        if start < 0:  # the tokenizer dropped or changed something: offsets would lie
            return _characters(text)
        at = start + len(surface)
        lemma, pos = _reading(raw)
        tokens.append(make(Token, (surface, lemma or surface.lower(), pos, start, at)))
    return tuple(tokens)


@lru_cache(maxsize=1)
def _tagger() -> Tagger:
    """One per process: opening the dictionary costs more than a hundred messages."""
    return Tagger()


@lru_cache(maxsize=65_536)
def _reading(feature_raw: str) -> tuple[str, str]:
    fields = feature_raw.split(",")
    lemma = fields[_LEMMA_FIELD] if len(fields) > _LEMMA_FIELD else ""
    loan = _LOANWORD.match(lemma)
    return _BLANKS.sub("", loan[1] if loan else lemma).lower(), fields[0]


def _characters(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(match[0], match[0].lower(), _UNTAGGED, match.start(), match.end())
        for match in _FALLBACK.finditer(text)
    )
