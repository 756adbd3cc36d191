"""Courses that are late, or stand still."""

from tongban.project.demo import words
from tongban.simulator.life import Life


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
    suspended(t, days=2)
    t.rest(4.5)
    t.resume()
    t.walk()


def long_pause(t: Life) -> None:
    """T12: the clock stands still for more than thirty working days."""
    t.meant.add("T12")
    suspended(t, days=60)
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


def suspended(t: Life, *, days: int, grounds: bool = True) -> None:
    """Accepted, checked, and stopped for a special procedure of so many days; on what basis is said or not."""
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


def _days(t: Life, rule: str) -> float:
    limit = t.defn.terms.promised if rule != "T03" else t.defn.terms.statutory
    if limit is None:
        return 5.0
    days = limit.amount * (21 if limit.unit == "month" else 1)
    return float(days if limit.unit == "workday" else max(1, days * 5 // 7))
