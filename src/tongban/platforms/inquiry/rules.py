"""What the law says in numbers and lists, by the day it holds: limits, outcomes, fees, receipt. Pure; from `data/rules.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tongban.engine.errors import Refused

#: Outcomes that time alone brings: the applicant kept silent, or did not pay.
BY_TIME = frozenset({"not_corrected", "not_paid"})
#: Asked by letter while the clock stands still, and what is taken for granted when nobody answers.
THIRD_PARTY, COAUTHOR, OFTEN = "third_party", "coauthor", "often"


@dataclass(frozen=True, slots=True)
class Regime:
    """The regulation in force from a day on. Days are working days; `correction_within` None: no limit is said."""

    key: str
    since: date
    law: str
    reply: int
    extension: int
    correction_within: int | None
    articles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the 21 ways a request ends, as table 3 of the annual report counts it.

    `decision` is what it is to the engine ("" for what only time brings); `letter` the kind of reply.
    """

    key: str
    row: str
    name: str
    decision: str
    article: str
    letter: str


@dataclass(frozen=True, slots=True)
class Channel:
    """How a request came in, and which of its days is the day of receipt (条例第三十一条)."""

    key: str
    name: str
    received: str
    said: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Excess-progressive bands: up to `to` units cost `yuan` each; past the last, each `width` more cost `add` more each."""

    bands: tuple[tuple[int | None, int], ...]
    width: int = 0
    add: int = 0

    def total(self, units: int) -> Decimal:
        """What so many units cost together, in yuan."""
        cost, begun, rate = 0, 0, 0
        for to, rate in self.bands:
            end = units if to is None else min(units, to)
            cost += max(0, end - begun) * rate
            begun = max(begun, end)
            if to is None or units <= to:
                return Decimal(cost)
        while begun < units and self.width:
            rate += self.add
            end = min(units, begun + self.width)
            cost += (end - begun) * rate
            begun = end
        return Decimal(cost)


@dataclass(frozen=True, slots=True)
class Fees:
    """信息处理费 from a day on: an agency charges a request by items or by pages, never both."""

    since: date
    law: str
    items: Ladder
    pages: Ladder

    def by_items(self, before: int, items: int) -> Decimal:
        """按件: what these items cost an applicant who asked for `before` others in the same month."""
        return self.items.total(before + items) - self.items.total(before)

    def by_pages(self, pages: int) -> Decimal:
        """按量: what so many pages cost."""
        return self.pages.total(pages)


def regime(on: date) -> Regime:
    """The regulation that holds for requests received on a day. Raises Refused("before_the_law") earlier than any."""
    held = [r for r in regimes() if r.since <= on]
    if not held:
        raise Refused("before_the_law", "2008年5月1日以前没有依申请公开，请核对收到申请的日期。")
    return held[-1]


def fees(on: date) -> Fees | None:
    """The ladders that hold on a day; None before there were any."""
    held = [f for f in _ladders() if f.since <= on]
    return held[-1] if held else None


def received_on(
    channel: str, *, submitted: date, arrived: date | None = None, confirmed: date | None = None
) -> date:
    """The day a request counts as received, from which the reply is due (条例第三十一条).

    Raises Refused("missing_field", detail field) when the day that decides is not said, "out_of_order" when it lies
    before the request was made.
    """
    told = {"submitted": submitted, "arrived": arrived, "confirmed": confirmed}
    how = CHANNELS[channel]
    day = told[how.received]
    if day is None:
        what = {"arrived": "签收日期", "confirmed": "双方确认的日期"}[how.received]
        raise Refused("missing_field", f"{how.name}的申请请填写{what}。", detail={"field": how.received})
    if day < submitted:
        raise Refused(
            "out_of_order", "签收、确认的日期不能早于提交申请的日期。", detail={"field": how.received}
        )
    return day


@lru_cache(maxsize=1)
def regimes() -> tuple[Regime, ...]:
    """Every regulation, oldest first."""
    return tuple(
        Regime(
            r["key"], date.fromisoformat(r["since"]), r["law"], r["reply"], r["extension"], r["correction_within"], r["articles"]
        )
        for r in book()["regimes"]
    )  # fmt: skip


@lru_cache(maxsize=1)
def book() -> Mapping[str, Any]:
    """The whole list as shipped."""
    text = files("tongban.platforms.inquiry").joinpath("data/rules.json").read_text(encoding="utf-8")
    said: dict[str, Any] = json.loads(text)
    return said


@lru_cache(maxsize=1)
def template() -> Mapping[str, Any]:
    """Package, flow and roles under which every agency takes requests."""
    text = files("tongban.platforms.inquiry").joinpath("data/inquiry.json").read_text(encoding="utf-8")
    said: dict[str, Any] = json.loads(text)
    return said


def roles() -> Mapping[str, str]:
    """Which roles do the steps; "a|b": the first that a unit has."""
    said: Mapping[str, str] = template()["roles"]
    return said


@lru_cache(maxsize=1)
def _ladders() -> tuple[Fees, ...]:
    return tuple(
        Fees(date.fromisoformat(row["since"]), row["law"], _ladder(row["items"]), _ladder(row["pages"]))
        for row in book()["ladders"]
    )


def _ladder(raw: Mapping[str, Any]) -> Ladder:
    then = raw.get("then", {})
    return Ladder(tuple((to, yuan) for to, yuan in raw["bands"]), then.get("width", 0), then.get("add", 0))


OUTCOMES: Mapping[str, Outcome] = {o["key"]: Outcome(**o) for o in book()["outcomes"]}
CHANNELS: Mapping[str, Channel] = {c["key"]: Channel(**c) for c in book()["channels"]}
#: Who asks: a person, or one of five kinds of organisation — the columns of the annual tables.
APPLICANTS: Mapping[str, str] = {a["key"]: a["name"] for a in book()["applicants"]}
#: By which number an applicant is known: GB 11643 for citizens, GB 32100 for organisations.
CITIZEN, USCC = "111", "uscc"
ID_TYPES: Mapping[str, str] = {CITIZEN: "居民身份证", USCC: "统一社会信用代码"}
WAYS: Mapping[str, str] = book()["ways"]
MEDIA: Mapping[str, str] = book()["media"]
