"""`tongban document parse` gives one object a file and needs no database."""

import json

from tests.unit.disclosure.samples import SAMPLES
from tongban.base.console import ExitCode
from tongban.platforms.disclosure.reader import FIELDS
from tongban.project.cli import main


def test_each_file_gives_one_object_on_a_line(tmp_path, capsys):
    for number, sample in enumerate(SAMPLES[:3]):
        (tmp_path / f"{number}.txt").write_text(sample[1], encoding="utf-8")
    files = [str(tmp_path / f"{number}.txt") for number in range(3)]
    assert main(["document", "parse", *files, "--json"]) == ExitCode.OK
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(each) for each in told] == [set(FIELDS)] * 3
    assert told[0]["number"]["value"] == SAMPLES[0][2]["number"]


def test_a_refused_file_is_said_and_the_others_go_on(tmp_path, capsys):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "b.txt").write_text(SAMPLES[0][1], encoding="utf-8")
    assert main(["document", "parse", str(tmp_path), "--json"]) == ExitCode.REFUSED
    said = capsys.readouterr()
    assert [json.loads(line)["title"] is None for line in said.out.splitlines()] == [True, False]
    assert "document.damaged" in said.err


def test_a_person_gets_a_table_with_the_places(tmp_path, capsys):
    (tmp_path / "b.txt").write_text(SAMPLES[0][1], encoding="utf-8")
    assert main(["document", "parse", str(tmp_path / "b.txt")]) == ExitCode.OK
    assert "标题下方的发文字号" in capsys.readouterr().out
