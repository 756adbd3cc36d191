"""`tongban client …` and `tongban reports …`: departments' systems, and whether both sides hold the same."""

import argparse
import json
from datetime import date
from pathlib import Path

from tongban.base.console import CommandError, Console, ExitCode, Subparsers, add_json


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("client", help="业务系统报送的客户端").add_subparsers(required=True)
    create = group.add_parser("create", help="为一个机构的业务系统建立客户端；密钥只显示这一次")
    create.add_argument("organisation", metavar="机构", help="机构代码或信用代码")
    create.add_argument("--name", required=True, help="系统名称，例如“许可审批系统”")
    create.add_argument("--own-only", action="store_true", help="只报送本机构，不含下级")
    create.add_argument(
        "--matter", action="append", default=[], metavar="基本编码", help="只报送这些事项，可多次"
    )
    add_json(create)
    create.set_defaults(run=_create)
    revoke = group.add_parser("revoke", help="撤销客户端，立即生效")
    revoke.add_argument("key_id", metavar="客户端编号")
    add_json(revoke)
    revoke.set_defaults(run=_revoke)
    several = group.add_parser("list", help="列出客户端（不含密钥）")
    add_json(several)
    several.set_defaults(run=_list)

    reports = subparsers.add_parser("reports", help="业务系统报送").add_subparsers(required=True)
    reconcile = reports.add_parser("reconcile", help="某日的数量和摘要；给出对方清单时逐个比对")
    reconcile.add_argument("key_id", metavar="客户端编号")
    reconcile.add_argument("--date", required=True, type=date.fromisoformat, help="发生日，例如 2026-03-02")
    reconcile.add_argument("--type", help="对象类型；与 --held 同用")
    reconcile.add_argument(
        "--held", type=Path, metavar="文件", help="对方清单，JSON：[{key, version, digest}, …]"
    )
    add_json(reconcile)
    reconcile.set_defaults(run=_reconcile)


def _create(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.platforms.reporting.clients import create_client

    try:
        client, secret = create_client(
            args.name, args.organisation, subtree=not args.own_only, matters=args.matter
        )
    except Refused as refused:
        raise _told(refused) from refused

    def human() -> None:
        console.say(f"客户端编号 {client.key_id}")
        console.say(f"密钥 {secret}")
        console.say("请立即保存密钥，以后无法再次查看。")

    console.emit({"key_id": client.key_id, "secret": secret}, human)
    return ExitCode.OK


def _revoke(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.platforms.reporting.clients import revoke_client

    try:
        client = revoke_client(args.key_id)
    except Refused as refused:
        raise _told(refused) from refused
    console.emit(
        {"key_id": client.key_id, "revoked_at": client.revoked_at},
        lambda: console.say(f"客户端 {client.key_id} 已撤销。"),
    )
    return ExitCode.OK


def _list(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.reporting.models import Client

    rows = [
        {
            "key_id": c.key_id, "name": c.name, "organisation": c.organisation.key, "subtree": c.subtree,
            "matters": c.matters, "created_at": c.created_at, "revoked_at": c.revoked_at,
        }
        for c in Client.objects.select_related("organisation")
    ]  # fmt: skip
    console.emit(
        rows,
        lambda: console.table(
            ("编号", "系统", "机构", "含下级", "撤销"),
            [
                [
                    r["key_id"],
                    r["name"],
                    r["organisation"],
                    "是" if r["subtree"] else "否",
                    r["revoked_at"] or "",
                ]
                for r in rows
            ],
        ),
    )
    return ExitCode.OK


def _reconcile(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.reporting import queries, services
    from tongban.platforms.reporting.models import Client

    client = Client.objects.filter(key_id=args.key_id).first()
    if client is None:
        raise CommandError(
            "client_unknown", f"没有客户端 {args.key_id}。", "用 tongban client list 查看。", ExitCode.REFUSED
        )
    if args.held is None:
        days = queries.day(client.pk, args.date)
        console.emit(
            [d._asdict() for d in days],
            lambda: console.table(("对象", "数量", "其中待补", "摘要"), [list(d) for d in days]),
        )
        return ExitCode.OK
    try:
        held = {
            str(o["key"]): (int(o["version"]), str(o["digest"])) for o in json.loads(args.held.read_text())
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(
            "held_unreadable",
            f"读不了清单：{error}",
            "清单是 [{key, version, digest}, …]。",
            ExitCode.REFUSED,
        ) from error
    same, differences = services.compare_with(client, args.date, args.type or "", held)
    console.emit(
        {"same": same, "differences": [d._asdict() for d in differences]},
        lambda: console.table(("主键", "差异", "这里", "对方", "说明"), [[*d] for d in differences]),
    )
    return ExitCode.FOUND if differences else ExitCode.OK


def _told(refused: Exception) -> CommandError:
    return CommandError(
        getattr(refused, "code", ""),
        getattr(refused, "message", ""),
        "核对后重新运行；没有改动。",
        ExitCode.REFUSED,
    )
