"""Takes personal data out of a text: everything before it becomes an example, customer numbers always."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import phonenumbers

from knowledge.contracts.contract import masked as shown

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


#: What people put between the digits of a number: dashes, blanks, dots, and what cannot be seen.
_BETWEEN = "\\-\u2010-\u2015\u2212\u30fc\uff0d .\u3000_/\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_BETWEEN_ONE = re.compile(f"[{_BETWEEN}]")
_DIGIT, _LETTER = "[0-9\uff10-\uff19]", "[A-Za-z\uff21-\uff3a\uff41-\uff5a]"
#: A number that its writer calls a customer number, whether anybody has it or not.
_CALLED = re.compile(
    "(?:お客様|お客さま|顧客|契約者?|カスタマー)(?:番号|ナンバー|[nN][oO]\\.?|[iI][dD])"
    f"[^0-9A-Za-z\uff10-\uff19\n]{{0,12}}"
    f"(?P<number>{_LETTER}{{0,4}}[{_BETWEEN}]?{_DIGIT}(?:[{_BETWEEN}]{{0,2}}{_DIGIT}){{3,31}})"
    "(?![0-9年月日時円人台])"
)
#: Shorter numbers than this are only recognised where they stand alone.
_TELLING = 6
_SHORTEST = 4


def hide_numbers(text: str, lengths: Sequence[int], known: Callable[[str], bool]) -> str:
    """Return `text` with customer numbers masked to their last four characters.

    A number is hidden where `known` knows it in its normal form, in whatever width and with whatever
    between its characters, or where the text calls it a customer number. `lengths` are those of known ones.
    """
    found = [(match.start("number"), match.end("number")) for match in _CALLED.finditer(text)]
    for run, places in _runs(text):
        found.extend(_known_in(run, places, lengths, known))
    hidden, end = "", len(text)
    for start, stop in sorted(found, reverse=True):
        if stop <= end:
            hidden = _shown(text[start:stop]) + text[stop:end] + hidden
            end = start
    return text[:end] + hidden


def _shown(number: str) -> str:
    return shown(_BETWEEN_ONE.sub("", unicodedata.normalize("NFKC", number)))


def _known_in(
    run: str, places: Sequence[int], lengths: Sequence[int], known: Callable[[str], bool]
) -> Iterator[tuple[int, int]]:
    """Yield where known numbers stand, longer ones first; `places` are the characters' in the text."""
    for length in sorted((length for length in lengths if length >= _SHORTEST), reverse=True):
        for first in range(len(run) - length + 1):
            last = first + length - 1
            window = run[first : last + 1]
            if length < _TELLING and not _alone(places, first, last):
                continue
            if any(char.isdigit() for char in window) and known(window):
                yield places[first], places[last] + 1


def _alone(places: Sequence[int], first: int, last: int) -> bool:
    before = first == 0 or places[first] - places[first - 1] > 1
    return before and (last == len(places) - 1 or places[last + 1] - places[last] > 1)


def _runs(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield letters and digits, upper case and plain, with nothing between them, and where they were."""
    run, places = "", list[int]()
    for place, char in enumerate(text):
        plain = char if char.isascii() else unicodedata.normalize("NFKC", char)
        if plain.isascii() and plain.isalnum():
            run += plain.upper()
            places += [place] * len(plain)
        elif not _BETWEEN_ONE.match(char) and run:
            yield run, places
            run, places = "", []
    if run:
        yield run, places
