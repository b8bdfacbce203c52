"""Decides how an index lies on disk (arrays as npz, the rest as JSON, no pickle); not what is in it."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifiers.text.lexicon import Lexicon
from knowledge.errors import FaqIndexError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.postings import Postings
from knowledge.faq.search import CHANNELS, FaqIndex
from knowledge.faq.settings import BlendSettings, ConfidenceSettings, SearchSettings, TermSettings

FORMAT: Final = 1
ARRAYS: Final = "faq-index.npz"
DESCRIPTION: Final = "faq-index.json"
_TERM_SETS: Final = ("content_pos", "negation_pos", "negations", "stop", "focus")
_ENTRY_FIELDS: Final = tuple(FaqEntry.__dataclass_fields__)


def entries_digest(entries: Sequence[FaqEntry]) -> str:
    """Fingerprint of entries in their order; an index stored for others does not fit."""
    digest = sha256()
    for entry in entries:
        digest.update(json.dumps(_entry_row(entry), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def save_index(index: FaqIndex, directory: Path) -> None:
    """Writes an index into a directory, which is made if needed; each file appears whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: array for channel in CHANNELS for name, array in index.postings[channel].arrays(channel).items()
    }
    part = directory / f"{ARRAYS}.part"
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    os.replace(part, directory / ARRAYS)
    description = {
        "format": FORMAT,
        "digest": entries_digest(index.entries),
        "settings": _settings_as_dict(index.settings),
        "fields": _ENTRY_FIELDS,
        "entries": [_entry_row(entry) for entry in index.entries],
    }
    part = directory / f"{DESCRIPTION}.part"
    part.write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
    os.replace(part, directory / DESCRIPTION)


def load_index(
    directory: Path, *, expected_digest: str | None = None, lexicon: Lexicon | None = None
) -> FaqIndex:
    """Reads a stored index; give the digest of the entries at hand to refuse one that was built from others.

    Raises:
        FaqIndexError: a file is missing or damaged, of another format, or does not fit.
    """
    try:
        description = json.loads((directory / DESCRIPTION).read_text(encoding="utf-8"))
        with (directory / ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FaqIndexError(f"{directory}: no readable index: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise FaqIndexError(f"{directory}: not of format {FORMAT}; build the index again")
    if expected_digest is not None and description.get("digest") != expected_digest:
        raise FaqIndexError(f"{directory}: the entries have changed; build the index again")
    try:
        entries = [_entry(row) for row in description["entries"]]
        settings = _settings(description["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise FaqIndexError(f"{directory}: damaged description: {error!r}") from error
    postings = {channel: Postings.from_arrays(channel, arrays, len(entries)) for channel in CHANNELS}
    return FaqIndex(entries, postings, settings, lexicon or Lexicon.load())


def _entry_row(entry: FaqEntry) -> list[Any]:
    reviewed = entry.reviewed_on.isoformat() if entry.reviewed_on else None
    return [reviewed if name == "reviewed_on" else getattr(entry, name) for name in _ENTRY_FIELDS]


def _entry(row: Sequence[Any]) -> FaqEntry:
    values = dict(zip(_ENTRY_FIELDS, row, strict=True))
    for name in ("policies", "variants", "products"):
        values[name] = tuple(values[name])
    values["reviewed_on"] = date.fromisoformat(values["reviewed_on"]) if values["reviewed_on"] else None
    return FaqEntry(**values)


def _settings_as_dict(settings: SearchSettings) -> dict[str, Any]:
    terms = asdict(settings.terms)
    for name in _TERM_SETS:
        terms[name] = sorted(terms[name])
    return {"terms": terms, "blend": asdict(settings.blend), "confidence": asdict(settings.confidence)}


def _settings(data: Mapping[str, Any]) -> SearchSettings:
    terms = dict(data["terms"])
    for name in _TERM_SETS:
        terms[name] = frozenset(terms[name])
    return SearchSettings(
        terms=TermSettings(**terms),
        blend=BlendSettings(**data["blend"]),
        confidence=ConfidenceSettings(**data["confidence"]),
    )
