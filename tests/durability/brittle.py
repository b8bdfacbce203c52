"""`madoguchi` whose tokenizer meets more than it can take wherever MARK stands: the process dies of it.

The crash is the tokenizer's own: a text of this length, which the desk never passes on, makes it touch memory
that is not its own.
"""

from __future__ import annotations

from bot.__main__ import main
from classifiers.text import tokenise

MARK = "壊れる呪文"
_TOO_LONG = "あ" * 1_000_000
_tagger = tokenise._tagger


class _Brittle:
    def parse(self, text: str) -> str:
        return str(_tagger().parse(_TOO_LONG if MARK in text else text))


if __name__ == "__main__":
    tokenise._tagger = _Brittle  # type: ignore[assignment]
    main()
