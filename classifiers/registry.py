"""Decides how model versions are stored, named and refused, and which one answers now.

A version is a directory `models/2026-11-21.1` with `arrays.npz` (no pickle) and `model.json`; it is written
once and never changed. `aliases.json` says which version is champion, challenger and previous.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, cast

import numpy as np

from classifiers.artefact import arrays_of, model_of
from classifiers.errors import ModelMissing, ModelOutdated, ModelRefused, ModelUnsaved, TrainingUnderWay
from classifiers.fingerprint import fingerprint
from classifiers.scorer import TARGETS, Model, Thresholds

FORMAT: Final = 3
CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
PREVIOUS: Final = "previous"
_ARRAYS: Final = "arrays.npz"
_FACTS: Final = "model.json"
_ALIASES: Final = "aliases.json"
_LOCK: Final = "registry.lock"
_TRAINING: Final = "training.lock"
_DRAFT: Final = ".draft-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """What is known of a stored model without loading it."""

    id: str
    trained_at: datetime
    examples_digest: str
    artefact_digest: str
    thresholds: Thresholds
    metrics: Mapping[str, Any]
    aliases: tuple[str, ...]
    #: Facts about the training: seed, counts, library versions.
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Registry:
    """Model versions below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def save(self, model: Model, *, trained_at: datetime, metrics: Mapping[str, Any] | None = None) -> str:
        """Store a model as a new version and make it challenger (champion where there is none).

        In: a trained model, the time zone aware instant of training, figures to keep. Out: the version, e.g.
        `2026-11-21.1`. The version appears whole or not at all. Raises ModelUnsaved where the disk refuses.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with self._locked():
                return self._save(model, trained_at, metrics or {})
        except OSError as error:
            raise ModelUnsaved(f"{self._directory}: {error.strerror or error}") from error

    def _save(self, model: Model, trained_at: datetime, metrics: Mapping[str, Any]) -> str:
        for left in self._directory.glob(f"{_DRAFT}*"):  # of a process that was killed: we hold the lock
            shutil.rmtree(left, ignore_errors=True)
        draft = Path(mkdtemp(prefix=_DRAFT, dir=self._directory))
        try:
            with (draft / _ARRAYS).open("wb") as file:
                np.savez(file, **arrays_of(model))  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            version = self._claim(draft, model, trained_at, metrics)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        aliases = self.aliases()
        self._write_aliases(aliases | {CHALLENGER if CHAMPION in aliases else CHAMPION: version})
        return version

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time changes the registry; whoever reads waits for nobody."""
        with (self._directory / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def training(self) -> Iterator[None]:
        """Keep other trainings out until the block ends, or this process does.

        Raises TrainingUnderWay where somebody else trains, ModelUnsaved where the disk refuses.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            lock = (self._directory / _TRAINING).open("a")
        except OSError as error:
            raise ModelUnsaved(f"{self._directory}: {error.strerror or error}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TrainingUnderWay(str(self._directory)) from error
            yield

    def _claim(self, draft: Path, model: Model, trained_at: datetime, metrics: Mapping[str, Any]) -> str:
        day = trained_at.date().isoformat()
        number = 1 + max(
            (int(name.rpartition(".")[2]) for name in self._names() if name.startswith(f"{day}.")), default=0
        )
        version = f"{day}.{number}"
        facts = {
            "format": FORMAT,
            "version": version,
            "trained_at": trained_at.isoformat(),
            "features": fingerprint(),
            "labels": {target: list(labels) for target, labels in TARGETS.items()},
            "thresholds": asdict(model.thresholds),
            "temperatures": {target: judge.temperature for target, judge in model.judges.items()},
            "metadata": dict(model.metadata),
            "metrics": dict(metrics),
            "arrays_sha256": _digest(draft / _ARRAYS),
        }
        facts["facts_sha256"] = _facts_digest(facts)
        _write_text(draft / _FACTS, json.dumps(facts, ensure_ascii=False, indent=1))
        draft.rename(self._directory / version)
        _sync_directory(self._directory)
        return version

    def load(self, name: str = CHAMPION) -> Model:
        """A model by version or alias. Raises ModelMissing, or ModelRefused where the files do not fit."""
        version = self.resolve(name)
        facts = self._facts(version)
        path = self._directory / version / _ARRAYS
        try:
            if _digest(path) != facts["arrays_sha256"]:
                raise ModelRefused(version, f"{_ARRAYS} does not have the digest that {_FACTS} names")
            with np.load(path, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
            return model_of(version, facts, arrays)
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise ModelRefused(version, f"cannot be read: {error}") from error

    def resolve(self, name: str) -> str:
        """The version an alias stands for, or the version itself. Raises ModelMissing."""
        version = self.aliases().get(name, name)
        if version not in self._names():
            raise ModelMissing(f"there is no model {name!r}; train one first")
        return version

    def versions(self) -> tuple[ModelVersion, ...]:
        """All readable versions, oldest first; what cannot be read is left out (load says why)."""
        known = []
        for name in sorted(self._names(), key=lambda version: (version[:10], int(version[11:]))):
            try:
                known.append(self.describe(name))
            except ModelRefused:
                continue
        return tuple(known)

    def describe(self, name: str) -> ModelVersion:
        """Facts of one version or alias. Raises ModelMissing or ModelRefused."""
        version = self.resolve(name)
        facts = self._facts(version)
        return ModelVersion(
            id=version,
            trained_at=datetime.fromisoformat(facts["trained_at"]),
            examples_digest=str(facts["metadata"].get("examples_digest", "")),
            artefact_digest=facts["arrays_sha256"],
            thresholds=Thresholds(**facts["thresholds"]),
            metrics=facts["metrics"],
            aliases=tuple(sorted(alias for alias, target in self.aliases().items() if target == version)),
            metadata=facts["metadata"],
        )

    def aliases(self) -> dict[str, str]:
        """Alias → version. Raises ModelRefused where the file is damaged."""
        try:
            text = (self._directory / _ALIASES).read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        try:
            return {str(alias): str(version) for alias, version in json.loads(text).items()}
        except (ValueError, AttributeError) as error:
            raise ModelRefused(_ALIASES, f"cannot be read: {error}") from error

    def promote(self, name: str) -> str:
        """Make a version champion; the champion so far becomes previous. Out: the version.

        Raises ModelMissing, ModelRefused where it cannot be loaded, ModelUnsaved where the disk refuses; the
        champion stays then.
        """
        version = self.resolve(name)
        self.load(version)
        try:
            with self._locked():
                aliases = self.aliases()
                if aliases.get(CHAMPION) == version:
                    return version
                if CHAMPION in aliases:
                    aliases[PREVIOUS] = aliases[CHAMPION]
                aliases[CHAMPION] = version
                if aliases.get(CHALLENGER) == version:
                    del aliases[CHALLENGER]
                self._write_aliases(aliases)
        except OSError as error:
            raise ModelUnsaved(f"{self._directory}: {error.strerror or error}") from error
        return version

    def mark(self) -> tuple[int, int, int]:
        """Changes with every promotion; cheap enough to be asked for on every message."""
        try:
            found = (self._directory / _ALIASES).stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    @property
    def directory(self) -> Path:
        return self._directory

    @property
    def stages(self) -> Path:
        """Where a training keeps its finished stages."""
        return self._directory / ".stages"

    @property
    def comparisons(self) -> Path:
        """Where the differences of champion and challenger on live messages are counted."""
        return self._directory / ".shadow"

    def rollback(self) -> str:
        """Exchange champion and previous. Out: the champion now. Raises ModelMissing where there is none."""
        return self.promote(PREVIOUS)

    def _names(self) -> list[str]:
        if not self._directory.is_dir():
            return []
        return [path.name for path in self._directory.iterdir() if path.is_dir() and path.name[:1].isdigit()]

    def _facts(self, version: str) -> dict[str, Any]:
        try:
            facts = cast(
                dict[str, Any], json.loads((self._directory / version / _FACTS).read_text(encoding="utf-8"))
            )
            digest = facts.pop("facts_sha256")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ModelRefused(version, f"{_FACTS} cannot be read: {error}") from error
        if digest != _facts_digest(facts):
            raise ModelRefused(version, f"{_FACTS} was changed after it was written")
        if reason := _outdated(facts):
            desk_labels = facts.get("metadata", {}).get("desk_labels", 0)
            raise ModelOutdated(version, f"{reason}; train again", desk_labels=desk_labels)
        return facts

    def _write_aliases(self, aliases: Mapping[str, str]) -> None:
        path = self._directory / _ALIASES
        draft = path.with_suffix(".draft")
        _write_text(draft, json.dumps(dict(aliases), indent=1))
        draft.replace(path)
        _sync_directory(self._directory)


def _outdated(facts: Mapping[str, Any]) -> str | None:
    """Why a model of these facts was made by other code, or None."""
    if facts["format"] != FORMAT:
        return f"format {facts['format']} is not {FORMAT}, the one this program reads"
    if facts["labels"] != {target: list(labels) for target, labels in TARGETS.items()}:
        return "its labels are not those of this program"
    if facts.get("features") != fingerprint():
        return "it was trained for other features than this program reads"
    return None


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    """Put a renaming on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _facts_digest(facts: Mapping[str, Any]) -> str:
    return sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
