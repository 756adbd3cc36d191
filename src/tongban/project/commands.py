"""The program's own commands: up, web, worker, migrate, demo, doctor."""

from __future__ import annotations

import argparse
import io
import os

from tongban.base.console import CommandError, Console, ExitCode, Subparsers, Ticker, add_json


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
    """Where the web application listens; TONGBAN_HOST and TONGBAN_PORT say it too."""
    parser.add_argument("--host", default=os.environ.get("TONGBAN_HOST", "127.0.0.1"), help="监听地址")
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("TONGBAN_PORT", "8000")), help="监听端口"
    )
    parser.add_argument("--under", type=int, default=0, help=argparse.SUPPRESS)


def apply_migrations(console: Console) -> list[str]:
    """Bring the database to this code's shape; one process at a time. Gives what was applied, as `app.name`."""
    from django.core.management import call_command
    from django.db import connection

    from tongban.project.health import pending_migrations

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tongban migrate'))")
        try:
            pending = pending_migrations()
            if pending:
                with console.progress("建立数据库结构", len(pending)) as ticker:
                    call_command(
                        "migrate", interactive=False, verbosity=1, no_color=True, stdout=_Counted(ticker)
                    )
            call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tongban migrate'))")
    return pending


def load_demo_city(console: Console) -> None:
    """Load the demonstration city into an empty database, whole or not at all.

    Raises CommandError (not_empty) when there is a city already.
    """
    from django.db import transaction

    from tongban.project.demo import load_demo

    if not is_empty():
        raise CommandError(
            "not_empty",
            "数据库中已有机构数据，没有装入演示城市。",
            "演示数据只装入空的数据库；请用 TONGBAN_DATA 或 DATABASE_URL 指定新的位置。",
            ExitCode.REFUSED,
        )
    unseen = "正在装入演示城市，约需几分钟……"
    with console.progress("装入演示城市", unseen=unseen) as ticker, transaction.atomic():
        load_demo(ticker)


def is_empty() -> bool:
    """Whether no organisation has ever been entered."""
    from tongban.registry.models import Organisation

    return not Organisation.objects.exists()


def _up(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.up import run

    return run(args.host, args.port, demo=not args.no_demo, console=console)


def _web(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.serving import serve

    return serve(args.host, args.port, parent=args.under)


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


class _Counted(io.StringIO):
    """Where `migrate` writes: each finished migration moves the bar."""

    def __init__(self, ticker: Ticker) -> None:
        super().__init__()
        self._ticker = ticker

    def write(self, text: str) -> int:
        if text.strip() == "OK":
            self._ticker.advance()
        return len(text)
