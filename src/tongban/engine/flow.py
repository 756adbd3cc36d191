"""A flow: the graph of a matter, frozen and hashed at publication, compiled once into an immutable object.

The JSON document is the truth; officials edit it as a table of stages, steps, posts, limits and conditions.
Pure: imports neither Django nor the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tongban.base.canonical import canonical, digest
from tongban.engine.conditions import Condition, compile_condition
from tongban.engine.state import Limit

Kind = Literal[
    "start", "human", "auto", "wait", "decision", "split", "join",
    "subcase", "correction", "notice", "payment", "end",
]  # fmt: skip
# What a human step is for in law; standing actions and supervision hang on it, not on the step's name.
Duty = Literal["", "accept", "review", "check", "decide", "deliver"]
# What an automatic step does without anybody.
AutoAction = Literal["", "close", "issue_result"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a human step can come out (通过、退回、准予 …)."""

    key: str
    name: str
    needs: tuple[str, ...] = ()  # data the person must give: "opinion", "reason", "remedy", "checklist"


@dataclass(frozen=True, slots=True)
class Multi:
    """会签: the step is done by several posts at once."""

    posts: tuple[str, ...]
    policy: Literal["all", "any", "n_of_m"]
    need: int = 0
    counts: tuple[str, ...] = ()  # outcomes that count towards `need`; empty = every outcome


@dataclass(frozen=True, slots=True)
class Silence:
    """超时默认: what silence past the step's limit means, and by which rule. Absent = silence means nothing."""

    outcome: str
    basis: str


@dataclass(frozen=True, slots=True)
class Node:
    key: str
    kind: Kind
    name: str = ""
    stage: str = ""
    post: str = ""
    named: str = ""  # its post is the one named under this name when the case was opened, where one was
    duty: Duty = ""
    limit: Limit | None = None
    choices: tuple[Choice, ...] = ()
    multi: Multi | None = None
    policy: Literal["all", "any", "n_of_m"] = "all"  # split, subcase
    need: int = 0
    split: str = ""  # of a join: key of the split it closes
    members: tuple[str, ...] = ()  # of a subcase: offering keys (implementation codes)
    repeat: Literal["continue", "restart"] = "continue"  # step clock when the step is done again
    apart_from: tuple[str, ...] = ()  # steps whose doer may not do this one
    silence: Silence | None = None
    action: AutoAction = ""
    text: str = ""  # of a notice: template key; of a payment: fee key
    risk: str = ""  # "high" | "mid" | "low": integrity risk point on this step (廉政风险点)
    standard: str = ""  # 审查标准
    checklist: tuple[str, ...] = ()  # 审查要点: each to be ticked for outcomes that need "checklist"
    since: str = ""  # of duty accept: the date of the form from which the case's limits run
    until: str = ""  # of a wait: the moment said under this name with the step before, instead of a limit


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    when: str = ""  # CEL over declared facts; "" on the default edge
    default: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A compiled flow. `document` is the JSON it came from and `sha256` the digest of its canonical form."""

    key: str
    name: str
    nodes: Mapping[str, Node]
    edges: Mapping[str, tuple[Edge, ...]]  # by source
    conditions: Mapping[str, Condition]  # by CEL text, compiled
    stages: tuple[str, ...]
    document: Mapping[str, Any]
    sha256: str
    start: str = field(default="start")

    def after(self, key: str) -> tuple[Edge, ...]:
        """Edges that leave a node, in document order."""
        return self.edges.get(key, ())

    def way_out(self, key: str, facts: Callable[[], Mapping[str, Any]]) -> Edge | None:
        """The edge taken out of a node: the first whose condition holds, else the default; None where no way leads on.

        The facts of the conditions are made only where there is something to choose.
        """
        edges = self.after(key)
        if not edges or (len(edges) == 1 and not edges[0].when):
            return edges[0] if edges else None
        known = facts()
        met = (e for e in edges if e.when and self.conditions[e.when].test(known))
        return next(met, None) or next((e for e in edges if e.default or not e.when), None)


#: Key of the step that every flow with a joint section has without drawing it: the lead sends the one notice.
GATHER = "~gather"


def _limit(raw: Mapping[str, Any] | None) -> Limit | None:
    return None if raw is None else Limit(raw["amount"], raw.get("unit", "workday"), raw.get("counted", True))


def _node(raw: Mapping[str, Any]) -> Node:
    multi, silence = raw.get("multi"), raw.get("silence")
    return Node(
        key=raw["key"],
        kind=raw["kind"],
        name=raw.get("name", ""),
        stage=raw.get("stage", ""),
        post=raw.get("post", ""),
        named=raw.get("named", ""),
        duty=raw.get("duty", ""),
        limit=_limit(raw.get("limit")),
        choices=tuple(
            Choice(c["key"], c.get("name", c["key"]), tuple(c.get("needs", ())))
            for c in raw.get("choices", ())
        ),
        multi=None
        if multi is None
        else Multi(
            tuple(multi["posts"]),
            multi.get("policy", "all"),
            multi.get("need", 0),
            tuple(multi.get("counts", ())),
        ),
        policy=raw.get("policy", "all"),
        need=raw.get("need", 0),
        split=raw.get("split", ""),
        members=tuple(raw.get("members", ())),
        repeat=raw.get("repeat", "continue"),
        apart_from=tuple(raw.get("apart_from", ())),
        silence=None if silence is None else Silence(silence["outcome"], silence.get("basis", "")),
        action=raw.get("action", ""),
        text=raw.get("text", ""),
        risk=raw.get("risk", ""),
        standard=raw.get("standard", ""),
        checklist=tuple(raw.get("checklist", ())),
        since=raw.get("since", ""),
        until=raw.get("until", ""),
    )


def compile_flow(document: Mapping[str, Any]) -> Flow:
    """Compile a flow document. It must have passed `lint`; compile twice and you get the same object's worth.

    Raises KeyError or ConditionError on a document that lint would have refused.
    """
    nodes = {n["key"]: _node(n) for n in document["nodes"]}
    start = next(k for k, n in nodes.items() if n.kind == "start")
    section = next((n for n in nodes.values() if n.kind == "subcase"), None)
    lead = next((n.post for n in nodes.values() if n.duty == "accept"), "")
    if section is not None and lead:
        nodes[GATHER] = _gathering(section, lead)
    out: dict[str, list[Edge]] = {}
    conditions: dict[str, Condition] = {}
    for raw in document["edges"]:
        edge = Edge(
            raw["from"], raw["to"], raw.get("when", ""), raw.get("default", False), raw.get("name", "")
        )
        out.setdefault(edge.source, []).append(edge)
        if edge.when:
            conditions[edge.when] = compile_condition(edge.when)
    return Flow(
        key=document["key"],
        name=document.get("name", document["key"]),
        nodes=MappingProxyType(nodes),
        edges=MappingProxyType({k: tuple(v) for k, v in out.items()}),
        conditions=MappingProxyType(conditions),
        stages=tuple(dict.fromkeys(n.stage for n in nodes.values() if n.stage)),
        document=document,
        sha256=digest(canonical(document)).hex(),
        start=start,
    )


def _gathering(section: Node, lead: str) -> Node:
    """The step at which the lead's window gathers what the members want corrected (并联审批一次告知)."""
    return Node(
        key=GATHER,
        kind="human",
        name="汇总补正、一次告知",
        stage=section.stage,
        post=lead,
        choices=(Choice("send", "一次告知申请人"), Choice("return", "退回协办部门", ("reason",))),
        repeat="restart",
    )
