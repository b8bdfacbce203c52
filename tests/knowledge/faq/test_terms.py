"""What a text is searched by: spellings that meet, and texts without terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifiers.text.lexicon import Lexicon
from knowledge.faq.settings import load_settings
from knowledge.faq.terms import NEGATION, TermReader, gram_keys, pair_keys, word_keys

READER = TermReader(load_settings().terms, Lexicon.load())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("メールがつながらない", "メールが繋がらない"),
        ("問合せ先", "問い合わせ先"),
        ("ﾊﾟｽﾜｰﾄﾞ", "パスワード"),
        ("ＩＤ追加", "ID追加"),
        ("引越し", "引っ越し"),
        ("サーバ", "サーバー"),
        ("値段", "料金"),
    ],
)
def test_read_gives_spellings_of_one_word_the_same_words(one: str, other: str) -> None:
    assert READER.read(one).words.tolist() == READER.read(other).words.tolist()


@pytest.mark.parametrize(
    ("nickname", "name"), [("アウトロック", "Outlook"), ("ワンドラ", "OneDrive"), ("シェアポ", "SharePoint")]
)
def test_read_knows_a_product_by_its_nickname(nickname: str, name: str) -> None:
    products = READER.read(nickname).products.tolist()
    assert len(products) == 1
    assert products == READER.read(name).products.tolist()


def test_read_keeps_a_negation_and_drops_courtesy() -> None:
    assert READER.read("送れないのですが教えてください").lemmas == ("送信", NEGATION)


def test_read_names_the_words_that_a_question_turns_on() -> None:
    assert READER.read("アーカイブの値段").focus.tolist() == word_keys(["料金"]).tolist()


@pytest.mark.parametrize("text", ["", " \n\t", "😀🙏", "!?…。、", "\x00\u200b", "\ud800"])
def test_read_finds_nothing_in_a_text_without_letters(text: str) -> None:
    terms = READER.read(text)
    assert [len(keys) for keys in (terms.words, terms.pairs, terms.grams)] == [0, 0, 0]


def test_read_cuts_at_the_limit() -> None:
    assert READER.read("料金" + "容量" * 500, limit=2).lemmas == ("料金",)


def test_read_without_synonyms_keeps_words_apart() -> None:
    plain = TermReader(replace(load_settings().terms, synonyms={}), Lexicon.load())
    assert plain.read("値段").lemmas == ("値段",)


def test_gram_keys_counts_pieces_of_two_and_three_and_folds_katakana() -> None:
    assert len(gram_keys("メール")) == 3
    assert gram_keys("メール").tolist() == gram_keys("めーる").tolist()
    assert gram_keys("a b").tolist() == gram_keys("ab").tolist()
    assert len(gram_keys("あ")) == 1


def test_pair_keys_tells_the_order_of_words() -> None:
    one, two = word_keys(["甲", "乙"]), word_keys(["乙", "甲"])
    assert pair_keys(one).tolist() != pair_keys(two).tolist()
    assert len(pair_keys(one[:1])) == 0


def test_word_keys_are_the_same_in_every_process() -> None:
    assert word_keys(["料金"]).dtype == np.uint32
    assert word_keys(["mail"]).tolist() == [2744093732]
