"""Decides which parts of a message are polite padding and which company name stands in them; nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classifiers.datafiles import DATA, only, phrases, read_toml, words
from classifiers.text.phrases import Phrases

Span = tuple[int, int]
_SENTENCE: Final = re.compile("[^\u3002!?\n]*(?:[\u3002!?\n]+|$)")
_COMMA: Final = re.compile("[\u3001,]")
#: A greeting longer than this carries the matter in the same breath.
LONGEST_PADDING: Final = 32
_LONGEST_NAME: Final = 24
_NAME_END: Final = re.compile("[\\s\u306e\u3067\u3001\u3002\u300c\u300d!?()\\[\\]/:]")
_KEYS: Final = ("openers", "introductions", "closers", "legal_forms")


@dataclass(frozen=True, slots=True)
class Courtesy:
    """Phrases of greeting and leave-taking; offsets are of the given (normalised) text."""

    openers: Phrases
    introductions: tuple[str, ...]
    closers: Phrases
    legal_forms: tuple[str, ...]

    @classmethod
    def load(cls, path: Path = DATA / "courtesy.toml") -> Courtesy:
        """Read the data file. Raises DataFileError."""
        data = read_toml(path)
        only(path, "courtesy", data, _KEYS)
        openers, introductions, closers, forms = (words(path, data, key) for key in _KEYS)
        return cls(
            phrases(path, "openers", {"opener": openers}),
            introductions,
            phrases(path, "closers", {"closer": closers}),
            forms,
        )

    def padding(self, text: str) -> tuple[Span, ...]:
        """Spans without substance, in order; empty where the message is nothing but courtesy."""
        sentences = [match.span() for match in _SENTENCE.finditer(text) if match[0].strip()]
        opening = list(self._opening(text, sentences))
        rest = sentences[len(opening) :]
        closing: list[Span] = []
        for start, end in reversed(rest):
            if end - start > LONGEST_PADDING or not self.closers.find(text[start:end].lower()):
                break
            closing.append((start, end))
        if len(opening) + len(closing) == len(sentences):
            return ()
        return (*opening, *reversed(closing))

    def _opening(self, text: str, sentences: list[Span]) -> Iterator[Span]:
        for number, (start, end) in enumerate(sentences):
            sentence = text[start:end]
            if end - start > LONGEST_PADDING or number > 3:
                return
            if not self.openers.find(sentence.lower()) and not (number and self._introduces(sentence)):
                return
            yield start, end

    def _introduces(self, sentence: str) -> bool:
        bare = sentence.strip().rstrip("\u3002!?")
        return not _COMMA.search(bare) and bare.endswith(self.introductions) and "\u306e" in bare

    def company(self, text: str) -> str | None:
        """A company name with its legal form near the beginning: a candidate, never an identification."""
        head = text[:200]
        for form in self.legal_forms:
            at = head.find(form)
            if at >= 0:
                return _name_around(head, at, at + len(form))
        return None


def _name_around(text: str, start: int, end: int) -> str | None:
    after = _NAME_END.split(text[end : end + _LONGEST_NAME], maxsplit=1)[0]
    before = _NAME_END.split(text[max(0, start - _LONGEST_NAME) : start])[-1]
    if after:
        return text[start:end] + after
    return before + text[start:end] if before else None
