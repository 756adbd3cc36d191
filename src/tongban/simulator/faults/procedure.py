"""Courses that leave the procedure, or take on what should not be taken on."""

from datetime import timedelta

from tongban.project.demo import words
from tongban.simulator.faults.late import suspended
from tongban.simulator.life import Life


def entered_afterwards(t: Life) -> None:
    """P02: accepted on paper and entered days later."""
    t.apply()
    t.entered_late = timedelta(days=4)
    t.accept()
    t.entered_late = None
    deed = t.deeds[-1]
    calendar = t.calendar
    if deed.recorded and calendar.W(deed.recorded.date()) - calendar.W(deed.at.date()) > 1:
        t.plant("P02", "task:1", 2)
    t.walk()


def beyond_office(t: Life) -> None:
    """P04: the reviewer decides in the leader's place."""
    t.apply()
    t.accept()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    post = next(p for p in (t.post("SC"), t.post("KZ")) if p in t.staff and p != task.post)
    who = t.clerk(post, [x.by for x in t.state.tasks if x.node in t.node(task).apart_from])
    t.do("complete", who, task=task.no, outcome="granted", opinion="同意。")
    t.posts[len(t.deeds) - 1] = post
    t.plant("P04", f"task:{task.no}", 3)
    t.walk()


def suspended_without_grounds(t: Life) -> None:
    """P08: the clock is stopped, and nobody said on what basis."""
    suspended(t, days=6, grounds=False)
    t.plant("P08", "pause:1", 2)
    t.rest(2)
    t.resume()
    t.walk()


def not_told_beforehand(t: Life) -> None:
    """P12: punished without having been told (处罚告知); the step was skipped, which is P01."""
    t.apply()
    task = t.walk_to("notify")
    t.work(20)
    first = len(t.state.tasks) + 1
    t.do("skip_to", t.clerk(task.post), node="decide", reason="急于结案。")

    def settle() -> None:
        for node in sorted({x.node for x in t.state.tasks[first - 1 :] if x.status != "cancelled"}):
            t.plant("P01", f"step:{node}", 3)
        if t.state.decided is not None:
            t.plant("P12", "decision", 3)

    t.settling.append(settle)
    t.walk()


def step_skipped(t: Life) -> None:
    """P01: decided although the section head never looked at it."""
    t.apply()
    t.accept()
    task = t.walk_to("check")
    t.work(15)
    t.do("skip_to", t.clerk(task.post), node="decide", reason="领导要求先行决定。")
    first = len(t.state.tasks)

    def settle() -> None:  # every later step was begun without it
        for node in sorted({x.node for x in t.state.tasks[first - 1 :] if x.status != "cancelled"}):
            t.plant("P01", f"step:{node}", 3)

    t.settling.append(settle)
    t.walk()


def same_hand(t: Life) -> None:
    """P03: who accepted it also decides."""
    t.apply()
    t.accept()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    clerk = t.state.accepted_by
    t.do(
        "complete", clerk, task=task.no, outcome="granted", opinion="同意。", force=True,
        reason="分管领导外出，由窗口代为决定。",
    )  # fmt: skip
    t.plant("P03", f"person:{clerk}", 2)
    t.walk()


def asked_twice(t: Life) -> None:
    """P05: a second notice of what is missing."""
    t.apply()
    t.work(t.rng.uniform(40, 200))
    t.ask()
    t.rest(t.rng.uniform(0.4, 2))
    t.supply()
    t.work(t.rng.uniform(40, 200))
    task = t.waiting()[0]
    t.do(
        "request_correction", task.assignee or t.clerk(task.post), items=["请再提供一份复印件并加盖公章"],
        force=True, reason="上次告知时遗漏。",
    )  # fmt: skip
    t.plant("P05", "correction:2", 2)
    t.rest(t.rng.uniform(0.4, 2))
    t.supply()
    t.accept()
    t.walk()


def refused_without_reason(t: Life) -> None:
    """P06: not accepted, and not said why."""
    t.apply()
    t.work(t.rng.uniform(40, 200))
    t.do("refuse", t.clerk(t.waiting()[0].post), force=True)
    t.plant("P06", "refusal", 3)


def extended_twice(t: Life) -> None:
    """P07: extended a second time."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.work(20)
    chief, _name = t.chief()
    t.do("extend", chief, amount=min(2, t.defn.terms.extension.amount), reason="材料较多，需要进一步核实。")
    t.rest(0.6)
    t.do("extend", chief, amount=1, reason="仍需核实。", force=True)
    t.plant("P07", "extension:2", 2)
    t.walk()


def unheard(t: Life) -> None:
    """P09: decided without the hearing that must take place."""
    t.apply()
    t.accept()
    t.settling.append(lambda: t.plant("P09", "hearing", 3) if t.state.decided is not None else None)
    t.walk()


def heard_first(t: Life) -> None:
    """A look-alike of P09: the hearing takes place, the clock stands still for it."""
    t.apply()
    t.accept()
    t.walk(until="check")
    t.work(60)
    t.suspend("hearing")
    t.rest(t.rng.uniform(3, 5))
    t.resume()
    t.walk()


def taken_on_after_all(t: Life) -> None:
    """P11: the matter was cancelled, and the window takes it on all the same."""
    _insist(t)
    t.work(t.rng.uniform(10, 120))
    task = t.waiting()[0]
    t.do("accept", t.clerk(task.post), force=True, reason="申请人多次要求。")
    t.plant("P11", "case", 3)
    t.walk()


def turned_away(t: Life) -> None:
    """A look-alike of P11: taken in, and refused with reasons."""
    _insist(t)
    t.work(t.rng.uniform(10, 120))
    t.do("refuse", t.clerk(t.waiting()[0].post), **words.denial(t.matter))


def _insist(t: Life) -> None:
    said = {"force": True, "reason": "申请人坚持提交。"}
    t.do("submit", t.clerk(t.first_post()), materials=dict(t.materials), kind=t.kind, **said)


def wrong_number(t: Life) -> None:
    """N04: the identity number was typed wrongly at the counter."""
    t.wrong_id = True
    t.apply()
    t.plant("N04", "applicant", 1)
    t.accept()
    t.walk()


def material_missing(t: Life) -> None:
    """N01: accepted although a necessary material is not there."""
    key = next(k for k, m in t.defn.terms.materials.items() if m.necessity == "required")
    t.materials = {k: v for k, v in t.materials.items() if k != key}
    t.apply()
    t.work(t.rng.uniform(10, 120))
    t.until_there_is_time()
    task = next(x for x in t.state.open_tasks if t.node(x).duty == "accept")
    t.do("accept", t.clerk(task.post), force=True)
    t.plant("N01", "case", 2)
    t.walk()
