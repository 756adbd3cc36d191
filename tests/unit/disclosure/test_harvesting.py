"""Requests of harvesters are read as the protocol says; tokens say all there is to know and survive their way."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.text import is_storable
from tongban.platforms.disclosure.machines import harvesting
from tongban.platforms.disclosure.machines.harvesting import Fault, Wanted

LIST = {"verb": ["ListRecords"], "metadataPrefix": ["oai_dc"]}
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds are naive


def fault(given) -> str:
    with pytest.raises(Fault) as caught:
        harvesting.wanted(harvesting.arguments(given))
    return caught.value.code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "badVerb"),
        ({"verb": ["Dance"]}, "badVerb"),
        ({"verb": ["ListRecords", "ListRecords"], "metadataPrefix": ["oai_dc"]}, "badVerb"),
        ({"verb": ["ListRecords"]}, "badArgument"),
        ({**LIST, "colour": ["red"]}, "badArgument"),
        ({**LIST, "set": ["a", "b"]}, "badArgument"),
        ({**LIST, "from": ["yesterday"]}, "badArgument"),
        ({**LIST, "from": ["2026-02-30"]}, "badArgument"),
        ({**LIST, "from": ["2026-01-01"], "until": ["2026-01-01T00:00:00Z"]}, "badArgument"),
        ({**LIST, "from": ["2026-01-02"], "until": ["2026-01-01"]}, "badArgument"),
        ({**LIST, "resumptionToken": ["x"]}, "badArgument"),
        ({"verb": ["ListRecords"], "resumptionToken": ["x"]}, "badResumptionToken"),
        ({"verb": ["ListRecords"], "resumptionToken": ["WzFd"]}, "badResumptionToken"),
        ({"verb": ["ListRecords"], "metadataPrefix": ["marc21"]}, "cannotDisseminateFormat"),
    ],
)
def test_faults_have_the_code_of_the_protocol(said, code):
    assert fault(said) == code


def test_a_day_means_the_whole_day():
    wish = harvesting.wanted(harvesting.arguments({**LIST, "from": ["2026-01-01"], "until": ["2026-01-01"]}))
    assert (wish.first, wish.end) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


@given(
    st.sampled_from(harvesting.PREFIXES), st.text(max_size=20).filter(is_storable), st.none() | moments, st.none() | moments, moments,
    st.integers(0, 2**62), st.integers(0, 10**9), st.integers(0, 10**9),
)  # fmt: skip
def test_a_token_comes_back_as_it_went(prefix, spec, first, end, at, pk, told, total):
    wish = Wanted(prefix, spec, first, end, (at, pk), told, total)
    assert harvesting.read_token(harvesting.token_of(wish)) == wish


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_tokens(text):
    with pytest.raises(Fault, match="badResumptionToken"):
        harvesting.read_token(text)


def token(said: str) -> str:
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "said",
    [
        '["oai_dc","org:a\\u0000",null,null,1,1,1,1]', '["oai_dc","\\ud800",null,null,1,1,1,1]', "[" * 700, "[" * 100_000,
        '["oai_dc","' + "x" * 5000 + '",null,null,1,1,1,1]',
    ],
    ids=("zero", "half a character", "deep", "deeper", "long"),
)  # fmt: skip
def test_a_forged_token_is_refused_whatever_it_holds(said):
    with pytest.raises(Fault, match="badResumptionToken"):
        harvesting.read_token(token(said))


@pytest.mark.parametrize("local", ["%00", "a%00b", ""])
def test_an_identifier_that_no_record_can_have_is_not_there(local):
    with pytest.raises(Fault, match="idDoesNotExist"):
        harvesting.index_number_of(f"oai:www.anlan.example:{local}", "www.anlan.example")


@pytest.mark.parametrize("until", ["9999-12-31", "9999-12-31T23:59:59Z"])
def test_until_the_last_day_of_all_is_without_end(until):
    assert harvesting.wanted(harvesting.arguments({**LIST, "until": [until]})).end is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
def test_index_numbers_of_any_shape_go_into_identifiers_and_come_back(index):
    identifier = f"oai:www.anlan.example:{harvesting.local_name(index)}"
    assert identifier.isascii()
    assert harvesting.index_number_of(identifier, "www.anlan.example") == index


def test_identifiers_of_others_are_not_ours():
    for identifier in ("oai:elsewhere.example:1/2-3", "01413881X/2013-00051", "oai:www.anlan.example:", ""):
        with pytest.raises(Fault, match="idDoesNotExist"):
            harvesting.index_number_of(identifier, "www.anlan.example")
