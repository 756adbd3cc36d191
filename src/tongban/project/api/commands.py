"""`tongban token create|revoke|list`: credentials for programs that use the API."""

import argparse
from datetime import timedelta

from tongban.base.console import CommandError, Console, ExitCode, Subparsers, add_json


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("token", help="接口访问令牌").add_subparsers(required=True)
    create = group.add_parser("create", help="为账号签发令牌；令牌只显示这一次")
    create.add_argument("account", metavar="用户名")
    create.add_argument("--name", required=True, help="用途，例如“省平台交换”")
    create.add_argument("--days", type=int, default=90, help="有效天数，最多 366")
    add_json(create)
    create.set_defaults(run=_create)
    revoke = group.add_parser("revoke", help="撤销令牌，立即生效")
    revoke.add_argument("id", type=int, metavar="编号")
    add_json(revoke)
    revoke.set_defaults(run=_revoke)
    several = group.add_parser("list", help="列出令牌（不含令牌本身）")
    add_json(several)
    several.set_defaults(run=_list)


def _create(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.api.credentials import TokenRefused, create_token

    try:
        row, token = create_token(args.account, args.name, timedelta(days=args.days))
    except (TokenRefused, OverflowError) as refused:
        raise _told(refused) from refused

    def human() -> None:
        console.say(token)
        console.say(f"令牌编号 {row.pk}，有效期至 {row.expires_at:%Y-%m-%d}。请立即保存，以后无法再次查看。")

    console.emit({"id": row.pk, "token": token, "expires_at": row.expires_at}, human)
    return ExitCode.OK


def _revoke(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.api.credentials import TokenRefused, revoke_token

    try:
        row = revoke_token(args.id)
    except TokenRefused as refused:
        raise _told(refused) from refused
    console.emit({"id": row.pk, "revoked_at": row.revoked_at}, lambda: console.say(f"令牌 {row.pk} 已撤销。"))
    return ExitCode.OK


def _list(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.project.api.models import AccessToken

    rows = [
        {
            "id": t.pk, "account": t.account.username, "name": t.name, "created_at": t.created_at,
            "expires_at": t.expires_at, "revoked_at": t.revoked_at, "last_used_at": t.last_used_at,
        }
        for t in AccessToken.objects.select_related("account")
    ]  # fmt: skip
    console.emit(
        rows,
        lambda: console.table(
            ("编号", "账号", "用途", "有效期至", "撤销", "最近使用"),
            [
                [
                    t["id"],
                    t["account"],
                    t["name"],
                    t["expires_at"],
                    t["revoked_at"] or "",
                    t["last_used_at"] or "",
                ]
                for t in rows
            ],
        ),
    )
    return ExitCode.OK


def _told(refused: Exception) -> CommandError:
    code = getattr(refused, "code", "token_period")
    message = getattr(refused, "message", "有效期过长。")
    return CommandError(code, message, "核对后重新运行；没有改动。", ExitCode.REFUSED)
