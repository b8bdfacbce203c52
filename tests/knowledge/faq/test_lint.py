"""What lint finds, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import FaqSettingsError
from knowledge.faq.figures import FactList, Figure
from knowledge.faq.lint import lint_entries
from tests.knowledge.faq.samples import entry

VARIANTS = ("あいうえおです", "かきくけこです", "さしすせそです")
FACTS = """
units = ["円", "時間", "営業時間", "GB", "日"]
[figures.o365]
"1" = ["1,500円", "2 営業時間", "9～17時間", "50 GB"]
"""


@pytest.fixture
def facts(tmp_path: Path) -> FactList:
    file = tmp_path / "facts.toml"
    file.write_text(FACTS, encoding="utf-8")
    return FactList.load(file)


def _found(facts: FactList, **changes: Any) -> list[tuple[str, str]]:
    sample = entry("o365/a", **{"variants": VARIANTS, **changes})
    return [(finding.kind.value, finding.detail) for finding in lint_entries([sample], facts)]


def test_figures_in_reads_width_separators_ranges_and_the_longest_unit(facts: FactList) -> None:
    found = facts.figures_in("１，５００円、2営業時間、9～17 時間、50gb、第3条、365日、A1時間")
    assert [str(figure) for figure in found] == [
        "1500 円",
        "2 営業時間",
        "9 時間",
        "17 時間",
        "50 gb",
        "365 日",
    ]


def test_held_by_knows_policies_and_clauses(facts: FactList) -> None:
    assert Figure(number="1500", unit="円") in (facts.held_by("o365 1") or ())
    assert facts.held_by("o365 2") == frozenset()
    assert facts.held_by("unified 1") is None


@pytest.mark.parametrize(
    "answer", ["1500 円です", "2 営業時間", "9 時間", "[料金](https://example.jp/a)", "数字なし"]
)
def test_lint_entries_leaves_a_good_answer_alone(facts: FactList, answer: str) -> None:
    assert _found(facts, answer=answer) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answer": "1600 円"}, ("figure", "1600 円 is not among the facts of 'o365 1'")),
        ({"answer": "2 時間"}, ("figure", "2 時間 is not among the facts of 'o365 1'")),
        ({"answer": "1500 円", "source": "o365 2"}, ("figure", "1500 円 is not among the facts of 'o365 2'")),
        ({"answer": "1 円", "source": "house 1"}, ("figure", "no facts are listed for 'house 1'")),
        ({"answer": "[](https://example.jp)"}, ("link", "the link to 'https://example.jp' has no text")),
        ({"answer": "[x](page.html)"}, ("link", "'page.html' is no complete https address")),
        ({"answer": "[x]()"}, ("link", "'' is no complete https address")),
        ({"answer": "https://localhost/a"}, ("link", "'https://localhost/a' is no complete https address")),
        ({"answer": "あ\n" * 700}, ("length", "1400 characters, at most 1200")),
        ({"answer": "あ" * 300}, ("lead", "the first 3 lines have 300 characters")),
        ({"answer": "前置き\n前置き\n前置き\n1500 円"}, ("lead", "the figures come after the first 3 lines")),
        ({"variants": VARIANTS[:2]}, ("variants", "2 variants; 3 to 8 are right")),
        ({"variants": (*VARIANTS, "ＡＢＣ", "abc")}, ("variants", "'abc' stands 2 times")),
    ],
)
def test_lint_entries_says_what_is_wrong(
    facts: FactList, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert _found(facts, **changes) == [expected]


def test_lint_entries_finds_one_question_answered_twice_with_other_figures(facts: FactList) -> None:
    first = entry("o365/a", question="料金はいくらですか", answer="1500 円", variants=VARIANTS)
    second = entry(
        "o365/b", question="料金はいくらですか？", answer="50 GB、1500円、9円", variants=("一", "二", "三")
    )
    elsewhere = entry("unified/c", question="料金はいくらですか", variants=("四", "五", "六"))
    found = [(f.entry_id, f.kind.value, f.detail) for f in lint_entries([first, second, elsewhere], facts)]
    assert found == [
        ("o365/b", "figure", "9 円 is not among the facts of 'o365 1'"),
        ("o365/a", "duplicate", "asks the same as o365/b"),
        ("o365/a", "conflict", "states other figures (円) than o365/b"),
    ]


def test_lint_entries_finds_an_id_used_twice(facts: FactList) -> None:
    one, two = (
        entry("o365/a", variants=VARIANTS),
        entry("o365/a", question="別の問い", variants=("一", "二", "三")),
    )
    found = lint_entries([one, two], facts)
    assert [(f.entry_id, f.kind.value, f.detail) for f in found] == [
        ("o365/a", "duplicate", "the id stands 2 times")
    ]


@pytest.mark.parametrize(
    "text", ["", "units = 3\n[figures]", 'units = ["円"]\n[figures.o365]\n"1" = ["3 時間"]', "units ="]
)
def test_fact_list_refuses_a_malformed_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FaqSettingsError) as caught:
        FactList.load(file)
    assert caught.value.file == str(file)
