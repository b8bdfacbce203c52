"""Decides which terms a text is searched by (words, pairs, character n-grams); not how much each counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.text.lexicon import Lexicon
from classifiers.text.normalise import normalise
from classifiers.text.tokenise import Token, tokenise
from knowledge.faq.settings import TermSettings

Keys = NDArray[np.uint32]

#: What every negation becomes, so that "cannot" and "can" stay apart in the pairs.
NEGATION: Final = "\x00not"
_NO_KEYS: Final[Keys] = np.zeros(0, dtype=np.uint32)
_KATAKANA_FIRST: Final = 0x30A1
_KATAKANA_LAST: Final = 0x30F6
_TO_HIRAGANA: Final = 0x60
_BITS_OF_A_CHARACTER: Final = np.uint64(21)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_UPPER_HALF: Final = np.uint64(32)
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTerms:
    """The terms of one text as 32-bit keys, in order and with repetitions."""

    #: Dictionary forms of content words, then the named products.
    words: Keys
    #: Only the named products.
    products: Keys
    #: Only the words that a question turns on.
    focus: Keys
    #: Two neighbouring content words each.
    pairs: Keys
    #: Two and three neighbouring letters or digits each.
    grams: Keys
    #: Content words in plain, for people and for clustering.
    lemmas: tuple[str, ...] = ()


class TermReader:
    """Text → terms, the same way for entries and for queries."""

    def __init__(self, settings: TermSettings, lexicon: Lexicon) -> None:
        self._settings = settings
        self._lexicon = lexicon

    def read(self, text: str, *, limit: int | None = None) -> TextTerms:
        """Terms of a raw text.

        In: any string; `limit` cuts it to that many characters first.
        Out: keys per channel, all empty where the text has neither letter nor digit.
        """
        plain = normalise(text if limit is None else text[:limit]).text.lower()
        lemmas = tuple(self._content(tokenise(plain)))
        products = word_keys(f"\x01{mention.entry.id}" for mention in self._lexicon.mentions(plain))
        words = word_keys(lemmas)
        return TextTerms(
            words=np.concatenate([words, products]) if len(products) else words,
            products=products,
            focus=word_keys(dict.fromkeys(lemma for lemma in lemmas if lemma in self._settings.focus)),
            pairs=pair_keys(words),
            grams=gram_keys(plain),
            lemmas=lemmas,
        )

    def grams(self, text: str) -> Keys:
        """Only the character pieces of a raw text."""
        return gram_keys(normalise(text).text.lower())

    def _content(self, tokens: Iterable[Token]) -> Iterator[str]:
        settings = self._settings
        for token in tokens:
            if token.lemma in settings.negations and token.pos in settings.negation_pos:
                yield NEGATION
            elif token.pos in settings.content_pos and token.lemma not in settings.stop:
                yield settings.synonyms.get(token.lemma, token.lemma)


def word_keys(words: Iterable[str]) -> Keys:
    """One stable 32-bit key per word; among a million words some hundred share one, which does no harm."""
    return np.fromiter((_word_key(word) for word in words), dtype=np.uint32)


def pair_keys(words: Keys) -> Keys:
    """One key per pair of neighbours; the order of the two counts."""
    if len(words) < 2:
        return _NO_KEYS
    wide = words.astype(np.uint64)
    return _folded((wide[:-1] << _UPPER_HALF) | wide[1:])


def gram_keys(plain: str) -> Keys:
    """Keys of 2- and 3-character pieces, without spaces and punctuation; katakana counts as hiragana."""
    letters = _NOT_LETTERS.sub("", plain)
    if len(letters) < 2:
        return np.fromiter((ord(char) for char in letters), dtype=np.uint32)
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    katakana = (codes >= _KATAKANA_FIRST) & (codes <= _KATAKANA_LAST)
    codes = np.where(katakana, codes - np.uint64(_TO_HIRAGANA), codes)
    # 21 bits hold any character, so two or three of them fit into one number before it is folded.
    two = codes[:-1] | (codes[1:] << _BITS_OF_A_CHARACTER)
    three = two[:-1] | (codes[2:] << (_BITS_OF_A_CHARACTER * np.uint64(2)))
    return _folded(np.concatenate([two, three]))


def _folded(wide: NDArray[np.uint64]) -> Keys:
    """Upper half of a multiplicative hash."""
    return ((wide * _MIX) >> _UPPER_HALF).astype(np.uint32)


@lru_cache(maxsize=65_536)
def _word_key(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little")
