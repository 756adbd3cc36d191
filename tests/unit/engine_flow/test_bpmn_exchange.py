"""A flow goes out as BPMN and comes back the same; a drawing from elsewhere comes in as a draft, or is refused by element."""

# ruff: noqa: E501 -- XML stands as a modeller writes it

from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.drawn_flows import JOINT, STRAIGHT, edge, flows, joint, node
from tongban.base.canonical import canonical
from tongban.engine.bpmn import Draft, ImportRefused, export, import_flow
from tongban.engine.bpmn.importer import MAX_BYTES
from tongban.engine.flow import compile_flow
from tongban.engine.lint import lint

NS = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "t": "urn:tongban:flow:1"}


def refusals(data: bytes | str) -> dict[str, str]:
    """Element id -> code of each refusal."""
    with pytest.raises(ImportRefused) as caught:
        import_flow(data.encode() if isinstance(data, str) else data)
    assert all(p.message for p in caught.value.problems)
    return {p.where: p.code for p in caught.value.problems}


def drawn(inside: str, *, more: str = "", attributes: str = "") -> str:
    """A file as an ordinary modeller writes it: start -> A -> end, with `inside` among the elements."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <bpmn:definitions xmlns:bpmn="{NS["b"]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
        xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
        id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler"
        exporterVersion="5.30.0" modeler:executionPlatform="Camunda Cloud" {attributes}>
      {more}
      <bpmn:process id="Process_1" name="许可" isExecutable="true" camunda:historyTimeToLive="180">
        <bpmn:startEvent id="Start"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
        <bpmn:userTask id="A" name="受理"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>
        <bpmn:endEvent id="End" />
        <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="A" />
        <bpmn:sequenceFlow id="F2" sourceRef="A" targetRef="End" />
        {inside}
      </bpmn:process>
      <bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="Process_1" /></bpmndi:BPMNDiagram>
    </bpmn:definitions>"""


def draft(inside: str, **more: str) -> Draft:
    return import_flow(drawn(inside, **more).encode(), key="permit")


@pytest.mark.parametrize("document", [JOINT, STRAIGHT])
def test_what_goes_out_comes_back_byte_for_byte(document: dict[str, Any]) -> None:
    back = import_flow(export(document))
    assert canonical(back.document) == canonical(document)
    assert back.fill == ()
    assert export(back.document) == export(document) == export(compile_flow(document))


@settings(max_examples=100, deadline=None)
@given(flows())
def test_every_flow_comes_back_byte_for_byte(document: dict[str, Any]) -> None:
    back = import_flow(export(document))
    assert canonical(back.document) == canonical(document)
    assert back.fill == ()


def test_every_key_of_the_format_survives() -> None:
    document = joint()
    node(document, "accept").update(
        duty="accept", silence={"outcome": "accept", "basis": ""}, choices=[{"key": "accept"}]
    )
    node(document, "plan").update(choices=[], apart_from=[], standard="", risk="", name="")
    node(document, "fork").update(policy="n_of_m", need=2)
    node(document, "plan").update(checklist=["无涉密内容", "无个人隐私"], since="signed_on")
    document["nodes"].append({"key": "until", "kind": "wait", "name": "定时发布", "until": "release_at"})
    document["edges"].append({"from": "tell", "to": "until"})
    node(document, "cosign")["multi"] = {"posts": ["a", "b"], "counts": []}
    edge(document, "tell", "end").update(default=False, when="", name=" <&>\"'\n")
    assert import_flow(export(document)).document == document


