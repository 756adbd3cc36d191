"""Conditions: what a person writes is checked before publication, and what a case answers is always defined."""

from decimal import Decimal
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.engine.conditions import (
    MAX_LENGTH,
    ConditionError,
    check_condition,
    compile_condition,
    form_facts,
    form_types,
)

DECLARED = {
    "form.area": "number", "form.use": "choice:home|shop", "form.tags": "choices:x|y", "form.on": "date",
    "form.ok": "bool", "form.name": "string", "form.面积": "number", "form.rows": "list",
    "outcome.review": "choice:pass|fail", "votes.cosign": "choice:agree|object", "materials.plan": "string",
}  # fmt: skip


def holds(text: str, **facts: Any) -> bool:
    assert check_condition(text, DECLARED) == []
    return compile_condition(text).test(facts)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("form.area > 100", {"form": {"area": 100.5}}),
        ("form.area > 100", {"form": {"area": Decimal("100.01")}}),
        ("form.area * 2 + 1 == 7", {"form": {"area": 3}}),
        ("form.area in [3, 4]", {"form": {"area": 3}}),
        ("form['面积'] >= 1", {"form": {"面积": 1}}),
        ("form.use != 'shop'", {"form": {"use": "home"}}),
        ("'x' in form.tags && size(form.tags) == 1", {"form": {"tags": ["x"]}}),
        ("form.on < '2026-02-01'", {"form": {"on": "2026-01-31"}}),
        ("form.ok && form.name.startsWith('城关')", {"form": {"ok": True, "name": "城关镇"}}),
        ("form.rows.exists(r, r.floor * 2 > 5)", {"form": {"rows": [{"floor": 1}, {"floor": 3}]}}),
        ("outcome.review == 'pass' ? form.ok : false", {"outcome": {"review": "pass"}, "form": {"ok": True}}),
        ("votes.cosign.agree > votes.cosign.object + 1", {"votes": {"cosign": {"agree": 2}}}),
        ("materials.exists(m, materials[m] == 'failed')", {"materials": {"other": "failed"}}),
        ("case.channel == 'counter' && case.secrecy == 0", {"case": {"channel": "counter", "secrecy": 0}}),
        ("form.name == '他说\"好\"' // why", {"form": {"name": '他说"好"'}}),
    ],
)
def test_a_condition_holds_for_the_facts_it_asks_for(text: str, facts: dict[str, Any]) -> None:
    assert holds(text, **facts)
    assert compile_condition(text) is compile_condition(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("form.area == null", True),
        ("has(form.area)", False),
        ("form.area > 1", False),
        ("!(form.area > 1)", False),  # neither it nor its contrary can be said
        ("form.area > 1 || form.use == null", True),
        ("form.use != 'shop'", True),
        ("'x' in form.tags", False),
        ("outcome.review == ''", True),
        ("has(outcome.review)", False),
        ("votes.cosign.agree == 0", True),
        ("size(votes.cosign) == 0 && votes.cosign.agree == 0", True),
        ("materials.plan != 'supplied'", True),
        ("size(materials) == 0 && materials.plan == ''", True),
        ("case.secrecy == 0 && case.result == ''", True),
        ("1 / 0 == 1", False),
    ],
)
def test_what_is_absent_has_a_defined_meaning(text: str, expected: bool) -> None:
    assert holds(text) is expected
    assert holds(text, form={"area": None}, votes={}, outcome=None) is expected


def test_a_trace_says_what_was_read_and_why_nothing_could_be_said() -> None:
    trace = compile_condition("form.area > 100 && outcome.review == 'pass'").trace(
        {"outcome": {"review": "pass"}}
    )
    assert trace.result is False
    assert dict(trace.inputs) == {"form.area": None, "outcome.review": "pass"}
    assert trace.unknown == "未填写：form.area"
    assert compile_condition("form.area > 100").trace({"form": {"area": 200}}).unknown == ""


