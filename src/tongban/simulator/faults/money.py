"""Courses about fees and fines."""

from decimal import Decimal
from typing import Any

from tongban.project.demo import words
from tongban.simulator.life import Life


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
