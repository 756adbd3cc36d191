"""A flow as people edit it: a table of steps and a table of ways, read back into the document of the engine.

Adding, taking out and moving a step keeps the ways whole where that is plain; several ways out of a step become a
decision after it. The document stays the truth: whatever a drawing says beyond this table is kept.
"""

import copy
import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.base.ui import flow as drawing
from tongban.base.ui.fields import Option
from tongban.base.ui.rows import asked_for
from tongban.engine.conditions import ConditionError, compile_condition
from tongban.engine.flow import compile_flow
from tongban.engine.lint.graph import Graph, workdays
from tongban.engine.lint.shape import KINDS, check_shape
from tongban.faces.authoring.entries import Entry, Rows, act_on_rows, free_key, read_rows, tidy
from tongban.faces.authoring.record import GRADES, UNITS, options
from tongban.faces.pictures import flow_picture

KIND_NAMES: Mapping[str, str] = {
    "human": "有人办理",
    "decision": "判断",
    "split": "同时办（分开）",
    "join": "都办好（汇合）",
    "subcase": "子办件（联办）",
    "wait": "等一段时间（公示）",
    "notice": "告知、公告",
    "correction": "补正",
    "payment": "缴费",
    "auto": "系统自动",
    "start": "开始",
    "end": "结束",
}
DUTIES = options(
    ("accept", "受理"), ("review", "审查"), ("check", "审核"), ("decide", "决定"), ("deliver", "送达")
)
POLICIES = options(("all", "全部"), ("any", "任何一个"), ("n_of_m", "满足几个"))
_NEEDS = {"opinion": "意见", "reason": "理由", "remedy": "救济途径", "basis": "依据"}
_BY_WORD = {word: key for key, word in _NEEDS.items()}
_CHOICE = re.compile(r"^(?:([A-Za-z_][\w-]{0,59})\s+)?(.+?)(?:\s*[（(]须写[:：]?\s*([^（）()]*)[）)])?$")
Document = dict[str, Any]

#: What is asked of every step, and what only of some (shown under 更多).
STEP = (
    Entry("name", "环节名称", needed=True),
    Entry("kind", "做什么", "choice", tuple(Option(k, v) for k, v in KIND_NAMES.items())),
    Entry("stage", "阶段", hint="受理、审查、决定、送达"),
    Entry("post", "办理岗位", suggest="posts", hint="岗位编码，可以搜岗位名称"),
    Entry("duty", "法律上是什么", "choice", DUTIES),
    Entry("limit.amount", "时限", "count", unset="limit"),
    Entry("limit.unit", "时限单位", "choice", UNITS, absent="workday"),
    Entry("limit.counted", "计入承诺时限", "flag", absent=True),
    Entry("said", "可以有哪些结果", "lines", wide=True, hint="一行一个，如 back 退回（须写意见）"),
)
MORE = (
    Entry("standard", "审查标准", "long", wide=True),
    Entry("risk", "廉政风险", "choice", GRADES),
    Entry("repeat", "再次办理时的时限", "choice", options(("continue", "接着算"), ("restart", "重新算"))),
    Entry("apart", "不能由哪些环节的人办", "lines", hint="一行一个环节编码（不相容岗位）"),
    Entry("together", "会签岗位", "lines", hint="一行一个岗位编码；写了就不写办理岗位"),
    Entry("policy", "会签、汇合要几个", "choice", POLICIES),
    Entry("need", "满足几个", "count"),
    Entry("silence.outcome", "逾期不办视为哪个结果", hint="结果的编码"),
    Entry("silence.basis", "逾期视为的依据", wide=True),
    Entry("split", "汇合的是哪个“同时办”", hint="环节编码"),
    Entry("members", "子办件的事项", "lines", hint="一行一个实施编码"),
    Entry("text", "通知模板或收费项目的编码"),
)
STEPS = Rows("steps", "环节", "个环节", (*STEP, *MORE), "step", new={"kind": "human", "name": "", "post": ""})


