"""Wires what understands a message: words, rules and the model that answers now.

Apart from the rest, because `classify` needs no more and should begin at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from bot.clock import system_clock
from bot.settings import Settings
from classifiers.champion import Champion
from classifiers.classify import Classifier
from classifiers.cues import Cues
from classifiers.errors import ModelError, ModelMissing, ModelOutdated
from classifiers.reading import Reader
from classifiers.registry import CHAMPION, Registry
from classifiers.rules import Rules
from classifiers.text.courtesy import Courtesy
from classifiers.text.lexicon import Lexicon

#: Called with the name of a stage and the share done, 0..1.
Progress = Callable[[str, float], None]


class Language:
    """The real parts that understand, each built when it is first asked for."""

    def __init__(self, settings: Settings, *, progress: Progress | None = None) -> None:
        self.settings = settings
        self._progress = progress

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon.load()

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.lexicon, Cues.load(), Courtesy.load())

    @cached_property
    def rules(self) -> Rules:
        return Rules.load(cues=self.reader.cues.names)

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.settings.models)

    @cached_property
    def champion(self) -> Champion:
        """Follows promotions; a new champion that cannot be loaded leaves the old one answering."""
        return Champion(self.registry, self.classifier_of, on_refusal=_log_refusal)

    @property
    def classifier(self) -> Classifier:
        """The champion of this moment; the first start trains it from the shipped corpus and keeps it."""
        return self.champion.current()

    def classifier_of(self, name: str) -> Classifier:
        """Return the classifier of a version or alias; raises ModelMissing or ModelRefused."""
        try:
            return Classifier(self.registry.load(name), reader=self.reader, rules=self.rules)
        except ModelMissing:
            if name != CHAMPION or CHAMPION in self.registry.aliases():
                raise
            self.train()
        except ModelOutdated as outdated:  # what the shipped corpus made, it makes again
            if name != CHAMPION or outdated.desk_labels:
                raise
            self.registry.promote(self.train())
        return Classifier(self.registry.load(CHAMPION), reader=self.reader, rules=self.rules)

    def train(self) -> str:
        """Train on the shipped corpus, keep the model with its figures, and return the new version."""
        from classifiers.evaluation import evaluate
        from classifiers.examples import EVALUATION_FILE, read_examples
        from classifiers.training import train

        model = train(read_examples(), progress=self._progress)
        classifier = Classifier(model, reader=self.reader, rules=self.rules)
        figures = evaluate(classifier, read_examples(EVALUATION_FILE)).to_json()
        return self.registry.save(model, trained_at=system_clock(), metrics=figures)


def _log_refusal(error: ModelError) -> None:
    from bot.logs import logger

    logger("language").error("model_refused", error=type(error).__name__)
