"""Decides how an automaton of words is laid out so that it gets through a text soon; not what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from ahocorasick import Automaton

from classifiers.errors import DataFileError

#: The most frequent characters of the training messages in lower case, the first ones first; all of the file
#: counts, also the end of a line.
_FILE: Final = Path(__file__).parent.parent / "data" / "frequent.txt"
#: One frequent character for so many beginnings; with more a small automaton would only get wider.
_WAYS: Final = 4
#: Stands in no text that has been normalised.
_NEVER: Final = "\U0010ffff"


def automaton_of(words: Mapping[str, object], nothing: object) -> Automaton:
    """An automaton that gives the value of every word found. Raises DataFileError.

    Most characters of a text lead it back to its root, where it tries all ways on in the order of adding.
    So the most frequent characters come first, also those that begin no word: with a word that never occurs,
    whose value is `nothing`.
    """
    made = Automaton()
    beginning = {word[0]: word for word in words}
    for character in _frequent()[: len(beginning) // _WAYS]:
        word = beginning.get(character)
        if word is None:
            made.add_word(character + _NEVER, nothing)
        else:
            made.add_word(word, words[word])
    for word, value in words.items():
        made.add_word(word, value)
    made.make_automaton()
    return made


@lru_cache(maxsize=1)
def _frequent() -> str:
    try:
        return _FILE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(_FILE, "file", str(error)) from error
