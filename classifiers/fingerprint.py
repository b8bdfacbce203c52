"""Decides whether a model was trained for the features that this program reads; not how good it is."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import Final

from classifiers.datafiles import DATA, read_toml, table
from classifiers.features import EARLIER_TURN, LONGEST_GRAM, MARK_SCALE, PAIR_REACH, SCALES, STOPS

#: To be raised when features change in a way that no constant tells.
FEATURES: Final = 3


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """SHA-256 over the definition of the features: n-grams, reach, scales and the names of the shipped cues.

    Raises DataFileError where the cues cannot be read.
    """
    files = (DATA / "cues.toml", DATA / "thesaurus.toml")
    definition = {
        "code": FEATURES,
        "longest_gram": LONGEST_GRAM,
        "earlier_turn": EARLIER_TURN,
        "pair_reach": PAIR_REACH,
        "scales": {**SCALES, "marks": MARK_SCALE},
        "stops": sorted(STOPS),
        "cues": sorted(name for path in files for name in table(path, read_toml(path), "cue")),
    }
    return sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
