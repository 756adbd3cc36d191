"""The `tongban` command: the program's own sub-commands and those that the rooms declare in their `commands.py`.

argparse, because it is in Python, rooms can add to it without importing each other, and nothing here needs more.
Exit codes are `tongban.base.console.ExitCode`.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import signal
import sys
import traceback
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import tongban
from tongban.base.console import CommandError, Console, ExitCode, Subparsers
from tongban.base.processes import deep, make_room

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code; refusals and faults are told in words, a fault's traceback is kept."""
    make_room()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")
    args = build_parser().parse_args(argv)
    console = Console(as_json=getattr(args, "json", False))
    signal.signal(signal.SIGTERM, _leave)
    try:
        with ExitStack() as stack:
            if not getattr(args, "bare", False):
                make_ready(stack)
            return int(deep(partial(args.run, args, console)))
    except CommandError as error:
        return int(console.fail(error))
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- the reader left; say no more
        return int(ExitCode.OK)
    except Exception as error:  # noqa: BLE001 -- the outermost: told as what it is, or kept as a fault
        refusal = _file_refusal(error, args) or _database_refusal(error) or _fault(error)
        return int(console.fail(refusal))


def build_parser() -> argparse.ArgumentParser:
    """Everything one can say to `tongban`."""
    parser = argparse.ArgumentParser(
        prog="tongban",
        description="通办：一库、一厅、三平台的政务服务系统。",
        epilog="退出码：0 完成；1 检查发现问题；2 命令有误；3 环境未就绪；4 输入被拒绝；70 程序故障；130 被中断。",
    )
    parser.add_argument("--version", action="version", version=f"tongban {version('tongban')}")
    subparsers: Subparsers = parser.add_subparsers(required=True, metavar="命令")
    for name in command_modules():
        importlib.import_module(name).register(subparsers)
    return parser


def command_modules() -> Iterator[str]:
    """The modules named `commands` in every room: the program's own first, then from the base upwards."""
    top = Path(tongban.__file__).parent
    found = {
        ".".join(["tongban", *path.relative_to(top).with_suffix("").parts])
        for path in top.rglob("commands.py")
    }
    floors = ("project", "base", "registry", "engine", "platforms", "faces", "simulator")
    yield from sorted(found, key=lambda name: (floors.index(name.split(".")[1]), name))


def make_ready(stack: ExitStack) -> None:
    """Have the installation's own database running for as long as the stack lasts (none given), and Django set up.

    Raises CommandError when the database cannot be had.
    """
    import django

    from tongban.project.cluster import own_cluster

    if not os.environ.get("DATABASE_URL"):
        stack.enter_context(own_cluster().using())
    django.setup()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM leaves as Ctrl-C does, so that a database started for this command is stopped again."""
    raise KeyboardInterrupt


def _file_refusal(error: Exception, args: argparse.Namespace) -> CommandError | None:
    """What the system says against a file that was named on the command line, or against any for want of room."""
    if not isinstance(error, OSError):
        return None
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return CommandError("disk_full", "磁盘已满，没有写完。", "请清理磁盘后重试。")
    given = [
        path for value in vars(args).values() for path in (value if isinstance(value, list) else [value])
    ]
    named = {path for path in given if isinstance(path, Path)}
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if path is None or named.isdisjoint({path, *path.parents}):
        return None
    return CommandError(
        "file_unusable", f"不能读写 {path}：{error.strerror}。", "请检查路径和权限。", ExitCode.REFUSED
    )


def _fault(error: Exception) -> CommandError:
    """A fault of ours: kept in the data directory, or on standard error where it cannot be kept."""
    from tongban.project.installation import installation
    from tongban.project.logs import without_row_values

    told = without_row_values("".join(traceback.format_exception(error)))
    place = installation().data / "faults.log"
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {version('tongban')}\n{told}\n")
        kept = f"经过记在 {place}，报告问题时请附上。"
    except OSError:
        sys.stderr.write(told)
        kept = "经过见上面，报告问题时请附上。"
    return CommandError("fault", f"程序出了故障（{type(error).__name__}），没有做完。", kept, ExitCode.BROKEN)


def _database_refusal(error: Exception) -> CommandError | None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, ProgrammingError
    from psycopg.errors import UndefinedColumn, UndefinedTable

    from tongban.project.postgres import is_away

    if is_away(error):
        return CommandError(
            "database_unreachable",
            "连不上数据库。",
            "请检查 DATABASE_URL 和数据库服务；用 tongban doctor 查看各项状态。",
        )
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
        return CommandError("migrations_pending", "数据库的结构与程序不符。", "请先运行 tongban migrate。")
    if isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") == "53100":
        return CommandError(
            "disk_full", "数据库所在磁盘已满。", "请清理磁盘后重试；未完成的操作没有留下任何改动。"
        )
    if isinstance(error, ImproperlyConfigured):
        return CommandError("settings_wrong", f"设置有误：{error}", "请检查环境变量。")
    return None


if __name__ == "__main__":
    sys.exit(main())
