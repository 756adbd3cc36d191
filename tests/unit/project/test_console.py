import argparse
import io
import json

import pytest

from tongban.base.console import CommandError, Console, ExitCode
from tongban.project import cli


def consoles(*, as_json):
    out, err = io.StringIO(), io.StringIO()
    return Console(as_json=as_json, out=out, err=err), out, err


def test_with_json_standard_output_holds_the_document_and_nothing_else():
    console, out, err = consoles(as_json=True)

    console.say("正在检查……")
    with console.progress("检查", total=2) as bar:
        bar.advance(2)
    console.emit({"ok": True})

    assert json.loads(out.getvalue()) == {"ok": True}
    assert "正在检查" in err.getvalue()


def test_without_json_a_person_reads_sentences():
    console, out, _ = consoles(as_json=False)

    console.emit({"n": 3}, lambda: console.say("共 3 件 [办结]"))

    assert out.getvalue() == "共 3 件 [办结]\n"


def test_where_no_terminal_shows_the_bar_a_line_says_what_is_awaited():
    console, out, err = consoles(as_json=False)

    with console.progress("装入", unseen="正在装入，约需几分钟……") as bar:
        bar.advance(1)

    assert (out.getvalue(), err.getvalue()) == ("", "正在装入，约需几分钟……\n")


def test_a_refusal_says_what_happened_what_to_do_and_its_code():
    console, _, err = consoles(as_json=False)

    code = console.fail(CommandError("file_missing", "没有这个文件。", "请检查路径。", ExitCode.REFUSED))

    assert code == ExitCode.REFUSED
    assert all(part in err.getvalue() for part in ("没有这个文件。", "请检查路径。", "file_missing"))


def test_exit_codes_keep_their_numbers():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0, "FOUND": 1, "USAGE": 2, "UNREADY": 3, "REFUSED": 4, "BROKEN": 70, "INTERRUPTED": 130,
    }  # fmt: skip


def test_the_commands_of_every_room_are_found():
    found = set(cli.command_modules())

    assert {"tongban.project.commands", "tongban.base.commands"} <= found


@pytest.mark.parametrize(
    "line",
    ["up", "web", "worker", "migrate", "demo", "doctor", "doctor --json", "calendar check", "ledger verify"],
)
def test_a_command_line_is_understood(line):
    args = cli.build_parser().parse_args(line.split())

    assert callable(args.run)


def test_a_command_that_does_not_exist_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["fly"])

    assert left.value.code == ExitCode.USAGE


def test_a_refusal_becomes_the_exit_code(monkeypatch, capsys):
    def refuse(args, console):
        raise CommandError("not_empty", "已有数据。", exit_code=ExitCode.REFUSED)

    parser = argparse.ArgumentParser()
    parser.set_defaults(run=refuse, bare=True)
    monkeypatch.setattr(cli, "build_parser", lambda: parser)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)

    assert cli.main([]) == 4
    assert "已有数据" in capsys.readouterr().err
