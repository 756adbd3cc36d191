"""Who may do what, where and when; nothing without a grant in force."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tests.db.registry.conftest import BUREAU, CITY, DISTRICT, TOWN, Government
from tongban.registry.actors import INSTALLATION
from tongban.registry.changelog import history_of
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, Grant, Holding, Matter, RegistryChange
from tongban.registry.services import appoint, end_holding, give_grant, load_role_grants, revoke_grant
from tongban.registry.services.permissions import role_table

pytestmark = pytest.mark.usefixtures("set_up_once")
TODAY = date(2026, 6, 1)


def may(government: Government, who: str, verb: str, where: str, secrecy: int = 0, on: date = TODAY) -> bool:
    return scopes_for(government.people[who], on).of(verb).admits(government.orgs[where].pk, None, secrecy)


def test_a_role_permits_at_the_holders_own_organisation(government: Government) -> None:
    assert may(government, "clerk", "accept", BUREAU)
    assert not may(government, "clerk", "accept", TOWN)
    assert not may(government, "clerk", "decide", BUREAU)


def test_a_leader_sees_the_whole_subtree(government: Government) -> None:
    assert all(may(government, "mayor", "view", where) for where in (CITY, DISTRICT, BUREAU, TOWN))
    assert not may(government, "mayor", "decide", BUREAU)


def test_nothing_reaches_above_the_secrecy_cap(government: Government) -> None:
    assert may(government, "clerk", "view", BUREAU, secrecy=1)
    assert not may(government, "clerk", "view", BUREAU, secrecy=2)


@pytest.mark.parametrize("who", ["resident"])
def test_residents_have_no_scope_even_when_a_post_is_slipped_to_them(
    government: Government, who: str
) -> None:
    Holding.objects.create(
        post=government.posts["CITY-LD"],
        account=government.people[who],
        valid=DateRange(date(2020, 1, 1), None),
    )
    assert not scopes_for(government.people[who], TODAY).by_verb


def test_visitors_and_switched_off_accounts_have_nothing(government: Government) -> None:
    assert not scopes_for(None, TODAY).by_verb
    clerk = government.people["clerk"]
    clerk.is_active = False
    assert not scopes_for(clerk, TODAY).by_verb


def test_before_and_after_a_holding_there_is_nothing(government: Government) -> None:
    held = Holding.objects.get(account=government.people["clerk"])
    end_holding(government.people["system-admin"], held, on=date(2026, 3, 1), reason="调离")
    assert not may(government, "clerk", "accept", BUREAU, on=date(2019, 12, 31))
    assert may(government, "clerk", "accept", BUREAU, on=date(2026, 2, 28))
    assert not may(government, "clerk", "accept", BUREAU, on=date(2026, 3, 1))


def test_a_grant_holds_only_during_its_period(government: Government) -> None:
    grant = give_grant(
        government.people["security-admin"],
        verb="accept",
        post=government.posts["TOWN-CK"],
        reach="organisation",
        organisation=government.orgs[BUREAU],
        starts=date(2026, 5, 1),
        ends=date(2026, 7, 1),
    )
    assert may(government, "town-clerk", "accept", BUREAU)
    assert not may(government, "town-clerk", "accept", BUREAU, on=date(2026, 7, 1))
    revoke_grant(government.people["security-admin"], grant, on=date(2026, 5, 15), reason="已轮岗")
    assert not may(government, "town-clerk", "accept", BUREAU)
    assert [c.action for c in history_of("grant", str(grant.pk))] == ["grant.given", "grant.revoked"]


def test_a_change_is_felt_at_once(government: Government) -> None:
    assert not may(government, "clerk", "urge", BUREAU)
    Grant.objects.create(role="acceptor", verb="urge", valid=DateRange(date(2020, 1, 1), None))
    assert may(government, "clerk", "urge", BUREAU)


def test_a_change_rolled_back_is_forgotten(government: Government) -> None:
    with transaction.atomic():
        Grant.objects.create(role="acceptor", verb="urge", valid=DateRange(date(2020, 1, 1), None))
        assert may(government, "clerk", "urge", BUREAU)
        transaction.set_rollback(True)
    assert not may(government, "clerk", "urge", BUREAU)


def test_a_grant_for_one_matter_covers_that_matter_only(government: Government) -> None:
    matter = Matter.objects.create(
        code="990144009000", name="某事项", kind="01", owner=government.orgs[BUREAU]
    )
    give_grant(
        government.people["security-admin"],
        verb="decide",
        post=government.posts["JBSC-SC"],
        matter=matter,
        starts=date(2020, 1, 1),
    )
    scope = scopes_for(government.people["examiner"], TODAY).of("decide")
    assert scope.admits(government.orgs[BUREAU].pk, matter.pk)
    assert not scope.admits(government.orgs[BUREAU].pk, matter.pk + 1)
    assert not scope.admits(government.orgs[BUREAU].pk, None)


def test_a_post_of_an_abolished_organisation_permits_nothing(government: Government) -> None:
    from tongban.registry.services import abolish_organisation

    abolish_organisation(
        government.people["system-admin"], government.orgs[TOWN], on=date(2026, 5, 1), reason="撤并"
    )
    assert may(government, "town-clerk", "accept", TOWN, on=date(2026, 4, 30))
    assert not may(government, "town-clerk", "accept", TOWN)
    assert may(government, "mayor", "view", TOWN), "its past cases are still under the mayor"


def test_verbs_on_a_row_are_those_whose_scope_admits_it(government: Government) -> None:
    verbs = scopes_for(government.people["clerk"], TODAY).verbs_on(government.orgs[BUREAU].pk)
    assert verbs == {"view", "accept", "handle", "backdate"}


def test_scopes_cost_one_query_while_nothing_changes(
    government: Government, django_assert_num_queries: object
) -> None:
    scopes_for(government.people["clerk"], TODAY)
    with django_assert_num_queries(1):  # type: ignore[operator]
        scopes_for(government.people["clerk"], TODAY)


def test_an_unknown_verb_is_a_mistake_and_not_a_no(government: Government) -> None:
    with pytest.raises(ValueError, match="fly"):
        scopes_for(government.people["clerk"], TODAY).of("fly")


# -- three administrators


def test_one_person_cannot_be_two_of_the_three_administrators(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        appoint(
            INSTALLATION,
            government.posts["CITY-AQ"],
            government.people["system-admin"],
            starts=date(2026, 1, 1),
        )
    assert refused.value.code == "administrators_apart"


def test_the_database_itself_keeps_the_administrators_apart(government: Government) -> None:
    with pytest.raises(IntegrityError, match="holding_administrators_apart"), transaction.atomic():
        Holding.objects.create(
            post=government.posts["CITY-SJ"],
            account=government.people["system-admin"],
            valid=DateRange(date(2026, 1, 1), None),
        )


def test_turning_a_post_into_an_administrators_post_does_not_slip_past(government: Government) -> None:
    appoint(
        INSTALLATION, government.posts["TOWN-CK"], government.people["audit-admin"], starts=date(2026, 1, 1)
    )
    town = government.posts["TOWN-CK"]
    town.role = "security_admin"
    with pytest.raises(IntegrityError, match="holding_administrators_apart"), transaction.atomic():
        town.save()


def test_the_same_person_may_follow_after_the_other_office_ended(government: Government) -> None:
    held = Holding.objects.get(account=government.people["system-admin"])
    end_holding(INSTALLATION, held, on=date(2026, 3, 1), reason="轮换")
    appoint(
        INSTALLATION, government.posts["CITY-AQ"], government.people["system-admin"], starts=date(2026, 3, 1)
    )


@pytest.mark.parametrize("verb", ["administer", "permit", "audit"])
def test_an_administrators_power_goes_to_no_other_role(government: Government, verb: str) -> None:
    with pytest.raises(RegistryRefused) as refused:
        give_grant(
            government.people["security-admin"],
            verb=verb,
            post=government.posts["JBSC-FG"],
            starts=date(2026, 1, 1),
        )
    assert refused.value.code == "administrators_apart"


def test_nobody_grants_to_a_post_they_hold(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        give_grant(
            government.people["security-admin"],
            verb="view",
            post=government.posts["CITY-AQ"],
            starts=date(2026, 1, 1),
        )
    assert refused.value.code == "own_grant"


def test_nobody_appoints_themselves(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        appoint(
            government.people["system-admin"],
            government.posts["JBSC-FG"],
            government.people["system-admin"],
            starts=date(2026, 1, 1),
        )
    assert refused.value.code == "own_appointment"


@pytest.mark.parametrize("who", ["clerk", "system-admin", "mayor", "resident"])
def test_only_the_security_administrator_grants(government: Government, who: str) -> None:
    with pytest.raises(RegistryRefused) as refused:
        give_grant(
            government.people[who], verb="view", post=government.posts["TOWN-CK"], starts=date(2026, 1, 1)
        )
    assert refused.value.code == "not_permitted"


def test_the_system_administrator_appoints_and_it_is_written_down(government: Government) -> None:
    newcomer = Account.objects.create(username="newcomer", kind=Account.Kind.STAFF, display_name="新人")
    appoint(
        government.people["system-admin"],
        government.posts["JBSC-CK"],
        newcomer,
        starts=date(2026, 1, 1),
        reason="调入",
    )
    change = RegistryChange.objects.latest("id")
    assert (change.action, change.subject_key, change.actor) == (
        "holding.begun",
        "JBSC-CK",
        government.people["system-admin"],
    )
    assert change.after is not None
    assert change.after["name"] == "新人"


def test_residents_and_abolished_posts_are_not_appointed(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        appoint(INSTALLATION, government.posts["JBSC-CK"], government.people["resident"], starts=TODAY)
    assert refused.value.code == "not_staff"
    gone = government.posts["JBSC-SC"]
    gone.abolished_on = date(2026, 1, 1)
    gone.save()
    with pytest.raises(RegistryRefused) as refused:
        appoint(INSTALLATION, gone, government.people["clerk"], starts=TODAY)
    assert refused.value.code == "post_abolished"


def test_default_role_grants_come_in_once(government: Government) -> None:
    assert load_role_grants(INSTALLATION, starts=date(2020, 1, 1)) == 0


def test_every_shipped_role_names_known_verbs() -> None:
    for role, entry in role_table()["roles"].items():
        assert entry["grants"], role
        assert all(
            line["verb"] in Grant._meta.get_field("verb").flatchoices.__str__() for line in entry["grants"]
        )
        assert all(line["where"] in ("own", "subtree", "everything") for line in entry["grants"])


def test_the_change_log_only_grows(government: Government) -> None:
    change = RegistryChange.objects.latest("id")
    change.reason = "改写"
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        change.save()
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        change.delete()
