"""docs/reference/refusals.md lists exactly the codes that the code can answer with."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import SOURCES, page, rows, sections

RAISERS = frozenset({"Refused", "RegistryRefused", "FileRefused", "DocumentRefused", "refuse"})
PLACES = {
    "Cases and flows": ("engine",),
    "Supervision": ("platforms/supervision",),
    "Bulletin": ("faces/bulletin",),
    "Reporting": ("platforms/reporting",),
    "Documents": ("platforms/papers",),
    "Consultation": ("platforms/consultation",),
    "Disclosure on request": ("platforms/inquiry",),
    "Payment orders": ("platforms/fees",),
    "Lobby": ("faces/lobby",),
    "Notices": ("platforms/notices",),
    "Rating": ("platforms/rating",),
    "Registry": ("registry",),
    "Files": ("base/files",),
    "Disclosure": ("platforms/disclosure",),
}


@pytest.mark.parametrize("heading", PLACES)
def test_every_refusal_of_the_code_is_listed_and_no_other(heading):
    listed = set(rows(sections(page("reference/refusals.md"), 2)[heading]))
    raised = {code for place in PLACES[heading] for code in codes_under(SOURCES / place)}
    assert raised, f"no refusal found under {PLACES[heading]}: does this test still know how they are raised?"
    assert listed >= raised, f"not in refusals.md under “{heading}”: {sorted(raised - listed)}"
    assert listed <= raised, f"in refusals.md under “{heading}”, raised nowhere: {sorted(listed - raised)}"


def test_a_refusal_passed_on_as_a_tuple_is_seen_too():
    tree = ast.parse(
        'WRONG = {1: ("first", "…"), 2: ("second", "…")}\nif a:\n    b = ("third", "…")\n'
        "raise Refused(*WRONG[1])\nraise run.refuse(*b)\nraise Refused('fourth', '…')\n"
        "def wrong():\n    return 'fifth', '…'\nc = wrong()\nraise Refused(*c)"
    )
    assert set(codes_in(tree)) == {"first", "second", "third", "fourth", "fifth"}


def codes_under(folder: Path) -> set[str]:
    return {
        code
        for path in folder.rglob("*.py")
        for code in codes_in(ast.parse(path.read_text(encoding="utf-8")))
    }


def codes_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and called(node) in RAISERS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.Starred):
                yield from tuples_named(tree, root(first.value))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def root(node: ast.expr) -> str:
    return root(node.value) if isinstance(node, ast.Subscript) else getattr(node, "id", "")


def tuples_named(tree: ast.Module, name: str) -> Iterator[str]:
    """First elements of the tuples a name may stand for: assigned, values of a dictionary, given by a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == name for t in node.targets):
            yield from firsts(tree, node.value)


def firsts(tree: ast.Module, value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.Tuple) and isinstance(value.elts[0], ast.Constant):
        yield str(value.elts[0].value)
    elif isinstance(value, ast.Dict):
        for one in value.values:
            yield from firsts(tree, one)
    elif isinstance(value, ast.Call):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == called(value):
                for answer in ast.walk(node):
                    if isinstance(answer, ast.Return):
                        yield from firsts(tree, answer.value)
