"""Patterns of forms: what they mean, what cannot be read, and that none takes long."""

import pytest

from tongban.base.patterns import pattern


@pytest.mark.parametrize(
    ("said", "yes", "no"),
    [
        (r"^1[3-9]\d{9}$", "13800000000", "138000000001"),
        (r"1[3-9]\d{9}", "13800000000", "x13800000000"),
        ("一|二三", "二三", "二"),
        (r"[一-龥]{2,4}", "王小芳", "王"),
        (r"\w+", "第1号", "第 1 号"),
        ("甲", "甲", "甲\n"),
    ],
)
def test_a_value_is_wholly_of_the_pattern_or_not(said: str, yes: str, no: str) -> None:
    assert pattern(said)(yes)
    assert not pattern(said)(no)


@pytest.mark.parametrize("said", ["(", r"(?=甲)乙", r"(?<!甲)乙", r"(甲)\1", "a{1,9999}{1,9999}", "(?P<甲"])
def test_what_cannot_be_read_says_why(said: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pattern(said)


@pytest.mark.parametrize("said", [r"(([a-z]|[a-z][a-z])+)+!", r"(a+)+$", r"(a|a)*b", r"(.*a){20}b"])
def test_no_pattern_stops_the_house(said: str) -> None:
    """Asked with Python's own engine this test does not end."""
    assert not pattern(said)("a" * 4000 + "?")
