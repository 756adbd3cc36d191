"""docs/explanation/dependencies.md has a row for every library that pyproject.toml and package.json name."""

import json
import re
import tomllib

import pytest

from tests.documents import ROOT, page, quoted, rows, sections

PARTS = sections(page("explanation/dependencies.md"), 2)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9._-]+", text)[0] for text in requirements}


def test_every_library_in_service_has_its_row_and_no_other():
    needed, listed = names(PROJECT["project"]["dependencies"]), set(rows(PARTS["In service"]))
    assert needed == listed, f"differ: {sorted(needed ^ listed)}"


@pytest.mark.parametrize(
    "heading", ["In service", "Only where the machine has none", "Only where a Spark cluster is asked"]
)
def test_each_row_says_what_it_replaces_its_licence_its_upkeep_and_its_size(heading):
    for library, cells in rows(PARTS[heading]).items():
        assert len(cells) == 5, library
        assert all(cells), f"{library}: an empty cell"
        assert re.match(r"\d", cells[-1]), f"{library}: no size"


def test_every_library_of_the_other_groups_is_listed():
    groups = PROJECT["dependency-groups"]
    where = rows(PARTS["Only where the machine has none"])
    assert names(groups["spark"]) == set(rows(PARTS["Only where a Spark cluster is asked"]))
    tests = rows(PARTS["For development and tests"])
    assert names(groups["install"]) | names(groups["postgres"]) | names(groups["node"]) == set(where)
    assert names(groups["dev"]) <= set(tests), f"missing: {sorted(names(groups['dev']) - set(tests))}"


def test_every_front_end_package_is_named():
    packages = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    named = set(quoted(page("explanation/dependencies.md")))
    assert {*packages["dependencies"], *packages["devDependencies"]} <= named