def test_variables_are_the_facts_read() -> None:
    condition = compile_condition(
        "has(form.a) && form.b.exists(x, x > 1) && votes.c.yes > 0 && size(materials) > 1"
    )
    assert condition.variables == {"form.a", "form.b", "votes.c.yes", "materials"}


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("", "condition_empty", ""),
        (" \n", "condition_empty", ""),
        ("form.area > 1" + " " * MAX_LENGTH, "condition_too_long", str(MAX_LENGTH)),
        ("+".join("1" * 200) + " > 1", "condition_too_long", "300"),
        ("(" * 40 + "true" + ")" * 40, "condition_too_deep", "30"),
        ("form.area >", "condition_syntax", "没有写完"),
        ("form.area = 5", "condition_syntax", "=="),
        ("form.area > 5)", "condition_syntax", "多余"),
        ("form.name == 'a", "condition_syntax", "引号"),
        ("form.面积 > 1", "condition_syntax", "form["),
        ("form.area \uff1e 5", "condition_syntax", "英文符号"),
        ("form.in == 1", "condition_syntax", "in"),
        ("form.area > 5u", "condition_unsupported", "无符号"),
        ("form.name == b'a'", "condition_unsupported", "字节"),
        ("{'a': 1} == {'a': 1}", "condition_unsupported", "映射"),
        ("[1].exists(x, [2].exists(y, x == y))", "condition_unsupported", "遍历"),
        ("form.name.matches('[')", "condition_unsupported", "正则"),
        ("area > 1", "condition_unknown_name", "area"),
        ("form.aera > 1", "condition_unknown_field", "area"),
        ("outcome.plan == 'pass'", "condition_unknown_field", "review"),
        ("votes.cosign.yes > 1", "condition_unknown_field", "agree"),
        ("case.colour == 'red'", "condition_unknown_field", "channel"),
        ("materials.map == 'supplied'", "condition_unknown_field", "plan"),
        ("now() > form.on", "condition_unknown_function", "now"),
        ("form.name.eval('x')", "condition_unknown_function", "eval"),
        ("form == null", "condition_whole_form", "form"),
        ("form.area > '5'", "condition_type", "文字"),
        ("form.area && form.ok", "condition_type", "数值"),
        ("!form.name", "condition_type", "文字"),
        ("1 < 2 < 3", "condition_type", "是/否"),
        ("form.name + 1 == 'a'", "condition_type", "文字"),
        ("form.area % 2 == 0", "condition_type", "取余"),
        ("form.area + size(form.tags) > 1", "condition_type", "计数"),
        ("size(form.name) > 3", "condition_type", "列表"),
        ("form.tags.contains('x')", "condition_type", "in"),
        ("outcome.review == null", "condition_type", "空值"),
        ("form.ok ? 1 : 'a'", "condition_type", "不同"),
        ("form.on < '2026-1-5'", "condition_type", "2026-01-31"),
        ("form.use == 'house'", "condition_unknown_choice", "shop"),
        ("'z' in form.tags", "condition_unknown_choice", "x"),
        ("form.use in ['home', 'hut']", "condition_unknown_choice", "hut"),
        ("outcome.review == 'ok'", "condition_unknown_choice", "fail"),
        ("form.area", "condition_not_bool", "数值"),
        ("form.name", "condition_not_bool", "文字"),
    ],
)
def test_a_mistake_is_told_before_publication(text: str, code: str, word: str) -> None:
    problems = check_condition(text, DECLARED)
    assert [p.code for p in problems] == [code]
    assert word in problems[0].message
    assert 0 <= problems[0].at <= len(text)


def test_syntax_and_names_are_refused_when_compiling_too() -> None:
    for text in ("form.area >", "area > 1", "now() > 1", "form == form"):
        with pytest.raises(ConditionError):
            compile_condition(text)


def test_the_longest_condition_allowed_can_be_evaluated() -> None:
    assert compile_condition("true" + " && true" * 149).test({})
    assert compile_condition("(" * 28 + "true" + ")" * 28).test({})
    assert not compile_condition("form.rows" + "[0]" * 95 + " == 1").test({"form": {}})


def test_a_form_declares_types_and_gives_typed_facts() -> None:
    fields = {
        "area": {"type": "number"}, "use": {"type": "radio", "options": [{"value": "home"}, "shop"]},
        "tags": {"type": "checkboxes", "options": ["x", "y"]}, "ok": {"type": "bool"}, "name": {"type": "text"},
    }  # fmt: skip
    assert form_types(fields) == {
        "form.area": "number", "form.use": "choice:home|shop", "form.tags": "choices:x|y",
        "form.ok": "bool", "form.name": "string",
    }  # fmt: skip
    facts = form_facts(fields, {"area": "12.50", "use": "", "ok": "on", "name": None, "stray": 1})
    assert facts == {"area": Decimal("12.50"), "ok": True}
    assert form_facts(fields, {"area": "many"}) == {}
    assert form_facts(fields, {"area": "NaN"}) == {}


_atoms = st.sampled_from(
    ["1", "2.5", "'a'", "true", "null", "form.area", "form.name", "form.ok", "votes.cosign.agree", "outcome.review",
     "form.tags", "[1, 2]", "['a', form.name]", "materials", "case.secrecy"]
)  # fmt: skip
_expressions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(("&&", "||", "==", "!=", "<", ">=", "+", "-", "*", "/", "%", "in")),
            inner,
        ).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda e: f"!{e}"),
        inner.map(lambda e: f"-{e}"),
        inner.map(lambda e: f"size({e})"),
        inner.map(lambda e: f"{e}.exists(x, x == 'a')"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    ),
    max_leaves=6,
)
_facts = st.fixed_dictionaries(
    {},
    optional={
        "form": st.fixed_dictionaries(
            {},
            optional={
                "area": st.one_of(st.none(), st.integers(-5, 5), st.decimals(0, 5, places=1)),
                "name": st.sampled_from(("", "a", "在")),
                "ok": st.booleans(),
                "tags": st.lists(st.sampled_from(("x", "y", "a")), max_size=2),
            },
        ),
        "votes": st.just({"cosign": {"agree": 1}}),
        "outcome": st.just({"review": "pass"}),
        "materials": st.just({"plan": "supplied"}),
    },
)


@given(_expressions, _facts)
def test_whatever_passes_the_check_is_understood_and_answers(text: str, facts: dict[str, Any]) -> None:
    if check_condition(text, DECLARED):
        return
    cel.compile(text)  # plain CEL, as any other implementation reads it
    trace = compile_condition(text).trace(facts)
    assert trace.result is compile_condition(text).test(facts)
    # The only things that cannot be said are about what was not filled in, and divisions by zero or beyond numbers.
    if trace.unknown and not any(v is None for v in trace.inputs.values()):
        assert any(sign in text for sign in "/%*+-")


@given(st.text(st.sampled_from("form.area'\"()[]{}!&|<>=+-*/%?:, 1u在\\\n")))
def test_no_text_gets_past_as_anything_but_a_problem_or_a_condition(text: str) -> None:
    if not check_condition(text, {"form.area": "number"}):
        assert compile_condition(text).test({}) in {True, False}