def test_kinds_are_drawn_as_bpmn_has_them() -> None:
    root = etree.fromstring(export(JOINT, post_names={"fire": "消防大队"}))
    process = root.find("b:process", NS)
    elements = {e.get("id"): etree.QName(e).localname for e in process}
    assert {k: elements[k] for k in ("start", "accept", "mend", "fork", "planned", "sub", "meet", "cosign")} == {
        "start": "startEvent", "accept": "userTask", "mend": "receiveTask", "fork": "inclusiveGateway",
        "planned": "exclusiveGateway", "sub": "callActivity", "meet": "inclusiveGateway", "cosign": "userTask",
    }  # fmt: skip
    assert {k: elements[k] for k in ("pay", "cool", "issue", "tell", "end")} == {
        "pay": "userTask", "cool": "intermediateCatchEvent", "issue": "serviceTask", "tell": "sendTask", "end": "endEvent",
    }  # fmt: skip
    assert process.find("b:exclusiveGateway[@id='granted']", NS).get("default") == "flow.15"
    complete = process.findtext("b:userTask[@id='cosign']//b:completionCondition", namespaces=NS)
    assert complete == 'votes["cosign"]["agree"] >= 2'
    assert [lane.get("name") for lane in process.iterfind(".//b:lane", NS)] == [
        "window", "申请人", "planning", "消防大队", "会签：planning、消防大队、chief", "chief",
    ]  # fmt: skip
    document = joint()
    edge(document, "fork", "sub").pop("when")
    assert etree.fromstring(export(document)).find(".//b:parallelGateway[@id='meet']", NS) is not None
    node(document, "fork").update(policy="any")
    assert etree.fromstring(export(document)).find(".//b:complexGateway[@id='meet']", NS) is not None


def test_an_ordinary_drawing_becomes_a_draft_with_what_is_left_to_fill_in() -> None:
    read = draft("")
    assert read.document == {
        "key": "permit",
        "name": "许可",
        "nodes": [
            {"key": "Start", "kind": "start"},
            {"key": "A", "kind": "human", "name": "受理"},
            {"key": "End", "kind": "end"},
        ],
        "edges": [{"from": "Start", "to": "A"}, {"from": "A", "to": "End"}],
    }
    assert [(f.where, "岗位" in f.message) for f in read.fill] == [("nodes.A", True)]
    assert {p.code for p in lint(read.document)} == {"no_post"}


def test_gateways_of_a_drawing_become_decisions_splits_and_joins() -> None:
    read = draft(
        """
        <bpmn:exclusiveGateway id="Choice" default="C2" />
        <bpmn:sequenceFlow id="X" sourceRef="A" targetRef="Choice" />
        <bpmn:sequenceFlow id="C1" name="大" sourceRef="Choice" targetRef="Fork">
          <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">form.area &gt; 100</bpmn:conditionExpression>
        </bpmn:sequenceFlow>
        <bpmn:sequenceFlow id="C2" sourceRef="Choice" targetRef="Merge" />
        <bpmn:parallelGateway id="Fork" /><bpmn:parallelGateway id="Join" /><bpmn:exclusiveGateway id="Merge" />
        <bpmn:task id="B" /><bpmn:manualTask id="C"><bpmn:multiInstanceLoopCharacteristics /></bpmn:manualTask>
        <bpmn:sequenceFlow id="S1" sourceRef="Fork" targetRef="B" />
        <bpmn:sequenceFlow id="S2" sourceRef="Fork" targetRef="C" />
        <bpmn:sequenceFlow id="J1" sourceRef="B" targetRef="Join" />
        <bpmn:sequenceFlow id="J2" sourceRef="C" targetRef="Join" />
        <bpmn:sequenceFlow id="M1" sourceRef="Join" targetRef="Merge" />
        <bpmn:sequenceFlow id="M2" sourceRef="Merge" targetRef="Wait" />
        <bpmn:intermediateCatchEvent id="Wait"><bpmn:timerEventDefinition>
          <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P2W</bpmn:timeDuration>
        </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
        <bpmn:sequenceFlow id="E2" sourceRef="Wait" targetRef="End2" />
        <bpmn:endEvent id="End2"><bpmn:terminateEventDefinition id="T" /></bpmn:endEvent>
        <bpmn:textAnnotation id="Note"><bpmn:text>记得问</bpmn:text></bpmn:textAnnotation>
        """
    )
    document = read.document
    kinds = {n["key"]: n["kind"] for n in document["nodes"]}
    assert {k: kinds[k] for k in ("Choice", "Fork", "Join", "Wait")} == {
        "Choice": "decision", "Fork": "split", "Join": "join", "Wait": "wait",
    }  # fmt: skip
    assert "Merge" not in kinds
    assert node(document, "Join")["split"] == "Fork"
    assert node(document, "Wait")["limit"] == {"amount": 14, "unit": "day"}
    assert node(document, "C")["multi"] == {"posts": [], "policy": "all"}
    assert edge(document, "Choice", "Fork") == {
        "from": "Choice",
        "to": "Fork",
        "name": "大",
        "when": "form.area > 100",
    }
    assert edge(document, "Choice", "Wait")["default"] is True
    assert any(f.where == "Note" and "记得问" in f.message for f in read.fill)
    document["edges"].remove(edge(document, "A", "End"))
    document["nodes"].remove(node(document, "End"))
    assert {p.code for p in lint(document, form_fields={"area": "number"})} == {
        "no_post",
        "multi_without_posts",
    }


