"""The graph of a flow document: what can be reached, which parallel sections enclose a step, the longest way.

Used by lint for its refusals and by the diagram for its rows and columns. Works on documents whose shape was checked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from tongban.engine.lint.shape import Problem

# Kinds at which somebody or something has to act before the case goes on.
RESTING = frozenset({"human", "wait", "subcase", "correction", "notice", "payment"})

# How much of a working day one unit is, to compare limits given in different units (7 working hours a day).
_WORKDAYS = {
    "workday": Fraction(1),
    "day": Fraction(5, 7),
    "month": Fraction(5 * 365, 7 * 12),
    "work_hour": Fraction(1, 7),
    "hour": Fraction(5, 7 * 24),
}


@dataclass(frozen=True)
class Graph:
    """Nodes by key and edges in document order."""

    nodes: Mapping[str, Mapping[str, Any]]
    edges: Sequence[Mapping[str, Any]]

    @cached_property
    def outgoing(self) -> dict[str, list[Mapping[str, Any]]]:
        """Edges that leave a node, in document order."""
        return self._by("from")

    @cached_property
    def incoming(self) -> dict[str, list[Mapping[str, Any]]]:
        """Edges that enter a node, in document order."""
        return self._by("to")

    def _by(self, end: str) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {key: [] for key in self.nodes}
        for edge in self.edges:
            found[edge[end]].append(edge)
        return found

    def of_kind(self, kind: str) -> list[str]:
        """Keys of the nodes of a kind, in document order."""
        return [key for key, node in self.nodes.items() if node["kind"] == kind]

    def reachable(self, starts: Iterable[str], *, backwards: bool = False) -> set[str]:
        """Every node on a way that begins (or, backwards, ends) at `starts`, these included."""
        edges, end = (self.incoming, "from") if backwards else (self.outgoing, "to")
        seen, waiting = set(), list(starts)
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting.extend(e[end] for e in edges[key])
        return seen

    @cached_property
    def back_edges(self) -> set[int]:
        """Positions of the edges that lead back on their own way (退回), seen from the start."""
        state: dict[str, int] = {}
        back: set[int] = set()
        position = {id(edge): index for index, edge in enumerate(self.edges)}
        for start in [*self.of_kind("start"), *self.nodes]:
            if start in state:
                continue
            state[start] = 1
            stack: list[tuple[str, Iterator[Mapping[str, Any]]]] = [(start, iter(self.outgoing[start]))]
            while stack:
                key, rest = stack[-1]
                edge = next(rest, None)
                if edge is None:
                    state[key] = 2
                    stack.pop()
                elif state.get(edge["to"]) == 1:
                    back.add(position[id(edge)])
                elif edge["to"] not in state:
                    state[edge["to"]] = 1
                    stack.append((edge["to"], iter(self.outgoing[edge["to"]])))
        return back

    @cached_property
    def forward(self) -> list[Mapping[str, Any]]:
        """The edges that do not lead back; together they have no loop."""
        return [edge for index, edge in enumerate(self.edges) if index not in self.back_edges]

    @cached_property
    def order(self) -> list[str]:
        """Keys so that every forward edge leads from an earlier to a later one."""
        waiting = dict.fromkeys(self.nodes, 0)
        for edge in self.forward:
            waiting[edge["to"]] += 1
        after: dict[str, list[str]] = {key: [] for key in self.nodes}
        for edge in self.forward:
            after[edge["from"]].append(edge["to"])
        ready = [key for key, count in waiting.items() if count == 0]
        done: list[str] = []
        while ready:
            key = ready.pop(0)
            done.append(key)
            for target in after[key]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        return done

    def longest(self, weight: Mapping[str, Fraction]) -> tuple[Fraction, list[str]]:
        """The heaviest way through the flow, each loop gone through once, and the nodes on it."""
        best: dict[str, tuple[Fraction, str]] = {key: (Fraction(0), "") for key in self.nodes}
        for key in self.order:
            here = best[key][0] + weight.get(key, Fraction(0))
            for edge in self.outgoing[key]:
                if edge in self.forward and here > best[edge["to"]][0]:
                    best[edge["to"]] = (here, key)
        if not best:
            return Fraction(0), []
        last = max(best, key=lambda k: best[k][0] + weight.get(k, Fraction(0)))
        total = best[last][0] + weight.get(last, Fraction(0))
        way = [last]
        while best[way[-1]][1]:
            way.append(best[way[-1]][1])
        return total, way[::-1]

    @cached_property
    def sections(self) -> tuple[dict[str, tuple[tuple[str, str], ...]], list[Problem]]:
        """For each node the sections around it, outermost first, as (split, branch); and what is wrong with them."""
        return _sections(self)


def workdays(amount: int, unit: str) -> Fraction:
    """A limit in working days; exact for working days, by the year's average for other units."""
    return amount * _WORKDAYS[unit]


