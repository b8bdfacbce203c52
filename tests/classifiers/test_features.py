"""Features of a turn: the same ones wherever polite padding stands, and found again by their keys."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.features import Occurrences, begins, keys_of, occurrences
from classifiers.reading import Reader, Reading
from classifiers.vocabulary import Vocabulary

PLAIN = "メールが送れず困っています"


@pytest.mark.parametrize(
    "text",
    [
        f" お世話になっております。{PLAIN}",
        f"お世話になっております。{PLAIN}",
        f"\n\nお世話になっております。\n{PLAIN}",
        "お世話になっております。",
        " お世話になっております。 ",
        "",
        "2",
        "メ",
    ],
)
def test_padding_anywhere_leaves_the_words_outside_it(reader: Reader, text: str) -> None:
    found = occurrences([[reader.read(text)]], reader.cues)
    word = keys_of("words", ["困る"])[0]
    assert (word in found.keys) is (PLAIN in text)
    starts, ends = found.spans()
    assert (starts <= ends).all()


def test_all_conversations_together_have_what_each_has_alone(reader: Reader) -> None:
    """Nothing reaches over the end of a turn: neither a number nor a pair of words, nor characters."""
    texts = [
        [PLAIN],
        ["はい、内線は03", "5人です、0120 に電話しました"],
        [""],
        ["3", "お世話になっております。3", "4台"],
        [f"お世話になっております。\n{PLAIN}\nよろしくお願いいたします。"],
    ]
    talks = [[reader.read(turn) for turn in turns] for turns in texts]
    together = occurrences(talks, reader.cues)
    for number, talk in enumerate(talks):
        assert _rows(together, talks, number) == _rows(occurrences([talk], reader.cues), [talk], 0)


def _rows(found: Occurrences, talks: list[list[Reading]], conversation: int) -> list[tuple[float, ...]]:
    """Key, turn, offsets in the turn and whether another follows, of every feature of a conversation."""
    of, (starts, ends) = found.of(), found.spans()
    mine = (found.places.conversations[of] == conversation).nonzero()[0]
    turns, earlier = found.places.turns[of[mine]], found.places.earlier[of[mine]]
    every = begins([turn for talk in talks for turn in talk])
    first = sum(map(len, talks[:conversation]))
    base = np.where(turns < 0, 0, np.array(every)[turns + first])
    columns = (found.keys[mine], turns, starts[mine] - base, ends[mine] - base, earlier)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_a_vocabulary_finds_its_keys_and_no_others() -> None:
    keys = np.unique(keys_of("words", [f"word{number}" for number in range(3_000)]))
    known = Vocabulary(keys[::2])
    every = list(range(len(known)))
    assert [part.tolist() for part in known.find(keys[::2])] == [every, every]
    assert [part.tolist() for part in known.find(keys[1::2])] == [[], []]
    assert [part.tolist() for part in known.find(keys)] == [list(range(0, len(keys), 2)), every]


def test_an_empty_vocabulary_finds_nothing() -> None:
    found = Vocabulary(np.zeros(0, dtype=np.uint64)).find(keys_of("words", ["a"]))
    assert [part.tolist() for part in found] == [[], []]


def test_keys_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="not in order"):
        Vocabulary(np.array([2, 1], dtype=np.uint64))
