"""docs/reference/commands.md lists every `tongban` command with every option, and every exit code."""

import argparse
from collections.abc import Iterator

import pytest

from tests.documents import page, quoted, rows, sections
from tongban.base.console import ExitCode
from tongban.project.cli import build_parser

PAGE = page("reference/commands.md")
SECTIONS = {
    title.removeprefix("tongban "): body.partition("\n## ")[0]
    for title, body in sections(PAGE, 3).items()
    if title.startswith("tongban ")
}


def leaves(parser: argparse.ArgumentParser, said: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something: its words, its parser."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield said, parser
    for group in groups:
        for name, child in group.choices.items():
            yield from leaves(child, f"{said} {name}".strip())


COMMANDS = dict(leaves(build_parser()))


def test_every_command_has_a_section_and_no_other():
    assert set(COMMANDS) <= set(SECTIONS), f"not in commands.md: {sorted(set(COMMANDS) - set(SECTIONS))}"
    assert set(SECTIONS) <= set(COMMANDS), (
        f"in commands.md, no command: {sorted(set(SECTIONS) - set(COMMANDS))}"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_options_and_arguments_are_those_of_the_command(command):
    actions = [a for a in COMMANDS[command]._actions if a.help != argparse.SUPPRESS and a.dest != "help"]
    taken = {max(a.option_strings, key=len) if a.option_strings else f"<{a.dest}>" for a in actions}
    listed = set(rows(SECTIONS[command]))
    assert listed == taken, f"tongban {command}: differ in {sorted(listed ^ taken)}"


def test_every_exit_code_is_listed():
    listed = {int(code) for code in rows(sections(PAGE, 2)["Exit codes"])}
    assert listed == {int(code) for code in ExitCode}


def test_commands_named_in_the_page_exist():
    for text in quoted(PAGE):
        words = text.split()
        if words[0] == "tongban" and len(words) > 1 and not words[1].startswith(("-", "<")):
            assert any(text[8:].startswith(command) for command in COMMANDS), text
