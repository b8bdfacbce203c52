from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts.masking import mask


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
