"""`tongban flow check | import | publish | export`: flows as files, for those who draw them and those who exchange them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from tongban.base.console import Console, Subparsers
    from tongban.engine.bpmn.importer import Draft
    from tongban.engine.lint import Problem

BPMN_SUFFIXES = (".bpmn", ".bpmn2", ".xml")


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("flow", help="办理流程：检查、导入、发布、导出（BPMN 2.0）").add_subparsers(
        required=True
    )

    check = group.add_parser("check", help="检查流程文件（.bpmn 或 .json），指出问题和待填内容（退出码 1）")
    check.add_argument("file", metavar="文件", type=Path)
    check.add_argument("--package", metavar="事项数据包", type=Path, help="按事项的表单、材料和承诺时限检查")
    check.add_argument("--output", metavar="文件", type=Path, help="另存为：.bpmn 画成图，.json 存为流程文件")
    add_json(check)
    check.set_defaults(run=_check, bare=True)

    take_in = group.add_parser("import", help="导入流程文件（.bpmn 或 .json），存为草稿")
    take_in.add_argument("file", metavar="文件", type=Path)
    take_in.add_argument("--key", metavar="编码", default="", help="流程编码；本系统导出的文件自带编码")
    add_json(take_in)
    take_in.set_defaults(run=_import)

    put_out = group.add_parser("publish", help="检查并发布流程草稿；发布后不再改变，供事项按编码引用")
    put_out.add_argument("key", metavar="编码", help="流程编码")
    put_out.add_argument("--as", dest="username", metavar="用户名", help="记为该账号发布；不写则以本系统名义")
    add_json(put_out)
    put_out.set_defaults(run=_publish)

    give_out = group.add_parser("export", help="导出流程为 BPMN 2.0（带图），或以 .json 导出流程文件")
    give_out.add_argument("key", metavar="编码", help="流程编码；缺省导出已发布的最新版本")
    give_out.add_argument("--no", metavar="版本号", type=int, help="导出指定版本，草稿也可以")
    give_out.add_argument("--output", metavar="文件", type=Path, help="写入文件；缺省写到标准输出")
    give_out.set_defaults(run=_export)


def _check(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.lint import lint

    draft = _read(args.file, "")
    problems = lint(draft.document, **_terms(args.package))
    if args.output:
        args.output.write_bytes(_written(draft.document, args.output.suffix))
    found = {"problems": [asdict(p) for p in problems], "fill": [asdict(f) for f in draft.fill]}
    console.emit(found, lambda: _tell(console, problems, draft))
    return ExitCode.FOUND if problems else ExitCode.OK


def _import(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.engine.flows import check_flow, save_flow_draft

    draft = _read(args.file, args.key)
    try:
        row = save_flow_draft(None, key=args.key or str(draft.document["key"]), document=draft.document)
    except Refused as refused:
        raise CommandError(refused.code, refused.message, exit_code=ExitCode.REFUSED) from refused
    problems = check_flow(row.document)

    def tell() -> None:
        console.say(f"已存为草稿：{row.key} 第 {row.no} 版。")
        _tell(console, problems, draft)

    found = {"problems": [asdict(p) for p in problems], "fill": [asdict(f) for f in draft.fill]}
    console.emit({"key": row.key, "no": row.no, "sha256": row.sha256, **found}, tell)
    return ExitCode.OK


def _publish(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.errors import Refused
    from tongban.engine.flows import publish_flow
    from tongban.engine.models import FlowVersion
    from tongban.registry.models import Account

    account = None
    if args.username:
        account = Account.objects.filter(username=args.username, is_active=True).first()
        if account is None:
            raise CommandError(
                "account_unknown", f"没有账号 {args.username}。", "核对用户名。", ExitCode.REFUSED
            )
    draft = FlowVersion.objects.filter(key=args.key, status=FlowVersion.Status.DRAFT).first()
    if draft is None:
        raise CommandError(
            "no_flow", f"流程“{args.key}”没有草稿。", "请先运行 tongban flow import。", ExitCode.REFUSED
        )
    try:
        row = publish_flow(account, draft)
    except Refused as refused:
        problems: Any = refused.detail.get("problems", ())
        raise CommandError(
            refused.code,
            refused.message + "".join(f"\n  {p.message}" for p in problems),
            "请运行 tongban flow check 查看并改正。",
            ExitCode.REFUSED,
        ) from refused
    console.emit(
        {"key": row.key, "no": row.no, "sha256": row.sha256},
        lambda: console.say(f"已发布：{row.key} 第 {row.no} 版。"),
    )
    return ExitCode.OK


def _export(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.engine.bpmn.export import export
    from tongban.engine.lint.shape import check_shape
    from tongban.engine.models import FlowVersion
    from tongban.registry.models import Post

    rows = FlowVersion.objects.filter(key=args.key).order_by("-no")
    rows = rows.filter(no=args.no) if args.no else rows.exclude(status=FlowVersion.Status.DRAFT)
    row = rows.first()
    if row is None:
        raise CommandError(
            "no_flow", f"没有流程“{args.key}”的这个版本。", "草稿请用 --no 指明版本号。", ExitCode.REFUSED
        )
    loose = check_shape(row.document)
    if args.output and args.output.suffix == ".json":
        data = _written(row.document, ".json")
    elif loose:
        raise _refusal(Path(f"{row.key}-{row.no}"), "flow_not_drawable", loose)
    else:
        data = export(row.document, post_names=dict(Post.objects.values_list("code", "name")))
    if args.output:
        args.output.write_bytes(data)
        console.say(f"已写入 {args.output}：{row.key} 第 {row.no} 版。")
    else:
        sys.stdout.buffer.write(data)
    return ExitCode.OK


def _read(path: Path, key: str) -> Draft:
    """A flow file of either kind. Raises CommandError with what keeps it from being one."""
    from tongban.engine.bpmn.importer import Draft, ImportRefused, import_flow
    from tongban.engine.lint.shape import check_shape

    data = _bytes(path)
    if path.suffix.lower() in BPMN_SUFFIXES:
        try:
            return import_flow(data, key=key)
        except ImportRefused as refused:
            raise _refusal(path, "flow_file_refused", refused.problems) from refused
    document = _json(path, data)
    problems = check_shape(document)
    if problems:
        raise _refusal(path, "flow_file_refused", problems)
    return Draft({**document, "key": key} if key else document)


def _terms(path: Path | None) -> dict[str, Any]:
    """What a matter package gives lint to check against."""
    from tongban.engine.state import Limit

    if path is None:
        return {}
    content = _json(path, _bytes(path))
    try:
        promised = content["limits"].get("promised")
        return {
            "form_fields": {f["name"]: f for g in content["form"]["groups"] for f in g["fields"]},
            "materials": [m["key"] for m in content["materials"]],
            "promised": Limit(promised["amount"], promised.get("unit", "workday")) if promised else None,
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise CommandError(
            "package_malformed",
            f"{path} 不是完整的事项数据包。",
            "先用 tongban matter check 检查。",
            ExitCode.REFUSED,
        ) from error


def _bytes(path: Path) -> bytes:
    from tongban.engine.bpmn.importer import MAX_BYTES

    try:
        if path.stat().st_size > MAX_BYTES:
            raise CommandError("file_too_large", f"{path} 太大。", exit_code=ExitCode.REFUSED)
        return path.read_bytes()
    except OSError as error:
        raise CommandError("file_unreadable", f"读不到文件 {path}。", exit_code=ExitCode.REFUSED) from error


def _json(path: Path, data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CommandError("not_json", f"{path} 不是 JSON 文件。", exit_code=ExitCode.REFUSED) from error


def _written(document: Mapping[str, Any], suffix: str) -> bytes:
    from tongban.engine.bpmn.export import export

    if suffix.lower() in BPMN_SUFFIXES:
        return export(document)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _refusal(path: Path, code: str, problems: Sequence[Problem]) -> CommandError:
    told = "\n".join(f"  {p.where or '文件'}：{p.message}" for p in problems)
    return CommandError(code, f"{path} 没有读入：\n{told}", "修改后再试。", ExitCode.REFUSED)


def _tell(console: Console, problems: Sequence[Problem], draft: Draft) -> None:
    for fill in draft.fill:
        console.say(f"待填 {fill.where}：{fill.message}")
    if problems:
        console.table(("位置", "问题", "怎么改"), [(p.where, p.message, p.mend) for p in problems])
    else:
        console.say("没有发现问题。")
