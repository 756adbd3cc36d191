"""The faults that can be put into a case: for each rule one way in which officials break it.

A planter is a course of the case that commits the fault and notes it (`Life.plant`), or, of time, sets out to be late
and leaves the counting to `reckoning`. A rule without a planter stands in WITHOUT with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tongban.engine.definition import Definition
from tongban.engine.flow import GATHER
from tongban.project.demo import words
from tongban.simulator.life import Life


@dataclass(frozen=True, slots=True)
class Planter:
    """How a rule is broken: `tell` is the course, `fits` says in which matters it can happen, `channel` how they come.

    A look-alike is told in the same way: it comes near to breaking a rule, and breaks none.
    """

    rule: str  # "" of a look-alike
    tell: Callable[[Life], None]
    fits: Callable[[Definition], bool]
    channel: str = ""
    apart: bool = False  # in the matters that nobody applies for otherwise


def _promised(defn: Definition) -> bool:
    """Applied for, accepted, and not done on the spot."""
    return not defn.terms.instant and not defn.terms.by_office and "accept" in defn.flow.nodes


def _steps(*keys: str, least: int = 0) -> Callable[[Definition], bool]:
    def fits(defn: Definition) -> bool:
        short = defn.terms.promised is not None and defn.terms.promised.amount >= least
        return _promised(defn) and short and all(k in defn.flow.nodes for k in keys)

    return fits


def _days(t: Life, rule: str) -> float:
    limit = t.defn.terms.promised if rule != "T03" else t.defn.terms.statutory
    if limit is None:
        return 5.0
    days = limit.amount * (21 if limit.unit == "month" else 1)
    return float(days if limit.unit == "workday" else max(1, days * 5 // 7))


# about time


def near_the_limit(t: Life) -> None:
    """T01: lies with the head of section until the last day."""
    t.meant.add("T01")
    t.apply()
    t.accept()
    t.walk(slow={"check": max(_days(t, "T01") - 1.2, 0.6)})


def over_the_promise(t: Life) -> None:
    """T02: decided after the promised day."""
    t.meant.add("T02")
    t.apply()
    t.accept()
    t.walk(slow={"check": _days(t, "T02") + t.rng.choice((1.0, 2.0, 5.0))})


def over_the_law(t: Life) -> None:
    """T03: decided after the day that the law sets."""
    t.meant.add("T03")
    t.apply()
    t.accept()
    t.walk(slow={"review": _days(t, "T03") * 1.1 + 3.0})


def slow_step(t: Life) -> None:
    """T04: one step takes more than twice its limit."""
    t.meant.add("T04")
    t.apply()
    t.accept()
    limit = t.defn.flow.nodes["review"].limit
    t.walk(slow={"review": 2.4 * (limit.amount if limit else 1)})


def silent_counter(t: Life) -> None:
    """T05: five working days without a word, accepted by law."""
    t.meant.add("T05")
    t.apply()
    t.rest(6.0)
    t.walk()


def late_delivery(t: Life) -> None:
    """T07: decided in time, handed over late."""
    t.meant.add("T07")
    t.apply()
    t.accept()
    t.walk(slow={"deliver": 11.5})


def left_overnight(t: Life) -> None:
    """T14: what is done on the spot waits until tomorrow."""
    t.meant.add("T14")
    t.apply()
    t.accept()
    t.walk(slow={"decide": 1.2})


def special_overrun(t: Life) -> None:
    """T11: the special procedure takes longer than the applicant was told."""
    t.meant.add("T11")
    _suspended(t, days=2)
    t.rest(4.5)
    t.resume()
    t.walk()


def long_pause(t: Life) -> None:
    """T12: the clock stands still for more than thirty working days."""
    t.meant.add("T12")
    _suspended(t, days=60)
    t.rest(34)
    t.resume()
    t.walk()


def nobody_moves(t: Life) -> None:
    """T13: the file lies still; the remarks in it move nothing."""
    t.meant.add("T13")
    t.apply()
    t.accept()
    limit = t.defn.flow.nodes["review"].limit
    t.walk(slow={"review": max(limit.amount if limit else 5, 5) + 1.5})


def _suspended(t: Life, *, days: int, grounds: bool = True) -> None:
    t.apply()
    t.accept()
    t.walk(until="check")
    t.work(30)
    task = t.waiting()[0]
    grounds_of = {
        "basis": "《行政许可法》第四十五条",
        "document": words.document(t.unit, "特告", t.at.year, t.rng),
    }
    said = {**grounds_of, "approver": t.chief()[1]} if grounds else {"force": True}
    t.do(
        "suspend", task.assignee or t.clerk(task.post), procedure=next(iter(t.defn.terms.special), "hearing"), days=days, **said
    )  # fmt: skip


def slow_first_review(t: Life) -> None:
    """T08: the district keeps it for more than its twenty working days."""
    t.meant.add("T08")
    t.apply()
    t.accept()
    t.walk(slow={"review": 21.5})


def full_first_review(t: Life) -> None:
    """A look-alike of T08: the district takes nearly all the time that its step has."""
    t.apply()
    t.accept()
    t.walk(slow={"review": 13.5})


def slow_member(t: Life) -> None:
    """T10: one department of a joint approval keeps the others waiting."""
    t.meant.add("T10")
    _together(t, t.rng.choice((7.5, 13.5)))


def endless_joint_case(t: Life) -> None:
    """T09: the departments of a joint approval take more than forty-five working days together."""
    t.meant.add("T09")
    _together(t, t.rng.choice((47.0, 62.0)))


def prompt_together(t: Life) -> None:
    """A look-alike of T09 and T10: everybody answers in time."""
    _together(t, 0.6)


def _together(t: Life, slowest: float) -> None:
    """A joint case: each department answers soon, the last of those side by side after `slowest` days."""
    t.apply()
    t.accept()
    while t.state.phase != "closed":
        waiting = [task for task in t.state.open_tasks if task.kind == "subcase"]
        for task in waiting:
            last = len(waiting) > 1 and task is waiting[-1]
            t.rest(slowest if last else 0.2)
            t.do("child_concluded", None, member=task.branch, result="granted")
        if not waiting:
            t.walk()


# about procedure


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
    _suspended(t, days=6, grounds=False)
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


# about content


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


# about fees


def charged_for_nothing(t: Life) -> None:
    """F01: a fee that the matter does not have."""
    t.apply()
    t.accept()
    _charge(t, name="资料服务费", amount=t.rng.choice(("20", "50", "120")))
    t.plant("F01", f"fee:{len(t.state.fees)}", 3)
    t.walk()


def charged_too_much(t: Life) -> None:
    """F02: more than the standard, or less without saying why."""
    t.apply()
    t.accept()
    fee = next(f for f in t.defn.terms.fees.values() if f.amount is not None)
    standard = fee.amount or Decimal(0)
    more = t.rng.random() < 0.6
    amount = standard * 2 if more else standard / 2
    _charge(t, name=fee.name, amount=str(amount))
    t.plant("F02", f"fee:{len(t.state.fees)}", 3 if more else 2)
    t.walk()


def reduced_at_will(t: Life) -> None:
    """F03: a fee that may not be reduced is."""
    t.apply()
    t.accept()
    _reduce(t)
    t.plant("F03", f"fee:{len(t.state.fees)}", 2)
    t.walk()


def reduced_by_law(t: Life) -> None:
    """A look-alike of F02 and F03: a fee that may be reduced is, and it is said on what basis."""
    t.apply()
    t.accept()
    _reduce(t)
    t.walk()


def _reduce(t: Life) -> None:
    fee = next(f for f in t.defn.terms.fees.values() if f.amount is not None)
    _charge(t, name=fee.name, amount=str((fee.amount or Decimal(0)) / 2), reduced="减半收取通知")


def charged_without_bill(t: Life) -> None:
    """F04: money was taken, and no bill was ever entered."""
    t.apply()
    t.accept()
    fee = next(f for f in t.defn.terms.fees.values() if f.amount is not None)
    task = t.waiting()[0]
    t.work(4)
    t.do("charge", t.clerk(task.post), name=fee.name, amount=str(fee.amount))
    no = len(t.state.fees)
    t.watched = True

    def settle() -> None:  # from the handing over it counts
        since = t.state.delivered
        if since is not None and t.calendar.W(t.present.date()) - t.calendar.W(since.date()) > 1:
            t.plant("F04", f"fee:{no}", 2)

    t.settling.append(settle)
    t.walk()


def _charge(t: Life, **fee: Any) -> None:
    task = t.waiting()[0] if t.waiting() else None
    post = task.post if task is not None else t.post("CK")
    t.work(4)
    bill = f"9901{t.at:%Y%m%d}{t.rng.randint(0, 999999):06d}"
    t.do("charge", t.clerk(post), bill=bill, force=True, **fee)
    t.work(8)
    t.do("pay", None, name=fee["name"], bill=bill)


# about discretion


def outside_the_band(t: Life) -> None:
    """J01: a fine beyond its band, with no record that anybody discussed it."""
    t.apply()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    band = t.defn.terms.discretion["bands"][2]
    who = t.clerk(task.post, [x.by for x in t.state.tasks if x.node in t.node(task).apart_from])
    t.do(
        "complete", who, task=task.no, outcome="granted", opinion="同意。", band=band["level"],
        amount=str(Decimal(str(band["max"])) * 2 + 1), force=True,
    )  # fmt: skip
    t.plant("J01", "decision", 3)
    t.walk()


def mitigated_without_reason(t: Life) -> None:
    """J04: a fine below its band, and not said why; it is outside the band too (J01)."""
    t.apply()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    band = next(b for b in t.defn.terms.discretion["bands"] if Decimal(str(b["min"])) > 0)
    who = t.clerk(task.post, [x.by for x in t.state.tasks if x.node in t.node(task).apart_from])
    t.do(
        "complete", who, task=task.no, outcome="granted", opinion="同意。", band=band["level"], amount="0", force=True
    )  # fmt: skip
    t.plant("J04", "decision", 2)
    t.plant("J01", "decision", 3)
    t.walk()


def against_the_circumstances(t: Life) -> None:
    """J02: the circumstances belong to a milder band than the one that was chosen."""
    _choose(t, fitting=False)
    t.plant("J02", "decision", 2)
    t.walk()


def by_the_circumstances(t: Life) -> None:
    """A look-alike of J02: the band is that of the circumstances."""
    _choose(t, fitting=True)
    t.walk()


def _choose(t: Life, *, fitting: bool) -> None:
    t.apply()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    bands = t.defn.terms.discretion["bands"]
    chosen, of = bands[2], bands[2] if fitting else bands[1]
    amount = (Decimal(str(chosen["min"])) + Decimal(str(chosen["max"]))) / 2
    who = t.clerk(task.post, [x.by for x in t.state.tasks if x.node in t.node(task).apart_from])
    t.do(
        "complete", who, task=task.no, outcome="granted", opinion="同意。", band=chosen["level"], amount=str(amount),
        circumstances=[of["circumstances"][0]], document=words.document(t.unit, "罚", t.at.year, t.rng),
    )  # fmt: skip


def _penalty(defn: Definition) -> bool:
    return "investigate" in defn.flow.nodes and len(defn.terms.discretion.get("bands", ())) > 2


def _has_fee(defn: Definition) -> bool:
    return (
        _promised(defn)
        and any(f.amount is not None for f in defn.terms.fees.values())
        and "pay" not in defn.flow.nodes
    )


def _needs_a_material(defn: Definition) -> bool:
    return any(m.necessity == "required" for m in defn.terms.materials.values()) and not defn.terms.by_office


def _circumstantial(defn: Definition) -> bool:
    return _penalty(defn) and all(b.get("circumstances") for b in defn.terms.discretion["bands"][1:3])


def _must_hear(defn: Definition) -> bool:
    return "hearing" in defn.terms.special and defn.terms.special["hearing"].required


def _out_of_use(defn: Definition) -> bool:
    return not defn.terms.active


def _reviewed_first(defn: Definition) -> bool:
    return any("初审" in node.name and node.duty == "review" for node in defn.flow.nodes.values())


def _joint(defn: Definition) -> bool:
    return GATHER in defn.flow.nodes


#: Every rule that can be broken, by its id.
PLANTERS: Mapping[str, Planter] = MappingProxyType(
    {
        p.rule: p
        for p in (
            # those that take longest first, so that a short year sees their end
            Planter("T09", endless_joint_case, _joint, apart=True),
            Planter("T08", slow_first_review, _reviewed_first, apart=True),
            Planter("T01", near_the_limit, _steps("check", least=3)),
            Planter("T02", over_the_promise, _steps("check", least=1)),
            Planter("T03", over_the_law, lambda d: _steps("review")(d) and d.terms.statutory is not None),
            Planter(
                "T04", slow_step, lambda d: _steps("review")(d) and d.flow.nodes["review"].limit is not None
            ),
            Planter("T05", silent_counter, _promised),
            Planter("T07", late_delivery, _steps("deliver", "decide")),
            Planter("T11", special_overrun, lambda d: _steps("check")(d) and bool(d.terms.special)),
            Planter("T12", long_pause, lambda d: _steps("check")(d) and bool(d.terms.special)),
            Planter(
                "T13", nobody_moves, lambda d: _steps("review", least=5)(d) and "fork" not in d.flow.nodes
            ),
            Planter("T14", left_overnight, lambda d: d.terms.instant),
            Planter("P01", step_skipped, _steps("check", "decide")),
            Planter("P02", entered_afterwards, _steps("decide", least=10), "counter"),
            Planter("P04", beyond_office, _steps("review", "check", "decide")),
            Planter("P08", suspended_without_grounds, lambda d: _steps("check")(d) and bool(d.terms.special)),
            Planter("P12", not_told_beforehand, lambda d: _penalty(d) and "notify" in d.flow.nodes),
            Planter("P03", same_hand, _steps("decide", "deliver")),
            Planter("P05", asked_twice, _promised),
            Planter("P06", refused_without_reason, _promised),
            Planter("P07", extended_twice, _steps("check", least=3)),
            Planter("N01", material_missing, _needs_a_material, "counter"),
            Planter("N04", wrong_number, _promised, "counter"),
            Planter("F01", charged_for_nothing, _steps("review")),
            Planter("F02", charged_too_much, _has_fee),
            Planter("F04", charged_without_bill, _has_fee),
            Planter("J01", outside_the_band, _penalty),
            Planter("J04", mitigated_without_reason, _penalty),
            Planter("J02", against_the_circumstances, _circumstantial),
            Planter("F03", reduced_at_will, _has_fee, apart=True),
            Planter("P09", unheard, _must_hear, apart=True),
            Planter("P11", taken_on_after_all, _out_of_use, "counter", apart=True),
            Planter("T10", slow_member, _joint, apart=True),
        )
    }
)

#: Courses that come near to breaking a rule and break none, beside the ordinary ones of the year.
LOOKALIKES = (
    Planter("", heard_first, _must_hear, apart=True),
    Planter("", turned_away, _out_of_use, "counter", apart=True),
    Planter("", full_first_review, _reviewed_first, apart=True),
    Planter("", prompt_together, _joint, apart=True),
    Planter("", reduced_by_law, _has_fee),
    Planter("", by_the_circumstances, _circumstantial),
)

#: Rules that no fault is planted for, as they follow from what is done: counted for every case (`reckoning`).
COUNTED = frozenset({"R01"})

#: Rules that nobody breaks here yet, and why.
WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "N03": "the machine numbers and dates every result itself where nobody does",
        "T06": "the machine accepts by law when the limit ends (视为受理), so nobody is late beyond it; what other systems"
        " report late is judged where they report it",
        "N05": "guides are made by hand; a test breaks one",
        "N06": "the ledger of a simulated city is left whole; tests change its rows",
        "P10": "no department's system reports in a simulated year",
        "N02": "no department's system reports in a simulated year",
    }
)
