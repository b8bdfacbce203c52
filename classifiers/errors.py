"""What can go wrong in classifiers.

ClassifierError
├── DataFileError        a shipped or operator's data file is malformed (file, key, reason)
├── ExampleError         a corpus line is malformed (file, line, reason)
├── ModelError
│   ├── ModelMissing     no such version or alias in the registry
│   ├── ModelRefused     digest, shape, labels or format version do not fit
│   ├── ModelUnsaved     the disk refused a new version; the champion stays
│   └── TrainingUnderWay another process trains already
└── TrainingError        the examples cannot train a model (empty class, one class …)
"""

from __future__ import annotations

from pathlib import Path


class ClassifierError(Exception):
    """Root of everything raised by classifiers."""


class DataFileError(ClassifierError):
    """A data file cannot be used."""

    def __init__(self, file: Path | str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = str(file), key, reason


class ExampleError(ClassifierError):
    """A corpus line cannot be used."""

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = str(file), line, reason


class ModelError(ClassifierError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """There is no model of that name; run `madoguchi train` first."""


class ModelRefused(ModelError):
    """A model file does not fit; train again or roll back."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(f"model {version}: {reason}")
        self.version, self.reason = version, reason


class ModelUnsaved(ModelError):
    """The disk did not take a model version or a promotion; the champion is untouched."""


class ModelOutdated(ModelRefused):
    """An intact model that other code made; train again."""

    def __init__(self, version: str, reason: str, *, desk_labels: int) -> None:
        super().__init__(version, reason)
        #: Labels of this desk that it learned from; none: the shipped corpus gives the same again.
        self.desk_labels = desk_labels


class TrainingUnderWay(ModelError):
    """Another process trains into the same registry."""


class TrainingError(ClassifierError):
    """The examples cannot train a model; `kind` names why, for words, and `facts` fill them in."""

    def __init__(self, message: str, *, kind: str = "", **facts: object) -> None:
        super().__init__(message)
        self.kind, self.facts = kind, facts
