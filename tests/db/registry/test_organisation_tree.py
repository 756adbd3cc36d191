"""Organisations keep their names and parents of every day, and a package brings them in once."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tests.db.registry.conftest import BUREAU, CITY, DISTRICT, TOWN, Government, organisations, posts
from tongban.registry import queries, tree
from tongban.registry.actors import INSTALLATION
from tongban.registry.changelog import history_of
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account, OrganisationVersion, Region
from tongban.registry.services import (
    abolish_organisation,
    import_organisations,
    import_posts,
    revise_organisation,
)

BEFORE, AFTER = date(2025, 12, 31), date(2026, 1, 1)


def revise(government: Government, key: str, parent: str | None, name: str, starts: date = AFTER) -> None:
    revise_organisation(
        government.people["system-admin"],
        government.orgs[key],
        starts=starts,
        name=name,
        short_name=name,
        parent=None if parent is None else government.orgs[parent],
        reason="机构改革方案",
    )


def test_names_and_parents_are_those_of_the_day(government: Government) -> None:
    revise(government, BUREAU, CITY, "江北区市场监督管理局（改）")
    bureau, district = government.orgs[BUREAU].pk, government.orgs[DISTRICT].pk
    assert queries.organisation_name(bureau, BEFORE) == "江北区市场监督管理局"
    assert queries.organisation_name(bureau, AFTER) == "江北区市场监督管理局（改）"
    assert bureau in queries.as_of(BEFORE).subtree(district)
    assert bureau not in queries.as_of(AFTER).subtree(district)
    assert [n.key for n in queries.as_of(BEFORE).ancestors(bureau)] == [DISTRICT, CITY]
    assert queries.organisation_name(bureau, date(2019, 1, 1)) == ""


def test_within_one_answer_the_registry_is_steady(government: Government) -> None:
    with tree.steady():
        before = tree.generation("tree")
        revise(government, BUREAU, CITY, "新名")
        assert tree.generation("tree") == before
        assert tree.generation("permissions")  # each topic for itself
    assert tree.generation("tree") != before


def test_a_revision_says_who_when_why_and_from_what(government: Government) -> None:
    revise(government, BUREAU, CITY, "新名")
    change = history_of("organisation", BUREAU).last()
    assert change is not None
    assert (change.actor, change.reason) == (government.people["system-admin"], "机构改革方案")
    assert change.before is not None
    assert change.before["name"] == "江北区市场监督管理局"


def test_a_circle_is_refused(government: Government) -> None:
    with pytest.raises(RegistryRefused) as refused:
        revise(government, DISTRICT, BUREAU, "江北区人民政府")
    assert refused.value.code == "organisation_circle"


def test_history_is_not_rewritten(government: Government) -> None:
    revise(government, BUREAU, CITY, "新名")
    with pytest.raises(RegistryRefused) as refused:
        revise(government, BUREAU, CITY, "更早的名字", starts=date(2025, 6, 1))
    assert refused.value.code == "organisation_period"


def test_an_organisation_with_children_is_not_abolished(government: Government) -> None:
    admin = government.people["system-admin"]
    with pytest.raises(RegistryRefused) as refused:
        abolish_organisation(admin, government.orgs[DISTRICT], on=AFTER, reason="撤区")
    assert refused.value.code == "organisation_has_children"
    abolish_organisation(admin, government.orgs[TOWN], on=AFTER, reason="撤并")
    assert government.orgs[TOWN].pk in queries.as_of(BEFORE)
    assert government.orgs[TOWN].pk not in queries.as_of(AFTER)
    assert TOWN not in [node.key for node, _ in queries.directory(AFTER)]


def test_periods_of_one_organisation_never_overlap(government: Government) -> None:
    with pytest.raises(IntegrityError, match="periods_disjoint"), transaction.atomic():
        OrganisationVersion.objects.create(
            organisation=government.orgs[TOWN],
            name="x",
            short_name="x",
            valid=DateRange(date(2025, 1, 1), None),
        )


def test_the_same_package_again_changes_nothing(government: Government) -> None:
    assert import_organisations(INSTALLATION, organisations()).counts == {"unchanged": 6}
    assert import_posts(INSTALLATION, posts()).counts == {"unchanged": 11}


def test_a_changed_package_updates_what_differs(government: Government) -> None:
    package = organisations()
    package["organisations"][0]["phone"] = "0990-8100"
    package["organisations"][1]["versions"][0]["name"] = "安澜市政府"
    report = import_organisations(INSTALLATION, package)
    assert report.counts == {"unchanged": 4, "updated": 2}
    assert queries.organisation_name(government.orgs[CITY].pk, AFTER) == "安澜市政府"


def test_bad_entries_are_refused_by_themselves(db: None) -> None:
    package = organisations()
    package["organisations"][3]["code"] = "11990100990000033Q"
    package["organisations"][0]["versions"][0]["parent"] = "nowhere"
    report = import_organisations(INSTALLATION, package)
    assert {v.key: v.problems[0].code for v in report.refused} == {
        TOWN: "organisation.code",
        BUREAU: "organisation.unknown_parent",
    }
    assert report.counts["created"] == 4


def test_a_circle_in_a_package_refuses_all_of_it(db: None) -> None:
    package = organisations()
    package["organisations"][1]["versions"][0]["parent"] = BUREAU
    with pytest.raises(RegistryRefused, match="circle"):
        import_organisations(INSTALLATION, package)
    assert not Region.objects.exists()


def test_posts_are_refused_by_themselves_too(government: Government) -> None:
    package = posts()
    package["posts"] = [
        {**package["posts"][0], "code": "NEW-1", "organisation": "nowhere"},
        {**package["posts"][0], "code": "NEW-2", "role": "astronaut", "holders": []},
        {
            **package["posts"][0],
            "code": "NEW-3",
            "role": "audit_admin",
            "holders": package["posts"][7]["holders"],
        },
    ]
    report = import_posts(INSTALLATION, package)
    assert [(v.outcome, v.problems[0].code) for v in report.verdicts] == [
        ("refused", "post.unknown_organisation"),
        ("created", "post.unknown_role"),
        ("refused", "administrators_apart"),
    ]


def test_each_unit_names_its_leader_and_administrator(government: Government) -> None:
    city = government.orgs[CITY]
    city.refresh_from_db()
    assert city.responsible_leader is not None
    assert [a.username for a in queries.holders_of(city.responsible_leader, AFTER)] == ["mayor"]
    assert [p.code for p in queries.posts_of(government.people["mayor"], AFTER)] == ["CITY-LD"]


def test_only_an_administrator_of_everything_imports(government: Government) -> None:
    with pytest.raises(RegistryRefused, match="not_permitted"):
        import_organisations(government.people["clerk"], organisations())


def test_imported_staff_cannot_sign_in_before_they_have_a_password(government: Government) -> None:
    clerk = Account.objects.get(username="clerk")
    assert not clerk.has_usable_password()
    assert clerk.is_official


def test_what_is_remembered_of_the_tree_costs_one_small_query(
    government: Government, django_assert_num_queries: object
) -> None:
    queries.as_of(AFTER)
    with django_assert_num_queries(1):  # type: ignore[operator]
        queries.as_of(AFTER)


def test_a_region_stem_takes_in_what_lies_below() -> None:
    assert queries.region_stem("990100") == "9901"
    assert queries.region_stem("990102") == "990102"
    assert queries.region_stem("990000") == "99"
    assert queries.region_stem("990102001000") == "990102001"
    assert queries.region_stem("990120") == "990120"
