"""Candidate examples of the desk and what reviewers say of them, as values; stores and trains nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from classifiers.labels import Category, Severity


class Source(StrEnum):
    """Why a text is looked at, in the order of the review queue."""

    #: Staff corrected the verdict.
    CORRECTION = "correction"
    #: The model was unsure.
    DOUBT = "doubt"
    #: Drawn blindly: the only unbiased sample.
    RANDOM = "random"
    #: Written or imported by staff.
    ADDED = "added"


class Standing(StrEnum):
    """What the reviews come to."""

    OPEN = "open"
    AGREED = "agreed"
    #: As many reviewers say one thing as another: kept, but not learned from.
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one reviewer said; a later word of the same reviewer replaces it, both are kept."""

    reviewer: str
    severity: Severity
    category: Category
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A masked text that may become an example."""

    id: int = 0
    source: Source
    text: str
    #: What the model said, how surely, and which model.
    severity: Severity
    category: Category
    confidence: float
    model_version: str
    created_at: datetime
    ticket_id: str | None = None
    #: Opaque id of the customer's contract; None where the text is no customer's.
    contract_key: str | None = None
    policy_id: str | None = None
    #: Oldest first.
    reviews: tuple[Review, ...] = ()

    @property
    def said(self) -> dict[str, Review]:
        """Reviewer → their last review."""
        return {review.reviewer: review for review in self.reviews}

    @property
    def agreed(self) -> tuple[Severity, Category] | None:
        """The labels that more reviewers give than any others, or None."""
        votes = Counter((review.severity, review.category) for review in self.said.values()).most_common(2)
        if not votes or (len(votes) == 2 and votes[0][1] == votes[1][1]):
            return None
        return votes[0][0]

    @property
    def standing(self) -> Standing:
        if not self.reviews:
            return Standing.OPEN
        return Standing.AGREED if self.agreed else Standing.DISPUTED
