"""Fits the confidence of the FAQ search on the training half of the queries and prints what it is worth.

Run: `python tests/bench/knowledge/fit_faq_confidence.py [--save] [--risk 0.045] [--silence 0.93]`
`--save` writes knowledge/data/faq_confidence.json. Do this after entries or search settings have changed; the
test half is for looking only.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from knowledge.faq.calibration import fit_confidence
from knowledge.faq.catalogue import load_catalogue
from knowledge.faq.queries import read_queries
from knowledge.faq.retrieval_metrics import metrics_as_dict, outcome_metrics, retrieval_metrics
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import confidence_as_json, load_settings

ROOT = Path(__file__).parents[3]
QUERIES = ROOT / "tests" / "cases" / "faq" / "queries.jsonl"
FITTED = ROOT / "knowledge" / "data" / "faq_confidence.json"
POLICIES = ("o365", "sonpo-cloud", "synnex-csp", "unified")


def main() -> None:
    """Fits, prints both halves, and saves if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--risk", type=float, default=0.045)
    parser.add_argument("--silence", type=float, default=0.93)
    options = parser.parse_args()
    queries = read_queries(QUERIES.read_text(encoding="utf-8").splitlines(), str(QUERIES))
    entries = load_catalogue(known_policies=POLICIES).entries
    train = [query for query in queries if query.split == "train"]
    fitted = fit_confidence(FaqIndex.build(entries), train, risk=options.risk, silence=options.silence)
    print(fitted.fitted)
    index = FaqIndex.build(entries, replace(load_settings(), confidence=fitted))
    for split in ("train", "test"):
        half = [query for query in queries if query.split == split]
        for metrics in (retrieval_metrics(index, half), outcome_metrics(index, half)):
            print(split, metrics_as_dict(metrics))
    if options.save:
        FITTED.write_text(confidence_as_json(fitted), encoding="utf-8")


if __name__ == "__main__":
    main()
