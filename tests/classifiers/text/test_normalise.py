from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text import normalise as module
from classifiers.text.normalise import HEAD_CHARACTERS, NOTE_CUT, TAIL_CHARACTERS, normalise


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("メールが来ません", "メールが来ません"),
        ("ﾒｰﾙｶﾞ ｺﾅｲ", "メールガ コナイ"),
        ("ＯＵＴＬＯＯＫ　２０２１", "OUTLOOK 2021"),
        ("か\u3099んばる", "がんばる"),
        ("&lt;x&gt; &amp; y", "<x> & y"),
        ("*至急* ~不要~ `code`", "至急 不要  code "),
        ("<@U123ABC> 見えません", "  見えません"),
        ("<@U123ABC|佐藤> 見えません", "佐藤 見えません"),
        ("<#C1|総務> から", "総務 から"),
        ("<!here> 止まりました", "  止まりました"),
        ("<https://example.com/a|ここ>を押した", "ここを押した"),
        ("https://example.com/a?b=1 を押した", " url  を押した"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("taro@example.co.jp 宛", " mail  宛"),
        ("助けて:sob:", "助けて "),
        ("9:30:15に停止", "9:30:15に停止"),
        ("シェアポ～が", "シェアポーが"),
        ("10〜11時", "10〜11時"),
        ("サーバーーーーー", "サーバーーー"),
        ("a\x00b\u202ec\u200bd", "a bcd"),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_normalise_gives_plain_text(raw: str, plain: str) -> None:
    assert normalise(raw).text == plain


def test_normalise_keeps_unbroken_digits_below_the_cap() -> None:
    assert normalise("1" * 100_000).text == "1" * 64 + "\n" + "1" * 64


def test_normalise_cuts_the_middle_and_says_so() -> None:
    raw = "あい" * 3_000
    result = normalise(raw)
    assert len(result.text) == HEAD_CHARACTERS + 1 + TAIL_CHARACTERS
    assert result.notes == (NOTE_CUT,)
    assert result.original_span(len(result.text) - 2, len(result.text)) == (5_998, 6_000)


def test_normalise_traces_a_span_over_markup() -> None:
    raw = "<@U1> ﾒｰﾙｶﾞ <https://x.jp|画面>"
    result = normalise(raw)
    start = result.text.index("メールガ")
    first, last = result.original_span(start, start + 4)
    assert raw[first:last] == "ﾒｰﾙｶﾞ"
    start = result.text.index("画面")
    first, last = result.original_span(start, start + 2)
    assert raw[first:last] == "画面"


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=300))
def test_normalise_offsets_are_ordered_and_inside(raw: str) -> None:
    result = normalise(raw)
    assert len(result.starts) == len(result.ends) == len(result.text)
    for start, end in zip(result.starts, result.ends, strict=True):
        assert 0 <= start < end <= len(raw)
    assert list(result.starts) == sorted(result.starts)


@given(st.text(alphabet="あアｱﾞー a1<>@|:*&;lt`~", max_size=120))
def test_normalise_traces_every_unchanged_character(raw: str) -> None:
    result = normalise(raw)
    for place, char in enumerate(result.text):
        if char in "あア1":
            assert char in ("ア" if raw[result.starts[place]] == "ｱ" else raw[result.starts[place]])


def test_what_is_left_as_it_is_would_come_out_as_it_is() -> None:
    """The short way past characters that are plain already holds no other."""
    passed = [chr(code) for code in range(0x11_0000) if not module._STRANGE.match(chr(code))]
    assert len(passed) > 20_000
    for char in passed:
        assert module._FOLD[ord(char)] == char
        assert not module._JOINING.match(char)
