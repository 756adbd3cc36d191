"""The program's own commands: up, web, worker, migrate, demo, doctor."""

from __future__ import annotations

import argparse
import os

from tongban.base.console import Console, ExitCode, Subparsers, add_json
from tongban.project.contents import apply_migrations, load_demo_city
from tongban.project.environment import PORTS, listening


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    up = subparsers.add_parser("up", help="启动全部：数据库、网站、后台任务；首次启动装入演示城市")
    add_address(up)
    up.add_argument("--no-demo", action="store_true", help="首次启动也不装入演示城市")
    up.set_defaults(run=_up, bare=True)

    web = subparsers.add_parser("web", help="只启动网站")
    add_address(web)
    web.set_defaults(run=_web, bare=True)

    worker = subparsers.add_parser("worker", help="只启动后台任务")
    worker.add_argument("--until-empty", action="store_true", help="做完现有任务即退出")
    worker.set_defaults(run=_worker)

    migrate = subparsers.add_parser("migrate", help="建立或升级数据库结构")
    add_json(migrate)
    migrate.set_defaults(run=_migrate)

    demo = subparsers.add_parser("demo", help="在空的数据库中装入演示城市（安澜市）")
    demo.set_defaults(run=_demo)

    doctor = subparsers.add_parser("doctor", help="检查运行环境，逐项说明问题和办法")
    add_json(doctor)
    doctor.set_defaults(run=_doctor, bare=True)


def add_address(parser: argparse.ArgumentParser) -> None:
    """Where the web application listens; where it is not said, TONGBAN_HOST and TONGBAN_PORT say it."""
    parser.add_argument("--host", help="监听地址")
    parser.add_argument("--port", type=_port, help="监听端口")
    parser.add_argument("--under", type=int, default=0, help=argparse.SUPPRESS)


def _port(said: str) -> int:
    low, high = PORTS
    if not (said.isascii() and said.isdecimal() and low <= int(said) <= high):
        raise argparse.ArgumentTypeError(f"端口应为 {low} 到 {high} 的整数，写成了“{said}”")
    return int(said)


def _address(args: argparse.Namespace) -> tuple[str, int]:
    host, port = listening() if args.host is None or args.port is None else ("", 0)
    return args.host or host, args.port or port


def _up(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.up import run

    return run(*_address(args), demo=not args.no_demo, console=console)


def _web(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.serving import serve

    return serve(*_address(args), parent=args.under)


def _worker(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.serving import work

    return work(until_empty=args.until_empty, parent=int(os.environ.get("TONGBAN_UNDER", "0")))


def _migrate(args: argparse.Namespace, console: Console) -> ExitCode:
    applied = apply_migrations(console)
    console.emit(
        {"applied": applied},
        lambda: console.say(f"已应用 {len(applied)} 项迁移。" if applied else "数据库结构已是最新。"),
    )
    return ExitCode.OK


def _demo(args: argparse.Namespace, console: Console) -> ExitCode:
    apply_migrations(console)
    load_demo_city(console)
    console.say("演示城市已装入。")
    return ExitCode.OK


def _doctor(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.doctor import examine, report

    return report(examine(), console)
