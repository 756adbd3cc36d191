"""Cases are asked for through somebody's eyes: outside the engine's own few modules nobody queries them unscoped.

Read from the syntax tree, so that neither an alias nor a line break hides a query. Allowed is `visible_to` first;
whoever holds a case found so may read its own rows (tasks, events). SQL that names the table stays in the engine too.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src/tongban"
#: Who may ask for any case: the engine itself, and the demonstration city, which is written before anybody looks.
INSIDE = ("engine/", "project/demo/")
#: Inside the engine only these ask for cases without a viewer; the rest of it works on a case it was handed.
ENGINE = {
    "engine/queries.py", "engine/store.py", "engine/bulk.py", "engine/figures.py", "engine/ledger/", "engine/attachments.py",
    "engine/models/", "engine/carry.py",
}  # fmt: skip
MANAGERS = {"objects", "_default_manager", "_base_manager"}
SCOPED = "visible_to"
#: And who may name the table in SQL: what brought its rows up to date once, and what alters events to see it found out.
BY_NAME = ("platforms/supervision/migrations/", "simulator/outside.py")
TABLE = re.compile(r'\b(FROM|JOIN|UPDATE|INTO)\s+"?engine_case\b', re.IGNORECASE)


def unscoped(source: str) -> list[int]:
    """Lines where `Case`'s manager is used for anything but `visible_to`."""
    if not any(manager in source for manager in (*MANAGERS, "get_object_or_404", "get_list_or_404")):
        return []
    tree = ast.parse(source)
    names = {"Case"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Case" and alias.asname
    }
    scoped = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == SCOPED
    }
    lines = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in MANAGERS
            and id(node) not in scoped
            and _names_case(node.value, names)
        ):
            lines.append(node.lineno)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"get_object_or_404", "get_list_or_404"}
            and node.args
            and _names_case(node.args[0], names)
        ):
            lines.append(node.lineno)
    return lines


def _names_case(node: ast.expr, names: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    return isinstance(node, ast.Attribute) and node.attr == "Case"


def naming(word: str, *, outside: tuple[str, ...], below: str = "") -> Iterator[tuple[str, str]]:
    """The modules in which the word stands at all, which alone need to be parsed: their path and their text."""
    for path in sorted((SRC / below).rglob("*.py")):
        name, text = str(path.relative_to(SRC)), path.read_text(encoding="utf-8")
        if word in text.lower() and not name.startswith(outside):
            yield name, text


def test_no_module_outside_the_engine_asks_for_cases_unscoped():
    found = [f"{name}:{line}" for name, text in naming("case", outside=INSIDE) for line in unscoped(text)]
    assert not found, f"use Case.objects.visible_to(actor), or a function of engine.queries: {found}"


def test_inside_the_engine_few_modules_do():
    found = [
        f"{name}:{line}"
        for name, text in naming("case", outside=tuple(ENGINE), below="engine")
        for line in unscoped(text)
    ]
    assert not found, f"ask engine.queries instead: {found}"


def test_no_sql_outside_the_engine_names_the_table():
    found = [
        f"{name}:{node.lineno}"
        for name, text in naming("engine_case", outside=(*INSIDE, *BY_NAME))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLE.search(node.value)
    ]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "Case.objects.all()",
        "Case.objects.filter(number=1)",
        "models.Case.objects.get(pk=1)",
        "from tongban.engine.models import Case as C\nC.objects\\\n    .exclude(pk=1)",
        "rows = Case.objects",
        "Case._default_manager.count()",
        "get_object_or_404(Case, number=number)",
        "Case.objects.select_related('org').visible_to(me)",
    ],
)
def test_the_ban_sees_through(source):
    assert unscoped(source)


@pytest.mark.parametrize(
    "source", ["Case.objects.visible_to(me).filter(number=1)", "Other.objects.all()", "Case.Phase.CLOSED"]
)
def test_the_ban_lets_pass(source):
    assert not unscoped(source)
