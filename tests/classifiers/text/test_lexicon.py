"""The lexicon: names people use, and words that only look like names."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.errors import DataFileError
from classifiers.text.lexicon import IMPLIED, EntryKind, Lexicon

LEXICON = Lexicon.load()


def _names(text: str) -> list[str]:
    return [mention.entry.name for mention in LEXICON.mentions(text)]


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("Exchange Online", "Exchange Online"),
        ("exchange-online", "Exchange Online"),
        ("ＥＸＣＨＡＮＧＥ　ＯＮＬＩＮＥ", "Exchange Online"),
        ("Exchnage Online", "Exchange Online"),
        ("Excel デスクトップ版", "Excel デスクトップ版"),
        ("Excel デスクトップ版の印刷", "Excel デスクトップ版"),
        ("エクセル", "Excel"),
        ("ｴｸｾﾙ", "Excel"),
        ("ログ提出", "ログ提出"),
        ("ドメイン移転", "ドメイン移転"),
        ("ドメインの移管", "ドメイン移転"),
        ("管理者パスワード再発行", "管理者パスワード再発行"),
        ("アカウント緊急ロック", "アカウント緊急ロック"),
        ("Yammer", "Viva Engage"),
        ("Flow", "Power Automate"),
        ("To-Do", "To Do"),
        ("Entra ID", "Azure AD"),
        ("Azure AD", "Azure AD"),
        ("Azure", "Azure"),
        ("Azure StorSimple", "Azure StorSimple"),
        ("Azure Communication Services", "Azure Communication Services"),
        ("GitHub AE", "GitHub AE"),
        ("M365 のテスト ベース", "Test Base for Microsoft 365"),
        ("メールボックス移行", "メールボックス移行"),
        ("オンサイト", "オンサイト"),
        ("プロキシ", "社内ネットワーク"),
        ("アーカイブ", "メールアーカイブ"),
    ],
)
def test_resolve_finds_the_name(name: str, canonical: str) -> None:
    entry = LEXICON.resolve(name)
    assert entry is not None
    assert entry.name == canonical


@pytest.mark.parametrize("name", ["", "  ", "ぽんぽこ電卓", "zzzz"])
def test_resolve_finds_nothing_unknown(name: str) -> None:
    assert LEXICON.resolve(name) is None


def test_resolve_all_finds_product_and_matter_in_a_phrase() -> None:
    found = LEXICON.resolve_all("GUARDIANWALL のログ提出")
    assert [entry.name for entry in found] == ["GUARDIANWALL", "ログ提出"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("アウトロックが開きません", ["Outlook"]),
        ("ワンドラとシェアポが遅い", ["OneDrive", "SharePoint Online"]),
        ("Teamsで会議に入れない", ["Teams"]),
        ("ちーむずがうごかない", ["Teams"]),
        ("ｱｳﾄﾙｯｸが落ちる", ["Outlook"]),
        ("wordが開かない", ["Word"]),
        ("windows11にしたら", ["Windows"]),
        ("Outkook で送れない", ["Outlook"]),
        ("ガーディアンなんとかに止められた", ["GUARDIANWALL"]),
        ("Outlook on the web なら見られる", ["Outlook on the Web"]),
        ("パスワードを忘れた", []),
        ("キーワードで検索", []),
        ("Access denied と出る", []),
        ("You need access to the resource", []),
        ("MS Access が開かない", ["Access"]),
        ("taro@outlook.com に送った", []),
        ("オフィスのネットが遅い", []),
        ("メールボックスがいっぱい", []),
        ("入力フォームを作る", []),
        ("ワードプレスの更新", []),
        ("アクセスできない", []),
        ("プレスリリースの件", []),
    ],
)
def test_mentions_finds_names_and_nothing_else(text: str, names: list[str]) -> None:
    assert _names(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("パソコンが青い画面で止まった", ["Windows"]),
        ("朝から会議に入れない", ["Teams"]),
        ("VBAを直してほしい", ["スクリプト", "Excel"]),
        ("Excelのシートを会議に入れて見せたい", ["Excel"]),
        ("ワークフローの申請", []),
    ],
)
def test_mentions_gives_what_is_implied_only_where_no_product_is_named(text: str, names: list[str]) -> None:
    assert _names(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ﾜｰﾄﾞﾃﾞ朱色ﾉ判子", ["Word"]),
        ("エッジデ開キマセン", ["Edge"]),
        ("私ノマックガ届キマセン", ["macOS"]),
        ("マックスの値が出ない", []),
        ("Box no shiryou wo hirakenai", ["Box"]),
        ("kaichou ga Access wo tsukaenai", ["Access"]),
        ("There is no access to it", []),
        ("Mac3台に入れたい", ["macOS"]),
        ("365がおかしい", ["Microsoft 365"]),
        ("24時間365日の窓口", []),
        ("月額365円でした", []),
        ("エントランスの無線", []),
        ("Listsに列を足したい", ["Lists"]),
        ("the lists are empty", []),
        ("Loopの部品が出ない", ["Loop"]),
        ("承認が無限 loop になった", []),
        ("STATUS_ACCESS_VIOLATION と出る", []),
        ("DNS_PROBE_FINISHED と出る", []),
        ("メモ.txtを送ります", []),
        ("TXTを足したのに見えない", ["DNS"]),
        ("クラサイで送った契約書", ["クラウドサイン"]),
    ],
)
def test_mentions_minds_what_stands_beside_a_name(text: str, names: list[str]) -> None:
    assert _names(text) == names


def test_mentions_scores_an_implied_product_lowest() -> None:
    (found,) = LEXICON.mentions("青い画面が出る")
    assert (found.entry.id, found.score, found.start, found.end) == ("windows", IMPLIED, 0, 4)


def test_mentions_takes_the_longest_name() -> None:
    (found,) = LEXICON.mentions("Azure AD の設定")
    assert (found.entry.id, found.start, found.end, found.score) == ("azure_ad", 0, 8, 1.0)


def test_mentions_scores_a_misspelling_below_one() -> None:
    (found,) = LEXICON.mentions("アウトルッックの件")
    assert found.entry.id == "outlook"
    assert 0.8 <= found.score < 1.0


def test_mentions_gives_offsets_of_the_original_text() -> None:
    text = "今朝から ﾜﾝﾄﾞﾗｲﾌﾞ が㈱の共有で止まり、ｶﾞｰﾃﾞｨｱﾝｳｫｰﾙ も"
    spans = [text[m.start : m.end] for m in LEXICON.mentions(text)]
    assert spans == ["ﾜﾝﾄﾞﾗｲﾌﾞ", "ｶﾞｰﾃﾞｨｱﾝｳｫｰﾙ"]


@given(st.text(alphabet="アウトルックﾞｱｳﾁﾑｽﾞTeams ExcelÉé㈱がか\u3099\u0301パスワード　-@.", max_size=40))
def test_mentions_always_point_into_the_text(text: str) -> None:
    found = LEXICON.mentions(text)
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    named = [m for m in found if m.score > IMPLIED]
    assert all(one.end <= other.start for one, other in pairwise(named))


@given(st.text(max_size=60))
def test_mentions_survives_any_text(text: str) -> None:
    assert all(0 <= m.start < m.end <= len(text) for m in LEXICON.mentions(text))


def test_entries_resolve_to_themselves_by_name() -> None:
    missed = [e.name for e in LEXICON.entries if LEXICON.resolve(e.name) != e]
    assert missed == []


def test_entries_are_of_both_kinds() -> None:
    assert {entry.kind for entry in LEXICON.entries} == set(EntryKind)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[product.x", "file: "),
        ("[things.x]", "things: unknown table"),
        ("[beside]\nwhat = []", "beside: "),
        ('[product.x]\nname = "X"', "product.x: needs a name and at least one family"),
        ('[product.x]\nname = "X"\nfamilies = ["f"]\nalias = []', "product.x: unknown key 'alias'"),
        (
            '[product.x]\nname = "X1"\nfamilies = ["f"]\n'
            '[product.y]\nname = "Y1"\nfamilies = ["f"]\naliases = ["x-1"]',
            "product.y: alias 'x-1' already means x",
        ),
        (
            '[product.x]\nname = "X1"\nfamilies = ["f"]\n[matter.x]\nname = "Y1"\nfamilies = ["f"]',
            "matter.x: this id is used twice",
        ),
    ],
)
def test_load_refuses_a_malformed_file(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError) as refused:
        Lexicon.load(file)
    assert str(refused.value).startswith(f"{file}: {reason}")
