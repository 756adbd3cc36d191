"""A rating is given once a step, may be changed for five working days, and a bad one is called back on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.town import BRIEF, CODES, PERMIT, Town
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.queries import case_data
from tongban.engine.services import Outcome, allowed, perform
from tongban.platforms.consultation.services import ask
from tongban.platforms.rating.queries import (
    between,
    case_of_token,
    counted,
    public_share,
    readable,
    shares,
    slots,
    token,
)
from tongban.platforms.rating.services import give
from tongban.registry.models import Organisation

SAID = "窗口让我跑了三趟，我是王小芳"


def finished(town: Town) -> Case:
    made = town.apply()
    town.decided(made)
    town.do("clerk", made, "complete", method="窗口领取")
    return row(made)


def row(made: Outcome) -> Case:
    return Case.objects.get(pk=made.case_id)


def refusal(code: str, *args: Any, **more: Any) -> None:
    with pytest.raises(Refused) as raised:
        give(*args, **more)
    assert raised.value.code == code


def test_only_steps_that_were_met_are_rated(town: Town) -> None:
    made = town.apply()
    assert slots(row(made)) == ()
    refusal("not_met", row(made), "acceptance", 1, level=5)
    town.do("clerk", made, "accept")
    assert [s.step for s in slots(row(made))] == ["acceptance"]
    assert [s.step for s in slots(finished(town))] == ["acceptance", "result", "delivery"]


def test_each_correction_and_a_refusal_is_a_step(town: Town) -> None:
    made = town.apply()
    town.do("clerk", made, "request_correction", items=["请补平面图"])
    town.do("owner", made, "supply", materials={"m1": "supplied"}, note="已补")
    assert [(s.step, s.no) for s in slots(row(made))] == [("correction", 1)]
    turned = town.apply(matter=BRIEF)
    town.do("other_clerk", turned, "refuse", reason="不属于本机关职权", remedy="可以申请复议")
    assert [s.step for s in slots(row(turned))] == ["acceptance"]


def test_the_answer_to_a_question_is_rated(town: Town) -> None:
    asked = ask(
        None,
        org=Organisation.objects.get(code=CODES["scjg"]),
        about=None,
        question="二楼能办吗",
        command_id=uuid4(),
    )
    town.do("clerk", asked, "accept")
    town.do("reviewer", asked, "complete", outcome="answered", opinion="可以。")
    assert [s.step for s in slots(row(asked))] == ["answer"]


def test_a_rating_is_given_once_and_changed_for_five_working_days(town: Town) -> None:
    case = finished(town)
    now = datetime.now(CHINA)
    first = give(case, "result", 1, level=4, reasons=["fast", "no such", "rude"], now=now)
    assert first.reasons == ["fast"]
    again = give(case, "result", 1, level=5, now=now + timedelta(days=3))
    assert (again.pk, again.level, again.first_level) == (first.pk, 5, 4)
    assert again.changed_at is not None
    refusal("rated_already", case, "result", 1, level=1, words="后悔了", now=now + timedelta(days=16))


def test_a_step_long_past_is_not_rated(town: Town) -> None:
    refusal("too_late", finished(town), "result", 1, level=5, now=datetime.now(CHINA) + timedelta(days=91))


def test_a_bad_rating_says_why(town: Town) -> None:
    refusal("missing_field", finished(town), "result", 1, level=1)
    refusal("missing_field", finished(town), "result", 1, level=9)


def test_a_bad_rating_opens_a_call_back_with_a_limit_once(town: Town) -> None:
    case = finished(town)
    rating = give(case, "acceptance", 1, level=2, reasons=["rude"], words=SAID, phone="13900001111")
    back = Case.objects.get(pk=rating.callback_id)
    assert (back.kind, back.phase, back.org_id, back.parent_id) == ("callback", "accepted", case.org_id, None)
    assert back.number.startswith("HF")
    assert back.due_at is not None
    assert give(case, "acceptance", 1, level=1, reasons=["slow"]).callback_id == back.pk
    assert Case.objects.filter(kind="callback").count() == 1
    assert give(finished(town), "acceptance", 1, level=3).callback_id is None


def test_the_call_back_is_worked_in_the_ordinary_way_and_verified(town: Town) -> None:
    rating = give(finished(town), "delivery", 1, level=1, words=SAID)
    back = Outcome(rating.callback_id or 0, "", 0, ())

    def do(who: str, outcome: str) -> None:
        perform(
            town.people[who], back.case_id, "complete", command_id=uuid4(),
            data={"outcome": outcome, "opinion": "已经电话联系。"},
        )  # fmt: skip

    do("supervisor", "founded")
    do("chief", "mended")
    do("supervisor", "again")
    do("chief", "mended")
    do("supervisor", "confirmed")
    assert row(back).phase == "closed"


def test_who_was_rated_learns_neither_words_nor_that_it_was_bad(town: Town) -> None:
    rating = give(finished(town), "acceptance", 1, level=1, words=SAID)
    back = Case.objects.get(pk=rating.callback_id)
    for who in ("clerk", "reviewer", "section_head", "neighbour", "leader"):  # each had a hand in the case
        assert not readable(town.people[who]).exists(), who
    for who in ("clerk", "reviewer", "section_head", "neighbour"):
        assert not Case.objects.visible_to(town.people[who]).filter(pk=back.pk).exists(), who
    for who in ("supervisor", "chief", "monitor"):
        assert readable(town.people[who]).get() == rating, who


def test_the_call_back_itself_names_nobody(town: Town) -> None:
    case = finished(town)
    rating = give(case, "acceptance", 1, level=1, words=SAID, phone="13900001111")
    back = Case.objects.get(pk=rating.callback_id)
    shown = case_data(town.people["chief"], back)
    assert shown is not None
    told = str(shown.data) + back.applicant_name + back.title
    for secret in (case.number, SAID, "王小芳", "13900001111"):
        assert secret not in told
    assert allowed(town.people["supervisor"], back)


def test_shares_count_levels_by_matter_unit_and_month(town: Town) -> None:
    for level in (5, 5, 4, 3):
        give(finished(town), "result", 1, level=level)
    today = datetime.now(CHINA).date()
    seen = between(counted(town.people["chief"]), today, today)
    for by in ("matter", "org", "month", "step"):
        (share,) = shares(seen, by)  # type: ignore[arg-type]
        assert share.counts == (0, 0, 1, 1, 2)
    assert not counted(town.people["other_clerk"]).exists()
    assert not between(seen, today - timedelta(days=9), today - timedelta(days=1)).exists()


def test_the_public_learns_shares_from_five_ratings_on(town: Town) -> None:
    offering = town.versions[PERMIT].offering
    for n in range(1, 6):
        assert public_share(offering.organisation_id, offering.matter_id) is None
        give(finished(town), "result", 1, level=5 if n > 1 else 3)
    share = public_share(offering.organisation_id, offering.matter_id)
    assert share is not None
    assert (share.total, share.percent(5), share.good) == (5, 80.0, 100.0)


def test_a_link_opens_its_own_case_only() -> None:
    assert case_of_token(token(41)) == 41
    assert case_of_token(token(41).replace("41", "42", 1)) is None
    assert case_of_token("41") is None
