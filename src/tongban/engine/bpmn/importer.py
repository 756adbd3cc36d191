"""A BPMN 2.0 file taken in as a draft: the declared subset, drawn by us or in any ordinary modeller.

Whatever lies outside the subset is refused with the element's id and the reason, never ignored; what the drawing does
not say (posts, limits) is listed for a person to fill in. The file is hostile until parsed: no DTD, no entities, no
network, no more than MAX_BYTES. The draft has still to pass lint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lxml import etree

from tongban.engine.bpmn.mapping import (
    BPMN,
    BPMNDI,
    CEL,
    ELEMENTS,
    OURS,
    XSI,
    limit_of,
    read_step,
    tag,
    words,
)  # fmt: skip
from tongban.engine.conditions import ConditionError, compile_condition
from tongban.engine.lint.graph import Graph
from tongban.engine.lint.shape import MAX_EDGES, MAX_NODES, NODE_KEY, Problem, check_shape

MAX_BYTES = 2_000_000

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# Vendor marks that say how a thing looks or which tool drew it, and nothing about what it does.
_INERT_NAMESPACES = frozenset(
    {
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://camunda.org/schema/modeler/1.0",
        XSI,
    }
)
_INERT_NAMES = frozenset(
    {"{http://camunda.org/schema/1.0/bpmn}historyTimeToLive", "{http://camunda.org/schema/zeebe/1.0}userTask"}
)
# Attributes with the only values that change nothing.
_HARMLESS: Mapping[str, tuple[str, ...]] = {
    "isForCompensation": ("false",), "startQuantity": ("1",), "completionQuantity": ("1",), "instantiate": ("false",),
    "implementation": ("##unspecified", "##WebService"), "parallelMultiple": ("false",),
    "isImmediate": ("true", "false"), "isInterrupting": ("true",), "isSequential": ("false",), "behavior": ("All",),
    "gatewayDirection": ("Unspecified", "Converging", "Diverging", "Mixed"),
}  # fmt: skip
_NOTES = frozenset({"textAnnotation", "association", "group"})  # remarks beside the drawing
_REASONS = {
    "scriptTask": "脚本不执行；请改为服务任务，由程序登记它做什么",
    "businessRuleTask": "请改为排他网关，把规则写成条件",
    "subProcess": "不支持子流程；请展开画出，或改为调用活动（子办件）",
    "adHocSubProcess": "不支持临时子流程；补正、征求意见等随时可做的事不用画",
    "transaction": "不支持事务子流程",
    "boundaryEvent": "不支持边界事件；超时由环节时限和监察规则处理",
    "eventBasedGateway": "不支持事件网关；请改为排他网关",
    "intermediateThrowEvent": "不支持抛出事件；通知请用发送任务",
    "messageFlow": "不支持消息流；请改为发送任务或子办件",
    "dataObject": "材料在事项清单里，不在流程图里", "dataObjectReference": "材料在事项清单里，不在流程图里",
    "dataStoreReference": "数据在系统里，不在流程图里",
    "complexGateway": "复杂网关只在本系统导出的文件里认得；请改为并行或包容网关",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fill:
    """Something the drawing does not say and a person has to: where it belongs and what is asked."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow document that has still to pass lint, and what is left to fill in."""

    document: dict[str, Any]
    fill: tuple[Fill, ...] = ()


