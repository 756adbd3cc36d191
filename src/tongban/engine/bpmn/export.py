"""A flow as BPMN 2.0 XML with its diagram: valid by the standard's schema, importable again to the same bytes."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from tongban.engine.bpmn.layout import APPLICANT, Box, Layout, lay_out
from tongban.engine.bpmn.mapping import (
    BPMN,
    BPMNDI,
    CEL,
    DC,
    DI,
    ELEMENTS,
    OURS,
    XSI,
    completion,
    conditional,
    duration,
    tag,
    words,
    write_step,
)  # fmt: skip
from tongban.engine.flow import Flow
from tongban.engine.lint.graph import Graph

_NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "tongban": OURS}


def export(flow: Flow | Mapping[str, Any], *, post_names: Mapping[str, str] | None = None) -> bytes:
    """BPMN 2.0 XML (UTF-8) of a flow, or of a flow document whose shape is right (lint.shape.check_shape).

    Lanes are the posts, under their names in `post_names` (code -> name) or else their codes. The same document and
    names always give the same bytes; `import_flow` of them gives the same document.
    """
    document = flow.document if isinstance(flow, Flow) else flow
    graph = Graph({n["key"]: n for n in document["nodes"]}, document["edges"])
    layout = lay_out(graph)
    root = etree.Element(tag("definitions"), nsmap=_NAMESPACES)
    root.set("id", "definitions.1")
    root.set("targetNamespace", "urn:tongban:flow")
    root.set("expressionLanguage", CEL)
    root.set("exporter", "Tongban")
    title = document.get("name") or document["key"]
    collaboration = _add(root, "collaboration", id="collaboration.1")
    _add(collaboration, "participant", id="participant.1", name=title, processRef="process.1")
    process = _add(root, "process", id="process.1", isExecutable="false")
    if "name" in document:
        process.set("name", document["name"])
    _flow_extension(process, document)
    titles = _lane_titles(layout, post_names or {})
    _lanes(process, layout, titles)
    for key in graph.nodes:
        _node(process, graph, key)
    for index in range(len(graph.edges)):
        _edge(process, graph, index)
    _diagram(root, graph, layout)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, name: str, namespace: str = BPMN, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, tag(name, namespace))
    for key, value in attributes.items():
        element.set(key, value)
    return element


def _flow_extension(process: etree._Element, document: Mapping[str, Any]) -> None:
    extension = _add(_add(process, "extensionElements"), "flow", OURS, key=document["key"])
    if "schema" in document:
        extension.set("schema", str(document["schema"]))


def _lane_titles(layout: Layout, names: Mapping[str, str]) -> dict[str, str]:
    titles = {}
    for lane in layout.lanes:
        if lane.key == APPLICANT:
            titles[lane.key] = "申请人"
        else:
            posts = lane.key.split("+")
            titles[lane.key] = ("会签：" if len(posts) > 1 else "") + "、".join(
                names.get(p, p) for p in posts
            )
    return titles


def _lanes(process: etree._Element, layout: Layout, titles: Mapping[str, str]) -> None:
    if not layout.lanes:
        return
    lane_set = _add(process, "laneSet", id="lanes.1")
    for index, lane in enumerate(layout.lanes):
        element = _add(lane_set, "lane", id=f"lane.{index}", name=titles[lane.key])
        _add(_add(element, "extensionElements"), "lane", OURS, of=lane.key)
        for key in lane.nodes:
            _add(element, "flowNodeRef").text = key


def _element_name(graph: Graph, node: Mapping[str, Any]) -> str:
    kind = node["kind"]
    if kind in ("split", "join"):
        split = node if kind == "split" else graph.nodes.get(node.get("split", ""), node)
        if kind == "join" and split.get("policy", "all") != "all":
            return "complexGateway"
        return "inclusiveGateway" if conditional(graph.outgoing[split["key"]]) else "parallelGateway"
    return ELEMENTS[kind][0]


def _node(process: etree._Element, graph: Graph, key: str) -> None:  # noqa: C901 -- one line for each part
    node = graph.nodes[key]
    kind, name = node["kind"], _element_name(graph, node)
    element = _add(process, name, id=key)
    if "name" in node:
        element.set("name", node["name"])
    if told := words(node):
        _add(element, "documentation").text = told
    write_step(_add(element, "extensionElements"), node)
    position = {id(e): i for i, e in enumerate(graph.edges)}
    for edge in graph.incoming[key]:
        _add(element, "incoming").text = f"flow.{position[id(edge)]}"
    for edge in graph.outgoing[key]:
        _add(element, "outgoing").text = f"flow.{position[id(edge)]}"
        if edge.get("default") and name in ("exclusiveGateway", "inclusiveGateway"):
            element.set("default", f"flow.{position[id(edge)]}")
    if name.endswith("Gateway"):
        into, out = len(graph.incoming[key]), len(graph.outgoing[key])
        direction = (
            "Diverging" if out > 1 and into <= 1 else "Converging" if into > 1 and out <= 1 else "Mixed"
        )
        element.set("gatewayDirection", direction if into > 1 or out > 1 else "Unspecified")
    if name == "complexGateway":
        split = graph.nodes[node["split"]]  # known, else the join would not have become complex
        need = 1 if split["policy"] == "any" else split.get("need", 0)
        _expression(element, "activationCondition", f"activationCount >= {need}")
    if kind == "wait" and "limit" in node:
        timer = _add(element, "timerEventDefinition", id=f"timer.{key}")
        _expression(timer, "timeDuration", duration(node["limit"]), language="")
    if "multi" in node:
        _multi(element, len(node["multi"]["posts"]), completion(node))
    if len(node.get("members", ())) > 1:
        count = {"any": 1, "n_of_m": node.get("need", 0)}.get(node.get("policy", "all"), 0)
        _multi(element, len(node["members"]), f"size(concluded) >= {count}" if count else "")


def _multi(element: etree._Element, count: int, condition: str) -> None:
    multi = _add(element, "multiInstanceLoopCharacteristics", isSequential="false")
    _expression(multi, "loopCardinality", str(count), language="")
    if condition:
        _expression(multi, "completionCondition", condition)


def _expression(parent: etree._Element, name: str, text: str, language: str = CEL) -> None:
    element = _add(parent, name)
    element.set(tag("type", XSI), "bpmn:tFormalExpression")
    if language:
        element.set("language", language)
    element.text = text


def _edge(process: etree._Element, graph: Graph, index: int) -> None:
    edge = graph.edges[index]
    element = _add(process, "sequenceFlow", id=f"flow.{index}", sourceRef=edge["from"], targetRef=edge["to"])
    if "name" in edge:
        element.set("name", edge["name"])
    # What BPMN cannot tell from what is not said at all.
    said = {
        k: v for k, v in (("when", edge.get("when")), ("default", edge.get("default"))) if v in ("", False)
    }
    said |= (
        {"default": True}
        if edge.get("default") and graph.nodes[edge["from"]]["kind"] not in ("decision", "split")
        else {}
    )
    if said:
        extension = _add(_add(element, "extensionElements"), "edge", OURS)
        for key, value in said.items():
            extension.set(key, str(value).lower())
    if edge.get("when"):
        _expression(element, "conditionExpression", edge["when"])


# --- The diagram ----------------------------------------------------------------------------------------------------


def _diagram(root: etree._Element, graph: Graph, layout: Layout) -> None:
    diagram = _add(root, "BPMNDiagram", BPMNDI, id="diagram.1")
    plane = _add(diagram, "BPMNPlane", BPMNDI, id="plane.1", bpmnElement="collaboration.1")
    _shape(plane, "participant.1", layout.pool, isHorizontal="true")
    for index, lane in enumerate(layout.lanes):
        _shape(plane, f"lane.{index}", lane.box, isHorizontal="true")
    for key, box in layout.shapes.items():
        more = {"isMarkerVisible": "true"} if graph.nodes[key]["kind"] == "decision" else {}
        shape = _shape(plane, key, box, **more)
        if key in layout.labels:
            _bounds(_add(shape, "BPMNLabel", BPMNDI), layout.labels[key])
    for index, line in enumerate(layout.lines):
        edge = _add(plane, "BPMNEdge", BPMNDI, id=f"edge.{index}", bpmnElement=f"flow.{index}")
        for x, y in line.points:
            _add(edge, "waypoint", DI, x=str(x), y=str(y))
        if graph.edges[index].get("name"):
            _bounds(_add(edge, "BPMNLabel", BPMNDI), line.label)


def _shape(plane: etree._Element, of: str, box: Box, **more: str) -> etree._Element:
    shape = _add(plane, "BPMNShape", BPMNDI, id=f"shape.{of}", bpmnElement=of, **more)
    _bounds(shape, box)
    return shape


def _bounds(parent: etree._Element, box: Box) -> None:
    _add(parent, "Bounds", DC, x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))
