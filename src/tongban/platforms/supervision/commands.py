"""`tongban supervise replay`: all rules asked again of the cases of a period, and whether they find what was carded."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    from tongban.base.console import Console, Subparsers


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("supervise", help="电子监察").add_subparsers(required=True)
    replay = group.add_parser("replay", help="对一段时间的办件重新运行全部规则，与已发的牌核对（不写入）")
    replay.add_argument("--from", dest="first", type=_day, required=True, help="申请日期从（年-月-日）")
    replay.add_argument("--to", dest="last", type=_day, required=True, help="到（年-月-日）")
    replay.add_argument("--processes", type=int, default=1, help="同时运行的进程数")
    add_json(replay)
    replay.set_defaults(run=_replay)


def _replay(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.queries import opened_cases
    from tongban.platforms.supervision.figures import Period
    from tongban.platforms.supervision.replay import replay
    from tongban.platforms.supervision.rules import RULES, STUDIES

    if args.last < args.first:
        raise CommandError(
            "period_wrong", "结束日期不能早于开始日期。", "请先后写出起止日期。", ExitCode.REFUSED
        )
    period = Period(args.first, args.last)
    with console.progress("重新判定", opened_cases(period.begin, period.end).count()) as ticker:
        told = replay(period, processes=args.processes, progress=ticker.advance)
    levels = {rule: [told.found[rule, level] for level in (1, 2, 3)] for rule in RULES if rule not in STUDIES}
    rate = round(told.cases / told.seconds) if told.seconds else 0
    result = {
        "cases": told.cases,
        "cases_a_second": rate,
        "rules": {
            rule: {
                "levels": those,
                "missing": told.missing[rule],
                "more": told.more[rule],
                "raised": told.raised[rule],
            }
            for rule, those in levels.items()
        },
        "examples": told.examples,
    }

    def say() -> None:
        console.table(
            ("规则", "名称", "预警", "黄牌", "红牌", "已发未再现", "再现未发", "督办升牌"),
            [
                (rule, RULES[rule].name, *those, told.missing[rule], told.more[rule], told.raised[rule])
                for rule, those in levels.items()
                if any(those) or told.missing[rule] or told.more[rule] or told.raised[rule]
            ],
        )
        console.say(f"共 {told.cases} 件，每个处理器每秒 {rate} 件。")
        for line in told.examples:
            console.say(line)

    console.emit(result, say)
    return ExitCode.FOUND if told.missing or told.more else ExitCode.OK


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期应写成 2025-01-01：{said}") from None
