"""Types of conditions: walks a tree once against declared facts.

Collects what is wrong, what is read, and the edits that make the text plain CEL for the evaluator (null tests for
`has`, doubles beside a form's numbers).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tongban.engine.conditions.tree import Node

# Facts of the case itself: name -> type name.
CASE_FACTS: Mapping[str, str] = MappingProxyType(
    {"channel": "string", "kind": "string", "secrecy": "int", "applicant_kind": "string", "result": "string"}
)
ROOTS = ("form", "outcome", "votes", "case", "materials")

MACROS = frozenset({"exists", "all", "exists_one", "filter", "map"})
METHODS = frozenset({"startsWith", "endsWith", "contains", "matches", "size"}) | MACROS
FUNCTIONS = frozenset({"size", "has"})


@dataclass(frozen=True, slots=True)
class ConditionProblem:
    """One thing wrong with a condition; `at` is the character (from 0) where it shows."""

    code: str
    message: str
    at: int = 0


_WORDS = {
    "bool": "是/否", "int": "整数", "number": "数值", "string": "文字", "date": "日期", "datetime": "时间",
    "null": "空值", "list": "列表", "map": "对照表", "dyn": "任意值",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Type:
    name: str
    item: "Type | None" = None
    choices: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def words(self) -> str:
        return _WORDS[self.name]

    @property
    def numeric(self) -> bool:
        return self.name in ("int", "number", "dyn")

    @property
    def textual(self) -> bool:
        return self.name in ("string", "date", "datetime", "dyn")


_DYN, _BOOL, _INT, _NUMBER, _STRING, _NULL = (
    Type(n) for n in ("dyn", "bool", "int", "number", "string", "null")
)
BLOCKING = frozenset(
    {"condition_unknown_name", "condition_unknown_function", "condition_unsupported", "condition_whole_form"}
)


def _declared_type(name: str, *, nullable: bool) -> Type:
    head, _, tail = name.partition(":")
    choices = tuple(tail.split("|")) if tail else ()
    if head == "choice":
        return Type("string", None, choices, nullable)
    if head == "choices":
        return Type("list", Type("string", None, choices), (), nullable)
    if head in ("list", "map"):
        return Type(head, _DYN, (), nullable)
    if head in ("string", "int", "number", "bool", "date", "datetime"):
        return Type("number" if head == "int" and nullable else head, None, (), nullable)
    return _DYN


class Checker:
    """Walks a tree once: types, problems, the facts it reads, and the edits that make its text plain CEL.

    `declared` None means that fields are not known yet: names and functions are checked, types as far as they show.
    """

    def __init__(self, declared: Mapping[str, str] | None) -> None:
        self.declared = declared
        self.problems: list[ConditionProblem] = []
        self.reads: dict[
            tuple[str, str, tuple[str, ...]], Any
        ] = {}  # variable, root, path -> value when absent
        self.edits: list[tuple[int, int, str]] = []
        self.bound: dict[str, Type] = {}

    def problem(self, code: str, message: str, node: Node) -> Type:
        self.problems.append(ConditionProblem(code, message, node.start))
        return _DYN

    def type_of(self, node: Node) -> Type:  # noqa: C901, PLR0912 -- one case for each operator of the language
        """The type of a node; "dyn" after a problem, so that one mistake is told once."""
        if node.op == "literal":
            return self._literal(node.value)
        if node.op == "paren":
            return self.type_of(node.args[0])
        if node.op in ("name", "select", "index"):
            return self._path(node)
        if node.op == "list":
            kinds = [self.type_of(a) for a in node.args]
            same = len({k.name for k in kinds}) == 1
            return Type("list", kinds[0] if same else _DYN)
        if node.op in ("call", "method"):
            return self._call(node)
        if node.op in ("||", "&&"):
            return self._all_bool(node.args, "“并且”（&&）、“或者”（||）两边")
        if node.op == "not":
            return self._all_bool(node.args, "“非”（!）后面")
        if node.op == "?:":
            self._all_bool(node.args[:1], "“?”前面")
            yes, no = self.type_of(node.args[1]), self.type_of(node.args[2])
            if yes.name != no.name and _DYN not in (yes, no):
                return self.problem(
                    "condition_type", f"“?:”两种结果类型不同：{yes.words}与{no.words}。", node
                )
            return yes
        if node.op == "neg":
            inner = self.type_of(node.args[0])
            if not inner.numeric:
                return self.problem("condition_type", f"负号后面应当是数值，现在是{inner.words}。", node)
            return inner
        if node.op in ("+", "-", "*", "/", "%"):
            return self._arithmetic(node)
        if node.op == "in":
            return self._membership(node)
        return self._comparison(node)

    @staticmethod
    def _literal(value: Any) -> Type:
        if value is None:
            return _NULL
        if isinstance(value, bool):
            return _BOOL
        return _INT if isinstance(value, int) else _NUMBER if isinstance(value, float) else _STRING

    def _all_bool(self, nodes: tuple[Node, ...], where: str) -> Type:
        for node in nodes:
            kind = self.type_of(node)
            if kind.name not in ("bool", "dyn"):
                self.problem("condition_type", f"{where}应当是“是/否”，现在是{kind.words}。", node)
        return _BOOL

    # Facts

    def _path(self, node: Node) -> Type:
        steps: list[str] = []
        here = node
        while here.op in ("select", "index"):
            if here.op == "select":
                steps.append(here.value)
            elif here.args[1].op == "literal" and isinstance(here.args[1].value, str):
                steps.append(here.args[1].value)
            else:
                break
            here = here.args[0]
        if here.op != "name":
            return self._beyond(node)
        root, path = here.value, tuple(reversed(steps))
        if root in self.bound:
            return self._below(self.bound[root], len(path))
        if root not in ROOTS:
            return self.problem(
                "condition_unknown_name",
                f"不认识“{root}”。可以用：{'、'.join(ROOTS)}（文字请加引号）。",
                here,
            )
        return self._fact(root, path, node, here)

    def _beyond(self, node: Node) -> Type:
        """A field or item of something that is not a plain path of names."""
        inner = self.type_of(node.args[0])
        if node.op == "index":
            self.type_of(node.args[1])
        if inner.name not in ("list", "map", "dyn"):
            return self.problem("condition_type", f"不能从{inner.words}里取下一级内容。", node)
        return inner.item or _DYN

    @staticmethod
    def _below(kind: Type, steps: int) -> Type:
        for _ in range(steps):
            kind = kind.item or _DYN
        return kind

    def _fact(self, root: str, path: tuple[str, ...], node: Node, name: Node) -> Type:
        depth = 2 if root == "votes" else 1
        if not path and root in ("form", "case"):
            return self.problem("condition_whole_form", f"不能整体使用“{root}”，请写明是哪一项。", node)
        if len(path) > depth and root != "form":
            return self.problem("condition_unknown_field", f"“{root}.{'.'.join(path)}”层级过多。", node)
        kind = self._field_type(root, path, node) if path else _DYN
        if len(path) < depth:
            self.reads[(f"all_{root}", root, path)] = {}
            self.edits.append((name.start, name.end, f"all_{root}"))
            counts = Type("map", _INT)
            return Type("map", _STRING) if root != "votes" else counts if path else Type("map", counts)
        absent: Any = None if root == "form" else 0 if kind.name == "int" else ""
        self.reads[(root, root, path[:depth])] = absent
        return self._below(kind, len(path) - depth)

    def _field_type(self, root: str, path: tuple[str, ...], node: Node) -> Type:
        known = f"{root}.{path[0]}"
        if self.declared is None:
            if root == "form":
                return Type("dyn", nullable=True)
            return (
                _declared_type(CASE_FACTS.get(path[0], "string"), nullable=False)
                if root == "case"
                else (_INT if root == "votes" else _STRING)
            )
        if known not in self.declared:
            nouns = {"form": "表单里没有", "outcome": "流程里没有会得出结果的环节", "votes": "流程里没有会签环节",
                     "case": "办件没有", "materials": "材料清单里没有"}  # fmt: skip
            near = sorted(k.removeprefix(f"{root}.") for k in self.declared if k.startswith(f"{root}."))
            hint = f"可以用：{'、'.join(near[:12])}。" if near else ""
            return self.problem("condition_unknown_field", f"{nouns[root]}“{path[0]}”。{hint}", node)
        if root == "votes":
            head, _, tail = self.declared[known].partition(":")
            if head == "choice" and len(path) == 2 and tail and path[1] not in tail.split("|"):
                return self.problem(
                    "condition_unknown_field",
                    f"环节“{path[0]}”没有结果“{path[1]}”。可以用：{tail.replace('|', '、')}。",
                    node,
                )
            return _INT
        if root == "materials" and self.declared[known] in ("string", "map"):
            return Type("string", None, ("supplied", "shared", "later", "passed", "failed", ""))
        return _declared_type(self.declared[known], nullable=root == "form")

    # Functions

    def _call(self, node: Node) -> Type:
        known = FUNCTIONS if node.op == "call" else METHODS
        if node.value not in known:
            names = "、".join(sorted(FUNCTIONS | METHODS))
            return self.problem(
                "condition_unknown_function", f"没有函数“{node.value}”。可以用：{names}。", node
            )
        if node.value == "has":
            return self._has(node)
        if node.value in MACROS:
            return self._macro(node)
        if node.value == "size":
            if len(node.args) != 1:
                return self.problem("condition_type", "size 需要一个列表。", node)
            kind = self.type_of(node.args[0])
            if kind.name not in ("list", "map", "dyn"):
                return self.problem("condition_type", f"size 用于列表，不能用于{kind.words}。", node)
            return _INT
        kinds = [self.type_of(a) for a in node.args]
        if len(kinds) != 2 or not all(k.textual for k in kinds):
            if node.value == "contains" and kinds and kinds[0].name == "list":
                return self.problem("condition_type", "判断列表里有没有某项，请写“值 in 列表”。", node)
            return self.problem("condition_type", f"{node.value} 用于文字，括号里写一段文字。", node)
        if node.value == "matches":
            self._pattern(node.args[1])
        return _BOOL

    def _pattern(self, node: Node) -> None:
        if node.op != "literal" or not isinstance(node.value, str):
            self.problem("condition_unsupported", "matches 的括号里只能直接写出格式。", node)
            return
        try:
            import cel  # late: see conditions/__init__.py

            cel.evaluate("''.matches(p)", {"p": node.value})
        except (RuntimeError, ValueError):
            self.problem("condition_unsupported", f"格式“{node.value}”（正则表达式）写得不对。", node)

    def _has(self, node: Node) -> Type:
        target = node.args[0] if len(node.args) == 1 else None
        if target is None or target.op != "select":
            return self.problem("condition_unsupported", "has 的括号里写一项内容，如 has(form.area)。", node)
        before = len(self.problems)
        self._path(target)
        if len(self.problems) > before:
            return _BOOL
        absent = self.reads.get(self._read_key(target), _BOOL)
        if absent not in (None, "", 0):
            return self.problem("condition_unsupported", "has 只用于某一项内容，如 has(form.area)。", node)
        self.edits.append((node.start, target.start, "("))
        self.edits.append((target.end, node.end, f" != {'null' if absent is None else repr(absent)})"))
        return _BOOL

    @staticmethod
    def _read_key(node: Node) -> tuple[str, str, tuple[str, ...]]:
        steps: list[str] = []
        while node.op in ("select", "index"):
            steps.append(node.value if node.op == "select" else str(node.args[1].value))
            node = node.args[0]
        return str(node.value), str(node.value), tuple(reversed(steps))

    def _macro(self, node: Node) -> Type:
        if len(node.args) != 3 or node.args[1].op != "name":
            return self.problem(
                "condition_unsupported", f"{node.value} 写成 列表.{node.value}(x, 关于 x 的条件)。", node
            )
        listed = self.type_of(node.args[0])
        if listed.name not in ("list", "map", "dyn"):
            return self.problem("condition_type", f"{node.value} 用于列表，不能用于{listed.words}。", node)
        name = node.args[1].value
        if name in ROOTS or name in self.bound:
            return self.problem(
                "condition_unsupported", f"“{name}”已有别的含义，请换一个名称。", node.args[1]
            )
        if self.bound:
            return self.problem("condition_unsupported", "遍历里不能再套遍历。", node)
        self.bound[name] = _STRING if listed.name == "map" else listed.item or _DYN
        body = self.type_of(node.args[2])
        del self.bound[name]
        if node.value == "map":
            return Type("list", body)
        if body.name not in ("bool", "dyn"):
            return self.problem(
                "condition_type", f"{node.value} 里的条件应当是“是/否”，现在是{body.words}。", node.args[2]
            )
        return Type("list", listed.item) if node.value == "filter" else _BOOL

    # Operators

    def _arithmetic(self, node: Node) -> Type:
        left, right = (self.type_of(a) for a in node.args)
        if node.op == "+" and left.name in ("string", "list") and left.name == right.name:
            return left
        if not left.numeric or not right.numeric:
            return self.problem(
                "condition_type", f"“{node.op}”两边应当是数值，现在是{left.words}与{right.words}。", node
            )
        if node.op == "%":
            if "number" in (left.name, right.name) or left.nullable or right.nullable:
                return self.problem("condition_type", "“%”（取余）只用于计数，不能用于填写的数值。", node)
            return _INT
        if left.name == right.name == "int":
            return _INT
        # Numbers of a form are doubles and CEL does not mix them with integers: a whole number written beside one is
        # made a double.
        for side, kind in zip(node.args, (left, right), strict=True):
            if kind.name != "int":
                continue
            literal = self._bare(side)
            if literal is None:
                return self.problem("condition_type", "计数（size、votes）不能与填写的数值直接运算。", node)
            self.edits.append((literal.start, literal.end, repr(float(literal.value))))
        return _NUMBER

    @staticmethod
    def _bare(node: Node) -> Node | None:
        while node.op in ("paren", "neg"):
            node = node.args[0]
        return node if node.op == "literal" else None

    def _membership(self, node: Node) -> Type:
        item, listed = (self.type_of(a) for a in node.args)
        if listed.name not in ("list", "map", "dyn"):
            return self.problem("condition_type", f"in 后面应当是列表，现在是{listed.words}。", node)
        if listed.name == "map" and not item.textual:
            return self.problem("condition_type", "in 前面应当是文字。", node)
        if listed.name == "list" and listed.item and not _alike(item, listed.item):
            return self.problem(
                "condition_type", f"in 两边不是一类内容：{item.words}与{listed.item.words}。", node
            )
        if node.args[1].op == "list":
            for each in node.args[1].args:
                self._choice(item, each)
        elif listed.item:
            self._choice(listed.item, node.args[0])
        return _BOOL

    def _comparison(self, node: Node) -> Type:
        left, right = (self.type_of(a) for a in node.args)
        if node.op in ("==", "!="):
            if _NULL in (left, right):
                other = right if left == _NULL else left
                if not other.nullable and other.name not in ("dyn", "null"):
                    return self.problem(
                        "condition_type", "只有表单里的内容会是空值；这里不会，请写 == ''。", node
                    )
            elif not _alike(left, right):
                return self.problem("condition_type", f"不能比较{left.words}与{right.words}。", node)
            self._choice(left, node.args[1])
            self._choice(right, node.args[0])
        elif not (left.numeric and right.numeric) and not (left.textual and right.textual):
            return self.problem("condition_type", f"“{node.op}”不能比较{left.words}与{right.words}。", node)
        for kind, beside in ((left, node.args[1]), (right, node.args[0])):
            if kind.name in ("date", "datetime") and beside.op == "literal" and isinstance(beside.value, str):
                self._dated(kind, beside)
        return _BOOL

    def _choice(self, kind: Type, node: Node) -> None:
        if (
            kind.choices
            and node.op == "literal"
            and isinstance(node.value, str)
            and node.value not in kind.choices
        ):
            if node.value == "" and not kind.nullable:
                return  # "" is the value of an outcome that is not there yet
            names = "、".join(c for c in kind.choices if c)
            self.problem("condition_unknown_choice", f"没有“{node.value}”这个选项。可以用：{names}。", node)

    def _dated(self, kind: Type, node: Node) -> None:
        pattern = r"\d{4}-\d{2}-\d{2}" + (r"(T.*)?" if kind.name == "datetime" else "")
        if not re.fullmatch(pattern, node.value):
            self.problem("condition_type", f"日期请写成 2026-01-31 的样子，现在是“{node.value}”。", node)


def _alike(left: Type, right: Type) -> bool:
    if "dyn" in (left.name, right.name) or "null" in (left.name, right.name):
        return True
    return left.name == right.name or (left.numeric and right.numeric) or (left.textual and right.textual)


def rewrite(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each (start, end, new) put in its place; edits never overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
