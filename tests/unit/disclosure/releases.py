"""A release to tell stories about: its flow and terms as shipped, with a local limit of five days, and its people."""

from typing import Any

from msgspec.structs import replace

from tests.permits import CaseUnderTest, staff
from tongban.base.calendar import load_calendar
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import compile_flow
from tongban.engine.machine import Facts
from tongban.engine.state import SYSTEM
from tongban.platforms.disclosure.rules import content_under, regimes, template

HELD = regimes("990100")[-1]
POSTS = {"{desk}": (1, 1), "{secrecy}": (2, 1), "{sign}": (3, 1)}
DEFINITION = Definition(
    compile_flow({**template("release")["flow"], "key": "house-release-x"}),
    compile_terms(content_under(HELD), 1),
    load_calendar(),
    POSTS,
)
DESK = staff("{desk}", 1, "accept", "handle")
REVIEWER = staff("{secrecy}", 2, "handle")
SIGNER = staff("{sign}", 3, "accept", "handle")
ALL = ["1", "2", "3", "4"]


def a_release(**form: Any) -> CaseUnderTest:
    """A case about a document that was just handed on; not signed yet unless `signed_on` says when."""
    said = {"signed": "是" if "signed_on" in form else "否", **form}
    case = CaseUnderTest(DEFINITION)
    case.facts = replace(Facts(number="20260302000001"), form=said)
    return case.do("submit", SYSTEM, materials={}, kind="release")


def reviewed(case: CaseUnderTest, **said: Any) -> CaseUnderTest:
    """Checked against the original and passed by the reviewer."""
    case.do("complete", DESK, outcome="checked", opinion="与原件一致")
    return case.do("complete", REVIEWER, outcome="passed", opinion="可以公开", checklist=ALL, **said)
