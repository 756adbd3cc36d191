"""开餐馆一件事 as it goes: one application, its members as cases of their own, one conclusion."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tongban.project.demo.history import Record
from tongban.project.demo.loading import Loading
from tongban.project.demo.stories import begin
from tongban.project.demo.telling import Present, Tale, tell

MATTER = "canguan"


def records(loading: Loading, course: Mapping[str, str]) -> list[Record]:
    """The parent's record, then one for every member begun so far."""
    username, age, how = course["owner"], float(course["age"]), course["course"]
    version = loading.versions[MATTER]
    who, _, account = loading.resident(username)
    start = begin(loading.definitions[MATTER].calendar, loading.present, age, loading.rng, office_hours=True)
    chosen = {"need_drain": "是", "need_ad": "否", "need_gas": loading.rng.choice(("是", "否"))}
    form = loading.fill(version.content, who, None, start, chosen)
    parent = loading.tale(MATTER, form, loading.hand_in(MATTER, form), account, None, "web", start, "joint")
    told = _Joint(loading, parent, who, how)
    tell(parent, told.plot)
    record = loading.written(parent, version, who, None, account)
    record.children = told.children
    for child in told.children:
        child.parent = record
    return [record, *told.children]


class _Joint:
    """The parent's plot: it opens its members and waits for them."""

    def __init__(self, loading: Loading, parent: Tale, who: Any, how: str) -> None:
        self.loading, self.who, self.how = loading, who, how
        self.children: list[Record] = []
        self._by_code = {v.content["offering"]["implementation_code"]: k for k, v in loading.versions.items()}
        self._account = loading.people[parent.applicant] if parent.applicant else None

    def plot(self, t: Tale) -> None:
        """One window in, the licence first, the others side by side, one window out."""
        t.apply()
        if self.how == "correction":
            t.work(180)
            t.ask()
            return
        t.accept()
        begun: set[int] = set()
        ends: list[tuple[Any, int, str, str]] = []
        while t.state.phase != "closed":
            for task in [x for x in t.state.open_tasks if x.kind == "subcase" and x.no not in begun]:
                begun.add(task.no)
                end, result = self._member(t, task.branch)
                if end is not None:
                    ends.append((end, len(self.children) - 1, task.branch, result))
            if ends:
                ends.sort(key=lambda e: e[0])
                end, child, member, result = ends.pop(0)
                t.at = max(t.at, end + timedelta(seconds=2))
                t.do("child_concluded", None, member=member, result=result, child=child)
                continue
            if any(x.kind == "subcase" for x in t.state.open_tasks):
                raise Present
            outcomes = {"check": "oppose", "decide": "partial"} if self.how == "partial" else {}
            t.walk(outcomes=outcomes)

    def _member(self, t: Tale, code: str) -> tuple[Any, str]:
        matter = self._by_code[code]
        version = self.loading.versions[matter]
        form = _member_form(t, matter, version.content, t.form, self.loading, self.who)
        child = self.loading.tale(
            matter,
            form,
            self.loading.hand_in(matter, form),
            self._account,
            None,
            "web",
            t.at + timedelta(seconds=1),
        )
        tell(child, _denied if self.how == "partial" and matter == "psxk" else smooth_by_system)
        self.children.append(self.loading.written(child, version, self.who, None, self._account))
        return (child.state.closed, child.state.result) if child.state.phase == "closed" else (None, "")


def smooth_by_system(t: Tale) -> None:
    """A member case: begun by the joint application, then as always."""
    t.do("submit", None, materials=dict(t.materials), kind=t.kind)
    t.accept()
    t.walk()


def _denied(t: Tale) -> None:
    t.do("submit", None, materials=dict(t.materials), kind=t.kind)
    t.accept()
    t.walk(outcomes={"review": "visit", "site": "fail", "check": "oppose", "decide": "denied"})


def _member_form(
    t: Tale, matter: str, content: Mapping[str, Any], given: Mapping[str, Any], loading: Loading, who: Any
) -> dict[str, Any]:
    """The member's own form from the joint one: fields are taken over, under the names the package gives them."""
    members = loading.versions[MATTER].content["params"]["members"]
    renamed = {
        old: new
        for m in members
        if m["matter"] == content["matter"]["code"]
        for new, olds in m["fields"].items()
        for old in ([olds] if isinstance(olds, str) else olds)
    }
    taken = {f["name"]: given[renamed.get(f["name"], f["name"])] for g in content["form"]["groups"] for f in g["fields"]
             if renamed.get(f["name"], f["name"]) in given}  # fmt: skip
    return loading.fill(content, who, None, t.at, taken)
