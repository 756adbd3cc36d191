"""What the rules of a package ask, each answer with its fault: texts, rows, choices, limits, keys, conditions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeGuard

from tongban.registry.package.words import (
    UNITS,
    Known,
)
from tongban.registry.reports import Problem

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


@dataclass(slots=True)
class Questions:
    """A package, what an installation knows, and the faults found so far."""

    data: Any
    known: Known
    found: list[Problem] = field(default_factory=list)

    def say(self, path: str, code: str, why: str, mend: str) -> Literal[False]:
        """Note an error; False, so that a rule can end with it."""
        self.found.append(Problem(path, code, why, mend))
        return False

    def warn(self, path: str, code: str, why: str, mend: str) -> None:
        """Note a warning."""
        self.found.append(Problem(path, code, why, mend, "warning"))

    def rows(self, name: str) -> Sequence[Mapping[str, Any]]:
        """The rows of a list, none where it is not one, which is noted."""
        value = self.data.get(name) or []
        if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
            return value
        self.say(name, "shape.type", "应为对象的列表", "对照数据包说明改正")
        return ()

    def text(self, path: str, longest: int, *, required: bool = True) -> None:
        """A text at a dotted path, not longer than this."""
        value: Any = self.data
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value in (None, "") and not required:
            return
        if not filled(value):
            self.say(path, "shape.missing", "必填", "补充该项")
        elif len(value) > longest:
            self.say(path, "shape.value", f"超过 {longest} 个字符", "缩短")

    def row_text(self, path: str, value: Any, longest: int) -> None:
        """A text of a row, which may be absent."""
        if value is None:
            return
        if not isinstance(value, str):
            self.say(path, "shape.type", "应为文本", "改为文本")
        elif len(value) > longest:
            self.say(path, "shape.value", f"超过 {longest} 个字符", "缩短")

    def choice(self, path: str, value: Any, allowed: Sequence[Any]) -> None:
        """One of these values."""
        if isinstance(value, bool) or value not in allowed:
            self.say(path, "shape.value", f"{value!r} 不在代码表内", "取值为 " + "、".join(map(str, allowed)))

    def limit(self, path: str, value: Any, *, required: bool = True) -> None:
        """A limit: a whole number and a unit."""
        if value is None and not required:
            return
        if not isinstance(value, Mapping):
            self.say(path, "shape.type", "时限应写明数量和单位", '写成 {"amount": 5, "unit": "workday"}')
            return
        if not is_count(value.get("amount")):
            self.say(f"{path}.amount", "shape.type", "时限的数量应为不小于 0 的整数", "改为整数")
        self.choice(f"{path}.unit", value.get("unit"), sorted(UNITS))

    def amount(self, value: Any) -> tuple[int, str] | None:
        if isinstance(value, Mapping) and is_count(value.get("amount")) and value.get("unit") in UNITS:
            return value["amount"], value["unit"]
        return None

    def keys(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        seen: set[str] = set()
        for n, row in enumerate(rows):
            key = row.get("key")
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                self.say(
                    f"{name}[{n}].key",
                    "key.unsafe",
                    f"标识 {key!r} 不合规",
                    "以字母开头，只含字母、数字、下划线和连字符",
                )
            elif key in seen:
                self.say(f"{name}[{n}].key", "key.repeated", f"标识 {key} 重复", "同一列表内每个标识只用一次")
            else:
                seen.add(key)

    def expression(self, path: str, text: Any, names: set[str]) -> None:
        try:
            roots = set(_compile(str(text)).variables()) - {"form", "case", "materials"}
            asked = set(
                re.findall(r"\bform\.([A-Za-z_]\w*)", str(text))
            )  # the facts the engine gives a condition
            unknown = sorted(roots | (asked - names))
        except ValueError as error:
            self.say(
                path,
                "material.when_unreadable",
                f"条件表达式不能读取：{error}",
                "改正表达式，如 form.app_type == '法人'",
            )
            return
        if unknown:
            self.say(
                path,
                "form.unknown_field",
                f"条件引用了不存在的字段：{'、'.join(unknown)}",
                "改为表单中已有的字段名",
            )

    def field_condition(self, path: str, when: Any, seen: Mapping[str, Mapping[str, Any]]) -> None:
        if not isinstance(when, Mapping) or len({"equals", "contains"} & set(when)) != 1:
            self.say(
                path, "shape.type", "显示条件应写明字段和取值", '写成 {"field": …, "equals": …} 或 contains'
            )
            return
        if when.get("field") not in seen:
            self.say(
                path,
                "form.unknown_field",
                f"条件引用的字段 {when.get('field')!r} 不存在或排在后面",
                "引用排在前面的字段",
            )
            return
        if seen[when["field"]].get("type") == "table":
            self.say(path, "form.unknown_option", "条件不能引用表格", "引用排在前面的一道选择题")
            return
        asked = when.get("equals", when.get("contains"))
        options = seen[when["field"]].get("options")
        if isinstance(options, list) and options and asked not in options:
            self.say(
                path,
                "form.unknown_option",
                f"条件的取值 {asked!r} 不在该字段的选项中",
                "改为该字段的一个选项",
            )


def filled(value: Any) -> bool:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_count(value: Any) -> TypeGuard[int]:
    """Whether it is a whole number, not below 0, that the database keeps."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 32767


def is_money(value: Any) -> bool:
    """Whether it is an amount in yuan as text, with two decimals at most."""
    if not isinstance(value, str):
        return False
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return False
    exponent = amount.as_tuple().exponent
    return (
        amount.is_finite()
        and amount >= 0
        and isinstance(exponent, int)
        and exponent >= -2
        and amount < 10**10
    )


def _compile(text: str) -> Any:
    import cel  # late: it brings a command line of its own along, a second of every start

    return cel.compile(text)
