"""The reader proposes what made-up documents of many layouts say, and nothing they do not say."""

import re

import pytest

from tests.unit.disclosure.samples import SAMPLES
from tongban.platforms.disclosure.reader import FIELDS, read_text


@pytest.mark.parametrize(("text", "expected"), [s[1:] for s in SAMPLES], ids=[s[0] for s in SAMPLES])
def test_every_field_is_read_as_it_stands(text, expected):
    reading = read_text(text)
    for name, value in expected.items():
        proposal = reading.fields.get(name)
        if value is None:
            assert proposal is None or proposal.best.confidence < 0.5, (name, proposal)
        else:
            assert proposal is not None, (name, value)
            assert proposal.best.value == value, (name, proposal)


@pytest.mark.parametrize(("text", "expected"), [s[1:] for s in SAMPLES], ids=[s[0] for s in SAMPLES])
def test_every_reading_says_where_it_stands(text, expected):
    plain = re.sub(r"[\s\u3000]", "", text)
    for name, proposal in read_text(text).fields.items():
        assert 0 < proposal.best.confidence < 1
        assert proposal.best.place
        if name != "theme":
            assert re.sub(r"[\s\u3000]", "", proposal.best.quote)[:20] in plain


def test_the_object_has_exactly_the_fields_and_null_for_what_is_unknown():
    told = read_text("西岭区人民政府关于房屋征收的决定").as_json()
    assert tuple(told) == FIELDS
    assert told["number"] is None
    assert told["title"]["value"] == "西岭区人民政府关于房屋征收的决定"
    assert set(told["title"]) == {"value", "confidence", "read_from"}


def test_contradicting_dates_are_told_with_both_places():
    text = next(s[1] for s in SAMPLES if s[0] == "conflicting dates are told")
    issued = read_text(text).fields["issued"]
    assert issued.conflicts[0].value == "2014-04-10"
    assert issued.best.confidence < 0.8


def test_publication_before_issue_costs_confidence():
    text = next(s[1] for s in SAMPLES if s[0] == "published before issued is doubted")
    reading = read_text(text)
    assert reading.fields["published"].best.confidence < 0.7
    assert any("早于" in warning for warning in reading.warnings)


def test_addressees_and_annexes_are_listed():
    text = next(s[1] for s in SAMPLES if s[0] == "annex list before the signature")
    reading = read_text(text)
    assert reading.addressees == ("各医疗卫生单位",)
    assert reading.annexes == ("医疗机构校验申请书", "校验提交材料清单")
