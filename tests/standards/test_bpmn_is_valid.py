"""Exported flows are valid BPMN 2.0 by the standard's own schema (the OMG's XSD files, which bpmn-moddle ships)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.drawn_flows import JOINT, STRAIGHT, flows, joint, node
from tongban.engine.bpmn import export

SCHEMA = Path(__file__).parents[2] / "node_modules/bpmn-moddle/resources/bpmn/xsd/BPMN20.xsd"
RELEASE = Path(__file__).parents[2] / "src/tongban/platforms/disclosure/data/release.json"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.exists():
        pytest.skip("node_modules is not installed (npm ci)")
    return etree.XMLSchema(etree.parse(SCHEMA))


def variants() -> list[dict[str, Any]]:
    found = [STRAIGHT, JOINT, {"key": "release", **json.loads(RELEASE.read_bytes())["flow"]}]
    for policy, need in (("any", 0), ("n_of_m", 2)):
        document = joint()
        node(document, "fork").update(policy=policy, **({"need": need} if need else {}))
        node(document, "cosign")["multi"] = {"posts": ["planning", "fire"], "policy": policy, "need": need}
        found.append(document)
    return found


@pytest.mark.parametrize("document", variants())
def test_exported_flows_are_valid(schema: etree.XMLSchema, document: dict[str, Any]) -> None:
    schema.assertValid(etree.fromstring(export(document)))


def test_random_flows_are_valid(schema: etree.XMLSchema) -> None:
    @settings(max_examples=60, deadline=None)
    @given(flows())
    def check(document: dict[str, Any]) -> None:
        schema.assertValid(etree.fromstring(export(document)))

    check()


def test_the_schema_does_refuse_what_is_wrong(schema: etree.XMLSchema) -> None:
    assert not schema.validate(etree.fromstring(export(STRAIGHT).replace(b"processRef", b"process")))
