"""How a flow document is spelled in BPMN 2.0: element of each kind, conditions, extension elements."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lxml import etree

from tongban.engine.lint.shape import NODE_FIELDS, Field

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:tongban:flow:1"  # extension elements; whatever a flow says beyond BPMN
CEL = "https://github.com/google/cel-spec"  # language of conditions

# Elements that a kind may be drawn as; the first is what export writes unless the step itself says otherwise.
ELEMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "start": ("startEvent",),
        "human": ("userTask", "manualTask", "task"),
        "auto": ("serviceTask",),
        "wait": ("intermediateCatchEvent",),
        "decision": ("exclusiveGateway",),
        "split": ("parallelGateway", "inclusiveGateway"),
        "join": ("parallelGateway", "inclusiveGateway", "complexGateway"),
        "subcase": ("callActivity",),
        "correction": ("receiveTask",),
        "notice": ("sendTask",),
        "payment": ("userTask",),
        "end": ("endEvent",),
    }
)

# What the standard elements say already and extension elements therefore do not repeat.
_STANDARD = frozenset({"key", "name"})
_ISO_UNITS = {"month": "P{}M", "day": "P{}D", "workday": "P{}D", "work_hour": "PT{}H", "hour": "PT{}H"}
_UNIT_WORDS = {"workday": "个工作日", "day": "日", "month": "个月", "work_hour": "个工作小时", "hour": "小时"}


def tag(name: str, namespace: str = BPMN) -> str:
    """A name as lxml spells it."""
    return f"{{{namespace}}}{name}"


def duration(limit: Mapping[str, Any]) -> str:
    """A limit as an ISO 8601 duration; which days count stands in the extension, ISO knows no working days."""
    return _ISO_UNITS[limit.get("unit", "workday")].format(limit["amount"])


def limit_of(text: str) -> dict[str, Any] | None:
    """The limit that a duration of one unit says, None for any other text."""
    match = re.fullmatch(r"P(?:([1-9]\d{0,3})([DWM])|T([1-9]\d{0,3})H)", text.strip())
    if match is None:
        return None
    if match[3]:
        return {"amount": int(match[3]), "unit": "hour"}
    if match[2] == "W":
        return {"amount": int(match[1]) * 7, "unit": "day"}
    return {"amount": int(match[1]), "unit": "day" if match[2] == "D" else "month"}


def conditional(edges: list[Mapping[str, Any]]) -> bool:
    """Whether not every way is always taken."""
    return any(e.get("when") or e.get("default") for e in edges)


def words(node: Mapping[str, Any]) -> str:
    """What a reader of the diagram is told of a step: post, limit, standard. Made anew at each export."""
    told = []
    posts = node.get("multi", {}).get("posts") or ([node["post"]] if node.get("post") else [])
    if posts:
        told.append(f"岗位：{'、'.join(posts)}")
    if limit := node.get("limit"):
        counted = "" if limit.get("counted", True) else "（不计入承诺时限）"
        told.append(f"时限：{limit['amount']}{_UNIT_WORDS[limit.get('unit', 'workday')]}{counted}")
    if choices := node.get("choices"):
        told.append(f"结果：{'、'.join(c.get('name') or c['key'] for c in choices)}")
    if node.get("members"):
        told.append(f"子办件：{'、'.join(node['members'])}")
    if node.get("standard"):
        told.append(f"审查标准：{node['standard']}")
    return "\n".join(told)


def completion(node: Mapping[str, Any]) -> str:
    """When a 会签 is complete, as CEL over its votes; "" when everybody has to be heard."""
    multi = node["multi"]
    if multi.get("policy", "all") == "all":
        return ""
    need = multi.get("need", 0) if multi["policy"] == "n_of_m" else 1
    counted = multi.get("counts") or [c["key"] for c in node.get("choices", ())]
    if not counted:
        return f"size(votes[{_quoted(node['key'])}]) >= {need}"
    return " + ".join(f"votes[{_quoted(node['key'])}][{_quoted(c)}]" for c in counted) + f" >= {need}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def write_step(parent: etree._Element, node: Mapping[str, Any]) -> None:
    """Add the extension element that carries whatever a node says beyond BPMN."""
    step = etree.SubElement(parent, tag("step", OURS))
    _write(step, {k: v for k, v in node.items() if k not in _STANDARD}, NODE_FIELDS)


def read_step(step: etree._Element) -> dict[str, Any]:
    """A node's keys from its extension element; raises ValueError naming what is not understood."""
    return _read(step, {k: f for k, f in NODE_FIELDS.items() if k not in _STANDARD})


def _write(element: etree._Element, value: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    # Sorted, so that the same document always gives the same bytes whatever the order of its keys.
    for name in sorted(value):
        field, item = fields[name], value[name]
        if field.type == "flag":
            element.set(name, "true" if item else "false")
        elif field.type in ("text", "count"):
            element.set(name, str(item))
        elif field.type == "object":
            _write(etree.SubElement(element, tag(name, OURS)), item, field.keys or {})
        else:
            listed = etree.SubElement(element, tag(name, OURS))
            for each in item:
                one = etree.SubElement(listed, tag("item", OURS))
                if field.type == "texts":
                    one.set("value", each)
                else:
                    _write(one, each, field.keys or {})


def _read(element: etree._Element, fields: Mapping[str, Field]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, text in ((str(n), str(v)) for n, v in element.attrib.items()):
        field = fields.get(name)
        if field is None or field.type not in ("text", "count", "flag"):
            raise ValueError(f"不认识扩展属性“{name}”")
        value[name] = _scalar(field, name, text)
    for child in element:
        name = etree.QName(child).localname
        field = fields.get(name)
        if field is None or field.type in ("text", "count", "flag") or name in value:
            raise ValueError(f"不认识扩展元素“{name}”")
        if field.type == "object":
            value[name] = _read(child, field.keys or {})
        elif field.type == "texts":
            value[name] = [_read(one, {"value": Field("text")}).get("value", "") for one in child]
        else:
            value[name] = [_read(one, field.keys or {}) for one in child]
    return value


def _scalar(field: Field, name: str, text: str) -> Any:
    if field.type == "text":
        return text
    if field.type == "flag":
        if text not in ("true", "false"):
            raise ValueError(f"扩展属性“{name}”应当是 true 或 false")
        return text == "true"
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"扩展属性“{name}”应当是整数")
    return int(text)
