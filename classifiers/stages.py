"""Decides where the finished stages of a training are kept, so that one that was stopped need not begin anew.

A stage is named by a digest of everything it is made from: what was changed meanwhile is never taken up.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from classifiers.errors import ModelUnsaved

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class Stages:
    """Arrays of finished stages below one directory; without a directory nothing is kept."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        #: Stages that were taken up instead of computed.
        self.resumed = 0

    def arrays(self, name: str, of: bytes, make: Callable[[], Arrays]) -> Arrays:
        """The stage `name` of what `of` is the digest of: as kept, or made and kept now.

        Raises ModelUnsaved where the disk refuses; a kept file that cannot be read is made again.
        """
        if self._directory is None:
            return make()
        path = self._directory / f"{name}-{sha256(of).hexdigest()[:32]}.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                found = {key: archive[key] for key in archive.files}
        except (OSError, ValueError, EOFError, BadZipFile):
            found = {}
        if found:
            self.resumed += 1
            return found
        made = make()
        self._keep(path, made)
        return made

    def clear(self) -> None:
        """Forget everything: the training is done."""
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _keep(self, path: Path, arrays: Arrays) -> None:
        draft = path.with_suffix(f".{os.getpid()}.draft")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
            draft.replace(path)
        except OSError as error:
            raise ModelUnsaved(f"{path.parent}: {error.strerror or error}") from error
        finally:
            draft.unlink(missing_ok=True)


def digest_of(*parts: Any) -> bytes:
    """A digest over arrays (with their shape and type) and anything that has a telling `repr`."""
    digest = sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(repr(part).encode())
    return digest.digest()
