"""Automata of words find all of them and nothing else, however they are laid out."""

from __future__ import annotations

import pytest

from classifiers.text.automaton import automaton_of

NOTHING = ()


@pytest.mark.parametrize("count", [1, 30, 3_000])
def test_every_word_is_found_wherever_it_stands(count: int) -> None:
    words = {chr(0x4E00 + number) + "店": number for number in range(count)}
    found = automaton_of(words, NOTHING)
    text = "の。" + "、で".join(words) + "いま"
    assert [value for _, value in found.iter(text) if value is not NOTHING] == list(words.values())


def test_frequent_characters_that_begin_no_word_are_no_finding() -> None:
    words = {chr(0x4E00 + number) + "店": number for number in range(3_000)}
    found = automaton_of(words, NOTHING)
    assert list(found.iter("の。でいま、 すがしてたにか\n")) == []
    assert all(value is NOTHING for _, value in found.iter("の\U0010ffff。\U0010ffff"))
