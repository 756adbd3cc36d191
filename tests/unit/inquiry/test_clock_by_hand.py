# ruff: noqa: RUF001 -- the brackets of document numbers
"""One request through every pause and the extension, its due dates counted by hand on the calendars of 2024 and 2018.

2024: days off 15–17 September and 1–7 October, worked Saturdays and Sundays 14 September, 29 September, 12 October.
"""

from datetime import datetime

import pytest

from tests.permits import APPLICANT
from tests.unit.inquiry.requests import CHECKER, DESK, LEADER, WINDOW, a_request, due, on
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.state import SYSTEM

ASKED = {"basis": "政府信息公开条例", "document": "征〔2024〕1号", "approver": "周主任"}


def expected(case: object) -> str:
    pause = case.state.pauses[-1]  # type: ignore[attr-defined]
    return datetime.fromtimestamp(pause.expected.timestamp() - 1, CHINA).date().isoformat()


def test_one_request_through_every_pause_and_the_extension() -> None:
    case = a_request("2024-09-02")
    # 3 4 5 6 9 10 11 12 13 14 | 18 19 20 23 24 25 26 27 29 30
    assert due(case) == "2024-09-30"

    on(case, "2024-09-05").do("request_correction", DESK, items=["请写明所需信息的年份"])
    assert due(case) == ""
    # 6 9 10 11 12 13 14 18 19 20 23 24 25 26 27: fifteen working days to correct it
    assert expected(case) == "2024-09-27"

    on(case, "2024-09-10").do("supply", APPLICANT, note="2023年")
    # begun anew: 11 12 13 14 18 19 20 23 24 25 26 27 29 30 | 8 9 10 11 12 14 October
    assert due(case) == "2024-10-14"

    on(case, "2024-09-12").do("suspend", DESK, procedure="third_party", days=15, **ASKED)
    # from the letter: 13 14 18 19 20 23 24 25 26 27 29 30 | 8 9 10
    assert expected(case) == "2024-10-10"
    on(case, "2024-09-14").do("serve", DESK, received="2024-09-13")
    # from its receipt on the 13th: 14 18 19 20 23 24 25 26 27 29 30 | 8 9 10 11
    assert expected(case) == "2024-10-11"
    on(case, "2024-10-14")  # nobody has answered: time itself goes on with the 12th
    assert case.events[-1].payload["deemed"] is True
    # used 11 12 September; 18 more: 12 14 15 16 17 18 21 22 23 24 25 28 29 30 31 | 1 4 5 November
    assert due(case) == "2024-11-05"

    case.do("suspend", DESK, procedure="coauthor", days=15, **ASKED)
    assert expected(case) == "2024-11-04"
    on(case, "2024-10-21").do("resume", DESK, outcome="共同制作机关同意公开")
    # 15 16 17 18 21 October left out
    assert due(case) == "2024-11-12"

    on(case, "2024-10-23").do("charge", DESK, name="信息处理费", amount="100")
    assert due(case) == ""
    # 24 25 28 29 30 31 | 1 4 5 6 7 8 11 12 13 14 15 18 19 20 November: twenty working days to pay
    assert expected(case) == "2024-11-20"
    with pytest.raises(Refused, match="waiting_for_payment"):
        case.do("resume", DESK)
    on(case, "2024-11-01").do("pay", WINDOW, name="信息处理费", bill="票1")
    # begun anew from the day after: four weeks of November from the 4th
    assert due(case) == "2024-11-29"

    on(case, "2024-11-04").do("suspend", DESK, procedure="often", days=5, **ASKED)
    on(case, "2024-11-13")  # 5 6 7 8 11 November are left out, nothing more however late it is noticed
    assert due(case) == "2024-12-06"

    case.do("extend", LEADER, amount=20, reason="需要检索多年档案")
    # 9–13, 16–20, 23–27, 30 31 December, 2 3 6 January 2025
    assert due(case) == "2025-01-06"
    with pytest.raises(Refused, match="already_extended"):
        case.do("extend", LEADER, amount=5, reason="再延")

    on(case, "2025-01-06")
    case.do(
        "complete", DESK, outcome="partial", opinion="提供去除第三方信息后的文件。", reason="含第三方商业秘密"
    )
    case.do("complete", CHECKER, outcome="pass").do("complete", LEADER, outcome="partial")
    case.do("complete", WINDOW, method="邮寄")
    assert (case.state.phase, case.state.result) == ("closed", "partial")
    statutory = case.state.clock("statutory")
    assert statutory is not None
    assert statutory.due is not None
    assert case.state.decided is not None
    assert case.state.decided < statutory.due


def test_who_does_not_correct_in_time_has_given_up() -> None:
    case = a_request("2024-09-02")
    on(case, "2024-09-05").do("request_correction", DESK, items=["请写明年份"])
    on(case, "2024-09-27")
    assert case.state.phase == "suspended"
    on(case, "2024-09-29")
    assert (case.state.phase, case.state.result) == ("closed", "lapsed")
    assert case.types[-3:] == ["correction.lapsed", "task.cancelled", "case.closed"]


def test_who_does_not_pay_in_time_has_given_up() -> None:
    case = a_request("2024-09-02")
    on(case, "2024-09-06").do("charge", DESK, name="信息处理费", amount="2200")
    on(case, "2024-10-09")  # 9–14, 18–20, 23–27, 29, 30 September, 8–11 October: until the 11th
    assert case.state.phase == "suspended"
    on(case, "2024-10-12")
    assert case.state.result == "lapsed"
    assert "fee.lapsed" in case.types


def test_the_extension_alone_is_counted_as_the_regulation_says() -> None:
    case = a_request("2024-09-23")
    assert due(case) == "2024-10-24"
    case.do("extend", LEADER, amount=20, reason="多年档案")
    assert due(case) == "2024-11-21"
    with pytest.raises(Refused, match="out_of_range"):
        a_request("2024-09-23").do("extend", LEADER, amount=21, reason="太长")


def test_before_may_2019_it_was_fifteen_and_fifteen() -> None:
    case = a_request("2018-09-03", rules="2008")
    # 4–7, 10–14, 17–21, 25 (24 off for mid-autumn): fifteen working days
    assert due(case) == "2018-09-25"
    case.do("extend", LEADER, amount=15, reason="需要检索")
    # 26 27 28 29 30 September, 8–12 and 15–19 October (29 and 30 September are worked, 1–7 October off)
    assert due(case) == "2018-10-19"
    with pytest.raises(Refused, match="out_of_range"):
        a_request("2018-09-03", rules="2008").do("extend", LEADER, amount=16, reason="太长")


def test_an_unconfirmed_request_counts_from_its_submission_after_three_days() -> None:
    case = a_request("2024-09-02")
    fresh = type(case)(case.defn, now=case.events[0].at, facts=case.facts)
    fresh.do("submit", APPLICANT, kind="inquiry", channel="web")
    on(fresh, "2024-09-06").do("tick", SYSTEM)
    assert fresh.state.deemed_accepted
    assert due(fresh) == "2024-09-30"
