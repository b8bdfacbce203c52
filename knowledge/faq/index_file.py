"""Decides how an index lies on disk between two starts (arrays, no pickle); not what is in it."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifiers.text.lexicon import Lexicon
from knowledge.errors import FaqIndexError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.postings import Postings
from knowledge.faq.search import CHANNELS, FaqIndex
from knowledge.faq.settings import SearchSettings, load_settings

#: To be raised when texts are read in another way, which no digest tells.
FORMAT: Final = 2
_DIGEST: Final = "digest"
_ENTRY_FIELDS: Final = tuple(FaqEntry.__dataclass_fields__)


def stored_or_built(
    entries: Sequence[FaqEntry], path: Path, *, lexicon: Lexicon, settings: SearchSettings | None = None
) -> FaqIndex:
    """The index over entries: as an earlier start left it at `path`, or built now and left there.

    A file that cannot be read, or was made from anything else, is made again; where the disk refuses it, the
    next start builds once more.
    """
    settings = settings or load_settings()
    digest = digest_of(entries, settings, lexicon)
    try:
        return load_index(path, entries, digest, settings, lexicon)
    except FaqIndexError:
        index = FaqIndex.build(entries, settings, lexicon)
        with suppress(OSError):
            save_index(index, path, digest)
        return index


def digest_of(entries: Sequence[FaqEntry], settings: SearchSettings, lexicon: Lexicon) -> str:
    """Fingerprint of all that an index is made from: entries in their order, settings, names, tokenizer."""
    digest = sha256(f"{FORMAT} {version('fugashi')} {version('unidic-lite')} {lexicon.digest}".encode())
    digest.update(json.dumps(asdict(settings), default=sorted, sort_keys=True).encode())
    for entry in entries:
        row = [getattr(entry, name) for name in _ENTRY_FIELDS]
        text = json.dumps(row, ensure_ascii=False, default=str)
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def save_index(index: FaqIndex, path: Path, digest: str) -> None:
    """Write the arrays of an index under the digest of what it was made from; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: array for channel in CHANNELS for name, array in index.postings[channel].arrays(channel).items()
    }
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            named = np.frombuffer(digest.encode(), dtype=np.uint8)
            np.savez(file, allow_pickle=False, **arrays, **{_DIGEST: named})
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load_index(
    path: Path, entries: Sequence[FaqEntry], digest: str, settings: SearchSettings, lexicon: Lexicon
) -> FaqIndex:
    """Read a stored index over entries.

    Raises:
        FaqIndexError: the file is missing or damaged, or was made from something of another digest.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays: Mapping[str, Any] = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FaqIndexError(f"{path}: no readable index: {error}") from error
    if arrays.get(_DIGEST, np.zeros(0, dtype=np.uint8)).tobytes() != digest.encode():
        raise FaqIndexError(f"{path}: made from other entries or settings; build the index again")
    postings = {channel: Postings.from_arrays(channel, arrays, len(entries)) for channel in CHANNELS}
    return FaqIndex(entries, postings, settings, lexicon)
