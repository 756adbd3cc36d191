"""`tongban statistics project`: bring events into the columnar files now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse

    from tongban.base.console import Console, Subparsers


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("statistics", help="统计数据").add_subparsers(required=True)
    project = group.add_parser("project", help="把新增的办件记录整理成统计数据")
    project.add_argument("--rebuild", action="store_true", help="从头整理")
    add_json(project)
    project.set_defaults(run=_project)


def _project(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.statistics.projection import project

    done = project(rebuild=args.rebuild)
    if not done.settled:
        raise CommandError(
            "statistics_busy",
            "有别的整理正在进行，或者有写入没有结束。",
            "请稍后再试；已有的统计数据没有改动。",
        )
    console.emit(
        {"rows": done.rows, "watermark": done.watermark},
        lambda: console.say(f"整理了 {done.rows} 条，到第 {done.watermark} 条记录为止。"),
    )
    return ExitCode.OK
