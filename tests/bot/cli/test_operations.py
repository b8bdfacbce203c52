"""contracts and tickets on the command line, with a database of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.app import run
from bot.settings import load_settings
from bot.storage.sqlite.store import SqliteStore
from tests.builders import ticket

#: Runs the command with these arguments; returns exit status, output and complaints.
Command = Callable[..., tuple[int, str, str]]
CSV = "number,holder,policy\nO365-1001,株式会社あおば商事,o365\nUNI-7003,北斗銀行,unified\n"


@pytest.fixture
def madoguchi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["madoguchi", *arguments])
        with pytest.raises(SystemExit) as stopped:
            run()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return call


def with_ticket() -> None:
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        unit.tickets.add(ticket())
    store.close()


def audit() -> list[tuple[str, str]]:
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        found = [(entry.actor, entry.action) for entry in unit.audit.all()]
    store.close()
    return found


def test_contracts_are_imported_and_listed_with_masked_numbers(madoguchi: Command, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV, encoding="utf-8-sig")
    assert madoguchi("contracts", "import", "c.csv")[:2] == (
        0,
        "取り込みました: 追加 2 件、更新 0 件、全 2 件\n",
    )
    assert madoguchi("contracts", "import", "c.csv")[1] == "取り込みました: 追加 0 件、更新 0 件、全 2 件\n"
    status, out, err = madoguchi("contracts", "list")
    assert (status, err) == (0, "")
    assert ("****1001" in out, "O3651001" in out, "北斗銀行" in out) == (True, False, True)


def test_contract_file_with_a_mistake_imports_nothing(madoguchi: Command, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV + "X-1,誰か,nowhere\n", encoding="utf-8")
    status, out, err = madoguchi("contracts", "import", "c.csv")
    assert (status, out) == (2, "")
    assert ("何も取り込んでいません" in err, "c.csv:4: policy" in err) == (True, True)
    assert "****" not in madoguchi("contracts", "list")[1]


def test_contract_export_holds_no_number_and_is_not_read_back(madoguchi: Command, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV, encoding="utf-8")
    madoguchi("contracts", "import", "c.csv")
    status, _, err = madoguchi("contracts", "export", "out.csv")
    assert (status, "伏せて書き出しました" in err) == (0, True)
    written = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert ('"****1001"' in written, "O3651001" in written) == (True, False)
    status, _, err = madoguchi("contracts", "import", "out.csv")
    assert (status, "番号が伏せられています" in err) == (2, True)


def test_ticket_is_shown_as_its_card(madoguchi: Command) -> None:
    with_ticket()
    status, out, _ = madoguchi("tickets", "show", "M-00001")
    assert (status, out.splitlines()[0]) == (0, "M-00001 承認待ち")
    assert "P100200" not in out
    assert "M-00001" in madoguchi("tickets", "list", "--status", "awaiting_approval")[1]
    assert "M-00001" not in madoguchi("tickets", "list", "--status", "open")[1]


def test_unknown_ticket_is_told(madoguchi: Command) -> None:
    assert madoguchi("tickets", "show", "M-9") == (1, "", "受付票 M-9 はありません。\n")


def test_only_configured_staff_approve(madoguchi: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with_ticket()
    refused = madoguchi("tickets", "approve", "M-00001", "--actor", "U-STAFF")
    assert refused == (2, "", "この操作はできません。\n")
    monkeypatch.setenv("MADOGUCHI_STAFF", "U-STAFF")
    assert madoguchi("tickets", "approve", "M-00001", "--actor", "U-STAFF")[:2] == (0, "M-00001: 受付済み\n")
    again = madoguchi("tickets", "approve", "M-00001", "--actor", "U-STAFF")
    assert (again[0], again[2]) == (2, "今の状態(受付済み)ではこの操作(承認)はできません。\n")
    assert audit() == [
        ("U-STAFF", "refused:approve"),
        ("U-STAFF", "approve"),
        ("U-STAFF", "refused:approve"),
    ]


def test_export_is_json_lines_with_masked_numbers(madoguchi: Command) -> None:
    with_ticket()
    status, out, err = madoguchi("tickets", "export", "-")
    assert (status, err) == (0, "")
    (line,) = out.splitlines()
    record = json.loads(line)
    assert (record["id"], record["number"], record["summary"]) == (
        "M-00001",
        "****0200",
        "メールが送れません",
    )


def test_misspelt_setting_stops_the_command(madoguchi: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_STAF", "U1")
    status, out, err = madoguchi("tickets", "list")
    assert (status, out) == (2, "")
    assert err == "設定 MADOGUCHI_STAF を確認してください: unknown setting\n"


def test_damaged_database_is_one_sentence(madoguchi: Command) -> None:
    path = load_settings().database
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database " * 100)
    status, out, err = madoguchi("tickets", "list")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("データベースが壊れています")


def test_search_needs_every_word(madoguchi: Command) -> None:
    with_ticket()
    assert "M-00001" in madoguchi("tickets", "search", "メール", "あおば")[1]
    assert "M-00001" not in madoguchi("tickets", "search", "メール", "みどり")[1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_export_for_another_tool_has_its_columns(madoguchi: Command, encoding: str) -> None:
    with_ticket()
    done = madoguchi("tickets", "export", "out.csv", "--format", "backlog", "--encoding", encoding)
    assert done[0] == 0
    head, row = Path("out.csv").read_text(encoding=encoding).splitlines()
    assert head.startswith('"件名","詳細","種別名"')
    assert row.startswith('"[M-00001] メールが送れません"')


@pytest.mark.parametrize("wrong", [("--format", "excel"), ("--encoding", "utf-16")])
def test_unknown_format_is_refused(madoguchi: Command, wrong: tuple[str, str]) -> None:
    assert madoguchi("tickets", "export", "-", *wrong)[0] == 2


def test_what_is_taken_in_and_out_is_written_down(madoguchi: Command, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV, encoding="utf-8")
    madoguchi("contracts", "import", "c.csv")
    madoguchi("contracts", "export", "out.csv")
    madoguchi("tickets", "export", "-")
    store = SqliteStore.open(load_settings().database)
    with store.transaction() as unit:
        written = [(entry.action, entry.after) for entry in unit.audit.all()]
    store.close()
    assert written == [
        ("contract.import", "new=2 changed=0"),
        ("contract.export", "count=2"),
        ("ticket.export", "count=0"),
    ]
