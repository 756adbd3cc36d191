"""`tongban document parse|import`: what a file says of itself, and taking many into the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from tongban.base.console import ExitCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from tongban.base.console import Console, Subparsers
    from tongban.platforms.disclosure.reader import Reading
    from tongban.platforms.disclosure.reader.batches import BatchFile


def register(subparsers: Subparsers) -> None:
    """Declare the commands of this room."""
    group = subparsers.add_parser("document", help="政府信息公开的文件").add_subparsers(required=True)
    parse = group.add_parser("parse", help="读出文件的标题、文号、机关、日期等，并说明读自何处")
    parse.add_argument("files", type=Path, nargs="+", metavar="file", help="TXT、HTML、DOCX、PDF 或 OFD")
    parse.add_argument("--full", action="store_true", help="连同主送机关、附件、主题分类的分数和提醒")
    parse.add_argument("--json", action="store_true", help="每个文件一行 JSON，供脚本读取")
    parse.set_defaults(run=_parse, bare=True)


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
    from tongban.base.console import CommandError
    from tongban.platforms.disclosure.reader import DocumentRefused
    from tongban.platforms.disclosure.reader.batches import files_of

    try:
        yield from files_of(path)
    except DocumentRefused as refused:
        raise CommandError(refused.code, f"{path}：{refused.message}", "", ExitCode.REFUSED) from refused


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
