"""`tongban document parse|import`: what a file says of itself, and taking many into the catalogue."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from tongban.base.console import CommandError, ExitCode, add_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from tongban.base.console import Console, Subparsers
    from tongban.platforms.disclosure.reader import Reading
    from tongban.platforms.disclosure.reader.batches import BatchFile


PORTION = 5_000
"""Files of a batch, when a folder has more."""


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("document", help="政府信息公开的文件").add_subparsers(required=True)
    parse = group.add_parser("parse", help="读出文件的标题、文号、机关、日期等，并说明读自何处")
    parse.add_argument("files", type=Path, nargs="+", metavar="file", help="TXT、HTML、DOCX、PDF 或 OFD")
    parse.add_argument("--full", action="store_true", help="连同主送机关、附件、主题分类的分数和提醒")
    parse.add_argument("--json", action="store_true", help="每个文件一行 JSON，供脚本读取")
    parse.set_defaults(run=_parse, bare=True)
    take = group.add_parser("import", help="把文件夹或 ZIP 里的文件读入待确认的一批")
    take.add_argument("path", type=Path, help="文件夹、ZIP 或单个文件")
    take.add_argument("--org", required=True, help="发布机构：键或统一社会信用代码")
    take.add_argument("--historic", action="store_true", help="这些文件以前公开过，确认后直接进入公开目录")
    add_json(take)
    take.set_defaults(run=_import)


def _import(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.base.files.errors import FileRefused
    from tongban.engine.errors import Refused
    from tongban.platforms.disclosure.models import BatchRow
    from tongban.platforms.disclosure.services import begin_batch, read_batch
    from tongban.registry.models import Organisation
    from tongban.registry.queries import organisation

    if not args.path.exists():
        raise CommandError("file_unreadable", f"读不到 {args.path}。", "", ExitCode.REFUSED)
    node = organisation(args.org)
    if node is None:
        raise CommandError(
            "org_unknown", f"没有机构“{args.org}”。", "请写机构的键或统一社会信用代码。", ExitCode.REFUSED
        )
    org = Organisation.objects.get(pk=node.id)
    batches = []
    try:
        for n, files in enumerate(_portions(_files(args.path)), 1):
            name = args.path.name if n == 1 else f"{args.path.name}（{n}）"
            batches.append(begin_batch(None, org, files, name=name, historic=args.historic))
    except (FileRefused, Refused) as refused:
        raise CommandError(refused.code, refused.message, "", ExitCode.REFUSED) from refused
    if not batches:
        raise CommandError("file_unreadable", f"{args.path} 里没有文件。", "", ExitCode.REFUSED)
    with console.progress("读取文件", total=sum(batch.total for batch in batches)) as ticker:
        for batch in batches:
            read_batch(batch.pk, ticker.advance)
    rows = list(BatchRow.objects.filter(batch__in=batches).values_list("verdict", "name", "code", "message"))
    counts = {word: sum(1 for row in rows if row[0] == word) for word in BatchRow.Verdict.values}
    refused_rows = [
        {"name": n, "code": c, "message": m} for v, n, c, m in rows if v == BatchRow.Verdict.REFUSED
    ]
    numbers = [str(batch.pk) for batch in batches]
    console.emit(
        {
            "batch": numbers[0],
            "batches": numbers,
            "total": len(rows),
            "verdicts": counts,
            "refused": refused_rows,
        },
        lambda: console.table(
            ("结论", "份数"), [(str(BatchRow.Verdict(w).label), n) for w, n in counts.items()]
        ),
    )
    for row in refused_rows:
        console.warn(f"✗ {row['name']}：{row['message']}（{row['code']}）")
    for number in numbers:
        console.say(f"请到 /desk/disclosure/import/{number}/ 确认。")
    return ExitCode.OK


def _parse(args: argparse.Namespace, console: Console) -> ExitCode:
    from tongban.platforms.disclosure.reader import FIELDS, DocumentRefused, Reading, read_bytes

    code = ExitCode.OK
    for path in args.files:
        for file in _files(path):
            try:
                if file.refused:
                    raise file.refused
                reading = read_bytes(file.data, file.name)
            except DocumentRefused as refused:
                code = ExitCode.REFUSED
                console.warn(f"✗ {file.name}：{refused.message}（{refused.code}）")
                reading = Reading({}, warnings=(refused.message,))
            told = reading.in_full() if args.full else reading.as_json()
            if args.json:
                print(orjson.dumps(told).decode())  # noqa: T201 -- one object a line
            else:
                _tell(console, file.name, reading, FIELDS)
    return code


def _files(path: Path) -> Iterator[BatchFile]:
    from tongban.platforms.disclosure.reader import DocumentRefused
    from tongban.platforms.disclosure.reader.batches import files_of

    try:
        yield from files_of(path)
    except DocumentRefused as refused:
        raise CommandError(refused.code, f"{path}：{refused.message}", "", ExitCode.REFUSED) from refused


def _portions(files: Iterator[BatchFile]) -> Iterator[Iterator[BatchFile]]:
    """The files in portions that a batch holds; each is to be used up before the next is asked for."""
    for first in files:
        yield chain((first,), islice(files, PORTION - 1))


def _tell(console: Console, name: str, reading: Reading, fields: tuple[str, ...]) -> None:
    from tongban.platforms.disclosure.reader.weighing import NAMES

    console.say(f"== {name}")
    rows = []
    for field in fields:
        best = reading.fields[field].best if field in reading.fields else None
        rows.append(
            (
                NAMES[field],
                best.value if best else "—",
                f"{best.confidence:.2f}" if best else "",
                best.place if best else "",
            )
        )
    console.table(("项目", "读出", "把握", "读自"), rows)
    for warning in reading.warnings:
        console.warn(f"  {warning}")