def ways(document: Mapping[str, Any]) -> Rows:
    """The table of ways between the steps that there are."""
    named = tuple(Option(n["key"], f"{title_of(n)}（{n['key']}）") for n in document.get("nodes", ()))
    return Rows(
        "ways",
        "走向",
        "条走向",
        (
            Entry("from", "从", "choice", named, needed=True),
            Entry("to", "到", "choice", named, needed=True),
            Entry(
                "when", "什么情况下走这一条", suggest="conditions", wide=True, hint="条件表达式；不写是直接走"
            ),
            Entry("default", "其他情况都走这一条", "flag"),
            Entry("name", "图上写什么"),
        ),
    )


def title_of(node: Mapping[str, Any]) -> str:
    """What a step is called."""
    return str(node.get("name") or KIND_NAMES.get(str(node.get("kind")), node.get("key")))


def spread(document: Mapping[str, Any]) -> Document:
    """The document as the form shows it: steps with their choices as lines, ways."""
    steps = []
    for node in document.get("nodes", ()):
        row = copy.deepcopy(dict(node))
        row["said"] = [choice_line(c) for c in node.get("choices", ())]
        row["apart"] = list(node.get("apart_from", ()))
        multi = node.get("multi") or {}
        row["together"] = list(multi.get("posts", ()))
        if multi:
            row["policy"], row["need"] = multi.get("policy", "all"), multi.get("need")
        steps.append(row)
    return {"steps": steps, "ways": [dict(e) for e in document.get("edges", ())]}


def choice_line(choice: Mapping[str, Any]) -> str:
    """“back 退回（须写意见、理由）”."""
    needs = "、".join(_NEEDS.get(n, n) for n in choice.get("needs", ()))
    return f"{choice['key']} {choice.get('name') or choice['key']}" + (f"（须写{needs}）" if needs else "")


def read_flow(document: Mapping[str, Any], post: QueryDict) -> tuple[Document, str]:
    """The document with what was typed and the pressed button carried out; and the id to look at next."""
    table = spread(document)
    if "steps" in post.getlist("_has"):
        read_rows(STEPS, post, table)
        read_rows(ways(document), post, table)
    new: Document = {
        **{k: v for k, v in document.items() if k not in ("nodes", "edges")},
        "nodes": [_node(row) for row in table["steps"]],
        "edges": [_edge(row) for row in table["ways"]],
    }
    what, path, n = asked_for(post)
    look = ""
    if path == "steps" and what in ("add", "drop", "up", "down"):
        look = _move_step(new, what, n)
    elif path == "ways" and what in ("add", "drop", "up", "down"):
        held = {"ways": new["edges"]}
        look = act_on_rows(Rows("ways", "", "", (), new={"from": "", "to": ""}), held, what, n)
        new["edges"] = held["ways"]
    if what != "add":
        _choose_in_decisions(new)
    return new, look


def steps_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of the guide: those somebody handles. Beside the longest way, time is not counted twice."""
    longest = _longest(document)
    steps = []
    for node in document.get("nodes", ()):
        if node.get("kind") != "human":
            continue
        step: dict[str, Any] = {
            "key": node["key"],
            "name": node.get("name", ""),
            "stage": node.get("stage", ""),
        }
        posts = [node.get("post", ""), *(node.get("multi") or {}).get("posts", ())]
        step["post"] = next((p for p in posts if p), "")
        limit = node.get("limit")
        if isinstance(limit, Mapping) and isinstance(limit.get("amount"), int):
            counted = limit.get("counted", True) and (longest is None or node["key"] in longest)
            step["limit"] = {
                "amount": limit["amount"],
                "unit": limit.get("unit", "workday"),
                "counted": counted,
            }
        if node.get("standard"):
            step["standard"] = node["standard"]
        steps.append(step)
    return steps


def suggestions(document: Mapping[str, Any], fields: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Conditions one may want: (expression, in words)."""
    found = [
        (f"outcome.{n['key']} == '{c['key']}'", f"“{title_of(n)}”的结果是“{c.get('name') or c['key']}”")
        for n in document.get("nodes", ())
        for c in n.get("choices", ())
    ]
    found += [
        (f"form.{f['name']} == '{o}'", f"表单“{f.get('label')}”填“{o}”")
        for f in fields
        if f.get("type") in ("radio", "select") and f.get("name")
        for o in f.get("options") or ()
    ]
    return found


