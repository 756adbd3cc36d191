"""docs/reference/case-commands.md and events.md say what the machine takes and gives."""

import ast

from tests.documents import SOURCES, page, quoted, rows, sections
from tongban.engine.machine.apply import EVENTS
from tongban.engine.machine.decide import AFTER_CLOSING, COMMANDS

BY_PERFORM = {"form"}  # taken out of the data by the service, before the machine sees it


def test_every_event_type_is_listed_and_no_other():
    listed = {
        code for name, part in sections(page("reference/events.md"), 2).items() for code in rows(part) if name
    }
    assert listed >= EVENTS, f"not in events.md: {sorted(EVENTS - listed)}"
    assert listed <= EVENTS, f"in events.md, but no event: {sorted(listed - EVENTS)}"


def test_every_command_of_a_case_is_listed_and_no_other():
    listed = set(rows(page("reference/case-commands.md")))
    assert listed >= set(COMMANDS), f"not in case-commands.md: {sorted(set(COMMANDS) - listed)}"
    assert listed <= set(COMMANDS), f"in case-commands.md, but no command: {sorted(listed - set(COMMANDS))}"


def test_every_data_field_that_the_machine_reads_is_listed():
    described = rows(page("reference/case-commands.md")).values()
    listed = {name.rstrip("?") for cells in described for name in quoted(cells[1])} | {"force"}
    read = fields_read() | BY_PERFORM
    assert len(read) > len(COMMANDS), "does this test still know how the machine reads its data?"
    assert listed >= read, f"read by the machine, not in case-commands.md: {sorted(read - listed)}"


def test_every_event_that_a_command_is_said_to_write_exists():
    told = {code for cells in rows(page("reference/case-commands.md")).values() for code in quoted(cells[3])}
    assert {code for code in told if "." in code} <= EVENTS


def test_what_is_taken_after_the_end_is_named():
    last = page("reference/case-commands.md").rstrip().splitlines()[-1]
    assert set(quoted(last)) == AFTER_CLOSING


def fields_read():
    """Names in `run.text("…")`, `run.data.get("…")`, `data["…"]` and `"…" in run.data`."""
    found = set()
    for path in (SOURCES / "engine" / "machine").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name: ast.expr | None = None
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "run.text",
                "run.data.get",
                "data.get",
            }:
                name = node.args[0]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in {"run.data", "data"}:
                name = node.slice
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) in {"run.data", "data"}:
                name = node.left
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(name.value)
    return found
