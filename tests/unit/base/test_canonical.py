# ruff: noqa: RUF001, DTZ901 -- the brackets and full-width forms of the field are meant
"""One spelling per value: what the hash chain stands on."""

import enum
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.canonical import CanonicalError, canonical, digest, hash_name, use_hash

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(JSON)
def test_reading_back_gives_the_same_value(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(JSON)
def test_an_independent_writer_gives_the_same_bytes(value: object) -> None:
    other = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(value) == other


@given(st.dictionaries(KEYS, JSON))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(
    st.datetimes(datetime.min + timedelta(days=2), datetime.max - timedelta(days=2), timezones=st.just(UTC)),
    st.integers(-12, 14),
)
def test_the_same_instant_has_one_spelling(moment: datetime, hours: int) -> None:
    assert canonical(moment.astimezone(timezone(timedelta(hours=hours)))) == canonical(moment)


def test_values_of_the_field_are_spelled_as_stated() -> None:
    value = {
        "文号": "坛政办发〔2013〕64号",
        "at": datetime(2013, 4, 22, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        "day": date(2013, 4, 22),
        "fee": Decimal("1.50"),
        "id": UUID("D4CFEA62-3D9F-4844-9DD8-11CE66E5C6AE"),
        "items": ("a", MappingProxyType({"n": None})),
        "ctrl": "\x1f\n\x7f\u2028/",
    }
    assert canonical(value).decode() == (
        '{"at":"2013-04-22T01:30:00Z","ctrl":"\\u001f\\n\x7f\u2028/","day":"2013-04-22","fee":"1.50",'
        '"id":"d4cfea62-3d9f-4844-9dd8-11ce66e5c6ae","items":["a",{"n":null}],"文号":"坛政办发〔2013〕64号"}'
    )


def test_subclasses_are_spelled_as_what_they_are() -> None:
    class Colour(enum.StrEnum):
        RED = "红牌"

    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "LOUD"

    class Number(int):
        pass

    value = {"a": Colour.RED, "b": Loud("soft"), "c": Number(3), "d": Decimal("1E+2")}
    assert canonical(value) == '{"a":"红牌","b":"soft","c":3,"d":"100"}'.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.5, math.nan, {"a": [math.inf]}, MappingProxyType({"a": 0.0}), 2**53, -(2**53), Decimal("NaN"), {1: 2},
        {"\U0001f600": 1}, {"a"}, b"bytes", datetime.min, "\ud800", object(), timedelta(1),
    ],
)  # fmt: skip
def test_what_has_no_exact_spelling_is_refused(value: object) -> None:
    with pytest.raises(CanonicalError):
        canonical(value)


def test_both_hashes_give_their_published_vectors() -> None:
    assert digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(b"abc", "sm3").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm3_without_openssl_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashlib.algorithms_available", {"sha256"})
    assert digest(b"abc", "sm3").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_an_installation_chooses_its_hash() -> None:
    assert hash_name() == "sha256"
    use_hash("sm3")
    try:
        assert hash_name() == "sm3"
        assert digest(b"abc") == digest(b"abc", "sm3")
    finally:
        use_hash("sha256")
    with pytest.raises(ValueError, match="unknown hash"):
        use_hash("md5")