def picture(document: Mapping[str, Any]) -> drawing.Flow | None:
    """The diagram of a flow, whole or not: what cannot be drawn yet is left out. None where there is nothing."""
    nodes = {
        str(n["key"]): _plain(n) for n in document.get("nodes", ()) if n.get("key") and n.get("kind") in KINDS
    }
    if not any(n["kind"] == "start" for n in nodes.values()):
        nodes = {"_start": {"key": "_start", "kind": "start"}, **nodes}
    if len(nodes) < 2:
        return None
    edges = [
        {**e, "when": e.get("when", "") if _readable(e.get("when", "")) else ""}
        for e in document.get("edges", ())
        if e.get("from") in nodes and e.get("to") in nodes
    ]
    compiled = compile_flow({"key": "x", "nodes": list(nodes.values()), "edges": edges})
    return flow_picture(compiled, title=_("办理流程"))


def _plain(node: Mapping[str, Any]) -> dict[str, Any]:
    """A step without what is not whole yet."""
    limit = node.get("limit")
    fine = isinstance(limit, Mapping) and isinstance(limit.get("amount"), int)
    return {k: v for k, v in node.items() if k in ("key", "kind", "name", "stage", "risk", "split")} | (
        {"limit": {**limit, "unit": limit.get("unit") or "workday"}} if fine and limit else {}
    )


def _readable(when: str) -> bool:
    try:
        compile_condition(when)
    except ConditionError:
        return False
    return True


def _node(row: MutableMapping[str, Any]) -> Document:
    """A row of the table as a node: only the keys its kind has, and only those that say something."""
    kind = str(row.get("kind") or "human")
    node: Document = {k: v for k, v in row.items() if k not in ("said", "apart", "together")}
    node["kind"] = kind
    before = {c["key"]: c for c in row.get("choices", ()) if isinstance(c, Mapping) and c.get("key")}
    node["choices"] = _choices(row.get("said") or [], before)
    node["apart_from"] = list(row.get("apart") or [])
    together = list(row.get("together") or [])
    if together:
        node["multi"] = {**(row.get("multi") or {}), "posts": together, "policy": row.get("policy") or "all"}
        if row.get("need"):
            node["multi"]["need"] = row["need"]
        else:
            node["multi"].pop("need", None)
    else:
        node.pop("multi", None)
    if kind not in ("split", "subcase"):
        node.pop("policy", None)
        node.pop("need", None)
    if not (node.get("silence") or {}).get("outcome"):
        node.pop("silence", None)
    limit = node.get("limit")
    if isinstance(limit, Mapping):
        node["limit"] = {k: v for k, v in limit.items() if v not in ("", None)}
        if "amount" not in node["limit"]:
            node.pop("limit")
    known = KINDS.get(kind, ())
    return {
        k: v
        for k, v in node.items()
        if k in ("key", "kind")
        or (k in known and v not in ("", None, [], {}) and not (k == "need" and not v))
    }


