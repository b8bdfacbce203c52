"""A FAQ entry and the outcome of a search, as values; decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    """One question with its one answer."""

    id: str
    question: str
    #: Markdown, shown as it is in Slack's `markdown` block.
    answer: str
    #: Policies the answer holds for.
    policies: tuple[str, ...]
    variants: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    category: str | None = None
    #: Where the answer comes from, e.g. `synnex-csp 3.3`.
    source: str = ""
    reviewed_on: date | None = None
    #: Only for staff; never shown to a customer.
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqHit:
    """An entry with its score, 0..1."""

    entry: FaqEntry
    score: float


class FaqOutcome(StrEnum):
    ANSWER = "answer"
    SUGGEST = "suggest"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqResult:
    """What the FAQ has to say to one query."""

    outcome: FaqOutcome
    #: Calibrated probability that the first hit answers the question.
    confidence: float
    #: Best first.
    hits: tuple[FaqHit, ...] = ()

    @property
    def answerable(self) -> bool:
        """True where the bot answers from the FAQ by itself."""
        return self.outcome is FaqOutcome.ANSWER
