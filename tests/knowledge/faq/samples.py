"""Entries and queries that the FAQ tests share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.faq.catalogue import load_catalogue
from knowledge.faq.entry import FaqEntry
from knowledge.faq.queries import FaqQuery, read_queries
from knowledge.faq.search import FaqIndex

POLICIES = ("o365", "sonpo-cloud", "synnex-csp", "unified")
QUERIES = Path(__file__).parents[2] / "cases" / "faq" / "queries.jsonl"


def entry(entry_id: str, **changes: Any) -> FaqEntry:
    """An entry of the policy that its id names, with the least that is needed."""
    policy = entry_id.partition("/")[0]
    values: dict[str, Any] = {
        "question": entry_id,
        "answer": "答え",
        "policies": (policy,),
        "source": f"{policy} 1",
    }
    return FaqEntry(id=entry_id, **{**values, **changes})


@lru_cache(maxsize=1)
def shipped_index() -> FaqIndex:
    """The shipped entries, searchable; built once."""
    return FaqIndex.build(load_catalogue(known_policies=POLICIES).entries)


@lru_cache(maxsize=1)
def queries() -> tuple[FaqQuery, ...]:
    """The project's own queries."""
    return read_queries(QUERIES.read_text(encoding="utf-8").splitlines(), QUERIES.name)