def _choices(lines: Iterable[str], before: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    by_name = {str(c.get("name")): c["key"] for c in before.values()}
    for line in lines:
        read = _CHOICE.match(tidy(line))
        if read is None:
            continue
        key, name, said = read.groups()
        key = key or by_name.get(name) or free_key("c", [*found, *before.values()])
        choice: dict[str, Any] = {"key": key, "name": name}
        needs = [_BY_WORD.get(w, w) for w in re.split(r"[、,，\s]+", said or "") if w]
        needs = ["remedy" if w == "救济" else w for w in needs]
        if needs:
            choice["needs"] = needs
        found.append(choice)
    return found


def _edge(row: Mapping[str, Any]) -> Document:
    edge: Document = {"from": str(row.get("from") or ""), "to": str(row.get("to") or "")}
    edge.update({k: row[k] for k in ("when", "name") if row.get(k)})
    if row.get("default"):
        edge["default"] = True
    return edge


def _move_step(document: Document, what: str, n: int) -> str:
    nodes, edges = document["nodes"], document["edges"]
    if what == "add":
        return _add_step(nodes, edges)
    if not 0 <= n < len(nodes):
        return ""
    if what == "drop":
        _drop_step(document, n)
        return f"r-steps.{min(n, len(nodes) - 1)}" if nodes else "s-steps"
    first, second = (n - 1, n) if what == "up" else (n, n + 1)
    if first < 0 or second >= len(nodes):
        return f"r-steps.{n}"
    _swap_in_chain(edges, nodes[first]["key"], nodes[second]["key"])
    nodes[first], nodes[second] = nodes[second], nodes[first]
    return f"r-steps.{first if what == 'up' else second}"


def _add_step(nodes: list[Document], edges: list[Document]) -> str:
    """A step before the end, on the way there where there is one way only."""
    key = free_key("step", nodes)
    ends = [i for i, node in enumerate(nodes) if node["kind"] == "end"]
    place = ends[0] if ends else len(nodes)
    nodes.insert(place, {"key": key, "kind": "human", "name": ""})
    if ends:
        end = nodes[place + 1]["key"]
        into = [e for e in edges if e["to"] == end]
        if len(into) == 1:
            into[0]["to"] = key
        edges.append({"from": key, "to": end})
    return f"r-steps.{place}"


def _drop_step(document: Document, n: int) -> None:
    """Without a step: those who came to it go on to where it led when nothing special held."""
    nodes, edges = document["nodes"], document["edges"]
    key = nodes.pop(n)["key"]
    out = [e for e in edges if e["from"] == key and e["to"] != key]
    out.sort(
        key=lambda e: (not e.get("default"), bool(e.get("when")))
    )  # where it leads when nothing else holds
    onward = [e["to"] for e in out]
    for edge in edges:
        if edge["to"] == key and edge["from"] != key and onward:
            edge["to"] = onward[0]
    document["edges"] = _once(e for e in edges if key not in (e["from"], e["to"]) and e["from"] != e["to"])
    for node in nodes:
        if key in node.get("apart_from", ()):
            node["apart_from"] = [k for k in node["apart_from"] if k != key]


def _swap_in_chain(edges: list[Document], a: str, b: str) -> None:
    """… → a → b → … becomes … → b → a → … where that is plain; otherwise only the order of the table changes."""
    out_a = [e for e in edges if e["from"] == a]
    out_b = [e for e in edges if e["from"] == b]
    into_b = [e for e in edges if e["to"] == b]
    plain = len(out_a) == len(out_b) == len(into_b) == 1 and out_a[0]["to"] == b
    if not plain or any(e.get("when") or e.get("default") for e in (*out_a, *out_b)):
        return
    into_a = [e for e in edges if e["to"] == a]
    if not into_a:  # the beginning stays where it is
        return
    onward = out_b[0]["to"]
    for edge in into_a:
        edge["to"] = b
    out_b[0]["to"] = a
    out_a[0]["to"] = onward


def _choose_in_decisions(document: Document) -> None:
    """Several ways out of a step: a decision is put after it, and one way is the default."""
    nodes, edges = document["nodes"], document["edges"]
    for node in list(nodes):
        if node["kind"] in ("decision", "split", "end"):
            continue
        out = [e for e in edges if e["from"] == node["key"]]
        conditional = [e for e in out if e.get("when")]
        if len(out) < 2 or not conditional:
            continue
        key = free_key(f"{node['key'][:50]}_way", nodes)
        nodes.insert(nodes.index(node) + 1, {"key": key, "kind": "decision", "name": f"{title_of(node)}之后"})
        for edge in out:
            edge["from"] = key
        plain = [e for e in out if not e.get("when")]
        if plain and not any(e.get("default") for e in out):
            plain[0]["default"] = True
        edges.insert(edges.index(out[0]), {"from": node["key"], "to": key})


def _once(edges: Iterable[Document]) -> list[Document]:
    found: dict[tuple[str, str], Document] = {}
    for edge in edges:
        found.setdefault((edge["from"], edge["to"]), edge)
    return list(found.values())


def _longest(document: Mapping[str, Any]) -> set[str] | None:
    """The steps along the longest way; None while the document is not whole."""
    if check_shape(document):
        return None
    nodes = {n["key"]: n for n in document["nodes"]}
    weight = {
        k: workdays(n["limit"]["amount"], n["limit"].get("unit", "workday"))
        for k, n in nodes.items()
        if n.get("limit") and n["limit"].get("counted", True) and n["kind"] != "correction"
    }
    _total, way = Graph(nodes, document["edges"]).longest(weight)
    return set(way)
