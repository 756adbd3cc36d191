"""`tongban flow check` reads either kind of file, says what is wrong and converts what is sound."""

import json
from pathlib import Path

import pytest

from tests.drawn_flows import JOINT, joint, node
from tongban.engine.bpmn import export
from tongban.project.cli import main


@pytest.fixture
def flow_file(tmp_path: Path) -> Path:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(JOINT, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_sound_flow_is_converted_both_ways(flow_file: Path, tmp_path: Path) -> None:
    drawing, back = tmp_path / "flow.bpmn", tmp_path / "back.json"
    assert main(["flow", "check", str(flow_file), "--output", str(drawing)]) == 0
    assert drawing.read_bytes() == export(JOINT)
    assert main(["flow", "check", str(drawing), "--output", str(back)]) == 0
    assert json.loads(back.read_text(encoding="utf-8")) == JOINT


def test_problems_are_found_with_the_package_of_the_matter(
    flow_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "package.json"
    fields = [{"name": "area", "type": "number"}, {"name": "drains", "type": "text"}]
    content = {
        "limits": {"promised": {"amount": 10}}, "materials": [{"key": "m1"}], "form": {"groups": [{"fields": fields}]},
    }  # fmt: skip
    package.write_text(json.dumps(content), encoding="utf-8")
    assert main(["flow", "check", str(flow_file), "--package", str(package), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {p["code"] for p in found["problems"]} == {"condition_type", "limits_exceed_promise"}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.bpmn", b"<a/>", "flow_file_refused"),
        ("a.json", b"{}", "flow_file_refused"),
        ("a.json", b"{", "not_json"),
        ("missing.json", None, "file_unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused(
    name: str, data: bytes | None, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    assert main(["flow", "check", str(path), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_a_drawing_that_is_wrong_is_told_by_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = joint()
    node(document, "plan").pop("post")
    path = tmp_path / "flow.bpmn"
    path.write_bytes(export(document))
    assert main(["flow", "check", str(path)]) == 1
    assert "nodes.plan.post" in capsys.readouterr().out
