"""What is wrong with a flow, told before it is published: nothing that passes here can get a case stuck.

A pure reading of the document; says nothing about running cases. Every problem names the place, a stable code, what is
wrong and how to mend it. Codes: docs/reference/flow.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tongban.engine.conditions import ConditionError, check_condition, compile_condition, form_types
from tongban.engine.lint.graph import RESTING, Graph, workdays
from tongban.engine.lint.shape import KINDS, NODE_FIELDS, Problem, check_shape
from tongban.engine.state import Limit

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["KINDS", "NODE_FIELDS", "Graph", "Problem", "declared_facts", "lint"]

_LATER = "后面加一条连线。"
# How a step of a duty can come out when it lists no choices of its own (see machine.decide).
_DUTY_OUTCOMES = {"accept": ("accept", "refuse"), "decide": ("granted", "denied", "partial")}


def lint(
    document: Any,
    *,
    posts: set[str] | None = None,
    form_fields: Mapping[str, Any] | None = None,
    promised: Limit | None = None,
    materials: Iterable[str] | None = None,
) -> list[Problem]:
    """Everything wrong with a flow document; an empty list means that it may be published.

    `posts` are the codes of posts that exist, `form_fields` what the form declares (name -> type name or field),
    `promised` the promised limit (承诺时限), `materials` the keys of the material list. What is None is not checked:
    a flow drawn before its form exists is linted again with the form when the offering is published.
    """
    problems = check_shape(document)
    if problems:
        return problems
    nodes = {node["key"]: node for node in document["nodes"]}
    graph = Graph(nodes, document["edges"])
    problems = _starts_and_ends(graph)
    for key, node in nodes.items():
        problems += _node(graph, key, node, posts)
    problems += _edges(graph)
    problems += graph.sections[1]
    problems += _loops(graph)
    problems += _conditions(document, form_fields, materials)
    if form_fields is not None:
        problems += _dates(nodes, form_fields)
    if promised is not None:
        problems += _time(graph, promised)
    return problems


def declared_facts(
    document: Mapping[str, Any],
    form_fields: Mapping[str, Any] | None,
    materials: Iterable[str] | None = None,
) -> dict[str, str]:
    """The facts that conditions of a flow may read, with their types (see conditions.check_condition)."""
    declared = form_types(form_fields or {})
    for node in document["nodes"]:
        if node["kind"] == "human":
            outcomes = [c["key"] for c in node.get("choices", ())] or list(
                _DUTY_OUTCOMES.get(node.get("duty", ""), ())
            )
            kind = "choice:" + "|".join(outcomes) if outcomes else "string"
            declared[f"outcome.{node['key']}"] = kind
            if "multi" in node:
                declared[f"votes.{node['key']}"] = kind if outcomes else "map"
        elif node["kind"] in RESTING:
            declared[f"outcome.{node['key']}"] = "string"
    for material in materials or ():
        declared[f"materials.{material}"] = "string"
    return declared


def _starts_and_ends(graph: Graph) -> list[Problem]:
    problems = []
    starts, ends = graph.of_kind("start"), graph.of_kind("end")
    if len(starts) != 1:
        problems.append(
            Problem(
                "nodes", "one_start", f"流程应当有且只有一个开始，现在有 {len(starts)} 个。", "留一个开始。"
            )
        )
    if not ends:
        problems.append(Problem("nodes", "no_end", "流程没有结束。", "加一个结束环节。"))
    reached = graph.reachable(starts)
    leading = graph.reachable(ends, backwards=True)
    for key, node in graph.nodes.items():
        name = node.get("name") or key
        if starts and key not in reached:
            problems.append(
                Problem(
                    f"nodes.{key}", "unreachable", f"从开始走不到“{name}”。", "从前面的环节连过来，或删去它。"
                )
            )
        if not graph.outgoing[key] and node["kind"] != "end":
            problems.append(Problem(f"nodes.{key}", "dead_end", f"“{name}”之后没有去处。", _LATER))
        elif ends and key not in leading:
            problems.append(
                Problem(
                    f"nodes.{key}", "no_way_out", f"从“{name}”出发到不了任何结束。", "给循环加一条出去的路。"
                )
            )
    return problems


def _node(  # noqa: C901, PLR0912 -- one line for each rule of a kind
    graph: Graph, key: str, node: Mapping[str, Any], posts: set[str] | None
) -> list[Problem]:
    where, name, kind = f"nodes.{key}", node.get("name") or key, node["kind"]
    problems: list[Problem] = []

    def wrong(field: str, code: str, message: str, mend: str) -> None:
        problems.append(Problem(f"{where}.{field}" if field else where, code, message, mend))

    if kind == "start" and graph.incoming[key]:
        wrong("", "into_start", "不能有连线回到开始。", "退回请连到第一个办理环节。")
    if kind == "end" and graph.outgoing[key]:
        wrong("", "out_of_end", f"结束“{name}”之后不能再有环节。", "删去从结束出发的连线。")
    if kind == "human":
        _human(graph, node, wrong)
    if kind in ("split", "subcase"):
        of = len(graph.outgoing[key]) if kind == "split" else len(node.get("members", ()))
        _need(node, "need", of, "分支" if kind == "split" else "子办件", wrong)
    if kind == "split" and len(graph.outgoing[key]) < 2:
        wrong("", "split_of_one", f"分支“{name}”之后至少要有两条路。", "加一条路，或去掉分支和汇合。")
    if kind == "decision" and len(graph.outgoing[key]) < 2:
        wrong("", "decision_of_one", f"判断“{name}”之后至少要有两条路。", "加一条路，或去掉这个判断。")
    if kind == "subcase" and (silence := node.get("silence")) is not None:
        _silence(node, silence, ["deemed"], wrong)
    if kind == "subcase" and not node.get("members"):
        wrong("members", "no_members", f"“{name}”没有列出子办件的事项。", "写明由哪些事项的实施清单办理。")
    if kind == "wait" and ("limit" in node) == bool(node.get("until")):
        wrong(
            "limit", "no_limit", f"“{name}”没有说明等多久。", "写明时限，或者写明等到哪一个时刻，两者取一。"
        )
    if kind == "payment" and not node.get("text"):
        wrong("text", "no_fee", f"缴费“{name}”没有写明是哪一项收费。", "在 text 写收费项目的编码。")
    if posts is not None:
        named = [node["post"]] if node.get("post") else []
        for post in (*named, *node.get("multi", {}).get("posts", ())):
            if post not in posts:
                wrong(
                    "post", "post_unknown", f"“{name}”的岗位“{post}”不存在。", "改正岗位编码，或先建立岗位。"
                )
    return problems


def _silence(node: Mapping[str, Any], silence: Mapping[str, Any], outcomes: list[str], wrong: Any) -> None:
    name = node.get("name") or node["key"]
    if silence["outcome"] not in outcomes:
        wrong(
            "silence.outcome", "choice_unknown",
            f"“{name}”没有“{silence['outcome']}”这种结果，超时不能以它为准。", _one_of(outcomes),
        )  # fmt: skip
    if not silence.get("basis"):
        wrong(
            "silence.basis",
            "silence_without_basis",
            f"“{name}”的超时默认没有写依据。",
            "写明法律或制度依据。",
        )
    if "limit" not in node:
        wrong("limit", "silence_without_limit", f"“{name}”有超时默认，却没有时限。", "写明时限。")


def _human(graph: Graph, node: Mapping[str, Any], wrong: Any) -> None:
    name = node.get("name") or node["key"]
    choices = [c["key"] for c in node.get("choices", ())]
    multi, silence = node.get("multi"), node.get("silence")
    if multi is None and not node.get("post"):
        wrong("post", "no_post", f"“{name}”没有办理岗位。", "写明由哪个岗位办理。")
    if multi is not None:
        if node.get("post"):
            wrong("post", "post_and_multi", f"“{name}”既有单个岗位又有会签岗位。", "留一种。")
        if not multi["posts"]:
            wrong("multi.posts", "multi_without_posts", f"会签“{name}”没有列出岗位。", "至少列出两个岗位。")
        _need(multi, "multi.need", len(multi["posts"]), "会签岗位", wrong)
        for outcome in multi.get("counts", ()):
            if outcome not in choices:
                wrong(
                    "multi.counts",
                    "choice_unknown",
                    f"会签“{name}”没有“{outcome}”这种结果。",
                    _one_of(choices),
                )
    if silence is not None:
        _silence(node, silence, choices, wrong)
    _asked(node, wrong)
    for other in node.get("apart_from", ()):
        if other == node["key"] or graph.nodes.get(other, {}).get("kind") != "human":
            wrong(
                "apart_from",
                "step_unknown",
                f"“{name}”要与“{other}”由不同的人办理，但它不是另一个办理环节。",
                "改正编码。",
            )


def _asked(node: Mapping[str, Any], wrong: Any) -> None:
    """What a step asks beyond its outcome: where limits begin, what is ticked."""
    name = node.get("name") or node["key"]
    if node.get("since") and node.get("duty") != "accept":
        wrong("since", "since_misplaced", f"“{name}”不是受理环节，不能开始计时。", "只在受理环节写 since。")
    for choice in node.get("choices", ()):
        if "checklist" in choice.get("needs", ()) and not node.get("checklist"):
            wrong(
                "checklist",
                "no_checklist",
                f"“{name}”要核对审查要点，却没有列出。",
                "列出要点，或去掉这个要求。",
            )


def _one_of(choices: list[str]) -> str:
    return f"可以用：{'、'.join(choices)}。" if choices else "先列出可选的结果。"


def _need(raw: Mapping[str, Any], where: str, of: int, what: str, wrong: Any) -> None:
    need, policy = raw.get("need", 0), raw.get("policy", "all")
    if policy == "n_of_m" and not 1 <= need <= of:
        wrong(where, "need_out_of_range", f"需要 {need} 个，但{what}有 {of} 个。", f"写 1 到 {of}。")
    if policy != "n_of_m" and need:
        wrong(
            where,
            "need_without_policy",
            "只有“满足几个”（n_of_m）才写 need。",
            "去掉 need，或把 policy 改为 n_of_m。",
        )


def _edges(graph: Graph) -> list[Problem]:
    """Who may choose between ways, and that there is always one to take."""
    problems = []
    for key, edges in graph.outgoing.items():
        kind, name = graph.nodes[key]["kind"], graph.nodes[key].get("name") or key
        told = list(_defaults(name, edges))
        if kind == "decision":
            told += _decision(name, edges)
        elif kind == "split":
            told += _split(name, edges)
        else:
            told += _single(name, edges)
        problems += [Problem(f"nodes.{key}", code, message, mend) for code, message, mend in told]
    return problems


_Told = Iterator[tuple[str, str, str]]  # code, what is wrong, how to mend it


def _defaults(name: str, edges: list[Mapping[str, Any]]) -> _Told:
    default = [e for e in edges if e.get("default")]
    if len(default) > 1:
        yield "default_twice", f"“{name}”有 {len(default)} 条默认的路。", "只留一条。"
    for edge in default:
        if edge.get("when"):
            yield "default_with_condition", f"“{name}”默认的路不能再写条件。", "去掉条件或默认。"


def _decision(name: str, edges: list[Mapping[str, Any]]) -> _Told:
    if len(edges) < 2:
        return
    if not any(e.get("default") for e in edges):
        yield "no_default", f"判断“{name}”没有默认的路。", "指定一条在其他条件都不成立时走的路。"
    for edge in edges:
        if not edge.get("when") and not edge.get("default"):
            yield "no_condition", f"判断“{name}”到“{edge['to']}”的路没有条件。", "写上条件，或设为默认。"


def _split(name: str, edges: list[Mapping[str, Any]]) -> _Told:
    conditional = [e for e in edges if e.get("when")]
    if conditional and len(conditional) == len(edges):
        yield "no_default", f"分支“{name}”的每条路都有条件，可能一条也不走。", "指定一条默认的路。"
    if not conditional and any(e.get("default") for e in edges):
        yield "default_without_condition", f"分支“{name}”的路都要走，不需要默认。", "去掉默认。"


def _single(name: str, edges: list[Mapping[str, Any]]) -> _Told:
    if len(edges) > 1:
        yield "fork_outside_decision", f"“{name}”之后有 {len(edges)} 条路。", "在它后面加一个判断或分支。"
    if any(e.get("when") or e.get("default") for e in edges):
        yield "condition_outside_decision", f"“{name}”之后的路不能有条件或默认。", "在它后面加一个判断。"


def _loops(graph: Graph) -> list[Problem]:
    """Loops in which nothing waits for anybody would never end."""
    automatic = {key for key, node in graph.nodes.items() if node["kind"] not in RESTING}
    looping = [
        key
        for key in graph.nodes
        if key in automatic
        and key in _automatic_after(graph, (e["to"] for e in graph.outgoing[key]), automatic)
    ]
    if not looping:
        return []
    return [
        Problem(
            f"nodes.{looping[0]}", "endless_loop",
            f"“{'、'.join(looping)}”构成没有人参与的循环，会永远转下去。", "在循环里放一个办理或等待的环节。",
        )
    ]  # fmt: skip


def _automatic_after(graph: Graph, starts: Iterable[str], automatic: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        here = waiting.pop()
        if here in automatic and here not in seen:
            seen.add(here)
            waiting.extend(e["to"] for e in graph.outgoing[here])
    return seen


def _conditions(
    document: Mapping[str, Any], form_fields: Mapping[str, Any] | None, materials: Iterable[str] | None
) -> list[Problem]:
    problems = []
    declared = declared_facts(document, form_fields, materials)
    unknown_yet = tuple(
        f"{root}." for root, given in (("form", form_fields), ("materials", materials)) if given is None
    )
    for index, edge in enumerate(document["edges"]):
        text = edge.get("when")
        if not text:
            continue
        facts = declared if not unknown_yet else {**_assumed(text, unknown_yet), **declared}
        problems += [
            Problem(
                f"edges.{index}.when", found.code,
                f"“{edge['from']}”到“{edge['to']}”的条件：{found.message}", f"看第 {found.at + 1} 个字符处。",
            )
            for found in check_condition(text, facts)
        ]  # fmt: skip
    return problems


def _dates(nodes: Mapping[str, Mapping[str, Any]], form_fields: Mapping[str, Any]) -> list[Problem]:
    """Limits begin with a date that the form asks for."""
    types = form_types(form_fields)
    return [
        Problem(
            f"nodes.{key}.since", "since_not_a_date",
            f"“{node.get('name') or key}”从表单的“{node['since']}”起计时，但它不是日期。", "改正名称，或在表单里加上这个日期。",
        )
        for key, node in nodes.items()
        if node.get("since") and types.get(f"form.{node['since']}") != "date"
    ]  # fmt: skip


def _assumed(text: str, roots: tuple[str, ...]) -> dict[str, str]:
    """Facts that cannot be checked yet are taken as any value, so that the rest of the condition can be."""
    try:
        names = compile_condition(text).variables
    except ConditionError:
        return {}
    return {name: "any" for name in names if name.startswith(roots)}


def _time(graph: Graph, promised: Limit) -> list[Problem]:
    """The counted limits of the steps, along the longest way, fit into the promised limit."""
    weight: dict[str, Fraction] = {}
    units = {promised.unit}
    for key, node in graph.nodes.items():
        limit = node.get("limit")
        if (
            limit and limit.get("counted", True) and node["kind"] != "correction"
        ):  # the clock stands during 补正
            weight[key] = workdays(limit["amount"], limit.get("unit", "workday"))
            units.add(limit.get("unit", "workday"))
    total, way = graph.longest(weight)
    if total <= workdays(promised.amount, promised.unit):
        return []
    about = "" if len(units) == 1 else "约 "
    in_unit = total / workdays(1, promised.unit)
    steps = "、".join(graph.nodes[k].get("name") or k for k in way if k in weight)
    return [
        Problem(
            "flow", "limits_exceed_promise",
            f"最长的一条路（{steps}）各环节时限合计{about}{float(in_unit):g}，"
            f"超过承诺时限 {promised.amount}（单位 {promised.unit}）。",
            "缩短环节时限，或把不计入承诺的环节标为不计时。",
        )
    ]  # fmt: skip
