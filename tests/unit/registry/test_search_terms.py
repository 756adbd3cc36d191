"""Questions and guides meet in one vocabulary."""

from tests.unit.registry.packages import SOUND
from tongban.registry.search import (
    Vocabulary,
    facets_of,
    highlight,
    letter_of,
    lexemes_of,
    snippet,
    terms_of,
    vocabulary,
)

PLAIN = Vocabulary(frozenset({"怎么", "办理"}), {"饭馆": ("餐饮",)})


def lexemes(question: str) -> set[str]:
    return {term.lexeme for term in terms_of(question, PLAIN)}


def test_words_that_say_nothing_are_left_out() -> None:
    assert "办理" not in lexemes("怎么办理营业执照")
    assert "营业执照" in lexemes("怎么办理营业执照")


def test_a_question_of_nothing_but_such_words_is_still_asked() -> None:
    assert lexemes("怎么办理")


def test_an_everyday_word_leads_to_the_official_one() -> None:
    assert "餐饮" in lexemes("开饭馆")


def test_a_wrong_character_of_the_same_sound_meets_the_right_one() -> None:
    assert "^kezheng" in lexemes("许可正")
    assert "^kezheng" in lexemes_of(SOUND)


def test_pinyin_is_cut_into_syllables() -> None:
    assert "^jiehun" in lexemes("jiehun")


def test_initials_meet_the_name() -> None:
    assert "%spjy" in lexemes("spjyxkz")
    assert "%spjy" in lexemes_of(SOUND)


def test_a_word_weighs_as_much_as_where_it_stands_highest() -> None:
    found = lexemes_of(SOUND)
    assert found["食品"] == 1.0
    assert all(0 < weight <= 1 for weight in found.values())


def test_a_name_is_filed_under_the_first_letter_of_its_pinyin() -> None:
    assert [letter_of(name) for name in ("食品经营许可", "KTV设立", "（新办）", "ß类")] == [
        "S",
        "K",
        "#",
        "S",
    ]


def test_what_an_office_begins_is_offered_to_nobody() -> None:
    content = {"service_objects": ["1", "2"], "life_events": ["开餐馆"], "initiated_by": "application"}
    assert {"for:person", "for:firm", "event:开餐馆", "object:1"} <= set(facets_of(content))
    assert not {"for:person", "for:firm"} & set(facets_of({**content, "initiated_by": "office"}))


def test_highlighting_keeps_every_character() -> None:
    pieces = highlight("食品经营许可证", "食品证")
    assert "".join(text for text, _ in pieces) == "食品经营许可证"
    assert ("食品", True) in pieces


def test_a_snippet_is_the_line_that_holds_the_words() -> None:
    assert ("营业执照", True) in snippet("其他\n须取得营业执照方可申请", "营业执照")


def test_shipped_vocabulary_names_no_matter_by_code() -> None:
    known = vocabulary()
    assert not any(ch.isdigit() for words in known.synonyms.values() for word in words for ch in word)
    assert known.empty
