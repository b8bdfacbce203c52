"""No text and no operator's file makes a pattern run away.

What operators write (cues, rules, lexicon, courtesy, policies) are phrases, names and fields, never regular
expressions. The program's own meet four thousand characters at most, and each has a budget for them.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator

import pytest

import bot
import classifiers
import knowledge
from bot.slack.inbound import HEAD, TAIL
from bot.texts.alerts import CUT
from classifiers.reading import Reader
from classifiers.text.phrases import PhraseError, compile_phrases

LONGEST = HEAD + len(CUT) + TAIL
#: Seconds of the processor for one pattern and one text: what takes its square would need far more.
BUDGET = 0.02
#: Seconds for reading a whole message, tokenizer included.
READING = 1.0
#: What is repeated until a text is full: one for each kind of character and beginning that patterns look for.
SEEDS = (
    *"aA0-_ .,:;/\\@<>&|`*~!?=+()[]{}'\"\n\t。、・ーアあ漢１－",
    *(
        "a.",
        "a@",
        "a-",
        "1-",
        "1,",
        "0 ",
        "- ",
        "http://",
        "<@U",
        "<a|",
        "&lt;",
        ":a",
        "(a",
        "[a](",
        "ｱﾞ",
        "か\u3099",
    ),
    *("お客様番号", "番号は", "ab ", "１２３", "千万", "e+", "1.", "\u202e", "\u200b", "\r\n", "<http:a|"),
)
#: What a pattern may be made to look for in vain.
ENDS = ("!", "\x00")


def hostile(length: int = LONGEST) -> list[str]:
    return [(seed * length)[: length - len(end)] + end for seed in SEEDS for end in ENDS]


def _modules() -> Iterator[object]:
    for package in (bot, classifiers, knowledge):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _patterns() -> dict[str, re.Pattern[str]]:
    """Every regular expression that stands in a module, by its text."""
    named = (value for module in _modules() for value in vars(module).values())
    patterns = [value for value in named if isinstance(value, re.Pattern)]
    cues = Reader.load().cues
    return {each.pattern: each for each in (*patterns, cues.numbers.pattern) if isinstance(each.pattern, str)}


def _all_ways(pattern: re.Pattern[str], text: str) -> None:
    pattern.fullmatch(text)
    for _ in pattern.finditer(text):
        pass


def _spent(act: Callable[[], object]) -> float:
    """Seconds of the processor, of three tries the least: nobody else's load counts."""
    tries = []
    for _ in range(3):
        begun = time.thread_time()
        act()
        tries.append(time.thread_time() - begun)
        if tries[-1] < BUDGET:
            break
    return min(tries)


def test_every_pattern_of_ours_keeps_its_budget() -> None:
    patterns = _patterns()
    assert len(patterns) > 30
    slow = []
    for text in hostile():
        for pattern in patterns.values():
            spent = _spent(lambda pattern=pattern, text=text: _all_ways(pattern, text))  # type: ignore[misc]
            if spent >= BUDGET:
                slow.append((pattern.pattern[:80], text[:12], round(spent, 3)))
    assert slow == []


def test_budget_finds_a_pattern_that_runs_away() -> None:
    """The yardstick itself: the usual suspects do not pass it."""
    text = "a" * 21 + "!"
    assert _spent(lambda: re.fullmatch(r"(a+)+", text)) > BUDGET
    assert _spent(lambda: re.search(r"\s+$", " " * LONGEST + "!")) > BUDGET


def test_reading_a_hostile_message_takes_its_time_once() -> None:
    reader = Reader.load()
    reader.read("温める")
    slow = [text[:12] for text in hostile() if _spent(lambda text=text: reader.read(text)) > READING]  # type: ignore[misc]
    assert slow == []


@pytest.mark.parametrize("written", ["(a+)+$", "(.*)*x", "[a-z]+", "a{1,99}", "(?:aa)+", "\\w+\\s?"])
def test_regular_expression_in_a_file_is_only_its_letters(written: str) -> None:
    try:
        phrases = compile_phrases({"x": [written]})
    except PhraseError:
        return
    assert phrases.find("aaaaaaaa aaaa!") == []
    assert all(found.name == "x" for found in phrases.find(written))


@pytest.mark.parametrize(
    "phrase", ["ああ…ああ…ああ…ああ…ああ…いい", "(ああ|あああ|ああああ)…(ああ|あああ)…いい"]
)
def test_phrase_of_an_operator_takes_time_in_proportion_to_the_text(phrase: str) -> None:
    phrases = compile_phrases({"x": [phrase]})

    def spent(length: int) -> float:
        return min(_measured(lambda: phrases.find("あ" * length)) for _ in range(3))

    # Four times the text: four times the work, and sixteen times for what takes its square.
    assert spent(4 * LONGEST) < 8 * spent(LONGEST) + 0.005


def _measured(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


def test_phrase_with_too_many_variants_is_refused() -> None:
    with pytest.raises(PhraseError, match="variants"):
        compile_phrases({"x": ["(a|b|c|d)" * 6]})
