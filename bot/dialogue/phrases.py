"""Typed words that mean a button: read from data, decided by phase; everything else is just said."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from bot.dialogue.events import (
    Cancelled,
    Confirmed,
    Event,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    QuestionSkipped,
    Said,
    Thanked,
)
from bot.dialogue.state import DialogueState, Phase
from bot.errors import SettingsError

_FILE = Path(__file__).parent.parent / "texts" / "phrases.toml"
_GROUPS = frozenset({"yes", "cancel", "solved", "unsolved", "skip", "human", "filler", "thanks"})
#: A wish for a person is found inside a sentence from this length on.
_LONG = 6
#: What is left beside the wish and its courtesies says something from this length on.
_SUBSTANCE = 4

#: What is left beside thanks and courtesies is a sound or two.
_SOUND = 2

#: Slack's way of writing an emoji.
_EMOJI = re.compile(r":[a-z0-9_+-]+:")

_BY_PHASE: Mapping[Phase, Mapping[str, Event]] = {
    Phase.CONFIRMING: {"yes": Confirmed(), "cancel": Cancelled()},
    Phase.ANSWERED: {"solved": FaqSolved(), "unsolved": FaqUnsolved(), "cancel": Cancelled()},
    Phase.DECLINED: {"solved": FaqSolved(), "cancel": Cancelled()},
    Phase.ASKING: {"skip": QuestionSkipped(), "cancel": Cancelled()},
    Phase.ISOLATING: {"cancel": Cancelled()},
    Phase.IDENTIFYING: {"cancel": Cancelled()},
}


def interpret(text: str, state: DialogueState) -> Event:
    """Return the event a typed text stands for in this phase.

    Wanting a person is understood in every phase and inside a longer sentence; the other phrases
    only where they are the whole message. What is said beside the wish for a person goes with it.
    """
    words = _plain(_EMOJI.sub("", text))
    if not words:
        return Said(text="")  # emoji, stamps and bare punctuation say nothing that could be dealt with
    phrases = _phrases()
    wishes = [phrase for phrase in phrases["human"] if len(phrase) >= _LONG and phrase in words]
    if wishes or words in phrases["human"]:
        beside = _without(words, (max(wishes, key=len), *phrases["filler"])) if wishes else ""
        return HumanRequested(text=text if len(beside) >= _SUBSTANCE else "")
    for group, event in _BY_PHASE.get(state.phase, {}).items():
        if words in phrases[group]:
            return event
    if _thanks(words, phrases):
        return FaqSolved() if state.phase is Phase.ANSWERED else Thanked()
    return Said(text=text)


def _thanks(words: str, phrases: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether thanks, with their courtesies, are all that was said."""
    said = any(phrase in words for phrase in phrases["thanks"])
    return said and len(_without(words, (*phrases["thanks"], *phrases["filler"]))) <= _SOUND


def _without(words: str, phrases: Iterable[str]) -> str:
    for phrase in sorted(phrases, key=len, reverse=True):
        words = words.replace(phrase, "")
    return words


def _plain(text: str) -> str:
    """Return the text folded: width, case, spaces and closing punctuation do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = [char for char in folded if char.isalnum() or char == "\u30fc"]
    return "".join(kept)


@cache
def _phrases() -> Mapping[str, frozenset[str]]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    if set(data) != _GROUPS:
        raise SettingsError(str(_FILE), f"groups must be {sorted(_GROUPS)}, found {sorted(data)}")
    return {group: frozenset(_plain(phrase) for phrase in phrases) for group, phrases in data.items()}