def test_lanes_tell_who_was_meant() -> None:
    lanes = '<bpmn:laneSet id="L"><bpmn:lane id="L1" name="窗口"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    pool = '<bpmn:collaboration id="C"><bpmn:participant id="P1" name="局" processRef="Process_1" /></bpmn:collaboration>'
    read = import_flow(
        drawn("", more=pool).replace("<bpmn:startEvent", lanes + "<bpmn:startEvent", 1).encode()
    )
    assert "窗口" in read.fill[0].message


def test_ids_that_are_no_keys_get_keys() -> None:
    text = drawn("").replace('"A"', '"受理.1"')
    document = import_flow(text.encode()).document
    assert [n["key"] for n in document["nodes"]] == ["Start", "step_2", "End"]
    assert document["edges"][0]["to"] == "step_2"


OUTSIDE = [
    ("S", "element_unsupported", '<bpmn:scriptTask id="S"><bpmn:script>x</bpmn:script></bpmn:scriptTask>'),
    ("S", "element_unsupported", '<bpmn:subProcess id="S" triggeredByEvent="true" />'),
    ("S", "element_unsupported", '<bpmn:boundaryEvent id="S" attachedToRef="A" />'),
    ("S", "element_unsupported", '<bpmn:eventBasedGateway id="S" />'),
    ("S", "element_unsupported", '<bpmn:complexGateway id="S" />'),
    ("S", "element_unsupported", '<bpmn:dataObjectReference id="S" />'),
    ("S", "element_unsupported", '<bpmn:businessRuleTask id="S" />'),
    ("S", "event_unsupported", '<bpmn:startEvent id="S"><bpmn:messageEventDefinition /></bpmn:startEvent>'),
    ("S", "event_unsupported", '<bpmn:intermediateCatchEvent id="S"><bpmn:signalEventDefinition /></bpmn:intermediateCatchEvent>'),
    ("S", "event_unsupported", '<bpmn:endEvent id="S"><bpmn:errorEventDefinition /></bpmn:endEvent>'),
    ("S", "event_unsupported", '<bpmn:intermediateCatchEvent id="S" />'),
    ("S", "timer_unsupported", '<bpmn:intermediateCatchEvent id="S"><bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>'),
    ("S", "timer_unsupported", '<bpmn:intermediateCatchEvent id="S"><bpmn:timerEventDefinition><bpmn:timeDuration>P1DT2H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>'),
    ("S", "vendor_extension", '<bpmn:serviceTask id="S"><bpmn:extensionElements><zeebe:taskDefinition type="x" /></bpmn:extensionElements></bpmn:serviceTask>'),
    ("S", "attribute_unsupported", '<bpmn:serviceTask id="S" camunda:class="org.Evil" />'),
    ("S", "attribute_unsupported", '<bpmn:userTask id="S" isForCompensation="true" />'),
    ("S", "attribute_unsupported", '<bpmn:receiveTask id="S" messageRef="M" />'),
    ("S", "element_unsupported", '<bpmn:userTask id="S"><bpmn:standardLoopCharacteristics /></bpmn:userTask>'),
    ("S", "multi_outside", '<bpmn:serviceTask id="S"><bpmn:multiInstanceLoopCharacteristics /></bpmn:serviceTask>'),
    ("A", "id_missing", '<bpmn:userTask id="A" />'),
    ("S", "condition_language", '<bpmn:sequenceFlow id="S" sourceRef="A" targetRef="Start"><bpmn:conditionExpression>${approved}</bpmn:conditionExpression></bpmn:sequenceFlow>'),
    ("S", "condition_language", '<bpmn:sequenceFlow id="S" sourceRef="A" targetRef="Start"><bpmn:conditionExpression language="groovy">1 == 1</bpmn:conditionExpression></bpmn:sequenceFlow>'),
    ("S", "edge_end_unknown", '<bpmn:sequenceFlow id="S" sourceRef="A" targetRef="Nowhere" />'),
    ("S", "gateway_mixed", '<bpmn:parallelGateway id="S" />' + "".join(f'<bpmn:sequenceFlow id="G{i}" sourceRef="{a}" targetRef="{b}" />' for i, (a, b) in enumerate((("A", "S"), ("Start", "S"), ("S", "A"), ("S", "End"))))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "code", "inside"), OUTSIDE, ids=[f"{i}-{c}" for i, (_, c, _) in enumerate(OUTSIDE)]
)
def test_what_lies_outside_the_subset_is_refused_by_element(where: str, code: str, inside: str) -> None:
    assert refusals(drawn(inside)).get(where) == code


