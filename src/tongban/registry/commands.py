"""`tongban matter import|export|check`: taking packages of matters in, giving them out, looking at them first.

`tongban account`: a way back into an account for whom no page can help.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tongban.base.console import CommandError, Console, ExitCode, Subparsers, add_json

if TYPE_CHECKING:
    from tongban.registry.actors import Actor
    from tongban.registry.models import Account
    from tongban.registry.reports import Report, Verdict


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("matter", help="事项数据包").add_subparsers(required=True)
    take = group.add_parser("import", help="导入事项数据包；每个事项各有结论，合格的存为草稿")
    take.add_argument(
        "paths",
        type=Path,
        nargs="+",
        help="JSON 文件（一个数据包或其列表），存放它们的文件夹，或事项表格（XLSX）",
    )
    take.add_argument("--publish", metavar="YYYY-MM-DD", type=date.fromisoformat, help="审核并自该日起发布")
    take.add_argument(
        "--as", dest="username", metavar="用户名", help="以该账号的权限导入；不写则以本系统名义"
    )
    take.add_argument("--note", default="导入", help="变更说明")
    add_json(take)
    take.set_defaults(run=_import)
    blank = group.add_parser("template", help="导出空白的事项表格（XLSX），供填写后导入")
    blank.add_argument("out", type=Path, help="写入的文件")
    blank.set_defaults(run=_template, bare=True)
    give = group.add_parser("export", help="导出事项数据包")
    give.add_argument("code", help="实施编码或基本编码")
    give.add_argument(
        "--on", metavar="YYYY-MM-DD", type=date.fromisoformat, help="该日有效的版本；不写则今天"
    )
    give.add_argument("--out", type=Path, help="写入文件；不写则写到标准输出")
    give.set_defaults(run=_export)
    check = group.add_parser("check", help="检查事项数据包，不导入")
    check.add_argument("paths", type=Path, nargs="+", help="JSON 文件或文件夹")
    add_json(check)
    check.set_defaults(run=_check)

    account = subparsers.add_parser("account", help="找回账号").add_subparsers(required=True)
    link = account.add_parser("reset-password", help="给出重设密码的链接，只能用一次，30 分钟内有效")
    link.set_defaults(run=_reset_password)
    drop = account.add_parser("reset-factors", help="撤销两步验证和通行密钥")
    drop.set_defaults(run=_reset_factors)
    for parser in (link, drop):
        parser.add_argument("username", metavar="用户名")
        add_json(parser)


def _import(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.registry.actors import INSTALLATION, Actor
    from tongban.registry.models import Account
    from tongban.registry.reports import Report
    from tongban.registry.services.matters import import_matter, known_here

    actor: Actor = INSTALLATION
    if args.username:
        account = Account.objects.filter(username=args.username, is_active=True).first()
        if account is None:
            raise CommandError(
                "account_unknown", f"没有账号 {args.username}。", "核对用户名。", ExitCode.REFUSED
            )
        actor = account
    books = [path for path in args.paths if path.suffix.lower() == ".xlsx"]
    if books:
        return _import_workbooks(args, console, actor, books)
    packages = list(_packages(args.paths))
    report, known = Report(), known_here()
    with console.progress("导入事项", total=len(packages)) as ticker:
        for _, package in packages:
            report.verdicts.append(
                import_matter(actor, package, publish_from=args.publish, change_note=args.note, known=known)
            )
            ticker.advance()
    _tell(console, report, [name for name, _ in packages])
    return ExitCode.OK if report.ok else ExitCode.REFUSED


def _import_workbooks(
    args: argparse.Namespace, console: Console, actor: "Actor", books: list[Path]
) -> ExitCode:
    from tongban.registry.services.workbooks import RowVerdict, take_rows
    from tongban.registry.workbook import WorkbookRefused, read_workbook

    if len(books) != len(args.paths):
        raise CommandError("workbook_alone", "XLSX 与 JSON 请分开导入。", "", ExitCode.REFUSED)
    verdicts: list[tuple[str, RowVerdict]] = []
    for book in books:
        try:
            rows = read_workbook(book.read_bytes())
        except (OSError, WorkbookRefused) as error:
            raise CommandError("workbook_refused", f"{book}：{error}", "", ExitCode.REFUSED) from error
        with console.progress(f"导入 {book.name}", total=len(rows)) as ticker:
            done = take_rows(
                actor, rows, note=args.note, publish_from=args.publish, tick=lambda _: ticker.advance()
            )
        verdicts += [(str(book), verdict) for verdict in done]
    refused = sum(v.outcome == "refused" for _, v in verdicts)

    def human() -> None:
        for file, v in verdicts:
            if v.findings:
                console.say(f"{_WORDS[v.word]}  {v.code or '（无编码）'}  {file} {v.place}")
            for f in v.findings:
                mark = "✗" if f.level == "error" else "·"
                console.say(f"   {mark} {f.place}：{f.why}。{f.mend}（{f.code}）")
        console.say(f"共 {len(verdicts)} 个事项，未通过 {refused} 个。")

    told = [
        {
            "file": file,
            "code": v.code,
            "verdict": v.word,
            "outcome": v.outcome,
            "version": v.version,
            "row": v.place.row,
        }
        | {"problems": [asdict(f) for f in v.findings]}
        for file, v in verdicts
    ]
    console.emit({"counts": dict(Counter(v.outcome for _, v in verdicts)), "verdicts": told}, human)
    return ExitCode.REFUSED if refused else ExitCode.OK


def _template(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.registry.workbook import template

    args.out.write_bytes(template())
    console.say(f"已写入 {args.out}；填好后用 tongban matter import 导入。")
    return ExitCode.OK


def _export(args: argparse.Namespace, console: Console) -> ExitCode:
    import sys

    from tongban.registry.queries import guide
    from tongban.registry.services.matters import export_matter

    version = guide(args.code, args.on)
    if version is None:
        raise CommandError(
            "matter_unknown",
            f"没有有效的事项 {args.code}。",
            "核对实施编码、基本编码与日期。",
            ExitCode.REFUSED,
        )
    data = export_matter(version)
    if args.out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        args.out.write_bytes(data)
        console.say(f"已导出《{version.name}》第 {version.no} 版到 {args.out}。")
    return ExitCode.OK


def _check(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.registry.package import check_package
    from tongban.registry.reports import Report
    from tongban.registry.services.matters import code_of, known_here

    report, known, names = Report(), known_here(), []
    for name, package in _packages(args.paths):
        problems = check_package(package, known)
        refused = any(problem.level == "error" for problem in problems)
        report.add("matter", code_of(package), "refused" if refused else "unchanged", problems)
        names.append(name)
    _tell(console, report, names)
    return ExitCode.OK if report.ok else ExitCode.FOUND


def _packages(paths: Iterable[Path]) -> Iterable[tuple[str, Any]]:
    for path in paths:
        if not path.exists():
            raise CommandError("file_missing", f"没有 {path}。", "核对文件名。", ExitCode.REFUSED)
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            try:
                content = orjson.loads(file.read_bytes())
            except orjson.JSONDecodeError:
                yield str(file), file.read_bytes()
                continue
            many = content if isinstance(content, list) else [content]
            for no, package in enumerate(many, 1):
                yield (f"{file}[{no}]" if isinstance(content, list) else str(file)), package


_WORDS = {"clean": "通过", "warned": "有提示", "refused": "未导入"}


def _tell(console: Console, report: "Report", names: list[str]) -> None:
    def human() -> None:
        for name, verdict in zip(names, report.verdicts, strict=True):
            console.say(f"{_WORDS[verdict.word]}  {verdict.key or '（无编码）'}  {name}")
            for problem in verdict.problems:
                mark = "✗" if problem.level == "error" else "·"
                console.say(f"   {mark} {problem.field}  {problem.why}。{problem.mend}（{problem.code}）")
        console.say(f"共 {len(report.verdicts)} 个事项，未通过 {len(report.refused)} 个。")

    console.emit(
        {
            "counts": report.counts,
            "verdicts": [_plain(name, v) for name, v in zip(names, report.verdicts, strict=True)],
        },
        human,
    )


def _plain(name: str, verdict: "Verdict") -> dict[str, Any]:
    return {
        "file": name,
        "code": verdict.key,
        "verdict": verdict.word,
        "outcome": verdict.outcome,
        "version": verdict.id,
        "problems": [asdict(problem) for problem in verdict.problems],
    }


def _reset_password(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.registry.errors import RegistryRefused
    from tongban.registry.services.passwords import help_by_console

    try:
        link = help_by_console(_account(args.username))
    except RegistryRefused as error:
        raise CommandError(error.code, error.message, "", ExitCode.REFUSED) from error
    console.emit({"link": link}, lambda: console.say(f"请交给本人，30 分钟内打开，只能用一次：\n{link}"))
    return ExitCode.OK


def _reset_factors(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.registry.actors import INSTALLATION
    from tongban.registry.services.passwords import give_up_factors

    count = give_up_factors(INSTALLATION, _account(args.username))
    console.emit({"removed": count}, lambda: console.say(f"已撤销 {count} 项；请本人登录后重新设置。"))
    return ExitCode.OK


def _account(username: str) -> "Account":
    from tongban.registry.models import Account

    found = Account.objects.filter(username=username).first()
    if found is None:
        raise CommandError("account_unknown", f"没有账号 {username}。", "核对用户名。", ExitCode.REFUSED)
    return found
