"""Decides which classifier answers the next message: the champion of the registry as it stands now."""

from __future__ import annotations

import threading
from collections.abc import Callable

from classifiers.classify import Classifier
from classifiers.errors import ModelError
from classifiers.registry import CHALLENGER, CHAMPION, Registry
from classifiers.shadow import Shadow


class Champion:
    """Gives the champion's classifier, and follows a promotion with the next message.

    A caller keeps what it was given for the whole of its decision: two versions never mix in one.
    """

    def __init__(
        self,
        registry: Registry,
        load: Callable[[str], Classifier],
        *,
        on_refusal: Callable[[ModelError], None] = lambda _error: None,
    ) -> None:
        """`load` makes the classifier of an alias; `on_refusal` hears why a new champion cannot answer."""
        self._registry, self._load, self._on_refusal = registry, load, on_refusal
        self._lock = threading.Lock()
        self._mark: tuple[int, int, int] | None = None
        self._current: Classifier | None = None
        self._shadow: Shadow | None = None

    def current(self) -> Classifier:
        """The champion; where a new one cannot be loaded, the one so far goes on answering.

        Raises ModelMissing or ModelRefused where there was none so far.
        """
        return self.pair()[0]

    def pair(self) -> tuple[Classifier, Shadow | None]:
        """The champion and, where a challenger stands beside it, what compares the two."""
        current = self._current
        if current is not None and self._mark == self._registry.mark():
            return current, self._shadow
        with self._lock:
            return self._follow(), self._shadow

    def _follow(self) -> Classifier:
        mark = self._registry.mark()
        if self._current is not None and mark == self._mark:
            return self._current
        try:
            aliases = self._registry.aliases()
            current = self._current
            if current is None or current.model.version != aliases.get(CHAMPION):
                current = self._load(CHAMPION)
        except ModelError as error:
            if self._current is None:
                raise
            self._on_refusal(error)
            self._mark = mark
            return self._current
        self._shadow = self._shadowed(current, aliases.get(CHALLENGER))
        # A first training has made the file meanwhile: the mark is read again.
        self._current, self._mark = current, mark if mark != (0, 0, 0) else self._registry.mark()
        return current

    def _shadowed(self, current: Classifier, challenger: str | None) -> Shadow | None:
        if challenger is None or challenger == current.model.version:
            return None
        try:
            model = self._registry.load(challenger)
        except ModelError as error:
            self._on_refusal(error)
            return None
        beside = Classifier(model, reader=current.reader, rules=current.rules)
        return Shadow(current.model.version, beside, self._registry.comparisons)