def test_roots_outside_the_subset_are_refused() -> None:
    assert refusals(drawn("", more='<bpmn:message id="M" />')) == {"M": "element_unsupported"}
    pool = '<bpmn:collaboration id="C"><bpmn:participant id="Out" name="外部" /><bpmn:messageFlow id="MF" /></bpmn:collaboration>'
    assert refusals(drawn("", more=pool)) == {"Out": "black_box", "MF": "element_unsupported"}
    assert refusals(drawn("", more='<bpmn:process id="P2" />')) == {"Definitions_1": "one_process"}
    assert refusals(drawn("", attributes='camunda:x="1"')) == {"Definitions_1": "attribute_unsupported"}


def test_our_file_changed_elsewhere_is_taken_in_or_contradicted() -> None:
    text = export(JOINT).decode()
    renamed = import_flow(text.replace('name="规划审查"', 'name="规划核查"').encode())
    assert node(renamed.document, "plan")["name"] == "规划核查"
    assert "cool" in refusals(
        text.replace('<bpmn:intermediateCatchEvent id="cool"', '<bpmn:serviceTask id="cool"').replace(
            "</bpmn:intermediateCatchEvent>", "</bpmn:serviceTask>"
        )
    )
    longer = import_flow(text.replace(">P7D<", ">P9D<").encode())
    assert node(longer.document, "cool")["limit"] == {"amount": 9, "unit": "day", "counted": False}
    noted = import_flow(text.replace("岗位：chief", "岗位：局长").encode())
    assert [f.where for f in noted.fill] == ["nodes.decide"]
    moved = text.replace("<bpmn:flowNodeRef>plan</bpmn:flowNodeRef>", "", 1).replace(
        "<bpmn:flowNodeRef>fire</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>fire</bpmn:flowNodeRef><bpmn:flowNodeRef>plan</bpmn:flowNodeRef>",
        1,
    )
    assert refusals(moved) == {"plan": "lane_mismatch"}
    assert refusals(text.replace('duty="review"', 'dutty="review"')) == {"plan": "extension_malformed"}


BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" name="&c;"/>"""
XXE = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"><b:process name="p">&x;</b:process></b:definitions>"""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB.encode(), "doctype"),
        (XXE.encode(), "doctype"),
        (XXE.encode("utf-16"), "doctype"),
        (
            XXE.replace("<!DOCTYPE d [", '<!doctype d SYSTEM "http://example.org/evil.dtd" [').encode(),
            "doctype",
        ),
        (b"\xff\xff\x00", "encoding"),
        ("<?xml version='1.0' encoding='gb18030'?><定/>".encode("gb18030"), "encoding"),
        (b"", "not_xml"),
        (b"<a>", "not_xml"),
        (b"<a/>", "not_bpmn"),
        (b"<a>" * 5000, "not_xml"),
        (b"<!--" + b"x" * MAX_BYTES + b"--><a/>", "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_hostile_files_are_refused_before_they_do_anything(data: bytes, code: str) -> None:
    assert refusals(data) == {"": code}


def test_a_draft_with_problems_can_still_be_drawn() -> None:
    document = joint()
    node(document, "meet").pop("split")
    document["nodes"].append({"key": "island", "kind": "join", "split": "nowhere"})
    document["edges"].append({"from": "end", "to": "start"})
    assert lint(document)
    assert import_flow(export(document)).document == document
    empty: dict[str, Any] = {"key": "empty", "nodes": [], "edges": []}
    assert import_flow(export(empty)).document == empty
