"""Decides which entries there are: the shipped ones and the operator's; not how they are searched."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.entry_file import parse_entry

SHIPPED: Final = Path(__file__).parent.parent / "data" / "faq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All entries, sorted by id, and the file each one came from."""

    entries: tuple[FaqEntry, ...]
    files: Mapping[str, Path]

    def get(self, entry_id: str) -> FaqEntry | None:
        """The entry of that id."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)

    def for_policy(self, policy_id: str) -> tuple[FaqEntry, ...]:
        """Entries that hold for one policy."""
        return tuple(entry for entry in self.entries if policy_id in entry.policies)


def load_catalogue(
    *, known_policies: Collection[str], operator: Path | None = None, shipped: Path | None = SHIPPED
) -> Catalogue:
    """Reads the shipped entries and, beside them, the operator's directory, which may not exist yet.

    Raises:
        FaqEntryError: an entry is malformed, or two files hold the same id.
    """
    entries: dict[str, FaqEntry] = {}
    files: dict[str, Path] = {}
    for directory in (shipped, operator):
        if directory is None:
            continue
        for entry, file in read_directory(directory, known_policies):
            if entry.id in entries:
                raise FaqEntryError(file, "id", f"{entry.id!r} already stands in {files[entry.id]}")
            entries[entry.id] = entry
            files[entry.id] = file
    return Catalogue(entries=tuple(entries[key] for key in sorted(entries)), files=files)


def read_directory(directory: Path, known_policies: Collection[str]) -> Iterator[tuple[FaqEntry, Path]]:
    """Every `*.md` below a directory as an entry, in the order of the paths.

    Raises:
        FaqEntryError: a file cannot be read as UTF-8 or as an entry.
    """
    for file in sorted(directory.rglob("*.md")):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FaqEntryError(file, "-", str(error)) from error
        yield parse_entry(text, file, known_policies), file
