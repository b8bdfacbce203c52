"""Decides nothing: reads one turn once, so that models, signals, rules and evidence share the work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifiers.cues import Count, Cue, Cues
from classifiers.text.courtesy import Courtesy, Span
from classifiers.text.lexicon import Lexicon, Mention
from classifiers.text.normalise import NormalisedText, normalise
from classifiers.text.tokenise import Tokens, tokenise


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One turn, read; all offsets are characters of `plain.text`."""

    original: str
    plain: NormalisedText
    #: The plain text in lower case with every digit written 0, of the same length.
    shape: str
    tokens: Tokens
    cues: tuple[Cue, ...]
    counts: tuple[Count, ...]
    mentions: tuple[Mention, ...]
    padding: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """The data that reading needs, loaded once."""

    lexicon: Lexicon
    cues: Cues
    courtesy: Courtesy

    @classmethod
    def load(cls) -> Reader:
        """Read the shipped data files. Raises DataFileError."""
        return cls(Lexicon.load(), Cues.load(), Courtesy.load())

    def read(self, text: str) -> Reading:
        """Read one turn; any string is fine."""
        return self.read_all([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Read many turns, step by step: each step finds its data still near the processor."""
        plain = list(map(normalise, texts))
        written = [text.text for text in plain]
        shapes = list(map(_shape, written))
        tokens = list(map(tokenise, written))
        cues = list(map(self.cues.find, shapes, tokens))
        counts = list(map(self.cues.numbers.find, written))
        mentions = list(map(self.lexicon.mentions, written))
        padding = list(map(self.courtesy.padding, written))
        columns = (texts, plain, shapes, tokens, cues, counts, mentions, padding)
        return [
            Reading(
                original=original,
                plain=text,
                shape=shape,
                tokens=words,
                cues=found,
                counts=tuple(numbers),
                mentions=named,
                padding=spans,
            )
            for original, text, shape, words, found, numbers, named, spans in zip(*columns, strict=True)
        ]


_DIGIT: Final = re.compile("[1-9]")


def _shape(text: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals become two characters
        lowered = "".join(char.lower()[:1] or char for char in text)
    return _DIGIT.sub("0", lowered)
