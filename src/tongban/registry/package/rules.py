"""The rules an answer is checked by: what each can be written as, and on what it can stand."""

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tongban.base.patterns import pattern
from tongban.registry.answers import range_of
from tongban.registry.package.words import TEXT_TYPES

_DATES, _NUMBERS = frozenset({"date", "datetime"}), frozenset({"number", "integer", "money"})
_STANDS_ON: Mapping[str, frozenset[str]] = {
    "length": TEXT_TYPES,
    "regex": TEXT_TYPES,
    "number": _NUMBERS,
    "date": _DATES,
    "gb11643": frozenset({"idcard"}),
    "gb32100": frozenset({"uscc"}),
}
_BOUND = re.compile(r"(>=|>|<=|<)\s*-?\d+(\.\d+)?")
_BETWEEN = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
#: A date and nothing more is what `YYYY-MM-DD` asks, which the type of the field asks already.
_DAYS = re.compile(r"不晚于当日|不早于当日|不早于次日|距今满\d{1,3}周年|距今满半年|YYYY-MM-DD")
_WRITTEN = {
    "length": "写成 2-30、2- 或 -30",
    "number": "写成 >0、>=1、<10、<=10 中的一个，或 1-100（小的在前）",
    "date": "写成 不晚于当日、不早于当日、不早于次日、距今满18周年、距今满半年，或“晚于”加表单里另一个日期的标题",
}


def faults_of(rule: Any, kind: Any, days: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """(code, why, how to mend) of a rule on a field or column of that type; `days`: the labels of the form's dates."""
    if not rule:
        return
    if not isinstance(rule, Mapping):
        yield "shape.type", "检查应为对象或 null", '写成 {"rule": "length", "constraint": "2-30"}，或删去'
        return
    name = rule.get("rule")
    if not isinstance(name, str) or name not in _STANDS_ON:
        yield "form.rule", f"没有名为 {name!r} 的检查", "取值为 " + "、".join(_STANDS_ON)
        return
    if kind not in _STANDS_ON[name]:
        fitting = "、".join(sorted(_STANDS_ON[name]))
        yield (
            "form.rule",
            f"{kind} 类型的字段不能用 {name} 检查",
            f"字段类型改为 {fitting} 之一，或换一种检查",
        )
    elif name == "regex":
        yield from _pattern(rule)
    elif name in _WRITTEN and not _readable(name, rule.get("constraint"), days):
        yield "form.constraint", f"检查的要求 {rule.get('constraint')!r} 不能读取", _WRITTEN[name]


def _pattern(rule: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    said = rule.get("pattern")
    if not isinstance(said, str) or not said:
        yield "form.pattern", "没有写正则表达式", "写在 pattern 里，不是 constraint"
        return
    try:
        pattern(said)
    except ValueError as error:
        yield (
            "form.pattern",
            f"正则表达式不能读取：{error}",
            "改正正则表达式，不能用环视（?=、?<= 等）和反向引用",
        )


def _readable(name: str, said: Any, days: Collection[str]) -> bool:
    """Whether the page of an application can tell by it what is right."""
    if not isinstance(said, str):
        return False
    if name == "length":
        low, high = range_of(said)
        return (low, high) != (None, None) and (low is None or high is None or low <= high)
    if name == "date":
        return bool(_DAYS.fullmatch(said)) or (said.startswith("晚于") and said.removeprefix("晚于") in days)
    if between := _BETWEEN.fullmatch(said):
        return Decimal(between[1]) <= Decimal(between[2])
    return bool(_BOUND.fullmatch(said))
