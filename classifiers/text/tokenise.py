"""Decides where words begin and what their dictionary form is; nothing about what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from operator import sub
from typing import Final, NamedTuple

from fugashi import Tagger


class Token(NamedTuple):
    """One word."""

    surface: str
    #: Dictionary form, lower case; the surface where the dictionary has none.
    lemma: str
    #: Coarse part of speech in the dictionary's own (Japanese) word.
    pos: str
    #: Half-open character offsets into the tokenised text.
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text in order, column by column, because a message has a hundred; see `Token`."""

    surfaces: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    pos: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    #: The numbers of the dictionary forms, see `number_of`.
    numbers: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.surfaces)

    def __iter__(self) -> Iterator[Token]:
        return map(Token, self.surfaces, self.lemmas, self.pos, self.starts, self.ends)


#: Ends a word in the tokenizer's answer; no normalised text holds it.
_END: Final = "\x1e"
#: A word with the blanks before it, its dictionary form, none where the dictionary has none, part of speech.
_FORMAT: Final = rf'-O "" -F "%M\t%f[7]\t%f[0]{_END}" -U "%M\t\t%f[0]{_END}" -E ""'
#: What the tokenizer takes for the gap between words.
_SKIPPED: Final = " \t\n\v\r"
_UNTAGGED: Final = ""
_FALLBACK: Final = re.compile(r"[A-Za-z0-9]+|\S")
#: Features join dictionary forms with blanks: none may hold one.
_BLANKS: Final = re.compile(r"\s+")
_LOANWORD: Final = re.compile(r"^(.+?)-[A-Za-z' .]+$")


def tokenise(text: str) -> Tokens:
    """Words of a normalised text; single characters if the tokenizer gives up.

    In: text from `normalise` (capped, without NUL or surrogates). Out: words in order, without blanks.
    """
    try:
        lines = _tagger().parse(text).removesuffix(_END)
        words = map(_word, lines.split(_END)) if lines else ()
        written, surfaces, lemmas, pos, sizes, lengths, numbers = zip(*words, strict=True)
    except (RuntimeError, UnicodeError, ValueError):  # the last also where there is no word
        return _characters(text)
    ends = tuple(accumulate(lengths))
    if text.rstrip(_SKIPPED) != "".join(written):
        # The tokenizer dropped or changed something: offsets would lie.
        return _characters(text)
    return Tokens(surfaces, lemmas, pos, tuple(map(sub, ends, sizes)), ends, numbers)


def number_of(word: str) -> int:
    """A number of 64 bits, the same in every process; no word can be read from it."""
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=8).digest())


@lru_cache(maxsize=1)
def _tagger() -> Tagger:
    """One per process: opening the dictionary costs more than a hundred messages."""
    return Tagger(_FORMAT)


@lru_cache(maxsize=65_536)
def _word(line: str) -> tuple[str, str, str, str, int, int, int]:
    """A word as written, its surface, lemma, part of speech, the length of both writings, its number."""
    written, lemma, pos = line.rsplit("\t", 2)
    surface = written.lstrip(_SKIPPED)
    loan = _LOANWORD.match(lemma)
    lemma = (_BLANKS.sub("", loan[1] if loan else lemma) or surface).lower()
    return written, surface, lemma, pos, len(surface), len(written), number_of(lemma)


def _characters(text: str) -> Tokens:
    found = list(_FALLBACK.finditer(text))
    surfaces = tuple(match[0] for match in found)
    lemmas = tuple(surface.lower() for surface in surfaces)
    starts, ends = (tuple(place(match) for match in found) for place in (re.Match.start, re.Match.end))
    numbers = tuple(map(number_of, lemmas))
    return Tokens(surfaces, lemmas, (_UNTAGGED,) * len(found), starts, ends, numbers)
