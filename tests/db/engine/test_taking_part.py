"""Who takes part besides the applicant: agents act in their stead and every event says so, co-applicants for themselves."""

from typing import Any
from uuid import uuid4

import pytest

from tests.db.engine.city import FORM, SUBMITTED, City, row
from tongban.engine.attachments import attachments
from tongban.engine.errors import Refused
from tongban.engine.models import Case, CaseParty, EventRow, PartyInvitation
from tongban.engine.naming import names_known
from tongban.engine.parties import Party, invitations, parties_of
from tongban.engine.queries import can_see, case_data, concerns, sees_personal, timeline
from tongban.engine.services import Applicant, Outcome, open_case
from tongban.platforms.papers.queries import documents_of
from tongban.registry.identity import set_identity
from tongban.registry.models import Account

NUMBERS = {
    "agent": "110101199003070935", "partner": "110101199003071006", "friend": "110101199003071073",
    "third": "110101199003071145", "other": "110101199003071217",
}  # fmt: skip


def resident(name: str, level: int = 2) -> Account:
    """Somebody whose identity was verified."""
    made = Account(username=name, display_name=name, kind="resident", real_name_level=level)
    set_identity(made, "111", NUMBERS[name])
    made.save()
    return made


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


def ask(city: City, case: Outcome, whom: Account, role: str, by: str = "applicant") -> PartyInvitation:
    """Name somebody by what stands on their identity card."""
    said = {
        "name": whom.display_name,
        "id_number": NUMBERS[whom.username],
        "role": role,
        "basis": "授权委托书",
    }
    city.do(by, case, "name_party", **said)
    return PartyInvitation.objects.latest("pk")


def take_part(city: City, case: Outcome, whom: Account, role: str) -> None:
    city.people[whom.username] = whom
    city.do(whom.username, case, "answer_party", invitation=ask(city, case, whom, role).pk, accept=True)


def test_nobody_is_made_a_party_when_a_case_begins(city: City) -> None:
    partner = resident("partner")
    for role in ("co", "agent", "third"):
        assert refused(lambda r=role: city.apply(parties=[Party(partner, r)])) == "party_must_agree"
    assert not Case.objects.exists()


def test_a_co_applicant_acts_for_themself_and_sees_the_case(city: City) -> None:
    partner = resident("partner")
    case = city.apply()
    take_part(city, case, partner, "co")
    assert Case.objects.visible_to(partner).filter(pk=case.case_id).exists()
    city.do("partner", case, "withdraw")
    event = EventRow.objects.get(case_id=case.case_id, type="case.withdrawn")
    assert (event.actor_id, event.on_behalf_of) == (partner.pk, None)


def test_an_agent_agrees_first_and_is_dismissed(city: City) -> None:
    agent = city.people["agent"] = resident("agent")
    case = city.apply()
    asked = ask(city, case, agent, "agent")
    assert refused(lambda: city.do("agent", case, "withdraw")) == "not_found", "asked is not yet taking part"
    assert not CaseParty.objects.filter(case_id=case.case_id).exists()
    (seen,) = invitations(agent)
    assert (seen.id, seen.matter, seen.role, seen.applicant) == (asked.pk, "食品经营许可", "agent", "王伟")

    city.do("agent", case, "answer_party", invitation=asked.pk, accept=True)
    named = last_event(case)
    assert (named.type, named.payload) == (
        "party.named",
        {"account": agent.pk, "role": "agent", "invitation": asked.seq},
    )
    assert invitations(agent) == ()
    assert refused(lambda: ask(city, case, resident("other"), "agent", by="agent")) == "not_permitted"
    party = CaseParty.objects.get(case_id=case.case_id).pk
    city.do("applicant", case, "end_party", party=party, reason="撤销委托")
    assert not CaseParty.objects.filter(case_id=case.case_id).exists()
    assert refused(lambda: city.do("agent", case, "withdraw")) == "not_found"


def test_who_declines_takes_no_part_and_is_not_bound_by_an_old_question(city: City) -> None:
    agent = city.people["agent"] = resident("agent")
    case = city.apply()
    asked = ask(city, case, agent, "agent")
    assert refused(lambda: ask(city, case, agent, "agent")) == "party_asked"
    city.do("agent", case, "answer_party", invitation=asked.pk, accept=False)
    assert last_event(case).type == "party.declined"
    again = {"invitation": asked.pk, "accept": True}
    assert refused(lambda: city.do("agent", case, "answer_party", **again)) == "not_found"
    second = ask(city, case, agent, "agent")
    city.do("applicant", case, "end_party", invitation=second.pk, reason="不用了")
    assert last_event(case).payload["invitation"] == second.seq
    assert refused(lambda: city.do("agent", case, "answer_party", invitation=second.pk)) == "not_found"
    gone = {"invitation": second.pk, "reason": "不用了"}
    assert refused(lambda: city.do("applicant", case, "end_party", **gone)) == "party_gone"
    assert [p.status for p in parties_of(case.case_id)] == ["declined"]


