"""Complaints about one's own case: who takes them, what the complainant is told, and who sees them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.db.engine.city import ALWAYS, City
from tongban.engine.errors import Refused
from tongban.engine.models import Case, TaskRow
from tongban.engine.services import Outcome, perform
from tongban.platforms.supervision.complaints import MOST_A_DAY, complain, complaints_of, lawyer_for
from tongban.platforms.supervision.models import Complaint, Order
from tongban.platforms.supervision.orders import order_on_complaint
from tongban.registry.models import Account, Grant, Holding, Post
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db
WORDS = "三月二日到窗口，让我回去重开一份材料，跑了三趟。"


@pytest.fixture
def watched(city: City) -> dict[str, Account]:
    """A supervisor of everything and a lawyer at the neighbours'; the bureau complained of has a supervisor too."""
    people = {}
    for name, role, org in (
        ("monitor", "monitor", city.neighbour_bureau), ("own", "monitor", city.bureau),
        ("lawyer", "legal", city.neighbour_bureau),
    ):  # fmt: skip
        post = Post.objects.create(code=f"TS-{name.upper()}", name=name, role=role, organisation=org)
        people[name] = Account.objects.create_user(name, kind="staff", display_name=name)
        Holding.objects.create(post=post, account=people[name], valid=ALWAYS)
        Grant.objects.create(role=role, verb="view", reach=Grant.Reach.OWN, valid=ALWAYS)
    return people


def about(city: City, topic: str = "manner", account: str | None = "applicant", **more: Any) -> Outcome:
    case = more.pop("case", None) or Case.objects.get(pk=city.apply().case_id)
    who = city.person(account) if account else None
    return complain(who, about=case, topic=topic, words=WORDS, command_id=uuid4(), **more)


def does(who: Account, case: Outcome, outcome: str, **said: str) -> None:
    perform(who, case.case_id, "complete", command_id=uuid4(), data={"outcome": outcome, **said})


def test_the_unit_complained_of_neither_takes_it_nor_sees_it(city: City, watched: dict[str, Account]) -> None:
    filed = about(city)
    row = Complaint.objects.get(pk=filed.case_id)
    assert (row.taken_by, row.org) == (city.neighbour_bureau, city.bureau)
    assert filed.number.startswith("TS")
    assert list(complaints_of(watched["monitor"])) == [row]
    for name in ("own", "lawyer"):
        assert (row in complaints_of(watched[name])) is (name == "lawyer")
    assert not complaints_of(city.person("clerk")).exists()


def test_the_answer_is_kept_for_the_complainant(city: City, watched: dict[str, Account]) -> None:
    filed = about(city)
    for step, said in (
        ("taken", {}),
        ("founded", {"opinion": "属实"}),
        ("answered", {"opinion": "已经道歉并整改。"}),
    ):
        does(watched["monitor"], filed, step, **said)
    row = Complaint.objects.get(pk=filed.case_id)
    assert (row.verdict, row.answer) == ("founded", "已经道歉并整改。")
    assert row.answered_at is not None
    assert Case.objects.get(pk=filed.case_id).phase == "closed"


def test_the_lawyer_is_asked_where_a_decision_is_called_unlawful(
    city: City, watched: dict[str, Account]
) -> None:
    filed = about(city, "unlawful")
    does(watched["monitor"], filed, "taken")
    does(watched["monitor"], filed, "partly", opinion="有一处不当")
    assert TaskRow.objects.get(case_id=filed.case_id, status="open").node == "law"
    does(watched["lawyer"], filed, "reviewed", opinion="依据适用不当")
    assert TaskRow.objects.get(case_id=filed.case_id, status="open").node == "answer"