def _sections(graph: Graph) -> tuple[dict[str, tuple[tuple[str, str], ...]], list[Problem]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    problems: dict[str, Problem] = {}
    waiting: list[tuple[str, tuple[tuple[str, str], ...]]] = [(key, ()) for key in graph.of_kind("start")]
    while waiting:
        key, inside = waiting.pop(0)
        node = graph.nodes[key]
        if node["kind"] == "join":
            inside = _closed(key, node, inside, problems)
        if key in found:
            if found[key] != inside:
                problems.setdefault(key, _crossing(graph, key, found[key], inside))
            continue
        found[key] = inside
        if node["kind"] == "end" and inside:
            problems.setdefault(
                key,
                Problem(
                    f"nodes.{key}", "split_without_join",
                    f"分支“{_name(graph, inside[-1][0])}”没有汇合就到了结束。", "先让各分支汇合，再结束。",
                ),
            )  # fmt: skip
        for edge in graph.outgoing[key]:
            branch = (*inside, (key, edge["to"])) if node["kind"] == "split" else inside
            waiting.append((edge["to"], branch))
    problems_found = list(problems.values())
    problems_found += _unmatched(graph, found)
    return found, problems_found


def _closed(
    key: str, node: Mapping[str, Any], inside: tuple[tuple[str, str], ...], problems: dict[str, Problem]
) -> tuple[tuple[str, str], ...]:
    where = f"nodes.{key}"
    if not inside:
        problems.setdefault(
            key,
            Problem(
                where, "join_without_split", f"汇合“{key}”之前没有分开。", "去掉这个汇合，或在前面加分支。"
            ),
        )
        return inside
    if node.get("split", "") != inside[-1][0]:
        problems.setdefault(
            key,
            Problem(
                where, "join_wrong_split",
                f"汇合“{key}”写的是汇合“{node.get('split', '')}”，但到这里的是“{inside[-1][0]}”的分支。",
                f"把它的 split 改为“{inside[-1][0]}”，或改连线。",
            ),
        )  # fmt: skip
    return inside[:-1]


def _crossing(
    graph: Graph, key: str, one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> Problem:
    def told(inside: tuple[tuple[str, str], ...]) -> str:
        return f"“{inside[-1][0]}”的分支“{inside[-1][1]}”" if inside else "分支之外"

    return Problem(
        f"nodes.{key}", "branches_cross",
        f"“{_name(graph, key)}”既能从{told(one)}到达，又能从{told(other)}到达。",
        "各分支只在汇合处相遇；退回的连线不要跨出分支。",
    )  # fmt: skip


def _unmatched(graph: Graph, found: Mapping[str, Any]) -> list[Problem]:
    """Splits that no join closes, or more than one."""
    problems = []
    closing: dict[str, list[str]] = {}
    for key in graph.of_kind("join"):
        closing.setdefault(graph.nodes[key].get("split", ""), []).append(key)
    for key in graph.of_kind("split"):
        joins = closing.pop(key, [])
        if not joins:
            problems.append(
                Problem(
                    f"nodes.{key}",
                    "split_without_join",
                    f"分支“{_name(graph, key)}”没有汇合。",
                    "加一个汇合，它的 split 写这个分支的编码。",
                )
            )
        elif len(joins) > 1:
            problems.append(
                Problem(
                    f"nodes.{key}",
                    "split_joined_twice",
                    f"分支“{_name(graph, key)}”有 {len(joins)} 个汇合。",
                    "只留一个汇合。",
                )
            )
    problems += [
        Problem(
            f"nodes.{key}", "join_without_split",
            f"汇合“{key}”要汇合的“{name}”不是分支。", "写明它汇合哪个分支。",
        )
        for name, joins in closing.items()
        for key in joins
        if key not in found or name
    ]  # fmt: skip
    return problems


def _name(graph: Graph, key: str) -> str:
    return graph.nodes[key].get("name") or key
