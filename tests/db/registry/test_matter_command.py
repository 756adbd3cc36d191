"""`tongban matter`: many files in, one verdict each; one matter out; a look without touching anything."""

import argparse
import io
import json
from datetime import date
from pathlib import Path

import pytest

from tests.db.registry.conftest import Government
from tests.unit.registry.packages import package
from tongban.base.canonical import canonical
from tongban.base.console import CommandError, Console, ExitCode
from tongban.registry import flows
from tongban.registry.commands import register
from tongban.registry.models import OfferingVersion


def run(*words: str) -> tuple[ExitCode, str]:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["matter", *words])
    out = io.StringIO()
    return args.run(
        args, Console(as_json=getattr(args, "json", False), out=out, err=io.StringIO())
    ), out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.json").write_bytes(canonical(package()))
    (tmp_path / "bad.json").write_bytes(canonical(package(matter__code="990144003000", legal_bases=[])))
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    return tmp_path


def test_a_folder_goes_in_and_each_file_has_its_verdict(government: Government, folder: Path) -> None:
    code, text = run("import", str(folder), "--json")
    answer = json.loads(text)
    assert code == ExitCode.REFUSED
    assert {Path(v["file"]).name: v["verdict"] for v in answer["verdicts"]} == {
        "bad.json": "refused",
        "broken.json": "refused",
        "good.json": "clean",
    }
    assert OfferingVersion.objects.get().status == "draft"


def test_publishing_as_somebody_needs_their_permission(government: Government, folder: Path) -> None:
    code, text = run(
        "import", str(folder / "good.json"), "--publish", "2024-01-01", "--as", "drafter", "--json"
    )
    assert code == ExitCode.REFUSED
    assert json.loads(text)["verdicts"][0]["problems"][-1]["code"] == "not_permitted"
    assert run("import", str(folder / "good.json"), "--publish", "2024-01-01")[0] == ExitCode.OK
    assert OfferingVersion.objects.get().valid.lower == date(2024, 1, 1)


def test_what_is_exported_is_what_was_imported(government: Government, folder: Path, tmp_path: Path) -> None:
    run("import", str(folder / "good.json"), "--publish", "2024-01-01")
    code, _ = run("export", "990144001000", "--out", str(tmp_path / "out.json"))
    assert code == ExitCode.OK
    assert (tmp_path / "out.json").read_bytes() == canonical(package())


def test_exporting_what_is_not_there_is_told(government: Government) -> None:
    with pytest.raises(CommandError) as told:
        run("export", "nothing")
    assert told.value.exit_code == ExitCode.REFUSED


def test_a_check_names_the_faults_and_writes_nothing(government: Government, folder: Path) -> None:
    code, text = run("check", str(folder))
    assert code == ExitCode.FOUND
    assert "law.missing" in text
    assert not OfferingVersion.objects.exists()


def test_publishing_links_the_published_flow_of_the_packages_code(
    government: Government, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = run("import", str(folder / "good.json"), "--publish", "2024-01-01", "--json")
    (verdict,) = json.loads(text)["verdicts"]
    assert (code, verdict["problems"][-1]["code"]) == (ExitCode.OK, "flow.unpublished")
    assert OfferingVersion.objects.get().flow_sha256 is None
    again = ("import", str(folder / "good.json"), "--publish", "2024-02-01", "--json")
    run(*again)
    assert OfferingVersion.objects.count() == 1, "unchanged while there is no flow"
    monkeypatch.setattr(flows, "_finders", [lambda key: b"\1" * 32 if key == "spjy" else None])
    code, text = run(*again)
    (verdict,) = json.loads(text)["verdicts"]
    assert (code, verdict["problems"]) == (ExitCode.OK, [])
    newest = OfferingVersion.objects.order_by("-no")[0]
    assert (newest.no, bytes(newest.flow_sha256 or b"")) == (2, b"\1" * 32)
    run("import", str(folder / "good.json"), "--publish", "2024-03-01")
    assert OfferingVersion.objects.count() == 2
