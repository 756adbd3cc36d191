# ruff: noqa: RUF001 -- the brackets and full-width forms of the field are meant
"""Words for search and keys for sorting."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.text import search_query, search_vector_text, sort_key, words


def test_long_words_are_found_by_their_parts() -> None:
    assert words("食品经营许可证的申请") == ["食品", "经营", "许可", "许可证", "的", "申请"]
    assert search_vector_text("食品经营", "ABC-123!") == "食品 经营 abc abc 123"


def test_full_width_and_capital_letters_do_not_matter() -> None:
    assert words("ＡＢＣ１２") == words("abc12")


def test_a_question_asks_for_all_its_meaningful_words() -> None:
    assert search_query("怎么办理营业执照") == "'办理' & '营业执照'"
    assert search_query("营业执照 营业执照") == "'营业执照'"
    assert search_query("的") == "'的'"
    assert search_query(" !") == ""


def test_synonyms_widen_a_question() -> None:
    synonyms = {"开餐馆": ["食品经营许可证"], "开店": ["营业执照"]}
    assert search_query("我要开餐馆", synonyms) == "(('开' & '餐馆') | ('食品' & '经营' & '许可证'))"
    assert search_query("开店", synonyms) == "('开店' | '营业执照')"
    assert search_query("户籍", synonyms) == "'户籍'"


@given(st.text(max_size=40))
def test_no_text_can_break_a_query(text: str) -> None:
    for term in re.findall("'(.*?)'", search_query(text, {"开店": ["a'b", ""]})):
        assert re.fullmatch(r"[^\W_]+", term)


@pytest.mark.parametrize(
    "text", ["食品经营许可证", "达川区人民政府办公室关于印发工作方案的通知", "统一社会信用代码"]
)
def test_every_word_of_a_question_is_a_word_of_the_text_it_was_taken_from(text: str) -> None:
    assert set(re.findall("'(.*?)'", search_query(text))) <= set(words(text))


def test_names_sort_by_pinyin() -> None:
    names = ["王五", "阿明", "张三", "安心", "李四", "重庆银行"]
    assert sorted(names, key=sort_key) == ["阿明", "安心", "重庆银行", "李四", "王五", "张三"]
    assert sort_key("重庆银行").startswith("chong2 qing4 yin2 hang2")


def test_names_that_sound_alike_have_different_keys() -> None:
    assert sort_key("李丽") != sort_key("李力")
