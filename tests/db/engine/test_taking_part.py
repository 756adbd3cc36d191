"""Who takes part besides the applicant: agents act in their stead and every event says so, co-applicants for themselves."""

from typing import Any
from uuid import uuid4

import pytest

from tests.db.engine.city import FORM, SUBMITTED, City, row
from tongban.engine.errors import Refused
from tongban.engine.models import Case, CaseParty, EventRow
from tongban.engine.parties import Party
from tongban.engine.services import Applicant, Outcome, open_case
from tongban.registry.models import Account


def resident(name: str) -> Account:
    return Account.objects.create(username=name, display_name=name, kind="resident")


def by_agent(
    city: City, agent: Account, *, applicant: Account | None, more: tuple[Party, ...] = ()
) -> Outcome:
    return open_case(
        agent, offering_version=city.version, data=FORM, materials=SUBMITTED, command_id=uuid4(),
        applicant=Applicant("王伟", account=applicant), parties=[Party(agent, "agent"), *more],
    )  # fmt: skip


def last_event(case: Outcome) -> EventRow:
    found = (
        EventRow.objects.filter(case_id=case.case_id).exclude(type="finding.issued").order_by("seq").last()
    )
    assert found is not None
    return found


def refused(deed: Any) -> str:
    with pytest.raises(Refused) as caught:
        deed()
    return caught.value.code


def test_an_agent_applies_in_the_applicants_stead(city: City) -> None:
    agent, applicant = resident("agent"), city.person("applicant")
    case = by_agent(city, agent, applicant=applicant)
    begun = EventRow.objects.get(case_id=case.case_id, type="case.applied")
    assert (begun.actor_id, begun.on_behalf_of) == (agent.pk, applicant.pk)
    assert begun.payload["parties"] == [{"account": agent.pk, "role": "agent"}]
    city.people["agent"] = agent
    city.do("agent", case, "withdraw", reason="委托人不办了")
    withdrawn = EventRow.objects.get(case_id=case.case_id, type="case.withdrawn")
    assert (withdrawn.actor_id, withdrawn.on_behalf_of) == (agent.pk, applicant.pk)


def test_nobody_applies_for_others_without_being_their_named_agent(city: City) -> None:
    stranger = city.person("stranger")
    said = {"offering_version": city.version, "data": FORM, "materials": SUBMITTED}
    applicant = Applicant("王伟", account=city.person("applicant"))
    assert (
        refused(lambda: open_case(stranger, **said, command_id=uuid4(), applicant=applicant))
        == "not_permitted"
    )
    third = [Party(stranger, "third")]
    assert (
        refused(lambda: open_case(stranger, **said, command_id=uuid4(), applicant=applicant, parties=third))
        == "not_permitted"
    )


def test_a_co_applicant_acts_for_themself_and_sees_the_case(city: City) -> None:
    partner = city.people["partner"] = resident("partner")
    case = city.apply(parties=[Party(partner, "co")])
    assert Case.objects.visible_to(partner).filter(pk=case.case_id).exists()
    city.do("partner", case, "withdraw")
    event = EventRow.objects.get(case_id=case.case_id, type="case.withdrawn")
    assert (event.actor_id, event.on_behalf_of) == (partner.pk, None)


def test_an_agent_is_named_later_and_dismissed(city: City) -> None:
    agent = city.people["agent"] = resident("agent")
    case = city.apply()
    assert refused(lambda: city.do("agent", case, "withdraw")) == "not_found"
    city.do("applicant", case, "name_party", account=agent.pk, role="agent", basis="授权委托书")
    assert last_event(case).type == "party.named"
    other = resident("other")
    named = {"account": other.pk, "role": "agent", "basis": "转委托"}
    assert refused(lambda: city.do("agent", case, "name_party", **named)) == "not_permitted", (
        "no sub-delegation"
    )
    city.do("applicant", case, "end_party", account=agent.pk, role="agent", reason="撤销委托")
    assert not CaseParty.objects.filter(case_id=case.case_id).exists()
    assert refused(lambda: city.do("agent", case, "withdraw")) == "not_found"


@pytest.mark.parametrize(
    ("data", "code"), [({"role": "boss"}, "party_role"), ({"account": 0}, "party_unknown")]
)
def test_who_cannot_take_part_is_refused_and_nothing_is_written(
    city: City, data: dict[str, Any], code: str
) -> None:
    case = city.apply()
    said = {"account": city.person("stranger").pk, "role": "agent", "basis": "委托书"} | data
    assert refused(lambda: city.do("applicant", case, "name_party", **said)) == code
    assert not CaseParty.objects.filter(case_id=case.case_id).exists()


def test_delegated_work_is_done_on_behalf_of_who_delegated_it(city: City) -> None:
    from tests.db.engine.city import ALWAYS
    from tongban.registry.models import Holding, Post

    helper = city.people["helper"] = Account.objects.create(
        username="helper", display_name="helper", kind="staff"
    )
    Holding.objects.create(post=Post.objects.get(code="SA"), account=helper, valid=ALWAYS)
    case = city.apply()
    city.do("clerk", case, "accept")
    task = row(case).tasks.get(node="review_a", status="open").no
    city.do("reviewer", case, "delegate", task=task, account=helper.pk)
    city.do("helper", case, "complete", task=task, opinion="材料属实")
    event = EventRow.objects.get(case_id=case.case_id, type="task.handed_back")
    assert (event.actor_id, event.on_behalf_of) == (helper.pk, city.person("reviewer").pk)


def test_a_co_applicant_names_nobody_to_speak_for_the_applicant(city: City) -> None:
    partner, friend = resident("partner"), resident("friend")
    city.people["partner"] = partner
    case = city.apply(parties=[Party(partner, "co")])
    said = {"account": friend.pk, "role": "agent"}
    assert (
        refused(lambda: city.do("partner", case, "name_party", **said, basis="授权委托书")) == "not_permitted"
    )
    city.do("applicant", case, "name_party", **said, basis="授权委托书")
    assert refused(lambda: city.do("partner", case, "end_party", **said, reason="换人")) == "not_permitted"
    assert CaseParty.objects.filter(case_id=case.case_id, account=friend).exists()
