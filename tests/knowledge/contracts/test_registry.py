"""Contract files: all or nothing, every problem named with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import knowledge
from knowledge.contracts.contract import Contact, Contract
from knowledge.contracts.registry import (
    InMemoryRegistry,
    parse_contracts,
    plan_import,
    read_contracts,
    write_contracts,
)
from knowledge.errors import ContractFileError
from knowledge.policies.decision import Asker
from knowledge.policies.packs import PolicyBook

BOOK = PolicyBook.load()
SAMPLE = Path(knowledge.__file__).parent / "data" / "contracts.sample.csv"
HEADER = "number,holder,policy,plan,addons,aliases,valid_from,valid_until,contacts\n"
SAKURA = Contract(
    number="12345678",
    holder="株式会社さくらデザイン",
    policy_id="synnex-csp",
    plan="weekday-9-17",
    aliases=("さくら", "Sakura"),
    valid_from=date(2025, 4, 1),
    valid_until=date(2028, 3, 31),
    contacts=(Contact(name="桜井 薫", role=Asker.ADMIN, email="kaoru@sakura.example", slack_user="U012"),),
)
SAKURA_ROW = (
    "1234-5678,株式会社さくらデザイン,synnex-csp,平日,,さくら|Sakura,2025-04-01,2028/3/31,"
    "桜井 薫:admin:kaoru@sakura.example:U012\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_parse_contracts_reads_every_usual_encoding(encoding: str) -> None:
    assert parse_contracts((HEADER + SAKURA_ROW).encode(encoding), BOOK) == (SAKURA,)


def test_parse_contracts_reads_japanese_headings_in_any_order() -> None:
    text = "サポートポリシー,ご契約者名,お客様番号\r\no365,青葉商事,No.0042\r\n\r\n"
    (contract,) = parse_contracts(text.encode("cp932"), BOOK)
    assert contract == Contract(number="0042", holder="青葉商事", policy_id="o365")


def test_sample_covers_the_four_policies() -> None:
    contracts = read_contracts(SAMPLE, BOOK)
    assert {contract.policy_id for contract in contracts} == set(BOOK.ids)
    held = {(c.policy_id, c.plan) for c in contracts}
    assert {plan for policy, plan in held if policy == "sonpo-cloud"} == set(BOOK.get("sonpo-cloud").plan_ids)
    assert {plan for policy, plan in held if policy == "synnex-csp"} == {"weekday-9-17", "24x365"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_write_contracts_is_read_back_unchanged(encoding: str) -> None:
    contracts = (*read_contracts(SAMPLE, BOOK), SAKURA)
    unique = tuple({contract.number: contract for contract in contracts}.values())
    assert parse_contracts(write_contracts(unique).encode(encoding), BOOK) == unique


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",甲,o365,,,,,,", (2, "number", "値がありません")),
        ("1,,o365,,,,,,", (2, "holder", "値がありません")),
        ("1,甲,,,,,,,", (2, "policy", "値がありません")),
        (
            "1.23E+11,甲,o365,,,,,,",
            (2, "number", "「1.23E+11」は番号として使えません(表計算ソフトで数値に変わった可能性があります)"),
        ),
        (
            "--,甲,o365,,,,,,",
            (2, "number", "「--」は番号として使えません(表計算ソフトで数値に変わった可能性があります)"),
        ),
        (
            "1,甲,o356,,,,,,",
            (2, "policy", "「o356」は知られていません。使える値: o365, sonpo-cloud, synnex-csp, unified"),
        ),
        (
            "1,甲,synnex-csp,E3,,,,,",
            (2, "plan", "「E3」は知られていません。使える値: weekday-9-17, 24x365"),
        ),
        ("1,甲,synnex-csp,,RCA,,,,", (2, "addons", "「RCA」は知られていません。使える値: -")),
        (
            "1,甲,o365,,,,2025-02-30,,",
            (2, "valid_from", "「2025-02-30」は日付として読めません(例: 2026-04-01)"),
        ),
        ("1,甲,o365,,,,,来年,", (2, "valid_until", "「来年」は日付として読めません(例: 2026-04-01)")),
        ("1,甲,o365,,,,2025-04-01,2025-03-31,", (2, "valid_until", "終了日が開始日より前です")),
        (
            "1,甲,o365,,,,,,山田:boss",
            (
                2,
                "contacts",
                "「山田:boss」は連絡先として読めません(例: 山田 太郎:admin:taro@example.jp:U0123)",
            ),
        ),
        (
            "1,甲,o365,,,,,,山田:stranger",
            (
                2,
                "contacts",
                "「山田:stranger」は連絡先として読めません(例: 山田 太郎:admin:taro@example.jp:U0123)",
            ),
        ),
        ("1,甲,o365", (2, "-", "列の数が見出しと合いません(見出し9列、この行3列)")),
    ],
)
def test_parse_contracts_names_the_problem(row: str, problem: tuple[int, str, str]) -> None:
    with pytest.raises(ContractFileError) as refused:
        parse_contracts((HEADER + row + "\n").encode(), BOOK)
    assert refused.value.problems == (problem,)


def test_parse_contracts_reports_every_line_and_keeps_nothing() -> None:
    rows = '1,甲,o365,,,,,,\n"2","乙\n支店",foo,,,,,,\n3,丙,o365,,,,,,\n'
    rows += "０００-3,丁,o365,,,,,,\n3 ,戊,o365,,,,,,\n"
    with pytest.raises(ContractFileError) as refused:
        parse_contracts((HEADER + rows).encode(), BOOK, "names.csv")
    assert [(line, field) for line, field, _ in refused.value.problems] == [(3, "policy"), (7, "number")]
    assert str(refused.value).splitlines()[1] == "names.csv:7: number: 同じ番号が5行目にもあります"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [(0, "-", "データの行がありません")]),
        (HEADER, [(0, "-", "データの行がありません")]),
        ("number,holder\n1,甲\n", [(1, "サポートポリシー", "この列が必要です")]),
        ("number,number,holder,policy\n", [(1, "number", "「number」の列が2つあります")]),
    ],
)
def test_parse_contracts_refuses_a_file_without_what_it_needs(
    text: str, problems: list[tuple[int, str, str]]
) -> None:
    with pytest.raises(ContractFileError) as refused:
        parse_contracts(text.encode(), BOOK)
    assert list(refused.value.problems) == problems


def test_parse_contracts_names_an_unknown_column_and_the_known_ones() -> None:
    with pytest.raises(
        ContractFileError, match="「電話」という列はありません。使える列: お客様番号, ご契約者名, "
    ):
        parse_contracts("number,holder,policy,電話\n1,甲,o365,03\n".encode(), BOOK)


def test_parse_contracts_refuses_broken_quotes() -> None:
    with pytest.raises(ContractFileError, match="CSV として読めません"):
        parse_contracts((HEADER + '1,"甲"x,o365,,,,,,\n').encode(), BOOK)


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00\x00", b"number\x00,holder", b"\x81"])
def test_parse_contracts_refuses_other_encodings(raw: bytes) -> None:
    with pytest.raises(ContractFileError, match="文字コードが"):
        parse_contracts(raw, BOOK)


def test_read_contracts_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ContractFileError, match=r"none\.csv:0: -: ファイルを読めません"):
        read_contracts(tmp_path / "none.csv", BOOK)


@pytest.mark.parametrize("spelling", ["12345678", "1234-5678", "１２３４－５６７８", "お客様番号: 1234 5678"])
def test_find_takes_any_spelling(spelling: str) -> None:
    assert InMemoryRegistry([SAKURA]).find(spelling) == SAKURA


@pytest.mark.parametrize("spelling", ["", "1234567", "012345678", "123456789"])
def test_find_takes_no_other_number(spelling: str) -> None:
    assert InMemoryRegistry([SAKURA]).find(spelling) is None


def test_plan_import_tells_new_changed_and_same_apart() -> None:
    other = replace(SAKURA, number="2")
    renewed = replace(SAKURA, valid_until=date(2031, 3, 31))
    fresh = replace(SAKURA, number="3")
    registry = InMemoryRegistry([SAKURA, other])
    plan = plan_import(registry, [renewed, other, fresh])
    assert (plan.added, plan.updated, plan.unchanged) == ((fresh,), (renewed,), (other,))
    assert registry.all() == (SAKURA, other)
