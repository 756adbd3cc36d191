"""Exported flows open in bpmn-js, the modeller most people have, without a warning, and come back from it unchanged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.drawn_flows import JOINT, STRAIGHT, joint, node
from tests.permits import FLOW
from tongban.engine.bpmn import export, import_flow

SCRIPT = Path(__file__).parents[2] / "node_modules/bpmn-js/dist/bpmn-modeler.development.js"

OPEN = """async xml => {
    const modeler = new BpmnJS({container: document.body.appendChild(document.createElement('div'))});
    const {warnings} = await modeler.importXML(xml);
    const shapes = modeler.get('elementRegistry').getAll().map(e => e.id);
    const saved = await modeler.saveXML({format: true});
    return {warnings: warnings.map(w => w.message), shapes, xml: saved.xml};
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    if not SCRIPT.exists():
        pytest.skip("node_modules is not installed (npm ci)")
    page = chromium.new_page()
    page.set_content("<!doctype html><title>bpmn-js</title>")
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def complex_join() -> dict[str, Any]:
    document = joint()
    node(document, "fork").update(policy="n_of_m", need=2)
    return document


@pytest.mark.browser
@pytest.mark.parametrize(
    "document", [STRAIGHT, JOINT, complex_join(), FLOW], ids=["straight", "joint", "n_of_m", "permit"]
)
def test_bpmn_js_opens_draws_and_saves_it(page: Page, document: dict[str, Any]) -> None:
    opened = page.evaluate(OPEN, export(document).decode())
    assert opened["warnings"] == []
    assert {n["key"] for n in document["nodes"]} <= set(opened["shapes"])
    assert {f"flow.{i}" for i in range(len(document["edges"]))} <= set(opened["shapes"])
    # bpmn-js writes its own spelling of the file; what it means is still the same flow.
    back = import_flow(opened["xml"].encode())
    assert back.document == document
    assert back.fill == ()
