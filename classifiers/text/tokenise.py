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


#: One line per word: surface, dictionary form (none for a word the dictionary does not hold), part of speech.
_FORMAT: Final = r'-O "" -F "%m\t%f[7]\t%f[0]\n" -U "%m\t\t%f[0]\n" -E ""'
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
        words = [_word(line) for line in _tagger().parse(text).split("\n") if line]
    except (RuntimeError, UnicodeError, ValueError):
        return _characters(text)
    tokens: list[Token] = []
    at = 0
    make, find = tuple.__new__, text.find
    for surface, lemma, pos, size in words:
        start = find(surface, at)
        if start < 0:  # the tokenizer dropped or changed something: offsets would lie
            return _characters(text)
        at = start + size
        tokens.append(make(Token, (surface, lemma, pos, start, at)))
    return tuple(tokens)


@lru_cache(maxsize=1)
def _tagger() -> Tagger:
    """One per process: opening the dictionary costs more than a hundred messages."""
    return Tagger(_FORMAT)


@lru_cache(maxsize=65_536)
def _word(line: str) -> tuple[str, str, str, int]:
    surface, lemma, pos = line.rsplit("\t", 2)
    loan = _LOANWORD.match(lemma)
    lemma = _BLANKS.sub("", loan[1] if loan else lemma) or surface
    return surface, lemma.lower(), pos, len(surface)


def _characters(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(match[0], match[0].lower(), _UNTAGGED, match.start(), match.end())
        for match in _FALLBACK.finditer(text)
    )
