"""`tongban ledger verify | proof | checkpoint`: what an operator and an auditor ask of the ledger."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tongban.base.console import Console, Subparsers
    from tongban.engine.ledger.verify import Report

T = TypeVar("T")


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("ledger", help="存证账本：核验、出具证明、签署检查点").add_subparsers(
        required=True
    )

    verify = group.add_parser("verify", help="重新计算全部链、存证树与签名，指出第一个不符之处（退出码 1）")
    verify.add_argument("--case", metavar="编号", help="只核验一个办件")
    verify.add_argument(
        "--since", metavar="时间", type=datetime.fromisoformat, help="只核验此后有记录的办件（ISO 时间）"
    )
    verify.add_argument("--key", metavar="公钥", help="从别处得知的签名公钥（名称+编号+base64）")
    verify.add_argument("--kept", metavar="文件", type=Path, help="在别处保存的检查点副本")
    add_json(verify)
    verify.set_defaults(run=_verify)

    erase = group.add_parser("erase", help="依法清除一个已办结办件的个人信息（个人信息保护法第四十七条）")
    erase.add_argument("number", metavar="编号", help="办件编号")
    erase.add_argument(
        "--as", dest="account", metavar="账号", required=True, help="以谁的名义，须有存证核验权限"
    )
    erase.add_argument("--reason", metavar="理由", required=True, help="记入存证链，不要写姓名")
    add_json(erase)
    erase.set_defaults(run=_erase)

    proof = group.add_parser("proof", help="出具一个办件的存证证明（JSON）")
    proof.add_argument("number", metavar="编号", help="办件编号")
    proof.add_argument("--output", metavar="文件", type=Path, help="写入文件；缺省写到标准输出")
    proof.add_argument("--personal", action="store_true", help="附上个人信息，供本人使用")
    add_json(proof)
    proof.set_defaults(run=_proof)

    check = group.add_parser("check", help="核验一份证明文件，不需要数据库（不成立时退出码 1）")
    check.add_argument("file", metavar="文件", type=Path)
    check.add_argument("--key", metavar="公钥", required=True, help="从别处得知的公钥，不取自证明本身")
    add_json(check)
    check.set_defaults(run=_check, bare=True)

    checkpoint = group.add_parser("checkpoint", help="存证全部事件并签署检查点")
    checkpoint.add_argument("--new-key", action="store_true", help="更换签名密钥：由旧密钥签署移交")
    add_json(checkpoint)
    checkpoint.set_defaults(run=_checkpoint)


def _verify(args: argparse.Namespace, console: Console) -> ExitCode:
    from django.db import connection

    from tongban.base.calendar import CHINA
    from tongban.engine.ledger.verify import verify

    since = args.since
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=CHINA)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM engine_event), 0)"
            " + coalesce((SELECT max(index) + 1 FROM engine_ledger_leaf), 0)"
        )
        (total,) = cursor.fetchone()
    with console.progress("核验账本", total=None if args.case or since else total) as bar:
        report = _settled(
            lambda: verify(bar, case=args.case, since=since, key=args.key, kept=args.kept), args.case
        )
    console.emit(_as_json(report), lambda: _tell(report, console))
    return ExitCode.OK if report.ok else ExitCode.FOUND


def _erase(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.engine.ledger.erasure import erase_case
    from tongban.engine.queries import console_case
    from tongban.registry.models import Account

    account = Account.objects.filter(username=args.account).first()
    case = console_case(args.number)
    if account is None or case is None:
        raise CommandError("E_NOT_FOUND", "没有这个账号，或者没有这个办件。", "", ExitCode.REFUSED)
    try:
        done = erase_case(account, case.pk, args.reason)
    except Refused as refused:
        raise CommandError(f"E_{refused.code.upper()}", refused.message, "", ExitCode.REFUSED) from refused
    told = {"number": args.number, "erased": [{"seq": e.seq, "path": e.path} for e in done]}
    console.emit(told, lambda: console.say(f"已清除 {args.number} 的 {len(done)} 项个人信息。"))
    return ExitCode.OK


def _proof(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.ledger.proof import make_proof

    proof = _settled(lambda: make_proof(args.number, personal=args.personal), args.number)
    text = orjson.dumps(proof, option=orjson.OPT_INDENT_2).decode() + "\n"
    if args.output:
        args.output.write_text(text, encoding="utf-8")
        told = {
            "file": str(args.output),
            "events": len(proof["events"]),
            "unsealed": proof["unsealed"],
            "key": proof["key"],
        }
        console.emit(
            told,
            lambda: console.say(
                f"已写入 {args.output}：{told['events']} 个事件。核验所用公钥：{told['key']}"
            ),
        )
    else:
        sys.stdout.write(text)
    if proof["unsealed"]:
        console.warn(f"另有 {proof['unsealed']} 个较新的事件尚未存证，未列入证明。")
    return ExitCode.OK


def _check(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.ledger.merkle import ProofError
    from tongban.engine.ledger.proof import verify_proof

    try:
        proven = verify_proof(orjson.loads(args.file.read_bytes()), args.key)
    except OSError as error:
        raise CommandError(
            "E_PROOF_FILE", f"无法读取 {args.file}：{error.strerror}。", "", ExitCode.REFUSED
        ) from error
    except (ProofError, orjson.JSONDecodeError) as error:
        problem = str(error)
        console.emit({"ok": False, "why": problem}, lambda: console.say(f"✗ 证明不成立：{problem}"))
        return ExitCode.FOUND
    which = f"办件 {proven.number}" if proven.numbered else f"标识为 {proven.case_uid} 的办件"
    told = (
        f"✓ 证明成立：{which} 的 {proven.events} 个事件自第 {proven.checkpoint} 号检查点"
        f"（{proven.signed_at:%Y-%m-%d %H:%M} UTC）签署以来未被改动。"
    )
    if not proven.numbered:
        told += f"\n  文件写的办件编号 {proven.number} 不在所示的事件里，本证明不能说明它是否正确。"
    console.emit({"ok": True, **asdict(proven)}, lambda: console.say(told))
    return ExitCode.OK


def _checkpoint(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.ledger.models import Checkpoint, LedgerLeaf
    from tongban.engine.ledger.sealing import checkpoint, rotate_key, seal_events, signed_note

    sealed = 0
    with console.progress("存证事件") as bar:
        while True:
            step = _settled(seal_events)
            sealed += step.sealed
            bar.advance(step.sealed)
            if not step.more:
                break
    signed = _settled(rotate_key if args.new_key else checkpoint)
    row = signed or Checkpoint.objects.order_by("-no").first()
    if not step.settled:
        console.warn("有写入尚未结束，部分事件留待下次存证。")
    result = {
        "sealed": sealed,
        "size": LedgerLeaf.objects.count() if row is None else row.tree_size,
        "checkpoint": row.no if row else 0,
        "new": signed is not None,
        "note": signed_note(row) if row else "",
        "key": row.key.public if row else "",
    }
    console.emit(
        result,
        lambda: console.say(
            f"本次存证 {sealed} 个事件；{'已签署' if signed else '最近为'}第 {row.no} 号检查点，"
            f"共 {row.tree_size} 个事件。\n"
            f"公钥：{row.key.public}\n\n{signed_note(row)}"
            if row
            else "账本为空，没有可签署的内容。"
        ),
    )
    return ExitCode.OK


def _settled(act: Callable[[], T], number: str | None = None) -> T:
    """Run it; what an operator must settle is told as such."""
    from tongban.engine.ledger.errors import LedgerError

    try:
        return act()
    except LedgerError as error:
        raise CommandError(error.code, error.message, error.remedy, ExitCode.REFUSED) from error
    except LookupError as error:
        if number is None or str(error.args[:1]) != str((number,)):
            raise
        raise CommandError("E_NO_SUCH_CASE", f"没有编号为 {number} 的办件。", "", ExitCode.REFUSED) from error


def _as_json(report: Report) -> dict[str, Any]:
    head = report.head
    return {
        "ok": report.ok,
        "counts": dict(report.counts),
        "wrong": report.wrong,
        "first": asdict(report.first) if report.first else None,
        "misfits": [asdict(misfit) | {"text": str(misfit)} for misfit in report.misfits],
        "checkpoint": {"no": head.no, "size": head.size, "signed_at": head.signed_at} if head else None,
    }


def _tell(report: Report, console: Console) -> None:
    counts = report.counts
    console.say(
        f"办件 {counts['cases']}，事件 {counts['events']}（未存证 {counts['unsealed']}），状态重放 {counts['states']}，"
        f"个人信息 {counts['personal']}（已依法清除 {counts['erased']}），"
        f"存证叶 {counts['leaves']}，节点 {counts['nodes']}，检查点 {counts['checkpoints']}，"
        f"另存副本 {counts['copies']}"
    )
    if report.first is None:
        console.say("✓ 账本完好：全部事件与存证相符。")
        return
    console.say(f"✗ 第一个不符之处：{report.first}")
    for misfit in report.misfits[1:]:
        console.say(f"  其次：{misfit}")
    if report.wrong > len(report.misfits):
        console.say(f"  ……共 {report.wrong} 处")
