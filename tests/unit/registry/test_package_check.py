"""The check of a matter package names each fault, why it is one, and how to mend it."""

from typing import Any

import pytest
from hypothesis import given

from tests.unit.registry.packages import ORG, REGION, SOUND, package, packages
from tongban.registry.package import Known, check_package, limits_of

KNOWN = Known(
    org_codes=frozenset({ORG}),
    region_codes=frozenset({REGION}),
    post_codes=frozenset({"JBSC-CK", "JBSC-SC", "JBSC-FG"}),
)


def test_a_sound_package_has_no_findings() -> None:
    assert check_package(SOUND, KNOWN) == []


@given(packages())
def test_random_sound_packages_pass(data: dict[str, Any]) -> None:
    assert [p for p in check_package(data) if p.level == "error"] == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"limits__promised__amount": 11}, "limits.promised.amount", "limit.promised_over_statutory"),
        ({"limits__statutory": {"amount": 1, "unit": "month"}}, "limits.promised.unit", "limit.unit_differs"),
        ({"project_type": "instant"}, "limits.promised.amount", "limit.instant_not_zero"),
        ({"steps__1__limit__amount": 4}, "steps", "limit.steps_over_promised"),
        ({"limits": {}}, "limits.statutory", "shape.missing"),
        ({"limits__promised__unit": "week"}, "limits.promised.unit", "shape.value"),
        ({"fees": []}, "fees", "fee.rows_missing"),
        ({"fees__0__basis": " "}, "fees[0].basis", "fee.basis_missing"),
        ({"fees__0__amount": "1.234"}, "fees[0].amount", "shape.value"),
        ({"is_fee": False}, "fees", "fee.unannounced"),
        ({"visits": 1, "online_depth": 3}, "visit_reason", "visit.reason_missing"),
        ({"visits": 1, "visit_reason": "现场核验"}, "visits", "visit.depth_four"),
        ({"legal_bases": []}, "legal_bases", "law.missing"),
        ({"legal_bases__0__article": ""}, "legal_bases[0].article", "law.incomplete"),
        ({"legal_bases__0__law": ""}, "legal_bases[0].law", "law.incomplete"),
        ({"steps__0__post": "NOBODY"}, "steps[0].post", "step.unknown_post"),
        ({"offering__org_code": "119901009900000172"}, "offering.org_code", "offering.unknown_org"),
        ({"offering__region": "110000"}, "offering.region", "offering.unknown_region"),
        ({"matter__owner": "119901009900000172"}, "matter.owner", "matter.unknown_owner"),
        ({"materials__1__key": "m1"}, "materials[1].key", "key.repeated"),
        ({"materials__1__key": "../etc"}, "materials[1].key", "key.unsafe"),
        ({"materials__0__name": "其他材料"}, "materials[0].name", "material.catch_all"),
        ({"materials__1__when": "form.by_agent == "}, "materials[1].when", "material.when_unreadable"),
        ({"materials__1__when": "form.nobody == '是'"}, "materials[1].when", "form.unknown_field"),
        ({"materials__1__when": ""}, "materials[1].when", "material.when_missing"),
        ({"form__groups__0__fields__1__name": "by_agent"}, "form.groups[0].fields[1].name", "key.repeated"),
        ({"form__groups__0__fields__1__name": "a b"}, "form.groups[0].fields[1].name", "key.unsafe"),
        (
            {"form__groups__0__fields__1__when": {"field": "later", "equals": "是"}},
            "form.groups[0].fields[1].when",
            "form.unknown_field",
        ),
        (
            {"form__groups__0__fields__1__when": {"field": "by_agent", "equals": "也许"}},
            "form.groups[0].fields[1].when",
            "form.unknown_option",
        ),
        (
            {"form__groups__0__fields__0__options": []},
            "form.groups[0].fields[0].options",
            "form.options_missing",
        ),
        (
            {"form__groups__0__fields__1__validation": {"rule": "regex", "pattern": "("}},
            "form.groups[0].fields[1].validation",
            "form.pattern",
        ),
        *(
            (
                {f"form__groups__0__fields__1__{k}": v for k, v in said.items()},
                "form.groups[0].fields[1].validation",
                code,
            )
            for said, code in (
                ({"validation": {"rule": "lenght", "constraint": "2-30"}}, "form.rule"),
                ({"validation": {"rule": ["length"]}}, "form.rule"),
                ({"validation": "length"}, "shape.type"),
                ({"type": "text", "validation": {"rule": "number", "constraint": ">0"}}, "form.rule"),
                ({"type": "text", "validation": {"rule": "date", "constraint": "不晚于当日"}}, "form.rule"),
                (
                    {"type": "number", "validation": {"rule": "number", "constraint": "1～100"}},  # noqa: RUF001
                    "form.constraint",
                ),
                (
                    {"type": "number", "validation": {"rule": "number", "constraint": ">0且<100"}},
                    "form.constraint",
                ),
                (
                    {"type": "number", "validation": {"rule": "number", "constraint": "9-1"}},
                    "form.constraint",
                ),
                ({"type": "number", "validation": {"rule": "number"}}, "form.constraint"),
                ({"type": "text", "validation": {"rule": "length", "constraint": "-"}}, "form.constraint"),
                (
                    {"type": "date", "validation": {"rule": "date", "constraint": "晚于没有的日期"}},
                    "form.constraint",
                ),
                ({"type": "text", "validation": {"rule": "regex", "constraint": "[0-9]+"}}, "form.pattern"),
            )
        ),
        ({"risk_points__0__step": "s9"}, "risk_points[0].step", "risk.unknown_step"),
        ({"initiated_by": "office"}, "materials", "office.with_form"),
        ({"matter__kind_code": "99"}, "matter.kind_code", "shape.value"),
        ({"schema": 2}, "schema", "shape.value"),
        ({"params": {"rate": 0.3}}, "", "shape.type"),
        ({"place": "一\0二"}, "", "shape.value"),
        ({"colour": "红"}, "colour", "shape.unknown"),
        ({"materials__0__source": "长" * 101}, "materials[0].source", "shape.value"),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], field: str, code: str) -> None:
    data = {**package(), **changes} if set(changes) == {"colour"} else package(**changes)
    found = check_package(data, KNOWN)
    assert (field, code) in [(p.field, p.code) for p in found]
    assert all(p.why and p.mend for p in found)


