"""The faults that can be put into a case: for each rule one way in which officials break it.

A planter is a course of the case that commits the fault and notes it (`Life.plant`), or, of time, sets out to be late
and leaves the counting to `reckoning`. A rule without a planter stands in WITHOUT with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tongban.engine.definition import Definition
from tongban.engine.flow import GATHER
from tongban.simulator.faults.late import (
    endless_joint_case,
    full_first_review,
    late_delivery,
    left_overnight,
    long_pause,
    near_the_limit,
    nobody_moves,
    over_the_law,
    over_the_promise,
    prompt_together,
    silent_counter,
    slow_first_review,
    slow_member,
    slow_step,
    special_overrun,
)
from tongban.simulator.faults.money import (
    against_the_circumstances,
    by_the_circumstances,
    charged_for_nothing,
    charged_too_much,
    charged_without_bill,
    mitigated_without_reason,
    outside_the_band,
    reduced_at_will,
    reduced_by_law,
)
from tongban.simulator.faults.procedure import (
    asked_twice,
    beyond_office,
    entered_afterwards,
    extended_twice,
    heard_first,
    material_missing,
    not_told_beforehand,
    refused_without_reason,
    same_hand,
    step_skipped,
    suspended_without_grounds,
    taken_on_after_all,
    turned_away,
    unheard,
    wrong_number,
)
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

#: Rules that nobody breaks here, and why.
WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "N03": "the machine numbers and dates every result itself where nobody does, whether it is decided here, imported or"
        " reported: a case with such a fault can come about by no command",
        "T06": "the machine accepts by law when the limit ends (视为受理, found by T05), before any command of later than that:"
        " nobody can be late beyond it; what other systems report late is judged where they report it",
        "D01": "nothing is released in a simulated year; tests carry releases beyond their limits",
        "D02": "nobody asks for information in a simulated year; tests let a request run out",
        "D03": "nothing is released in a simulated year; a test keeps a document back without a reason",
        "D04": "no unit keeps a register of requests in a simulated year, so none owes a report; a test lets one run out",
    }
)
