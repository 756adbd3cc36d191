"""What every sub-command of `tongban` shares: exit codes, plain or `--json` output, progress bars, errors for people.

Not for: starting anything or knowing the database. A room declares its commands in `<room>/commands.py`:

    def register(subparsers: Subparsers) -> None:
        group = subparsers.add_parser("calendar", help="…").add_subparsers(required=True)
        check = group.add_parser("check", help="…")
        add_json(check)
        check.set_defaults(run=_check)            # run(args, console) -> ExitCode

    def _check(args: argparse.Namespace, console: Console) -> ExitCode: ...

`register` is called before Django is set up, so such a module imports models only inside its functions. The program
sets Django up and has a database running before `run`; a command that needs neither says `set_defaults(bare=True)`.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TextIO

import orjson
import rich.console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence


WIDEST_TABLE = 400
"""Columns a table may take; a narrower terminal wraps it rather than losing words."""


class Subparsers(Protocol):
    """The one method a room needs of what argparse hands out."""

    def add_parser(self, name: str, *, help: str = ..., description: str = ...) -> argparse.ArgumentParser:  # noqa: A002 -- argparse's own name
        """Declare one command."""
        ...


class ExitCode(IntEnum):
    """What a script may rely on. Numbers never change their meaning."""

    OK = 0
    FOUND = 1
    """The command worked and found something wrong (a check, a verification, doctor)."""
    USAGE = 2
    """The command line was not understood (argparse's own code)."""
    UNREADY = 3
    """The machine is not ready: port taken, disk full, database not reachable, wrong permissions."""
    REFUSED = 4
    """The input was read and refused: not valid, not allowed, already there."""
    BROKEN = 70
    """A fault in the program itself."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


class CommandError(Exception):
    """A refusal to go on, told to a person: a stable code, what happened, what to do."""

    def __init__(
        self, code: str, message: str, remedy: str = "", exit_code: ExitCode = ExitCode.UNREADY
    ) -> None:
        super().__init__(code, message, remedy, exit_code)
        self.code, self.message, self.remedy, self.exit_code = code, message, remedy, exit_code

    def __str__(self) -> str:
        """Read as two sentences."""
        return f"{self.message} {self.remedy}".rstrip()


class Ticker(Protocol):
    """How far a long piece of work has come."""

    def advance(self, n: int = 1) -> None:
        """`n` more are done."""
        ...

    def say(self, text: str) -> None:
        """Name what is being done now."""
        ...


class Console:
    """One place where a command speaks. With `as_json`, standard output carries one JSON document and nothing else."""

    def __init__(
        self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self._stdout = out or sys.stdout
        self._out = rich.console.Console(file=self._stdout, highlight=False, soft_wrap=True)
        self._err = rich.console.Console(file=err or sys.stderr, highlight=False, soft_wrap=True)

    def say(self, text: str = "") -> None:
        """A line for a person; on standard error when a script reads standard output."""
        (self._err if self.as_json else self._out).print(escape(text))

    def warn(self, text: str) -> None:
        """A line for a person on standard error."""
        self._err.print(f"[yellow]{escape(text)}[/yellow]")

    def fail(self, error: CommandError) -> ExitCode:
        """Tell a refusal (as JSON too, when asked) and give its exit code."""
        if self.as_json:
            self.emit({"error": {"code": error.code, "message": error.message, "remedy": error.remedy}})
        self._err.print(f"[red bold]✗ {escape(error.message)}[/red bold] [dim]({error.code})[/dim]")
        if error.remedy:
            self._err.print(f"  {escape(error.remedy)}")
        return error.exit_code

    def emit(self, payload: object, human: Callable[[], None] | None = None) -> None:
        """Give the result: `payload` as JSON when asked for, else what `human` prints (else the payload as text)."""
        if self.as_json:
            text = orjson.dumps(payload, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
            self._stdout.write(text.decode() + "\n")
            self._stdout.flush()
        elif human is not None:
            human()
        else:
            self.say(str(payload))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows for a person."""
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(escape(str(cell)) for cell in row))
        (self._err if self.as_json else self._out).print(table, width=WIDEST_TABLE, crop=False)

    @contextmanager
    def progress(self, description: str, total: int | None = None, *, unseen: str = "") -> Iterator[Ticker]:
        """A progress bar with counts on standard error; a silent one where nobody watches, after the line `unseen`."""
        if unseen and not self._err.is_terminal:
            self._err.print(escape(unseen))
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._err,
            disable=not self._err.is_terminal,
            transient=True,
        )
        with bar:
            task = bar.add_task(description, total=total)
            yield _BarTicker(bar, task)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer `--json` on a command whose result a script would read."""
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果，供脚本读取")


class _BarTicker:
    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, n: int = 1) -> None:
        self._bar.advance(self._task, n)

    def say(self, text: str) -> None:
        self._bar.update(self._task, description=text)
