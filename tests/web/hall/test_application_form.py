"""What a form takes, what it refuses and in which words; no database."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from tests.web.hall.conftest import CONTENT_ON_THE_WEB as CONTENT
from tests.web.hall.conftest import field
from tongban.faces.application import (
    Filled,
    application_form,
    form_told,
    judge,
    kept_of,
    materials_asked,
    read_form,
    typed_of,
)

DAY = date(2026, 11, 21)


def sent(**said: object) -> QueryDict:
    return QueryDict(urlencode(said, doseq=True))


def one(given: str, kind: str = "text", **more: object) -> tuple[object, str]:
    content = {"form": {"groups": [{"title": "", "fields": [field("x", "甲", kind, **more)]}]}}
    data, errors = judge(content, {"x": given}, on=DAY)
    return data.get("x"), errors.get("x", "")


def test_numbers_are_exact_and_never_binary() -> None:
    assert one("12.50", "number") == ("12.5", "")
    assert one("1,200", "money") == (1200, "")
    assert one("\uff11\uff12", "number") == (12, "")
    assert one("1.234", "money")[1] == "金额最多两位小数"
    assert one("2.5", "integer")[1] == "请填整数"
    assert one("1e5", "number")[1] == "请填数字"


def test_a_rule_on_a_field_of_text_asks_for_what_it_can_judge() -> None:
    assert one("二十", validation={"rule": "number", "constraint": ">0"})[1] == "应为数字"
    assert one("昨天", validation={"rule": "date", "constraint": "<=today"})[1] == "应为日期，如 2026-03-02"


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("idcard", "11010119900307077", "17 位"),
        ("idcard", "110101199003070776", "校验"),
        ("uscc", "9133000000000000", "16 位"),
        ("mobile", "1380013800", "11 位"),
        ("mobile", "0519-82881234", "手机"),
        ("date", "2026-02-30", "日期"),
        ("email", "a@", "邮箱"),
    ],
)
def test_what_is_wrong_is_said_in_words(kind: str, given: str, words: str) -> None:
    assert words in one(given, kind)[1]


def test_rules_of_the_definition_are_kept() -> None:
    assert (
        one("好", validation={"rule": "length", "constraint": "2-30"})[1] == "应为 2 到 30 个字，现在是 1 个"
    )
    assert one("0", "number", validation={"rule": "number", "constraint": ">0"})[1] == "应大于 0"
    assert one("31", "number", validation={"rule": "number", "constraint": "1-30"})[1] == "应在 1 到 30 之间"
    assert one("abc", validation={"rule": "regex", "pattern": r"\d+"})[1]
    assert (
        one("2026-11-22", "date", validation={"rule": "date", "constraint": "不晚于当日"})[1]
        == "不能晚于今天"
    )
    assert one("1960-01-01", "date", validation={"rule": "date", "constraint": "距今满80周年"})[1]
    assert one("1940-01-01", "date", validation={"rule": "date", "constraint": "距今满80周年"}) == (
        "1940-01-01",
        "",
    )
    assert one("丙", "select", options=["甲", "乙"])[1] == "请从列出的选项里选"


def test_fields_that_are_not_asked_are_left_out() -> None:
    read = read_form(
        CONTENT,
        sent(app_type="法人或其他组织", app_name="王伟", org_name="好味餐饮", uscc="", mobile="13800138000"),
        groups=(0,),
        on=DAY,
    )
    assert "app_name" not in read.data
    assert read.errors == {"uscc": "请填写"}
    assert read.typed["app_name"] == "王伟", "what was typed is kept all the same"


def test_a_field_the_form_does_not_have_refuses_the_whole() -> None:
    assert "" in read_form(CONTENT, sent(app_type="自然人", admin="1"), groups=(0,), on=DAY).errors


def test_a_masked_number_means_the_real_one_and_a_locked_one_cannot_be_changed() -> None:
    known = {"id_no": Filled("1101**********0775", "110101199003070775", locked=True)}
    typed = {"app_type": "自然人", "app_name": "王伟", "mobile": "13800138000", "id_no": "330102199003070772"}
    data, errors = judge(CONTENT, typed, filled=known, groups=(0,), on=DAY)
    assert not errors
    assert data["id_no"] == "110101199003070775"
    assert "110101199003070775" not in "".join(str(g) for g in application_form(CONTENT, typed, {}, known))


def test_data_can_be_shown_changed_and_read_again() -> None:
    data = {
        "app_type": "自然人",
        "app_name": "王伟",
        "id_no": "110101199003070775",
        "mobile": "13800138000",
        "area": "12.5",
        "items": ["热食"],
    }
    read = read_form(CONTENT, sent(**typed_of(data)), on=DAY)
    assert (read.data, read.errors) == (data, {})
    assert ("面积", "12.5 平方米") in dict(form_told(CONTENT, data))["申请内容"]


def test_a_new_version_keeps_what_fits() -> None:
    newer = {
        "form": {
            "groups": [
                {
                    "title": "",
                    "fields": [field("mobile", "手机"), field("items", "项目", "checkbox", options=["冷食"])],
                }
            ]
        }
    }
    kept, lost = kept_of(newer, {"mobile": "138", "items": ["热食", "冷食"], "area": "3"})
    assert kept == {"mobile": "138", "items": ["冷食"]}
    assert lost == ["items", "area"]


def test_a_conditional_material_is_asked_by_its_condition() -> None:
    small, large = (
        {m.key for m in materials_asked(CONTENT, {"area": area}) if m.asked} for area in ("12.5", 80)
    )
    assert (small, large) == ({"form"}, {"form", "plan"})
