"""An entry's file: what is read back, and what is refused with which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import FaqEntryError
from knowledge.faq.entry import FaqEntry
from knowledge.faq.entry_file import entry_from_values, parse_entry, render_entry

KNOWN = ("o365", "synnex-csp")
ENTRY = FaqEntry(
    id="synnex-csp/onsite",
    question="訪問してもらえますか",
    answer="**いいえ。**\n\n- 電話\n- メール",
    policies=("synnex-csp",),
    variants=("来社 可否", 'かぎ"括弧"と\\と\tタブ'),
    products=("Outlook",),
    category="ops_consulting",
    source="synnex-csp 13.1",
    reviewed_on=date(2026, 11, 20),
    internal=True,
)


def _text(front: str, body: str = "答え") -> str:
    return f"+++\n{front}\n+++\n{body}\n"


FRONT = 'id = "a/b"\nquestion = "問い"\npolicies = ["o365"]\nsource = "o365 1"'


def test_parse_entry_reads_back_what_render_entry_wrote() -> None:
    assert parse_entry(render_entry(ENTRY), "f.md", KNOWN) == ENTRY


def test_parse_entry_reads_the_least_entry() -> None:
    expected = FaqEntry(id="a/b", question="問い", answer="答え", policies=("o365",), source="o365 1")
    assert parse_entry(_text(FRONT), "f.md", KNOWN) == expected


def test_parse_entry_forgives_a_byte_order_mark_and_windows_line_ends() -> None:
    text = "\ufeff" + _text(FRONT).replace("\n", "\r\n")
    assert parse_entry(text, "f.md", KNOWN).question == "問い"


@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(
        lambda t: t.strip() == t
    )
)
def test_render_entry_keeps_any_question(question: str) -> None:
    entry = replace(ENTRY, question=question)
    assert parse_entry(render_entry(entry), "f.md", KNOWN).question == question


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("", "front matter", "the first line must be +++"),
        ("# 見出し", "front matter", "the first line must be +++"),
        ("+++\n" + FRONT, "front matter", "the closing +++ is missing"),
        (_text(FRONT, ""), "answer", "is missing or empty"),
        (_text(FRONT.replace('source = "o365 1"', "")), "source", "is missing or empty"),
        (_text(FRONT.replace('"問い"', '""')), "question", "is missing or empty"),
        (_text(FRONT.replace('"問い"', "3")), "question", "must be a text that is not empty"),
        (
            _text(FRONT.replace('["o365"]', '["azure"]')),
            "policies",
            "unknown policy 'azure'; known: o365, synnex-csp",
        ),
        (_text(FRONT.replace('["o365"]', '"o365"')), "policies", "must be a list of texts"),
        (_text(FRONT + '\nvariants = ["", "x"]'), "variants", "must be a list of texts"),
        (_text(FRONT + '\ncategory = "weather"'), "category", "unknown category 'weather'"),
        (_text(FRONT + '\nreviewed_on = "yesterday"'), "reviewed_on", "must be a date like 2026-11-20"),
        (_text(FRONT + '\ninternal = "yes"'), "internal", "must be true or false"),
        (_text(FRONT + '\nsauce = "x"'), "sauce", "no such key"),
        (
            _text(FRONT.replace("a/b", "A/../b")),
            "id",
            "'A/../b' must be lower-case words joined by hyphens, like policy/name",
        ),
    ],
)
def test_parse_entry_names_file_key_and_reason(text: str, key: str, reason: str) -> None:
    with pytest.raises(FaqEntryError) as caught:
        parse_entry(text, "folder/f.md", KNOWN)
    assert (caught.value.file, caught.value.key, caught.value.reason) == ("folder/f.md", key, reason)


def test_parse_entry_says_where_toml_is_broken() -> None:
    with pytest.raises(FaqEntryError) as caught:
        parse_entry(_text("id = "), "f.md", KNOWN)
    assert caught.value.key == "front matter"


def test_entry_from_values_takes_a_date_as_text() -> None:
    values = {
        "id": "a",
        "question": "q",
        "answer": "a",
        "policies": ["o365"],
        "source": "s",
        "reviewed_on": "2026-01-02",
    }
    assert entry_from_values(values, "f", KNOWN).reviewed_on == date(2026, 1, 2)
