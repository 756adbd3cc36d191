"""开餐馆一件事: one form and one set of materials, nothing asked for twice."""

import json
from pathlib import Path

import pytest

import tongban.project.demo

MATTERS = Path(tongban.project.demo.__file__).parent / "data/matters"


def content():
    said = json.loads((MATTERS / "canguan.json").read_text(encoding="utf-8"))
    return said.get("content", said)


@pytest.mark.parametrize("what", ["name", "label"])
def test_no_field_stands_in_the_form_twice(what):
    found = [f[what] for g in content()["form"]["groups"] for f in g["fields"]]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("what", ["key", "name"])
def test_no_material_stands_in_the_list_twice(what):
    found = [m[what] for m in content()["materials"]]
    assert len(found) == len(set(found))


def test_every_field_that_a_member_takes_is_asked_in_the_joint_form():
    joint = {f["name"] for g in content()["form"]["groups"] for f in g["fields"]}
    members = content()["params"]["members"]
    assert len(members) >= 5
    for member in members:
        assert set(member.get("fields") or {}) <= joint, member["offering"]
