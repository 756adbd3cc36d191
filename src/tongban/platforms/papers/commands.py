"""`tongban archive verify | file`: checking a package anywhere, filing what is finished."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse

    from tongban.base.console import Console, Subparsers


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("archive", help="归档文件").add_subparsers(required=True)
    verify = group.add_parser("verify", help="核验一份归档文件，不需要数据库（不符时退出码 1）")
    verify.add_argument("file", type=Path, metavar="文件", help="归档文件（ZIP）")
    verify.add_argument(
        "--key", metavar="公钥", default="", help="从别处得知的存证公钥；不写则用文件里的，只能查出改动"
    )
    add_json(verify)
    verify.set_defaults(run=_verify, bare=True)
    file = group.add_parser("file", help="把办结并已存证的办件归档")
    file.add_argument("--most", type=int, default=1000, metavar="件数", help="一次最多归档多少件")
    add_json(file)
    file.set_defaults(run=_file)


def _verify(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.papers.bag import BagError, verify_bag

    try:
        with args.file.open("rb") as file:
            seen = verify_bag(file, args.key)
    except OSError as error:
        raise CommandError(
            "file_unreadable", f"读不到 {args.file}：{error.strerror}。", "", ExitCode.REFUSED
        ) from error
    except BagError as error:
        why = str(error)
        console.emit({"ok": False, "why": why}, lambda: console.say(f"✗ 归档文件不符：{why}"))
        return ExitCode.FOUND
    if not seen.key_given:
        console.warn("没有给出公钥：所用公钥取自归档文件本身，请与存证公告的公钥核对。")
    told = (
        f"✓ 档号 {seen.archival_number}，办件 {seen.case_number}：{seen.documents} 份文书、{seen.proven.events} 条记录，"
        f"自第 {seen.proven.checkpoint} 号存证点签署以来未被改动。\n  公钥：{seen.key}"
    )
    console.emit(
        {
            "ok": True, "archival_number": seen.archival_number, "case": seen.case_number, "documents": seen.documents,
            "events": seen.proven.events, "checkpoint": seen.proven.checkpoint, "key": seen.key, "key_given": seen.key_given,
        },
        lambda: console.say(told),
    )  # fmt: skip
    return ExitCode.OK


def _file(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.papers.filing import file_finished

    done = file_finished(args.most)
    console.emit({"filed": done}, lambda: console.say(f"归档 {done} 件。"))
    return ExitCode.OK
