"""越环节: what was done out of turn elsewhere is a fact here. The case goes on from there, and shows what was passed over."""

from tongban.engine.flow import Flow
from tongban.engine.machine import may
from tongban.engine.machine.run import Run


def skip_to(run: Run) -> None:
    """A step further on has been begun. What stands open before it is cancelled as skipped, never done in anybody's name.

    Only who reports facts of another system does this; rule P01 of supervision cards it.
    """
    if "*" not in run.actor.verbs:
        raise run.refuse("not_permitted", "越过环节只能由业务系统如实报送。")
    may.not_paused(run)
    flow = run.defn.flow
    node = flow.nodes.get(run.text("node", "环节"))
    ahead = {key for t in run.state.open_tasks for key in _ahead(flow, t.node)}
    if node is None or node.kind != "human" or node.key not in ahead:
        raise run.refuse("no_such_step", "前面没有这个环节。")
    split, branch = 0, ""
    section = _section(flow, node.key)
    if section:
        found = next(
            (
                t
                for t in run.state.open_tasks
                if t.split
                and run.state.splits[t.split - 1].node == section
                and node.key in _ahead(flow, t.node)
            ),
            None,
        )
        if found is None:
            raise run.refuse("no_such_step", "这个环节在还没有开始的并行环节之内。")
        split, branch = found.split, found.branch
    for task in run.state.open_tasks:
        if not split or (task.split, task.branch) == (split, branch):
            run.emit("task.cancelled", {"task": task.no, "why": "skipped"})
    run.enter(node, split, branch)


def _ahead(flow: Flow, key: str) -> set[str]:
    """Every node that can come after."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for edge in flow.after(waiting.pop()):
            if edge.target not in found:
                found.add(edge.target)
                waiting.append(edge.target)
    return found


def _section(flow: Flow, key: str) -> str:
    """The split whose parallel section a node lies in; "" outside any."""
    joins = {n.split: n.key for n in flow.nodes.values() if n.kind == "join"}
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        here = waiting.pop()
        for edge in flow.after(here):
            target = flow.nodes[edge.target]
            if target.kind == "join":
                return target.split
            past = joins.get(target.key, target.key) if target.kind == "split" else target.key
            if past not in seen:
                seen.add(past)
                waiting.append(past)
    return ""
