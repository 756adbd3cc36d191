"""`tongban lobby import | kiosk`: setting up halls, and making a machine their kiosk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse

    from tongban.base.console import Console, Subparsers


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("lobby", help="服务大厅：窗口、队列、自助机").add_subparsers(required=True)
    take = group.add_parser("import", help="按说明文件建立或更新大厅")
    take.add_argument("file", type=Path, metavar="文件", help="JSON：一个大厅，或大厅的列表")
    add_json(take)
    take.set_defaults(run=_import)
    kiosk = group.add_parser("kiosk", help="给出把一台机器设为自助机的网址，在那台机器上打开一次")
    kiosk.add_argument("hall", metavar="大厅", help="大厅的 key")
    add_json(kiosk)
    kiosk.set_defaults(run=_kiosk)


def _import(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.faces.lobby.services import set_up

    try:
        said = json.loads(args.file.read_bytes())
        halls = [set_up(entry) for entry in (said if isinstance(said, list) else [said])]
    except OSError as error:
        raise CommandError(
            "file_unreadable", f"读不到 {args.file}：{error.strerror}。", "", ExitCode.REFUSED
        ) from error
    except ValueError as error:
        raise CommandError(
            "file_not_json", f"{args.file} 不是 JSON：{error}。", "", ExitCode.REFUSED
        ) from error
    except Refused as error:
        raise CommandError(error.code, error.message, "请改正后再导入。", ExitCode.REFUSED) from error
    console.emit(
        {"halls": [h.key for h in halls]},
        lambda: console.say("已设置：" + "、".join(h.name for h in halls) + "。"),
    )
    return ExitCode.OK


def _kiosk(args: argparse.Namespace, console: Console) -> ExitCode:
    from django.conf import settings

    from tongban.faces.lobby.models import Hall
    from tongban.faces.lobby.views.kiosk import opening_address

    hall = Hall.objects.filter(key=args.hall, open=True).first()
    if hall is None:
        raise CommandError(
            "hall_unknown",
            f"没有开放的大厅“{args.hall}”。",
            "请先运行 tongban lobby import。",
            ExitCode.REFUSED,
        )
    address = settings.TONGBAN_URL + opening_address(hall)
    console.emit({"hall": hall.key, "address": address}, lambda: console.say(address))
    return ExitCode.OK
