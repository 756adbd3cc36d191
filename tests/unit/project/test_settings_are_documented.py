"""docs/reference/settings.md lists every variable and every setting of ours that the program reads, and no other."""

import ast
from collections.abc import Iterator
from functools import cache
from inspect import isfunction, signature

from tests.documents import SOURCES, page, rows, sections
from tongban.project import environment

PAGE = page("reference/settings.md")
ENVIRONMENT = PAGE.partition("\n## ")[0]
INTERNAL = {  # said by our programs to those they start, never by a person
    "TONGBAN_UNDER",  # tongban up
    "TONGBAN_TESTS_OF",  # a worker of the test run
}
READERS = {"get", "getenv", "setdefault", "pop"} | {
    name
    for name, reader in vars(environment).items()
    if isfunction(reader) and "name" in signature(reader).parameters
}


def test_every_variable_is_listed_and_no_other():
    listed = {name for name in rows(ENVIRONMENT) if name.startswith("TONGBAN_")}
    read = collected(variables_in) - INTERNAL
    assert read, "no variable found: does this test still know how they are read?"
    assert listed >= read, f"read in src, not in settings.md: {sorted(read - listed)}"
    assert listed <= read, f"in settings.md, read nowhere: {sorted(listed - read)}"
    assert "DATABASE_URL" in rows(ENVIRONMENT)


def test_every_setting_without_a_variable_is_listed_as_such():
    read = collected(settings_in) - collected(variables_in)
    listed = {
        name for name in rows(sections(PAGE, 2)["In a settings module only"]) if name.startswith("TONGBAN_")
    }
    assert listed == read, f"differ: {sorted(listed ^ read)}"


@cache
def collected(names) -> set[str]:
    """What `names` finds in the sources; only those in which a name of ours stands are parsed."""
    return {
        name
        for path in SOURCES.rglob("*.py")
        if "TONGBAN_" in (text := path.read_text(encoding="utf-8"))
        for name in names(ast.parse(text))
        if name.startswith("TONGBAN_")
    }


def settings_in(tree: ast.Module) -> Iterator[str]:
    """`settings.NAME` and `getattr(settings, "NAME")`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "settings"
        ):
            yield node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            owner, name = node.args[:2]
            if ast.unparse(owner) == "settings" and isinstance(name, ast.Constant):
                yield str(name.value)


def variables_in(tree: ast.Module) -> Iterator[str]:
    """`os.environ["…"]`, `os.environ.get("…")`, and the readers of `project.environment`, named with it or within it."""
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            key = node.slice
        elif isinstance(node, ast.Call) and node.args:
            owner, name = ast.unparse(node.func).rpartition(".")[::2]
            if name in READERS and owner in {"os.environ", "environ", "os", "environment", ""}:
                key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
