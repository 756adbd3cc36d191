"""A request on the pure machine, by the very package and flow that the platform publishes."""

import copy
from datetime import datetime
from typing import Any

from tests.permits import CaseUnderTest, staff
from tongban.base.calendar import CHINA, load_calendar
from tongban.engine.definition import Definition, compile_terms
from tongban.engine.flow import compile_flow
from tongban.engine.machine import Facts
from tongban.platforms.inquiry.rules import template
from tongban.platforms.inquiry.services import content_under

POSTS = {"window": "CK", "desk": "SA", "check": "KZ", "sign": "FG"}


def definition(rules: str = "2019") -> Definition:
    """The definition of requests under one regulation."""
    flow: dict[str, Any] = {"key": "house-inquiry-t", **copy.deepcopy(template()["flow"])}
    for node in flow["nodes"]:
        if "post" in node:
            node["post"] = POSTS.get(node["post"].strip("{}"), node["post"])
    posts = {code: (n, 1) for n, code in enumerate(POSTS.values(), 1)}
    return Definition(compile_flow(flow), compile_terms(content_under(rules), 1), load_calendar(), posts)


WINDOW = staff("CK", 1, "accept", "handle", "backdate")
DESK = staff("SA", 2, "handle")
CHECKER = staff("KZ", 3, "handle", "assign")
LEADER = staff("FG", 4, "decide", "approve", "handle")


def at(text: str) -> datetime:
    """An instant in China, at ten in the morning where no hour is said."""
    said = datetime.fromisoformat(text)
    return said.replace(hour=said.hour or 10, tzinfo=CHINA)


def a_request(day: str, rules: str = "2019") -> CaseUnderTest:
    """A request received and registered on a day."""
    facts = Facts({}, "person", "counter", 0, "GK1")
    case = CaseUnderTest(definition(rules), now=at(day), facts=facts)
    return case.do("submit", WINDOW, kind="inquiry").do("accept", WINDOW)


def on(case: CaseUnderTest, day: str) -> CaseUnderTest:
    """The same request on a later day, with whatever time brought about on the way."""
    return case.wait(seconds=(at(day) - case.now).total_seconds())


def due(case: CaseUnderTest) -> str:
    """The last day of the reply period, "" while the clock stands still."""
    clock = case.state.clock("statutory")
    if clock is None or clock.due is None:
        return ""
    assert clock.due.astimezone(CHINA).strftime("%H:%M") == "00:00"
    return datetime.fromtimestamp(clock.due.timestamp() - 1, CHINA).date().isoformat()
