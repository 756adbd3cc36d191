"""`tongban calendar import|check`: taking in a year's holiday notice, and knowing when the next one is due."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tongban.base.calendar import CHINA, CalendarError, Problem, check_content
from tongban.base.console import CommandError, Console, ExitCode, Subparsers, add_json


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("calendar", help="工作日历（节假日与调休）").add_subparsers(required=True)
    take = group.add_parser("import", help="检查并发布新一版工作日历")
    take.add_argument("file", type=Path, help="JSON 文件，格式同 base/data/calendar-cn.json")
    add_json(take)
    take.set_defaults(run=_import)
    check = group.add_parser("check", help="检查现行日历，或检查一个尚未导入的文件")
    check.add_argument("file", type=Path, nargs="?", help="不写则检查现行日历")
    add_json(check)
    check.set_defaults(run=_check)


def _import(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.base.services import import_calendar

    try:
        done = import_calendar(_read(args.file), now=datetime.now(CHINA))
    except CalendarError as error:
        _tell(console, error.problems)
        raise CommandError(
            "calendar_invalid",
            f"{args.file} 有 {len(error.problems)} 处错误，没有导入。",
            "请逐条改正后再导入；现行日历没有变动。",
            ExitCode.REFUSED,
        ) from error
    version = done.version
    _tell(console, done.warnings)
    console.emit(
        {"code": version.code, "no": version.no, "sha256": version.sha256, "created": done.created}
        | {"warnings": [asdict(p) for p in done.warnings]},
        lambda: console.say(
            f"{'已发布' if done.created else '内容未变，仍是'}{version}（{version.sha256[:12]}）。"
        ),
    )
    return ExitCode.OK


def _check(args: argparse.Namespace, console: Console) -> ExitCode:
    now = datetime.now(CHINA)
    if args.file:
        content = {"version": 1, **_read(args.file)}
        problems, name = check_content(content, now.date()), str(args.file)
    else:
        from tongban.base.queries import current_calendar
        from tongban.base.services import calendar_outlook

        calendar = current_calendar()
        problems = calendar_outlook(calendar, now.date())
        name = f"{calendar.code} 第{calendar.version}版，{calendar.first} 至 {calendar.last}"
    bad = any(p.severity == "error" for p in problems)
    _tell(console, problems)
    console.emit(
        {"checked": name, "good": not bad, "problems": [asdict(p) for p in problems]},
        lambda: console.say(f"{name}：{'有错误' if bad else '可用'}。"),
    )
    return ExitCode.FOUND if bad else ExitCode.OK


def _tell(console: Console, problems: Iterable[Problem]) -> None:
    for problem in problems:
        mark = "错误" if problem.severity == "error" else "提醒"
        console.warn(f"{mark} {problem.where}：{problem.message}（{problem.code}）")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise CommandError(
            "file_unreadable", f"读不到 {path}：{error.strerror}。", "", ExitCode.REFUSED
        ) from error
    except ValueError as error:
        raise CommandError("file_not_json", f"{path} 不是 JSON:{error}。", "", ExitCode.REFUSED) from error
    if not isinstance(content, dict):
        raise CommandError("file_not_json", f"{path} 应是一个 JSON 对象。", "", ExitCode.REFUSED)
    return content
