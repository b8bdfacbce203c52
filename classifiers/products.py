"""Decides which product a conversation speaks of, from all that its words name; not whether one is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from classifiers.cues import Cues
from classifiers.datafiles import DATA, only, phrases, read_toml, words
from classifiers.reading import Reading
from classifiers.text.lexicon import IMPLIED, EntryKind, Mention
from classifiers.text.phrases import Phrases

#: Families of products that others run on.
_GROUND: Final = frozenset({"os", "browser"})
_OFFICE: Final = frozenset({"office_app", "office_desktop"})
_CLOUD: Final = "m365_cloud"
#: An add-in is nobody's product until its maker is named.
_NOBODYS: Final = "addin"
#: Least probability that a product is named for which the words are believed: names and implying words are
#: precise, so little is enough (chosen on one half of the training rows, confirmed on the other).
_NAMED: Final = 0.05
_REST: Final = 40
_FROM_REACH: Final = 10
_TO_REACH: Final = 6
_ASKED_REACH: Final = 4
_STOPS: Final = "\u3002\n!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The words around names, from their data file."""

    joints: frozenset[str]
    ties: frozenset[str]
    #: Canonical name of the product that a list of Office applications speaks of.
    suite: str
    links: Phrases
    #: Endings of a text before, and beginnings of a text after, a product counted up with services.
    before: tuple[str, ...]
    after: tuple[str, ...]
    denied: Phrases
    healthy: Phrases
    asked: tuple[str, ...]
    left: tuple[str, ...]
    reached: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Naming:
        """Read the shipped file once. Raises DataFileError."""
        path = DATA / "naming.toml"
        data = read_toml(path)
        lists = ("joints", "ties", "services", "service_joints", "service_ends", "asked", "left", "reached")
        patterns = ("links", "denied", "healthy")
        only(path, "naming", data, ("suite", *lists, *patterns))
        listed = {key: words(path, data, key) for key in lists}
        found = {key: phrases(path, key, {key: words(path, data, key)}) for key in patterns}
        services, joints = listed["services"], listed["service_joints"]
        return cls(
            joints=frozenset(listed["joints"]),
            ties=frozenset(listed["ties"]),
            suite=words(path, {"suite": [data.get("suite")]}, "suite")[0],
            before=tuple(service + joint for service in services for joint in joints),
            after=tuple(j + s + end for j in joints for s in services for end in listed["service_ends"]),
            asked=listed["asked"],
            left=listed["left"],
            reached=listed["reached"],
            links=found["links"],
            denied=found["denied"],
            healthy=found["healthy"],
        )


class _Name(NamedTuple):
    """A product that a turn names."""

    name: str
    #: Others run on it.
    ground: bool = False
    #: The words say that another is meant: this one works, or is left behind for that one.
    passed: bool = False
    #: The words say that it is not this one, here or anywhere.
    denied: bool = False


def product_of(readings: Sequence[Reading], cues: Cues, named: float) -> str | None:
    """The product that the earliest turn naming one speaks of.

    `named` is the probability that a product is named at all. A name comes before a word that only belongs to
    one product. Systems and browsers are mostly where a thing runs, not the thing: they count only if nothing
    else is named. A list of several products that are all meant names none of them.
    """
    if named < _NAMED:
        return None
    naming = Naming.load()
    names = [list(_names(reading, naming)) for reading in readings]
    denied = {name.name for turn in names for name in turn if name.denied}
    kept = [[name for name in turn if not name.passed and name.name not in denied] for turn in names]
    names = kept if any(kept) else names
    implied = [[_named(m) for m in _products(reading) if m.score == IMPLIED] for reading in readings]
    for turns in (names, implied):
        things = [[name for name in turn if not name.ground] for turn in turns]
        for found in (*things, *turns):
            if found:
                return found[0].name
    cued = [found for reading in readings for found in cues.implied.find(reading.shape)]
    return cued[0].name if cued else None


def _products(reading: Reading) -> list[Mention]:
    return [mention for mention in reading.mentions if mention.entry.kind is EntryKind.PRODUCT]


def _named(mention: Mention) -> _Name:
    return _Name(name=mention.entry.name, ground=not _GROUND.isdisjoint(mention.entry.families))


def _names(reading: Reading, naming: Naming) -> Iterator[_Name]:
    text = reading.shape
    named = [m for m in _products(reading) if m.score > IMPLIED and _NOBODYS not in m.entry.families]
    at = 0
    for group in _groups(text, named, naming):
        at += len(group)
        if _is_list(text, group, naming):
            if _are_office(group):
                yield _Name(name=naming.suite)
            continue
        for mention in group:
            if not _among_services(text, mention, naming):
                later = named[at] if at < len(named) else None
                yield _named(mention)._replace(
                    passed=_is_passed(text, mention, later, naming),
                    denied=_begins(text, mention.end, naming.denied) > 0,
                )


def _groups(text: str, mentions: Sequence[Mention], naming: Naming) -> Iterator[list[Mention]]:
    """Names in order, those together that only stand joined by words that count up."""
    group: list[Mention] = []
    for mention in mentions:
        if group and text[group[-1].end : mention.start].strip() not in naming.joints:
            yield group
            group = []
        group.append(mention)
    if group:
        yield group


def _is_list(text: str, group: Sequence[Mention], naming: Naming) -> bool:
    """True where several products are meant alike, so that no single one is."""
    if len({mention.entry.id for mention in group}) < 2 or _begins(text, group[-1].end, naming.links):
        return False
    if _are_office(group):
        return True
    if any(text[one.end : other.start].strip() in naming.ties for one, other in pairwise(group)):
        return False
    families = [frozenset(mention.entry.families) for mention in group]
    return all(f & _GROUND for f in families) or all(_CLOUD in f or f & _OFFICE for f in families)


def _are_office(group: Sequence[Mention]) -> bool:
    families = [frozenset(mention.entry.families) for mention in group]
    applications = {mention.entry.id for mention in group if not _OFFICE.isdisjoint(mention.entry.families)}
    return len(applications) > 1 and all(_CLOUD in f or f & _OFFICE for f in families)


def _among_services(text: str, mention: Mention, naming: Naming) -> bool:
    if _CLOUD not in mention.entry.families:
        return False
    return text.endswith(naming.before, 0, mention.start) or text.startswith(naming.after, mention.end)


def _is_passed(text: str, mention: Mention, later: Mention | None, naming: Naming) -> bool:
    """True where the words say of a product that it works, or that it is left for a later one."""
    healthy = _begins(text, mention.end, naming.healthy)
    if healthy:
        return not any(word in text[healthy : healthy + _ASKED_REACH] for word in naming.asked)
    if later is None:
        return False
    between = text[mention.end : later.start]
    if any(stop in between for stop in _STOPS):
        return False
    beyond = text[later.end : later.end + _TO_REACH]
    left = any(word in between[:_FROM_REACH] for word in naming.left)
    return left and any(word in beyond for word in naming.reached)


def _begins(text: str, start: int, wanted: Phrases) -> int:
    """Where the longest of these phrases that begins at `start` ends; 0 where none does."""
    rest = text[start : start + _REST]
    return max((start + found.end for found in wanted.find(rest) if found.start == 0), default=0)
