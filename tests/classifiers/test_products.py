"""Which product a conversation speaks of, where several are named or something speaks against one."""

from __future__ import annotations

import pytest

from classifiers.products import product_of
from classifiers.reading import Reader

READER = Reader.load()


def _product(*turns: str, named: float = 1.0) -> str | None:
    return product_of([READER.read(turn) for turn in turns], READER.cues, named=named)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("TeamsもOneDriveもSharePointも全部開けない", None),
        ("メール・Teams・SharePointが止まりました", None),
        ("メールもチームズも誰も使えません", None),
        ("エクセルもワードも落ちます", "Office アプリ"),
        ("Excel、Word、Outlookが起動しない", "Office アプリ"),
        ("エクセルとワードの上に黄色い帯が出ます", "Office アプリ"),
        ("EdgeでもChromeでも同じです", None),
        ("ToDoとプランナーの同期がおかしい", "To Do"),
        ("SalesforceとOutlookの連携が壊れた", "Salesforce"),
        ("EdgeでもChromeでもTeamsの会議に入れない", "Teams"),
    ],
)
def test_a_list_of_products_names_none_of_them(text: str, product: str | None) -> None:
    assert _product(text) == product


@pytest.mark.parametrize(
    ("turns", "product"),
    [
        (("ワードではなくエクセルの表です",), "Excel"),
        (("Teamsは動きます。Outlookだけ止まります",), "Outlook"),
        (("Zoomでは使えるのにTeamsで落ちます",), "Teams"),
        (("GmailからOutlookへ移したいです",), "Outlook"),
        (("ワードがおかしい", "ワードではなくエクセルでした"), "Excel"),
        (("Teamsに入れない", "別のPCのTeamsは正常です"), "Teams"),
        (("iPhoneではなくiPadです",), "iOS"),
        (("Teamsは使えますか",), "Teams"),
        (("Teamsは動きます",), "Teams"),
    ],
)
def test_a_denied_or_healthy_product_gives_way_to_another(turns: tuple[str, ...], product: str) -> None:
    assert _product(*turns) == product


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("WindowsのPCでTeamsが落ちる", "Teams"),
        ("Windowsが起動しない", "Windows"),
        ("翻訳のアドインが効かない", None),
        ("ZoomのアドインがOutlookに出ない", "Zoom"),
        ("VLOOKUPの書き方", "Excel"),
        ("雲のマークに赤いバツ", "OneDrive"),
        ("共有メールボックスの作り方", None),
        ("プリンターから音がする", None),
    ],
)
def test_ground_and_implying_words(text: str, product: str | None) -> None:
    assert _product(text) == product


def test_nothing_is_believed_where_no_product_is_likely_named() -> None:
    assert _product("Teamsが落ちる", named=0.01) is None
    assert _product("Teamsが落ちる", named=0.1) == "Teams"