def test_the_lawyer_is_named_for_each_complaint_and_is_never_of_the_unit_complained_of(
    city: City, watched: dict[str, Account]
) -> None:
    desk = Post.objects.get(code="TS-MONITOR")
    own = Post.objects.create(code="TS-ELSE", name="法制审核岗", role="legal", organisation=city.bureau)
    assert lawyer_for(desk, city.bureau.pk).code == "TS-LAWYER"
    assert lawyer_for(desk, city.neighbour_bureau.pk) == own
    own.abolished_on = today()
    own.save()
    assert lawyer_for(desk, city.neighbour_bureau.pk) == desk  # nobody is left

    first = about(city, "unlawful")
    later = Post.objects.create(
        code="TS-A", name="法制二岗", role="legal", organisation=city.neighbour_bureau
    )
    Holding.objects.create(post=later, account=city.person("reviewer"), valid=ALWAYS)
    second = about(city, "unlawful")
    for filed, code in (
        (first, "TS-LAWYER"),
        (second, "TS-A"),
    ):  # under one edition of the office that takes both
        does(watched["monitor"], filed, "taken")
        does(watched["monitor"], filed, "founded", opinion="属实")
        assert TaskRow.objects.get(case_id=filed.case_id, status="open").post.code == code
    assert Case.objects.filter(kind="complaint").values("offering_version").distinct().count() == 1


def test_a_complaint_that_is_not_taken_is_answered_with_the_reason(
    city: City, watched: dict[str, Account]
) -> None:
    filed = about(city, account=None)  # by number and secret
    does(watched["monitor"], filed, "refused", opinion="不是办件的问题，请向信访局反映。")
    row = Complaint.objects.get(pk=filed.case_id)
    assert (row.verdict, row.answer) == ("refused", "不是办件的问题，请向信访局反映。")
    assert filed.secret
    assert Case.objects.get(pk=filed.case_id).phase == "closed"


def test_one_complaint_about_a_case_at_a_time(city: City, watched: dict[str, Account]) -> None:
    case = Case.objects.get(pk=city.apply().case_id)
    first = about(city, case=case)
    for code, more in (
        ("complaint_open", {"case": case}), ("missing_field", {"topic": "weather"}),
        ("complaint_of_complaint", {"case": Case.objects.get(pk=first.case_id)}),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            about(city, **more)
        assert refused.value.code == code
    assert Complaint.objects.count() == 1


def test_one_applicant_makes_no_flood_of_complaints(city: City, watched: dict[str, Account]) -> None:
    case = Case.objects.get(pk=city.apply().case_id)
    for _n in range(MOST_A_DAY):
        does(watched["monitor"], about(city, case=case), "refused", opinion="重复投诉，请看前面的答复。")
    with pytest.raises(Refused, match="一天最多投诉 5 件") as refused:
        about(city)  # another case of theirs
    assert refused.value.code == "complaints_many"


def test_a_complaint_found_true_becomes_an_order_to_the_unit(city: City, watched: dict[str, Account]) -> None:
    filed, monitor = about(city, "delay"), watched["monitor"]
    Grant.objects.create(role="monitor", verb="supervise", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    for code, role in (("TS-JC", "supervisor"), ("TS-LD", "leader")):  # who answers an order in the unit
        post = Post.objects.create(code=code, name=role, role=role, organisation=city.bureau)
        Holding.objects.create(post=post, account=watched["own"], valid=ALWAYS)

    def order(demand: str = "三日内办结并道歉。") -> Order:
        return order_on_complaint(monitor, filed.number, demand=demand)

    def refused(demand: str = "查明") -> str:
        with pytest.raises(Refused) as refusal:
            order(demand)
        return refusal.value.code

    assert refused() == "nothing_found"
    does(monitor, filed, "taken")
    does(monitor, filed, "founded", opinion="属实")
    assert refused(" ") == "missing_field"
    made = order()
    assert (made.complaint_id, made.org, made.level, made.card) == (filed.case_id, city.bureau, 2, None)
    assert refused() == "order_open"
    with pytest.raises(Refused, match="没有这件投诉"):
        order_on_complaint(city.person("clerk"), filed.number, demand="查明")
    made.close("settled")
    assert order().pk != made.pk
