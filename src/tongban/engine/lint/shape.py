"""What a flow document is made of: its keys, which kind of node may have which, and of what type each is.

One description for three uses: lint refuses what is not here, BPMN extension elements are written and read by it, and
the reference names the same keys. Knows nothing of graphs (see graph.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

MAX_NODES = 200
MAX_EDGES = 600
MAX_TEXT = 2000  # characters of one text
MAX_LIMIT = 3650  # of one time limit, in its unit

NODE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
FLOW_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a flow: where ("nodes.review.limit"), a stable code, what is wrong, and how to mend it."""

    where: str
    code: str
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object: its type, the values it may take, and the object or item it holds."""

    type: Literal["text", "count", "flag", "texts", "object", "objects"]
    values: tuple[str, ...] = ()
    keys: Mapping[str, "Field"] | None = None
    required: bool = False


def _keys(**fields: Field) -> Mapping[str, Field]:
    return MappingProxyType(fields)


TEXT, COUNT, FLAG, TEXTS = Field("text"), Field("count"), Field("flag"), Field("texts")
_NEEDED = Field("text", required=True)
_POLICY = Field("text", ("all", "any", "n_of_m"))
_LIMIT = _keys(
    amount=Field("count", required=True),
    unit=Field("text", ("workday", "day", "month", "work_hour", "hour")),
    counted=FLAG,
)
_CHOICE = _keys(key=_NEEDED, name=TEXT, needs=TEXTS)
_MULTI = _keys(posts=Field("texts", required=True), policy=_POLICY, need=COUNT, counts=TEXTS)
_SILENCE = _keys(outcome=_NEEDED, basis=TEXT)

# Every key a node may have, in the order in which the reference lists them.
NODE_FIELDS: Mapping[str, Field] = _keys(
    key=_NEEDED,
    kind=_NEEDED,
    name=TEXT,
    stage=TEXT,
    post=TEXT,
    named=TEXT,
    duty=Field("text", ("", "accept", "review", "check", "decide", "deliver")),
    limit=Field("object", keys=_LIMIT),
    choices=Field("objects", keys=_CHOICE),
    multi=Field("object", keys=_MULTI),
    policy=_POLICY,
    need=COUNT,
    split=TEXT,
    members=TEXTS,
    repeat=Field("text", ("continue", "restart")),
    apart_from=TEXTS,
    silence=Field("object", keys=_SILENCE),
    action=Field("text", ("", "close", "issue_result")),
    text=TEXT,
    risk=Field("text", ("", "high", "mid", "low")),
    standard=TEXT,
    checklist=TEXTS,
    since=TEXT,
    until=TEXT,
)
EDGE_FIELDS: Mapping[str, Field] = MappingProxyType(
    {"from": _NEEDED, "to": _NEEDED, "when": TEXT, "default": FLAG, "name": TEXT}
)
FLOW_FIELDS: Mapping[str, Field] = _keys(
    schema=COUNT,
    key=_NEEDED,
    name=TEXT,
    nodes=Field("objects", keys=NODE_FIELDS, required=True),
    edges=Field("objects", keys=EDGE_FIELDS, required=True),
)

_ALL = ("key", "kind", "name", "stage")
# Which keys each kind of node has.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "start": _ALL,
        "human": (
            *_ALL, "post", "named", "duty", "limit", "choices", "multi", "repeat", "apart_from", "silence", "risk", "standard",
            "checklist", "since",
        ),
        "auto": (*_ALL, "action"),
        "wait": (*_ALL, "limit", "until"),
        "decision": _ALL,
        "split": (*_ALL, "policy", "need"),
        "join": (*_ALL, "split"),
        "subcase": (*_ALL, "post", "limit", "members", "policy", "need", "silence"),
        "correction": (*_ALL, "post", "limit"),
        "notice": (*_ALL, "post", "limit", "text"),
        "payment": (*_ALL, "post", "limit", "text"),
        "end": _ALL,
    }
)  # fmt: skip


def check_shape(document: Any) -> list[Problem]:
    """What keeps a value from being a flow document at all: types, unknown keys, duplicates, sizes, loose edges.

    A document without such problems can be drawn and exported, whatever else is wrong with it.
    """
    problems: list[Problem] = []
    _object(document, FLOW_FIELDS, "flow", problems)
    if problems:
        return problems
    if document.get("schema", 1) != 1:
        problems.append(
            Problem(
                "flow.schema", "schema_unknown", f"不认识格式版本 {document['schema']}。", "写 1 或去掉。"
            )
        )
    if not FLOW_KEY.fullmatch(document["key"]):
        problems.append(_bad_key("flow.key", document["key"]))
    for name, most in (("nodes", MAX_NODES), ("edges", MAX_EDGES)):
        if len(document[name]) > most:
            problems.append(Problem(name, "too_many", f"“{name}”超过 {most} 个。", "把流程拆成几个子办件。"))
    seen: set[str] = set()
    for node in document["nodes"]:
        _node(node, seen, problems)
    return problems or _ends_of_edges(seen, document["edges"])


def _node(node: Mapping[str, Any], seen: set[str], problems: list[Problem]) -> None:
    key, kind = node["key"], node["kind"]
    where = f"nodes.{key}"
    if not NODE_KEY.fullmatch(key):
        problems.append(_bad_key(where, key))
    if key in seen:
        problems.append(Problem(where, "duplicate_key", f"有两个环节都叫“{key}”。", "给其中一个换一个编码。"))
    seen.add(key)
    if kind not in KINDS:
        known = "、".join(KINDS)
        problems.append(
            Problem(f"{where}.kind", "kind_unknown", f"不认识环节类型“{kind}”。", f"可以用：{known}。")
        )
        return
    problems += [
        Problem(f"{where}.{name}", "key_misplaced", f"“{kind}”类型的环节没有“{name}”这一项。", "去掉它。")
        for name in node
        if name not in KINDS[kind]
    ]
    choices = [c["key"] for c in node.get("choices", ())]
    problems += [_bad_key(f"{where}.choices.{c}", c) for c in choices if not NODE_KEY.fullmatch(c)]
    for name, values in (
        ("choices", choices),
        *((n, node[n]) for n in ("members", "apart_from") if n in node),
    ):
        _unique(values, f"{where}.{name}", problems)
    if "multi" in node:
        _unique(node["multi"]["posts"], f"{where}.multi.posts", problems)
    limit = node.get("limit")
    if limit is not None and not 1 <= limit["amount"] <= MAX_LIMIT:
        problems.append(
            Problem(
                f"{where}.limit",
                "limit_out_of_range",
                f"时限 {limit['amount']} 不对。",
                f"写 1 到 {MAX_LIMIT}。",
            )
        )


def _ends_of_edges(nodes: set[str], edges: list[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    seen = set()
    for index, edge in enumerate(edges):
        where = f"edges.{index}"
        problems += [
            Problem(
                f"{where}.{end}", "edge_end_unknown",
                f"连线的一端“{edge[end]}”不是环节。", "改正编码，或删去这条连线。",
            )
            for end in ("from", "to")
            if edge[end] not in nodes
        ]  # fmt: skip
        if (edge["from"], edge["to"]) in seen:
            problems.append(
                Problem(
                    where,
                    "edge_twice",
                    f"“{edge['from']}”到“{edge['to']}”有两条连线。",
                    "合并为一条，条件用 || 连接。",
                )
            )
        seen.add((edge["from"], edge["to"]))
    return problems


def _unique(values: list[str], where: str, problems: list[Problem]) -> None:
    twice = sorted({v for v in values if values.count(v) > 1})
    if twice:
        problems.append(Problem(where, "duplicate_key", f"重复：{'、'.join(twice)}。", "每项只留一个。"))


def _bad_key(where: str, key: str) -> Problem:
    return Problem(
        where,
        "key_malformed",
        f"编码“{key}”不合规则。",
        "用英文字母开头，后面是字母、数字、下划线或短横，不超过 60 个字符。",
    )


def _object(value: Any, fields: Mapping[str, Field], where: str, problems: list[Problem]) -> None:
    if not isinstance(value, Mapping):
        problems.append(Problem(where, "wrong_type", "这里应当是一组“名称：内容”。", ""))
        return
    problems += [
        Problem(f"{where}.{name}", "key_unknown", f"不认识“{name}”这一项。", "去掉它，或改正拼写。")
        for name in value
        if name not in fields
    ]
    for name, field in fields.items():
        if name in value:
            _value(value[name], field, f"{where}.{name}", problems)
        elif field.required:
            problems.append(Problem(f"{where}.{name}", "key_missing", f"缺少“{name}”。", "补上它。"))


def _value(value: Any, field: Field, where: str, problems: list[Problem]) -> None:
    if field.type == "text":
        _text(value, field, where, problems)
    elif field.type == "count":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
            problems.append(Problem(where, "wrong_type", "这里应当是不小于 0 的整数。", ""))
    elif field.type == "flag":
        if not isinstance(value, bool):
            problems.append(Problem(where, "wrong_type", "这里应当是 true 或 false。", ""))
    elif field.type == "object":
        _object(value, field.keys or {}, where, problems)
    elif not isinstance(value, list | tuple):
        problems.append(Problem(where, "wrong_type", "这里应当是一个列表。", ""))
    else:
        for index, item in enumerate(value):
            # A node is known by its key wherever it can be, so that a person finds it.
            name = (
                item.get("key") if isinstance(item, Mapping) and isinstance(item.get("key"), str) else index
            )
            path = f"{where.removeprefix('flow.')}.{name}"
            if field.type == "texts":
                _text(item, Field("text", required=True), path, problems)
            else:
                _object(item, field.keys or {}, path, problems)


def _text(value: Any, field: Field, where: str, problems: list[Problem]) -> None:
    if not isinstance(value, str):
        problems.append(Problem(where, "wrong_type", "这里应当是文字。", ""))
    elif len(value) > MAX_TEXT:
        problems.append(Problem(where, "too_long", f"文字超过 {MAX_TEXT} 个字符。", "缩短它。"))
    elif _NOT_TEXT.search(value):
        problems.append(Problem(where, "wrong_type", "文字里有控制字符。", "重新输入这段文字。"))
    elif field.values and value not in field.values:
        known = "、".join(v for v in field.values if v)
        problems.append(Problem(where, "value_unknown", f"不认识“{value}”。", f"可以用：{known}。"))
    elif field.required and not value:
        problems.append(Problem(where, "key_missing", "这里不能为空。", "补上它。"))
