"""Standing back: declared, decided by the leader, the work handed on."""

from uuid import uuid4

import pytest

from tests.db.engine.city import ALWAYS, City
from tongban.base.codes import make_org_code, make_uscc
from tongban.engine.errors import Refused
from tongban.engine.models import TaskRow
from tongban.engine.services import Applicant, Outcome, perform
from tongban.platforms.supervision import recusal
from tongban.platforms.supervision.models import Relation
from tongban.platforms.supervision.views.recusals import ID_TYPES
from tongban.registry.models import Account, Holding, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(city: City) -> Account:
    account = Account.objects.create_user("colleague", kind="staff", display_name="同事")
    Holding.objects.create(post=Post.objects.get(code="SA"), account=account, valid=ALWAYS)
    return account


@pytest.fixture
def in_hand(city: City) -> Outcome:
    return city.in_hand()


def passes(account: Account, case: Outcome) -> None:
    data = {"task": 2, "outcome": "pass"}
    perform(account, case.case_id, "complete", command_id=uuid4(), data=data)


def test_whoever_declared_does_not_work_on_until_the_leader_says_so(city: City, in_hand: Outcome) -> None:
    reviewer, head = city.person("reviewer"), city.person("head")
    made = recusal.declare_for_case(reviewer, number=in_hand.number, words="申请人是我姐姐")
    with pytest.raises(Refused) as refused:
        passes(reviewer, in_hand)
    assert refused.value.code == "recusal"
    with pytest.raises(Refused) as refused:
        recusal.decide(reviewer, made.pk, grant=False, words="不影响")
    assert refused.value.code == "not_permitted"
    assert recusal.decide(head, made.pk, grant=False, words="经查不是近亲属") == []
    passes(reviewer, in_hand)


def test_granted_the_work_goes_to_a_colleague(city: City, in_hand: Outcome, colleague: Account) -> None:
    reviewer, head = city.person("reviewer"), city.person("head")
    number = "110101199003070775"
    made = recusal.declare_relation(reviewer, words="同胞兄弟", id_type="111", id_number=number)
    assert made in recusal.relations_of(head)
    assert made not in recusal.relations_of(city.person("neighbour"))
    with pytest.raises(Refused) as refused:
        recusal.decide(head, made.pk, grant=True, words="应当回避")
    assert refused.value.detail == {"field": "hand_to"}
    made.refresh_from_db()
    assert made.status == "pending"
    moved = recusal.decide(head, made.pk, grant=True, words="应当回避", hand_to=colleague.pk)
    assert moved == [in_hand.number]
    assert TaskRow.objects.get(case_id=in_hand.case_id, no=2).assignee == colleague
    made.refresh_from_db()
    assert (made.status, made.decided_by, made.decision) == ("granted", head, "应当回避")
    with pytest.raises(Refused) as refused:
        recusal.decide(head, made.pk, grant=False, words="改主意")
    assert refused.value.code == "decided_already"
    passes(colleague, in_hand)


def test_whoever_is_related_to_a_firm_works_on_none_of_its_cases(city: City) -> None:
    code = make_uscc("91", "990102", make_org_code("MA900001").text).text
    reviewer = city.person("reviewer")
    recusal.declare_relation(reviewer, words="持有该企业股份", id_type=ID_TYPES[1].value, id_number=code)
    firm = Applicant("兴旺餐饮有限公司", "organisation", "uscc", code, account=city.person("applicant"))
    case = city.apply(applicant=firm)
    city.do("clerk", case, "accept")
    with pytest.raises(Refused) as refused:
        city.do("reviewer", case, "claim", task=2)
    assert refused.value.code == "recusal"


def test_only_what_one_sees_can_be_declared(city: City, in_hand: Outcome) -> None:
    for who, number, words, code in (
        (city.person("applicant"), in_hand.number, "姐姐", "not_permitted"),
        (city.person("reviewer"), "2026000000000", "姐姐", "not_found"),
        (city.person("reviewer"), in_hand.number, " ", "missing_field"),
    ):
        with pytest.raises(Refused) as refused:
            recusal.declare_for_case(who, number=number, words=words)
        assert refused.value.code == code
    assert not Relation.objects.exists()