class ImportRefused(Exception):
    """A file that was not taken in. `problems` name the elements (`where` is the id) and the reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.where}: {p.message}" for p in problems[:5]))
        self.problems = problems


def import_flow(data: bytes, *, key: str = "") -> Draft:
    """Read a BPMN 2.0 file as a draft flow; `key` names the flow where the file was not exported by us.

    Raises ImportRefused with everything that lies outside the subset.
    """
    root = _parse(data)
    reader = _Reader(root)
    reader.read()
    if reader.problems:
        raise ImportRefused(reader.problems)
    document = reader.document(key)
    problems = check_shape(document)
    if problems:
        raise ImportRefused(problems)
    return Draft(document, tuple(reader.fill))


def _parse(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise ImportRefused([Problem("", "too_large", f"文件超过 {MAX_BYTES // 1_000_000} MB。")])
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            [Problem("", "encoding", "文件不是 UTF-8 编码。", "用建模工具另存为 UTF-8。")]
        ) from error
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ImportRefused(
            [Problem("", "doctype", "文件带有 DTD 或实体声明，出于安全不予读取。", "用建模工具重新导出。")]
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ImportRefused([Problem("", "not_xml", f"文件不是完整的 XML:{error.msg}")]) from error
    if root.tag != tag("definitions"):
        raise ImportRefused([Problem("", "not_bpmn", "文件不是 BPMN 2.0（根元素应当是 definitions）。")])
    return root


@dataclass(slots=True)
class _Reader:
    root: etree._Element
    problems: list[Problem] = field(default_factory=list)
    fill: list[Fill] = field(default_factory=list)
    flow: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)  # by element id
    drawn: dict[str, etree._Element] = field(default_factory=dict)  # elements of nodes, by id
    extended: set[str] = field(default_factory=set)  # ids of nodes that carry our extension
    edges: list[dict[str, Any]] = field(default_factory=list)  # from and to are element ids
    lanes: dict[str, tuple[str, str | None]] = field(
        default_factory=dict
    )  # element id -> title, our lane key

    # Reading

    def read(self) -> None:
        """Collect nodes, edges and lanes; everything else becomes a problem, or a note that it is left out."""
        processes = []
        for child in self.root:
            name = self._name(child)
            if name == "process":
                processes.append(child)
            elif name == "collaboration":
                self._collaboration(child)
            elif child.tag == tag("BPMNDiagram", BPMNDI):
                continue  # drawn anew at export
            elif name == "extensionElements":
                self._vendor(child, self.root)
            else:
                self._refuse(child)
        self._attributes(
            self.root,
            {
                "id",
                "name",
                "targetNamespace",
                "expressionLanguage",
                "typeLanguage",
                "exporter",
                "exporterVersion",
            },
        )
        if len(processes) != 1:
            self._problem(
                self.root, "one_process", f"文件里应当有且只有一个流程，现在有 {len(processes)} 个。"
            )
        for process in processes[:1]:
            self._process(process)
        self._resolve()

    def _collaboration(self, element: etree._Element) -> None:
        for child in element:
            name = self._name(child)
            if name == "participant":
                if child.get("processRef") is None:
                    self._problem(
                        child, "black_box", "不支持没有流程的参与方；外部单位请画成发送任务或子办件。"
                    )
                self._attributes(child, {"id", "name", "processRef"})
                for grandchild in child:
                    self._inner(grandchild, child)
            elif name in _NOTES:
                self._note(child)
            else:
                self._inner(child, element)

    def _process(self, process: etree._Element) -> None:
        self._attributes(process, {"id", "name", "isExecutable", "processType", "isClosed"})
        if process.get("name") is not None:
            self.flow["name"] = process.get("name")
        flows = []
        for child in process:
            name = self._name(child)
            if name == "extensionElements":
                self._flow_extension(child, process)
            elif name == "laneSet":
                self._lane_set(child)
            elif name == "sequenceFlow":
                flows.append(child)
            elif name in _NOTES:
                self._note(child)
            elif any(name in names for names in ELEMENTS.values()):
                self._node(child, name)
            else:
                self._inner(child, process)
        for child in flows:
            self._sequence_flow(child)
        if len(self.nodes) > MAX_NODES or len(self.edges) > MAX_EDGES:
            self._problem(process, "too_many", f"环节超过 {MAX_NODES} 个，或连线超过 {MAX_EDGES} 条。")

    def _flow_extension(self, element: etree._Element, process: etree._Element) -> None:
        for child in element:
            if child.tag == tag("flow", OURS):
                self.flow["key"] = child.get("key", "")
                schema = child.get("schema")
                if schema is not None:
                    self.flow["schema"] = int(schema) if re.fullmatch(r"[0-9]{1,9}", schema) else -1
        self._vendor(element, process, known=tag("flow", OURS))

    def _lane_set(self, element: etree._Element) -> None:
        for child in element:
            if self._name(child) != "lane":
                self._inner(child, element)
                continue
            self._attributes(child, {"id", "name"})
            ours = child.find(f"{tag('extensionElements')}/{tag('lane', OURS)}")
            for grandchild in child:
                name = self._name(grandchild)
                if name == "flowNodeRef":
                    held = (child.get("name", ""), None if ours is None else ours.get("of"))
                    self.lanes[(grandchild.text or "").strip()] = held
                elif name == "childLaneSet":
                    self._lane_set(grandchild)
                elif name == "extensionElements":
                    self._vendor(grandchild, child, known=tag("lane", OURS))
                else:
                    self._inner(grandchild, child)

    def _node(self, element: etree._Element, name: str) -> None:  # noqa: C901, PLR0912 -- one case for each part
        identity = element.get("id", "")
        if not identity or identity in self.nodes:
            self._problem(element, "id_missing", "元素没有编号，或编号重复。")
            return
        self._attributes(element, {"id", "name", "default"} if name.endswith("Gateway") else {"id", "name"})
        node: dict[str, Any] = {}
        self.nodes[identity], self.drawn[identity] = node, element
        step = element.find(f"{tag('extensionElements')}/{tag('step', OURS)}")
        if step is not None:
            try:
                node |= read_step(step)
            except ValueError as error:
                self._problem(element, "extension_malformed", f"{error}。")
                return
            self.extended.add(identity)
            if name not in ELEMENTS.get(node.get("kind", ""), ()):
                self._problem(
                    element, "kind_mismatch", f"画成了 {name}，扩展属性却说是“{node.get('kind')}”。"
                )
                return
        if element.get("name") is not None:
            node["name"] = element.get("name")
        several = False
        for child in element:
            inner = self._name(child)
            if inner == "multiInstanceLoopCharacteristics":
                several = True
                self._several(child, ours=step is not None)
            elif inner == "timerEventDefinition" and name == "intermediateCatchEvent":
                self._timer(child, element, node)
            elif inner == "terminateEventDefinition" and name == "endEvent":
                continue  # an end ends the whole case anyhow
            elif inner == "activationCondition" and step is not None:
                continue  # follows from the policy of the split, which the extension carries
            elif inner == "documentation":
                if (child.text or "") != (words(node) if step is not None else ""):
                    self.fill.append(Fill(identity, f"元素说明没有带入：{(child.text or '').strip()[:60]}"))
            elif inner == "extensionElements":
                self._vendor(child, element, known=tag("step", OURS))
            elif inner not in ("incoming", "outgoing"):
                self._inner(child, element)
        if step is None:
            self._kind_by_drawing(element, name, node, several=several)
        elif several != ("multi" in node or len(node.get("members", ())) > 1):
            self._problem(element, "kind_mismatch", "多实例标记与扩展属性里的会签岗位或子办件不一致。")

    def _kind_by_drawing(
        self, element: etree._Element, name: str, node: dict[str, Any], *, several: bool
    ) -> None:
        identity = element.get("id", "")
        if name == "complexGateway":
            self._refuse(element)
        kinds = [kind for kind, names in ELEMENTS.items() if name in names]
        node["kind"] = kinds[0]
        if several and node["kind"] == "human":
            node["multi"] = {"posts": [], "policy": "all"}
        elif several and node["kind"] != "subcase":
            self._problem(element, "multi_outside", "只有用户任务（会签）和调用活动（子办件）可以是多实例。")
        if (
            name == "intermediateCatchEvent"
            and "limit" not in node
            and element.find(tag("timerEventDefinition")) is None
        ):
            self._problem(element, "event_unsupported", "中间事件只支持定时等待。")
        asked = {
            "human": "选择办理岗位和时限", "subcase": "列出子办件的事项", "payment": "选择收费项目",
            "auto": "选择自动环节做什么", "notice": "选择通知模板", "correction": "确认补正期限",
        }  # fmt: skip
        if node["kind"] in asked:
            lane = self.lanes.get(identity, ("", None))[0]
            beside = f"（画在泳道“{lane}”里）" if lane else ""
            self.fill.append(
                Fill(identity, f"“{node.get('name') or identity}”:{asked[node['kind']]}{beside}")
            )

    def _several(self, element: etree._Element, *, ours: bool) -> None:
        self._attributes(element, {"id"})
        for child in element:
            inner = self._name(child)
            if not (inner == "loopCardinality" or (inner == "completionCondition" and ours)):
                self._inner(child, element)

    def _timer(self, element: etree._Element, event: etree._Element, node: dict[str, Any]) -> None:
        limit = None
        for child in element:
            if self._name(child) == "timeDuration":
                limit = limit_of(child.text or "")
            else:
                self._problem(event, "timer_unsupported", "定时只支持时长（如 P5D），不支持日期和循环。")
                return
        if limit is None:
            self._problem(
                event, "timer_unsupported", "定时时长应当是一个单位的整数，如 P5D、P2W、P1M、PT8H。"
            )
            return
        said = node.get("limit")
        if said is None or said.get("amount") != limit["amount"]:
            node["limit"] = limit if said is None else {**said, "amount": limit["amount"]}

    def _sequence_flow(self, element: etree._Element) -> None:  # noqa: C901 -- one case for each part
        self._attributes(element, {"id", "name", "sourceRef", "targetRef"})
        edge: dict[str, Any] = {"from": element.get("sourceRef", ""), "to": element.get("targetRef", "")}
        for end in ("from", "to"):
            if edge[end] not in self.nodes:
                if not self.problems:
                    self._problem(element, "edge_end_unknown", f"连线的一端“{edge[end]}”不是支持的环节。")
                return
        if element.get("name") is not None:
            edge["name"] = element.get("name")
        source = self.drawn[edge["from"]]
        if source.get("default") is not None and source.get("default") == element.get("id"):
            edge["default"] = True
        for child in element:
            inner = self._name(child)
            if inner == "conditionExpression":
                self._condition(child, element, edge)
            elif inner == "extensionElements":
                said = child.find(tag("edge", OURS))
                if said is not None:
                    edge |= {k: v for k, v in (("when", ""),) if said.get(k) is not None and k not in edge}
                    if said.get("default") in ("true", "false"):
                        edge.setdefault("default", said.get("default") == "true")
                self._vendor(child, element, known=tag("edge", OURS))
            elif inner == "documentation":
                self.fill.append(Fill(element.get("id", ""), "连线说明没有带入。"))
            else:
                self._inner(child, element)
        self.edges.append(edge)

    def _condition(self, child: etree._Element, element: etree._Element, edge: dict[str, Any]) -> None:
        language = child.get("language") or self.root.get("expressionLanguage") or ""
        text = child.text or ""
        if len(child) or language not in ("", CEL, "http://www.w3.org/1999/XPath") or not text.strip():
            self._problem(element, "condition_language", f"条件的语言“{language}”不认识，请用 CEL。")
            return
        try:
            compile_condition(text)
        except ConditionError as error:
            self._problem(element, "condition_language", f"条件“{text[:60]}”不是能用的 CEL:{error.message}")
            return
        edge["when"] = text

    # After reading

    def _resolve(self) -> None:
        """What the drawing says only as a whole: which gateways split, join or merge, who stands in whose lane."""
        if self.problems:
            return
        for identity, node in list(self.nodes.items()):
            into = [e for e in self.edges if e["to"] == identity]
            out = [e for e in self.edges if e["from"] == identity]
            element = self.drawn[identity]
            name = self._name(element)
            if name == "parallelGateway" and any("when" in e and e["when"] for e in out):
                self._problem(
                    element, "condition_on_parallel", "并行网关之后的连线不能有条件；请改为包容网关。"
                )
            if identity not in self.extended and name.endswith("Gateway"):
                self._gateway(identity, node, into, out)
            of = self.lanes.get(identity, ("", None))[1]
            posts = node.get("multi", {}).get("posts") or ([node["post"]] if node.get("post") else [])
            if (
                identity in self.extended
                and of
                and not of.startswith("@")
                and posts
                and "+".join(posts) != of
            ):
                self._problem(
                    element, "lane_mismatch", f"画在“{of}”的泳道里，办理岗位却是“{'、'.join(posts)}”。"
                )
        for edge in self.edges:
            source = self.nodes[edge["from"]]
            if source["kind"] == "decision" and not edge.get("when") and not edge.get("default"):
                told = edge.get("name") or edge["to"]
                self.fill.append(Fill(edge["from"], f"“{told}”这条路的条件没有写，或设为默认"))

    def _gateway(
        self, identity: str, node: dict[str, Any], into: list[dict[str, Any]], out: list[dict[str, Any]]
    ) -> None:
        element = self.drawn[identity]
        exclusive = self._name(element) == "exclusiveGateway"
        if len(out) == 1 and (exclusive or len(into) <= 1):
            # Ways that only come together: an edge straight to the next step says the same.
            for edge in into:
                edge["to"] = out[0]["to"]
            self.edges.remove(out[0])
            del self.nodes[identity]
        elif exclusive:
            node["kind"] = "decision"
        elif len(out) > 1 and len(into) > 1:
            self._problem(element, "gateway_mixed", "一个网关不能既汇合又分开，请画成两个。")
        else:
            node["kind"] = "split" if len(out) > 1 else "join"

    def document(self, key: str) -> dict[str, Any]:
        """The flow document of what was read."""
        keys = self._keys()
        self._pair_joins()
        nodes = []
        for identity, node in self.nodes.items():
            node["key"] = keys[identity]
            if node["kind"] == "join" and identity not in self.extended and "split" in node:
                node["split"] = keys[node["split"]]
            nodes.append(node)
        edges = [{**e, "from": keys[e["from"]], "to": keys[e["to"]]} for e in self.edges]
        self.fill = [
            Fill(f"nodes.{keys[f.where]}" if f.where in keys else f.where, f.message) for f in self.fill
        ]
        return {"key": key or "imported", **self.flow, "nodes": nodes, "edges": edges}

    def _keys(self) -> dict[str, str]:
        """The id of an element is its key where it may be one; the others are numbered."""
        used = {i for i in self.nodes if NODE_KEY.fullmatch(i)}
        keys = {identity: identity for identity in used}
        for number, identity in enumerate(self.nodes, 1):
            if identity not in keys:
                keys[identity] = next(
                    key for more in count() if (key := f"step_{number}" + "_" * more) not in used
                )
                used.add(keys[identity])
        return keys

    def _pair_joins(self) -> None:
        """Give each join that does not say so the split that it closes; lint tells where that cannot be."""
        graph = Graph(self.nodes, self.edges)
        seen: set[str] = set()
        waiting: list[tuple[str, tuple[str, ...]]] = [(k, ()) for k in graph.of_kind("start")]
        while waiting:
            identity, inside = waiting.pop(0)
            if identity in seen:
                continue
            seen.add(identity)
            node = self.nodes[identity]
            if node["kind"] == "join":
                if inside and "split" not in node and identity not in self.extended:
                    node["split"] = inside[-1]
                inside = inside[:-1]
            elif node["kind"] == "split":
                inside = (*inside, identity)
            waiting += [(e["to"], inside) for e in graph.outgoing[identity]]

    # Outside the subset

    @staticmethod
    def _name(element: etree._Element) -> str:
        """The local name of a BPMN element, or its whole name when it belongs to somebody else."""
        tag_ = str(element.tag)
        return tag_.removeprefix(f"{{{BPMN}}}")

    def _inner(self, element: etree._Element, parent: etree._Element) -> None:
        name = self._name(element)
        if name == "documentation":
            if (element.text or "").strip():
                self.fill.append(
                    Fill(parent.get("id", ""), f"说明没有带入：{(element.text or '').strip()[:60]}")
                )
        elif name == "extensionElements":
            self._vendor(element, parent)
        elif name.endswith("EventDefinition"):
            self._problem(parent, "event_unsupported", f"不支持这种事件（{name}）：开始和结束只用普通事件。")
        else:
            self._refuse(element, parent)

    def _refuse(self, element: etree._Element, parent: etree._Element | None = None) -> None:
        name = self._name(element)
        target = element if element.get("id") or parent is None else parent
        reason = _REASONS.get(name, "不在可导入的范围内")
        self._problem(target, "element_unsupported", f"不支持 {name}：{reason}。")

    def _note(self, element: etree._Element) -> None:
        if self._name(element) != "association":
            text = "".join(str(t) for t in element.itertext()).strip()
            self.fill.append(Fill(element.get("id", ""), f"图上的批注没有带入：{text[:60]}"))

    def _vendor(self, extension: etree._Element, owner: etree._Element, known: str = "") -> None:
        for child in extension:
            name = str(child.tag)
            if (
                name != known
                and name not in _INERT_NAMES
                and etree.QName(child).namespace not in _INERT_NAMESPACES
            ):
                told = etree.QName(child)
                self._problem(
                    owner,
                    "vendor_extension",
                    f"带有别的软件的设置 {told.localname}（{told.namespace}），请先去掉。",
                )

    def _attributes(self, element: etree._Element, known: set[str]) -> None:
        for name, value in ((str(n), str(v)) for n, v in element.attrib.items()):
            if name in known or name in _INERT_NAMES or value in _HARMLESS.get(name, ()):
                continue
            if name.startswith("{") and etree.QName(name).namespace in _INERT_NAMESPACES:
                continue
            told = etree.QName(name).localname if name.startswith("{") else name
            self._problem(element, "attribute_unsupported", f"不支持属性 {told}=“{value[:60]}”。")

    def _problem(self, element: etree._Element, code: str, message: str) -> None:
        self.problems.append(Problem(element.get("id", ""), code, message, "在建模工具里修改后重新导入。"))
