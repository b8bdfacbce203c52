from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts.masking import hide_numbers, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tanaka@example.com に連絡ください", "[メール] に連絡ください"),
        ("連絡先はtanaka.taro+it@mail.example.co.jpです", "連絡先は[メール]です"),
        ("電話は03-1234-5678です", "電話は[電話]です"),
        ("携帯 090-1234-5678 まで", "携帯 [電話] まで"),
        ("+81 3-1234-5678", "[電話]"),
        ("お客様番号 123456 です", "お客様番号 [番号] です"),
        ("番号はO365-1001234です", "番号は[番号]です"),
        ("P100200の件", "[番号]の件"),
        ("1234567890123456", "[番号]"),
        ("2台のうち1台、エラー 0x80070005", "2台のうち1台、エラー 0x80070005"),
        ("11月20日 9:30 から30人", "11月20日 9:30 から30人"),
        ("Office 365 E3 が1,500円", "Office 365 E3 が1,500円"),
        ("", ""),
    ],
)
def test_personal_data_is_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", ["tanaka@example.com", "電話は03-1234-5678", "お客様番号は1234567890です"])
def test_full_width_is_masked_too(text: str) -> None:
    assert "[" in mask(text)


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(max_size=50), st.text(max_size=50))
def test_mail_address_never_stays(before: str, after: str) -> None:
    assert "taro@example.com" not in mask(f"{before} taro@example.com {after}")


KNOWN = {"P100200", "00482913", "7712"}


def hidden(text: str) -> str:
    return hide_numbers(text, [4, 7, 8], KNOWN.__contains__)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P100200です", "****0200です"),
        ("番号はp-100-200", "番号は****0200"),
        ("Ｐ１００２００", "****0200"),
        ("P 100 200 の件", "****0200 の件"),
        ("p100\u200b200", "****0200"),
        ("0048ー2913 と 00482913", "****2913 と ****2913"),
        ("お客様番号P100200です", "お客様番号****0200です"),
        ("NoP100200", "No****0200"),
        ("xP100200x", "x****0200x"),
        ("7712 です", "**** です"),
        ("17712 です", "17712 です"),
        ("お客様番号は 99887766 です", "お客様番号は ****7766 です"),
        ("お客さま番号:AB-12345", "お客さま番号:****2345"),
        ("契約番号\uff1a１２３４５", "契約番号\uff1a****2345"),
        ("お客様番号は2026年に変わりました", "お客様番号は2026年に変わりました"),
        ("お客様番号を教えてください", "お客様番号を教えてください"),
        ("99887766 台あります", "99887766 台あります"),
        ("エラー 0x80070005", "エラー 0x80070005"),
        ("", ""),
    ],
)
def test_customer_number_is_hidden_in_any_shape(text: str, expected: str) -> None:
    assert hidden(text) == expected


@given(st.text(max_size=60))
def test_hiding_twice_hides_nothing_more(text: str) -> None:
    assert hidden(hidden(text)) == hidden(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_known_number_is_never_left_between_other_words(before: str, after: str) -> None:
    assert "P100200" not in hidden(f"{before}P100200{after}")
