"""`tongban simulate`: a city lives through a year; `tongban simulate --score`: what supervision found of it."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tongban.base.console import CommandError, Console, ExitCode, Subparsers, add_json

if TYPE_CHECKING:
    from tongban.simulator.recount import Told
    from tongban.simulator.year import Plan


#: Cases of a year whose studies are scored: they are told a second time and held in memory for it.
MOST_STUDIED = 100_000


def register(subparsers: Subparsers) -> None:
    """Declare the command of this room."""
    simulate = subparsers.add_parser("simulate", help="模拟一座城市的办件，并记下其中埋入的问题")
    simulate.add_argument("--city", choices=("anlan",), default="anlan", help="哪座城市")
    simulate.add_argument("--from", dest="first", type=_day, required=True, help="第一天（年-月-日）")
    simulate.add_argument("--to", dest="last", type=_day, required=True, help="最后一天（年-月-日）")
    simulate.add_argument("--cases", type=int, required=True, help="办件数")
    simulate.add_argument("--seed", type=int, default=1, help="种子：同一种子得到同一年")
    simulate.add_argument("--processes", type=int, default=1, help="同时写入的进程数")
    simulate.add_argument(
        "--manifest", type=Path, default=Path("faults.jsonl"), help="问题清单（JSON Lines）"
    )
    simulate.add_argument("--score", action="store_true", help="写完后核对监察结果与问题清单")
    simulate.add_argument(
        "--in-memory", dest="bare", action="store_true", help="不用数据库：逐件推演、核对监察结果，不写入"
    )
    add_json(simulate)
    simulate.set_defaults(run=_simulate)


def _simulate(args: argparse.Namespace, console: Console) -> ExitCode:
    if args.bare:
        return _play(args, console)
    from tongban.simulator import city
    from tongban.simulator.scoring import score
    from tongban.simulator.studying import score_studies
    from tongban.simulator.writing import simulate
    from tongban.simulator.year import Plan, as_told

    plan = Plan(args.city, args.first, args.last, args.cases, args.seed)
    _check(plan)
    with console.progress("建立城市") as ticker:
        city.found(plan.city, ticker)
    heard: list[Told] = []
    studied = args.score and plan.cases <= MOST_STUDIED
    hear = (lambda lived: heard.append(as_told(lived))) if studied and args.processes <= 1 else None
    with console.progress("模拟办件", plan.cases) as ticker:
        told = simulate(plan, args.manifest, processes=args.processes, progress=ticker.advance, hear=hear)
    result = {
        "written": told.written, "there_already": told.there, "faults": told.faults, "refused": told.refused,
        "manifest": str(args.manifest),
    }  # fmt: skip
    scored = score(args.manifest, plan.keys()) if args.score else None
    if scored is not None:
        if studied:
            scored.add(score_studies(plan, heard))
        result |= {
            "right": dict(sorted(scored.right.items())), "missed": dict(scored.missed), "false": dict(scored.false),
        }  # fmt: skip

    def say() -> None:
        console.say(
            f"写入 {told.written} 件（已有 {told.there} 件），问题清单 {told.faults} 条：{args.manifest}"
        )
        for line in told.refused:
            console.say(f"未写入：{line}")
        if scored is not None:
            for rule in sorted(scored.due.keys() | scored.false.keys()):
                console.say(
                    f"{rule}  应有 {scored.due[rule]}  发现 {scored.right[rule]}  漏 {scored.missed[rule]}  误 {scored.false[rule]}"
                )
            for line in scored.examples:
                console.say(line)

    console.emit(result, say)
    return ExitCode.OK if not told.refused and (scored is None or scored.perfect) else ExitCode.FOUND


def _play(args: argparse.Namespace, console: Console) -> ExitCode:
    """The year played without the database, and scored."""
    import django

    django.setup()
    from tongban.simulator.playing import play
    from tongban.simulator.year import Plan

    plan = Plan(args.city, args.first, args.last, args.cases, args.seed)
    _check(plan)
    with console.progress("推演办件", plan.cases) as ticker:
        played = play(
            plan,
            processes=args.processes,
            manifest=args.manifest,
            progress=lambda piece: ticker.advance(piece.cases),
        )
    scores = (("live", "办理过程中", played.live), ("bulk", "办结后批量", played.bulk))
    result = {
        "played": played.cases, "events": played.events, "faults": played.faults, "refused": played.refused,
        "manifest": str(args.manifest),
        **{
            key: {"right": dict(sorted(s.right.items())), "missed": dict(s.missed), "false": dict(s.false)}
            for key, _, s in scores
        },
    }  # fmt: skip

    def say() -> None:
        console.say(f"推演 {played.cases} 件，问题清单 {played.faults} 条：{args.manifest}")
        for line in played.refused:
            console.say(f"未能推演：{line}")
        for _, words, scored in scores:
            due, right, false = (sum(c.values()) for c in (scored.due, scored.right, scored.false))
            console.say(f"{words}：应有 {due}  发现 {right}  误 {false}")
            for line in scored.examples:
                console.say(line)

    console.emit(result, say)
    return ExitCode.OK if played.perfect else ExitCode.FOUND


def _check(plan: Plan) -> None:
    from tongban.base.calendar import load_calendar
    from tongban.project.demo.city import IN_FORCE

    calendar = load_calendar()
    if not (IN_FORCE <= plan.first <= plan.last <= calendar.last):
        raise CommandError(
            "period_wrong",
            f"时间段应在 {IN_FORCE} 到 {calendar.last} 之间，先后为起止。",
            "事项从这一天起生效，工作日历到这一天为止。",
            ExitCode.REFUSED,
        )
    if plan.cases < 1:
        raise CommandError("cases_wrong", "办件数应大于零。", "", ExitCode.REFUSED)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期应写成 2025-01-01：{said}") from None