def test_an_invitation_is_answered_by_nobody_else(city: City) -> None:
    agent = resident("agent")
    case = city.apply()
    asked = ask(city, case, agent, "agent")
    unverified = resident("other", level=1)
    Account.objects.filter(pk=unverified.pk).update(id_digest="", display_name="agent")
    namesake = city.people["namesake"] = resident("friend")
    Account.objects.filter(pk=namesake.pk).update(display_name="agent")
    namesake.refresh_from_db()
    for who in ("stranger", "clerk", "namesake", "applicant"):
        given = {"invitation": asked.pk, "accept": True}
        assert refused(lambda w=who, g=given: city.do(w, case, "answer_party", **g)) == "not_found"
    Account.objects.filter(pk=agent.pk).update(real_name_level=1)
    agent.refresh_from_db()
    assert invitations(agent) == (), "a number that is only stated proves nothing"


def test_naming_tells_nobody_whether_there_is_an_account(city: City) -> None:
    known, case = resident("agent"), city.apply()
    ids = {}
    for name, number in (("agent", NUMBERS["agent"]), ("某人", "110101199003071284")):
        done = city.do(
            "applicant", case, "name_party", name=name, id_number=number, role="co", basis="共同经营协议"
        )
        ids[name] = (done.events, set(last_event(case).payload), last_event(case).payload["role"])
    assert ids["agent"] == ids["某人"]
    assert {p.status for p in parties_of(case.case_id)} == {"asked"}
    kept = str(list(EventRow.objects.filter(case_id=case.case_id).values_list("payload", flat=True)))
    assert NUMBERS["agent"] not in kept
    assert f"'account': {known.pk}" not in kept


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"role": "boss"}, "party_role"), ({"role": "helper"}, "party_role"), ({"name": ""}, "missing_field"),
        ({"id_number": "110101199003070774"}, "party_unreadable"), ({"id_number": ""}, "missing_field"),
        ({"name": "孙"}, "party_unreadable"),
        ({"basis": ""}, "missing_field"),
    ],
)  # fmt: skip
def test_who_cannot_take_part_is_refused_and_nothing_is_written(
    city: City, data: dict[str, Any], code: str
) -> None:
    case = city.apply()
    said = {"name": "某人", "id_number": NUMBERS["agent"], "role": "agent", "basis": "委托书"} | data
    assert refused(lambda: city.do("applicant", case, "name_party", **said)) == code
    assert not CaseParty.objects.filter(case_id=case.case_id).exists()
    assert not PartyInvitation.objects.exists()


def test_a_third_party_is_told_what_concerns_them_and_no_more(city: City) -> None:
    third, agent = resident("third"), resident("agent")
    case = city.apply()
    take_part(city, case, third, "third")
    take_part(city, case, agent, "agent")
    case_row = row(case)
    assert sees_personal(agent, case_row)
    assert case_data(agent, case_row).data["name"]
    assert not Case.objects.visible_to(third).exists()
    assert not can_see(third, case_row)
    assert not sees_personal(third, case_row)
    assert case_data(third, case_row) is None
    assert timeline(third, case_row) == ()
    assert not attachments(third, case_row).exists()
    assert documents_of(third, case_row) == ()
    assert not Case.objects.filter(names_known(third)).exists()
    assert refused(lambda: city.do("third", case, "withdraw")) == "not_found"

    (told,) = concerns(third)
    assert (told.number, told.matter, told.phase) == (case.number, "食品经营许可", "applied")
    assert "王" not in str(told)
    assert concerns(third, "0000") == ()
    assert concerns(agent) == ()


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
    case = city.apply()
    take_part(city, case, partner, "co")
    assert refused(lambda: ask(city, case, friend, "agent", by="partner")) == "not_permitted"
    take_part(city, case, friend, "agent")
    party = CaseParty.objects.get(account=friend).pk
    assert (
        refused(lambda: city.do("partner", case, "end_party", party=party, reason="换人")) == "not_permitted"
    )
    assert CaseParty.objects.filter(case_id=case.case_id, account=friend).exists()
