"""`tongban flow import` keeps a draft; `tongban flow export` gives out what was published."""

import argparse
import json
from pathlib import Path

import pytest

from tests.drawn_flows import STRAIGHT
from tongban.base.console import CommandError, Console, ExitCode
from tongban.engine.bpmn import commands, export, import_flow
from tongban.engine.flows import publish_flow
from tongban.engine.models import FlowVersion
from tongban.registry.flows import published_flow
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    args = parser.parse_args(["flow", *words])
    return int(args.run(args, Console(as_json=getattr(args, "json", False))))


def imported(tmp_path: Path, *more: str) -> None:
    path = tmp_path / "flow.bpmn"
    path.write_bytes(export(STRAIGHT))
    assert run("import", str(path), "--json", *more) == 0


def test_an_imported_drawing_is_a_draft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path)
    told = json.loads(capsys.readouterr().out)
    row = FlowVersion.objects.get()
    assert (row.key, row.no, row.status, row.document) == ("straight", 1, "draft", STRAIGHT)
    assert (told["key"], told["no"], told["sha256"]) == ("straight", 1, row.sha256)
    assert [p["code"] for p in told["problems"]] == ["post_unknown"]
    imported(tmp_path, "--key", "other")
    assert set(FlowVersion.objects.values_list("key", flat=True)) == {"straight", "other"}


def test_what_was_published_is_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path)
    out = tmp_path / "out.bpmn"
    with pytest.raises(CommandError, match="没有流程"):
        run("export", "straight", "--output", str(out))  # a draft is given out only when asked for by number
    assert run("export", "straight", "--no", "1", "--output", str(out)) == 0
    monkeypatch.setattr("tongban.engine.flows.check_flow", lambda _document: [])
    account = Account.objects.create(username="clerk")
    publish_flow(account, FlowVersion.objects.get())
    assert run("export", "straight", "--output", str(out)) == 0
    assert import_flow(out.read_bytes()).document == STRAIGHT
    assert run("export", "straight", "--output", str(tmp_path / "out.json")) == 0
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == STRAIGHT


def test_a_draft_without_faults_is_published_and_matters_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="没有草稿"):
        run("publish", "straight")
    imported(tmp_path)
    with pytest.raises(CommandError, match="不能发布") as told:
        run("publish", "straight")  # its posts do not exist here
    assert told.value.exit_code == ExitCode.REFUSED
    assert published_flow("straight") is None
    monkeypatch.setattr("tongban.engine.flows.check_flow", lambda _document: [])
    with pytest.raises(CommandError, match="没有账号"):
        run("publish", "straight", "--as", "nobody")
    Account.objects.create(username="clerk")
    capsys.readouterr()
    assert run("publish", "straight", "--as", "clerk", "--json") == 0
    row = FlowVersion.objects.get()
    assert json.loads(capsys.readouterr().out)["sha256"] == row.sha256
    assert (row.status, str(row.published_by)) == ("published", str(Account.objects.get()))
    assert published_flow("straight") == bytes.fromhex(row.sha256)
    assert published_flow("") is None
