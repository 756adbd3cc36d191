"""Conditions of flows and matters: CEL over declared facts, checked when a person publishes, fast when a case runs.

The Rust library evaluates; it has no type checker and shows no syntax tree, so the tree, the checks and their Chinese
words live here. Facts: `form` (fields filled in), `outcome` (step -> how it came out), `votes` (step -> outcome ->
count), `case` (channel, kind, secrecy, applicant_kind, result) and `materials` (material -> its state).

What is absent is defined: a form field is null, an outcome, material or text of the case is "", a count is 0.
What cannot be worked out (an absent number compared by size, a division by zero) is not satisfied.
Not for fees or decision tables. Pure: imports neither Django nor the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tongban.engine.conditions.checker import BLOCKING, CASE_FACTS, ROOTS, Checker, ConditionProblem, rewrite
from tongban.engine.conditions.tree import MAX_LENGTH, ConditionError, parse

if TYPE_CHECKING:
    import cel

__all__ = [
    "CASE_FACTS", "MAX_LENGTH", "ROOTS", "Condition", "ConditionError", "ConditionProblem", "Trace",
    "check_condition", "compile_condition", "form_facts", "form_types",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """An evaluation that can be shown and kept: what was read and what came out.

    `unknown` says why the condition could not be worked out (it then counts as not satisfied), "" when it could.
    """

    text: str
    result: bool
    inputs: Mapping[str, Any]
    unknown: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A compiled condition; equal texts give the same object. `variables` are the facts it reads, as "form.area"."""

    text: str
    variables: frozenset[str]
    _reads: tuple["_Read", ...]
    _program: "cel.Program"

    def test(self, facts: Mapping[str, Any]) -> bool:
        """Whether the condition holds for these facts. Never raises for what a case may contain."""
        try:
            return self._program.execute(self._context(facts)) is True
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
            return False

    def trace(self, facts: Mapping[str, Any]) -> Trace:
        """`test` with its reasons, for an evaluation that has legal effect."""
        context = self._context(facts)
        inputs: dict[str, Any] = {}
        for read in self._reads:
            value: Any = context[read.variable]
            for step in read.path:
                value = value[step]
            inputs[read.name] = value
        try:
            result, unknown = self._program.execute(context) is True, ""
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            result, unknown = False, _why_unknown(error, inputs)
        return Trace(self.text, result, MappingProxyType(inputs), unknown)

    def _context(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = {}
        for read in self._reads:
            value: Any = facts.get(read.root)
            for step in read.path:
                value = value.get(step) if isinstance(value, Mapping) else None
            value = read.absent if value is None else _plain(value, real=read.root == "form")
            if not read.path:
                context[read.variable] = value
                continue
            target = context.setdefault(read.variable, {})
            for step in read.path[:-1]:
                target = target.setdefault(step, {})
            target[read.path[-1]] = value
        return context


@dataclass(frozen=True, slots=True)
class _Read:
    """One fact a condition reads.

    A map that is gone through as a whole has a variable of its own, so that the absent values filled in for other reads
    do not show up among its keys.
    """

    variable: str
    root: str
    path: tuple[str, ...]
    absent: Any

    @property
    def name(self) -> str:
        return ".".join((self.root, *self.path))


@lru_cache(maxsize=4096)
def compile_condition(text: str) -> Condition:
    """Compile a condition once. Its syntax, names and functions are checked; its types only by `check_condition`.

    Raises ConditionError.
    """
    tree = parse(text)
    checker = Checker(None)
    checker.type_of(tree)
    blocking = [p for p in checker.problems if p.code in BLOCKING]
    if blocking:
        raise ConditionError(blocking[0].code, blocking[0].message, blocking[0].at)
    try:
        import cel  # late: it brings a command line of its own, which takes a second to load

        program = cel.compile(rewrite(text, checker.edits))
    except ValueError as error:
        raise ConditionError("condition_syntax", "条件无法读懂，请检查括号、引号和运算符。") from error
    reads = tuple(_Read(*key, absent) for key, absent in sorted(checker.reads.items()))
    return Condition(text, frozenset(read.name for read in reads), reads, program)


def check_condition(text: str, declared: Mapping[str, str]) -> list[ConditionProblem]:
    """Everything wrong with a condition, before anybody meets it.

    `declared` maps a fact ("form.area", "outcome.review", "votes.cosign", "materials.plan") to a type name: string,
    int, number, bool, date, datetime, list, map, or "choice:a|b" and "choices:a|b" for one or several of a list.
    The facts of CASE_FACTS are always declared. Answers an empty list when the condition may be published.
    """
    try:
        tree = parse(text)
    except ConditionError as error:
        return [ConditionProblem(error.code, error.message, error.at)]
    checker = Checker({**{f"case.{k}": v for k, v in CASE_FACTS.items()}, **declared})
    kind = checker.type_of(tree)
    if not checker.problems and kind.name not in ("bool", "dyn"):
        checker.problem("condition_not_bool", f"条件的结果应当是“是”或“否”，现在得到的是{kind.words}。", tree)
    if not checker.problems:
        try:
            compile_condition(text)
        except ConditionError as error:
            checker.problems.append(ConditionProblem(error.code, error.message, error.at))
    return checker.problems


_NUMBERS = {"number", "integer", "int", "decimal", "money", "amount", "float"}
_TRUTHS = {"bool", "boolean", "yesno", "switch", "agree"}
_SEVERAL = {"checkboxes", "multiselect", "multi", "choices", "multichoice"}
_ONE = {"select", "radio", "choice", "dropdown"}
_ROWS = {"table", "rows", "list", "files"}
_PLAIN = {"date", "datetime", "map"}


def form_types(fields: Mapping[str, Any]) -> dict[str, str]:
    """What a form declares: "form.<name>" -> type name, from fields given as a type name or {"type", "options"}."""
    return {f"form.{name}": _type_of(field) for name, field in fields.items()}


def _type_of(field: Any) -> str:
    kind = field if isinstance(field, str) else str(field.get("type", "text"))
    if kind in _NUMBERS:
        return "number"
    if kind in _TRUTHS:
        return "bool"
    if kind in _ROWS:
        return "list"
    if kind in _PLAIN or kind.startswith(("choice:", "choices:")):
        return kind
    if kind not in _SEVERAL and kind not in _ONE and kind != "checkbox":
        return "string"
    options = () if isinstance(field, str) else _option_values(field.get("options") or ())
    if kind in _ONE:
        return "choice:" + "|".join(options) if options else "string"
    if options:
        return "choices:" + "|".join(options)
    return "bool" if kind == "checkbox" else "list"


def form_facts(fields: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The `form` facts of a case, in the types the form declares; text that is no number, and "", is absent."""
    facts: dict[str, Any] = {}
    for name, field in fields.items():
        value = data.get(name)
        if value is None or value == "":
            continue
        kind = _type_of(field) if isinstance(value, str) else ""  # other values have the type they need
        if kind == "number":
            try:
                number = Decimal(value)
            except ArithmeticError:
                continue
            if number.is_finite():
                facts[name] = number
        elif kind == "bool":
            facts[name] = value.lower() in ("true", "1", "yes", "on", "是")
        else:
            facts[name] = value
    return facts


def _option_values(options: Any) -> list[str]:
    return [str(o["value"]) if isinstance(o, Mapping) else str(o) for o in options]


def _plain(value: Any, *, real: bool) -> Any:
    """A value as CEL takes it: every number of a form is a double, dates are ISO text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Decimal):
        return float(value) if real or not isinstance(value, int) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v, real=real) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v, real=real) for v in value]
    return str(value)


def _why_unknown(error: Exception, inputs: Mapping[str, Any]) -> str:
    absent = sorted(k for k, v in inputs.items() if v is None)
    if absent:
        return f"未填写：{'、'.join(absent)}"
    return "除数为零" if isinstance(error, ZeroDivisionError) else "填写的内容与条件要求的类型不符"