CAR = {"name": "plate", "label": "号牌", "type": "text"}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"columns": []}, "columns", "form.columns"),
        ({"columns": None}, "columns", "form.columns"),
        ({"columns": [CAR, CAR]}, "columns[1].name", "key.repeated"),
        ({"columns": [{**CAR, "name": "1 a"}]}, "columns[0].name", "key.unsafe"),
        ({"columns": [{**CAR, "type": "table"}]}, "columns[0].type", "shape.value"),
        ({"columns": [{**CAR, "type": "select"}]}, "columns[0].options", "form.options_missing"),
        ({"columns": [{**CAR, "label": ""}]}, "columns[0].label", "shape.missing"),
        ({"columns": ["plate"]}, "columns[0]", "shape.type"),
        ({"rows": {"min": 3, "max": 2}}, "rows", "form.rows"),
        ({"rows": {"max": 1000}}, "rows", "form.rows"),
        ({"rows": 3}, "rows", "form.rows"),
    ],
)
def test_each_fault_of_a_table_is_named(changes: dict[str, Any], field: str, code: str) -> None:
    table = {
        "name": "cars",
        "label": "车辆",
        "type": "table",
        "columns": [CAR],
        "rows": {"min": 1, "max": 20},
    }
    form = {"groups": [{"title": "", "fields": [table]}]}
    plain = {**SOUND, "form": form, "materials": []}
    assert check_package(plain, KNOWN) == []
    form["groups"][0]["fields"] = [{**table, **changes}]  # type: ignore[index]
    found = check_package(plain, KNOWN)
    assert (f"form.groups[0].fields[0].{field}", code) in [(p.field, p.code) for p in found]


def test_a_condition_cannot_ask_about_a_table() -> None:
    table = {"name": "cars", "label": "车辆", "type": "table", "columns": [CAR]}
    after = {"name": "more", "label": "更多", "type": "text", "when": {"field": "cars", "equals": "1"}}
    form = {"groups": [{"title": "", "fields": [table, after]}]}
    assert [p.code for p in check_package({**SOUND, "form": form, "materials": []}, KNOWN)] == [
        "form.unknown_option"
    ]


def test_a_promise_equal_to_the_law_passes() -> None:
    assert check_package(package(limits__promised__amount=10), KNOWN) == []


def test_an_on_the_spot_matter_promises_zero() -> None:
    data = package(
        project_type="instant",
        limits__promised__amount=0,
        steps__1__limit__amount=0,
        steps__2__limit__amount=0,
    )
    assert check_package(data, KNOWN) == []


@pytest.mark.parametrize(
    "data", [[], "text", None, {}, {"schema": 1}, {"schema": 1, "matter": [], "offering": 1, "limits": 2}]
)
def test_anything_at_all_gets_an_answer_instead_of_a_crash(data: Any) -> None:
    assert any(p.level == "error" for p in check_package(data, KNOWN))


@pytest.mark.parametrize("name", sorted(SOUND))
@pytest.mark.parametrize(
    "value", [None, [], {}, "x", 7, [None], [1], {"groups": [None]}, {"groups": [{"fields": [3]}]}]
)
def test_no_part_of_a_wrong_type_crashes_the_check(name: str, value: Any) -> None:
    check_package({**SOUND, name: value}, KNOWN)


def test_lawful_limits_stand_in_for_those_left_out() -> None:
    limits = limits_of(SOUND)
    assert limits["acceptance"] == {"amount": 5, "unit": "workday"}
    assert limits["statutory"]["amount"] == 10
